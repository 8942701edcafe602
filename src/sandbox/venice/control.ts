/** The /sandbox/venice/* routes of ../control.ts: what a person may see and set. */

import express, { type ErrorRequestHandler } from 'express'
import { z } from 'zod'
import type { VeniceBook } from '../control.ts'
import { COVERAGE } from './coverage.ts'
import type { World } from './world.ts'

/** All prices, as a multiple of the published ones. */
const prices = z.strictObject({ times: z.number().positive().max(100) })
const credit = z.strictObject({ usd: z.number().min(0).max(1_000_000) })

export function controlRouter(world: World, book: () => VeniceBook): express.Router {
  const router = express.Router()
  router.get('/book', (_request, response) => {
    response.json(book())
  })
  router.get('/coverage', (_request, response) => {
    response.json(COVERAGE)
  })
  router.post('/credit', express.json(), (request, response) => {
    const wanted = credit.safeParse(request.body)
    if (!wanted.success) {
      response.status(400).json({ error: z.prettifyError(wanted.error) })
      return
    }
    world.ledger.setCredit(wanted.data.usd)
    response.status(204).end()
  })
  router.post('/prices', express.json(), (request, response) => {
    const wanted = prices.safeParse(request.body)
    if (!wanted.success) {
      response.status(400).json({ error: z.prettifyError(wanted.error) })
      return
    }
    world.prices.times = wanted.data.times
    response.status(204).end()
  })
  const onError: ErrorRequestHandler = (_error, _request, response, _next) => {
    response.status(400).json({ error: 'the body is not JSON' })
  }
  router.use(onError)
  return router
}
