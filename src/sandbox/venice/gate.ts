/**
 * What happens to a request before its handler: noted, faults, key, abuse block, rate limit, content type, body.
 * The order decides what a bad request costs, and follows a usual API gateway; Venice's own is not documented.
 */

import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express'
import type { Effect, RouteName } from './faults.ts'
import type { Allowance } from './limits.ts'
import { badRequest, Refusal, refuse } from './refusal.ts'
import { TINY_FILE } from './result.ts'
import type { QueueRequest } from './traffic.ts'
import type { World } from './world.ts'

export interface GateOptions {
  route: RouteName
  /** False where Venice answers without a key. */
  needsKey: boolean
}

/** The fault's own window: long enough to be seen, short enough to wait for. */
const FAULT_RESET_MS = 5_000
const LETTER_MS = 20
/** As a proxy in between, or a hotel's network, says it. */
const PAGE =
  '<!doctype html><html><head><title>Please sign in</title></head><body>Please sign in.</body></html>'
/** 67 MB of data URL with its JSON around it passes; a data URL above that is refused in source.ts. */
const BODY_LIMIT = '70mb'

/** Answers that never come, so that closing can end them. */
export type Hanging = Set<Response>

export function note(world: World): RequestHandler {
  return (request, response, next) => {
    const path = request.path.replace(/^\/files\/.*/, '/files/:token')
    const at = world.clock()
    const started = performance.now()
    world.traffic.arrived(path)
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : 0
      const ms = Math.round(performance.now() - started)
      world.traffic.answered({ at, method: request.method, path, status, ms })
      world.log(`${request.method} ${path} ${status === 0 ? 'cut' : status} ${ms} ms`)
    })
    next()
  }
}

/** The handlers that stand before every route's own. */
export function gate(world: World, hanging: Hanging, { route, needsKey }: GateOptions): RequestHandler[] {
  const keep = (response: Response) => {
    hanging.add(response)
    response.once('close', () => hanging.delete(response))
  }
  const check: RequestHandler = (request, response, next) => {
    if (route === 'queue') followQueueRequest(world.traffic.queueRequest(), response)
    const effect = world.faults.at(route)
    if (effect?.kind === 'cut') {
      request.socket.destroy()
      return
    }
    if (effect?.kind === 'hang') {
      request.resume()
      keep(response)
      return
    }
    const key = keyOf(request)
    const known = key !== null && world.apiKeys.has(key)
    const who = known ? key : (request.ip ?? 'unknown')
    const allowance = world.limits.take(who, route)
    // A result lies at a store of files, which knows no such limit.
    if (route !== 'file') tell(response, effect?.kind === 'limit' ? exhausted(world, allowance) : allowance)
    if (world.limits.blocked(who)) throw refuse('blocked')
    response.once('finish', () => {
      if (response.statusCode >= 400) world.limits.failed(who)
    })
    if (needsKey && !known) throw refuse('badKey')
    if (!allowance.allowed) throw refuse('rateLimited')
    if (effect?.kind === 'endless') {
      request.resume()
      keep(response)
      trickle(response)
      return
    }
    act(effect, response, next)
  }
  const isPost = route === 'queue' || route === 'retrieve' || route === 'complete' || route === 'quote'
  return isPost ? [check, jsonOnly, express.json({ limit: BODY_LIMIT })] : [check]
}

function act(effect: Effect | null, response: Response, next: () => void): void {
  if (effect?.kind === 'limit') throw refuse('rateLimited')
  if (effect?.kind === 'answer') throw refuse(effect.answer)
  if (effect?.kind === 'garbage') response.json({ outcome: 'as you like it', beams: [4, 8, 15] })
  else if (effect?.kind === 'page') response.type('html').send(PAGE)
  else if (effect?.kind === 'video') response.type('video/mp4').end(TINY_FILE)
  else next()
}

/** One letter at a time, so that neither silence nor size ends it. */
function trickle(response: Response): void {
  response.type('json').write('{"outcome":"')
  const timer = setInterval(() => response.write('.'), LETTER_MS)
  response.once('close', () => clearInterval(timer))
}

const jsonOnly: RequestHandler = (request, _response, next) => {
  if (!request.is('application/json')) throw refuse('wrongType')
  next()
}

function keyOf(request: Request): string | null {
  return /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? null
}

function exhausted(world: World, allowance: Allowance): Allowance {
  return { ...allowance, remaining: 0, resetsAt: world.clock() + FAULT_RESET_MS }
}

function tell(response: Response, allowance: Allowance): void {
  response.setHeader('x-ratelimit-limit-requests', allowance.limit)
  response.setHeader('x-ratelimit-remaining-requests', allowance.remaining)
  response.setHeader('x-ratelimit-reset-requests', Math.ceil(allowance.resetsAt / 1000))
}

function followQueueRequest(entry: QueueRequest, response: Response): void {
  response.locals.queueRequest = entry
  response.once('finish', () => {
    entry.status = response.statusCode
  })
}

/** Must stand last. Turns what a handler threw into Venice's error body. */
export function answerErrors(world: World): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    if (response.headersSent || response.destroyed) {
      response.destroy()
      return
    }
    const refusal = asRefusal(error, world)
    // The guide's page names this text; the error-codes page has the longer one.
    const short = world.dialect === 'guide' && refusal.body.code === 'INSUFFICIENT_BALANCE'
    response.status(refusal.status).json(short ? { error: 'Insufficient balance' } : refusal.body)
  }
}

function asRefusal(error: unknown, world: World): Refusal {
  if (error instanceof Refusal) return error
  // express.json's own errors carry a status.
  const status = error instanceof Error && 'status' in error ? error.status : 500
  if (status === 413) return refuse('tooLarge')
  if (status === 415) return refuse('wrongType')
  if (status === 400) return badRequest('Invalid request parameters')
  world.log(`unexpected: ${error instanceof Error ? error.stack : String(error)}`)
  return refuse('unknownError')
}
