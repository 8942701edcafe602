import express, { type Router } from 'express'
import { asObject, type Json } from '../json.ts'
import { useHook } from './hooks.ts'
import type { Stage } from './stage.ts'

/** The addresses called response_url: whoever knows one may answer by it, without a token. */
export function responseRouter(stage: Stage): Router {
  const router = express.Router()
  router.post('/:team/:hook', express.text({ type: () => true, limit: '1mb' }), (request, response) => {
    const body = readBody(request.body)
    if (!body) return void response.status(400).json({ ok: false, error: 'invalid_payload' })
    const answer = useHook(stage, request.params.hook, body)
    response.status(answer.status).json(answer.body)
  })
  return router
}

/** JSON, whatever the content type says. */
function readBody(text: unknown): Json | undefined {
  try {
    return asObject(JSON.parse(String(text)))
  } catch {
    return undefined
  }
}
