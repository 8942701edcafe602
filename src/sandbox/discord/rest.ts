import express, { type Request, type Response, type Router } from 'express'
import { asObject, type Json, objectsIn } from '../json.ts'
import { DiscordError, refusal } from './errors.ts'
import { createRateLimits, type Limit } from './rate-limits.ts'
import { warmSchemas } from './schemas.ts'
import { guildUploadLimit, type Stage } from './stage.ts'
import { parseJson, readForm } from './uploads.ts'

export interface Call {
  params: Record<string, string>
  query: URLSearchParams
  /** Parsed JSON, or the payload_json of a multipart body; {} where there was none. */
  body: unknown
  /** The body where it has to be an object. */
  json: Json
  /** Files of a multipart body by their number. */
  parts: Map<string, File>
}

export interface Reply {
  status: number
  body?: unknown
}

export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Express path under /v10. */
  path: string
  /** 'bot': the bot's token is asked for; 'open': the path itself carries the right to it. */
  auth: 'bot' | 'open'
  /** Param that has a rate-limit bucket of its own, and the bucket. */
  major?: string
  limit?: Limit | null
  run(call: Call): Promise<Reply> | Reply
}

/** Buckets are not published; 5 in 5 s for messages of a channel is what people see (platforms.md A12). */
export const MESSAGE_LIMIT: Limit = { count: 5, perMs: 5000 }
export const WEBHOOK_LIMIT: Limit = { count: 5, perMs: 2000 }
const COMMON_LIMIT: Limit = { count: 50, perMs: 1000 }
const SLOW_MS = 2000
const MEBIBYTE = 1024 * 1024

/** The REST API as an express router: auth, rate limits, bodies and errors in one place, the routes as a list. */
export function restRouter(stage: Stage, routes: readonly Route[]): Router {
  const router = express.Router()
  const limits = createRateLimits()
  for (const route of routes) {
    const method = route.method.toLowerCase() as 'get' | 'post' | 'patch' | 'put' | 'delete'
    router[method](`/v10${route.path}`, (request, response) => serve(stage, limits, route, request, response))
  }
  router.use((request, response) => finish(stage, request, response, asReply(refusal('unknownRoute'))))
  return router
}

async function serve(
  stage: Stage,
  limits: ReturnType<typeof createRateLimits>,
  route: Route,
  request: Request,
  response: Response,
): Promise<void> {
  warmSchemas()
  const { params, query } = addressOf(request)
  try {
    // The body is read to its end before anything is refused: a client that still sends would only see a cut line.
    const raw = await readAll(request, sizeLimit(stage, route))
    if (route.auth === 'bot' && request.get('authorization') !== `Bot ${stage.token}`)
      throw refusal('unauthorized')
    if (route.limit !== null) {
      const major = route.major ? (params[route.major] ?? '') : ''
      const name = `${route.method} ${route.path}`
      const taken = limits.take(name, major, route.limit ?? COMMON_LIMIT, route.auth === 'bot')
      response.set(taken.headers)
      if (taken.refused) {
        const { retryAfterS, global } = taken.refused
        const body = { message: 'You are being rate limited.', retry_after: retryAfterS, global }
        return finish(stage, request, response, { status: 429, body })
      }
    }
    const fault = route.method === 'POST' && stage.faults.isOn('discord-500')
    if (fault && stage.faults.firstTry(`500 ${request.path}`))
      throw new DiscordError(500, 0, '500: Internal Server Error')
    if (raw === 'too large') throw refusal('tooLarge')
    const { body, parts } = await parseBody(raw, request.get('content-type') ?? '')
    const json = asObject(body) ?? {}
    // Discord takes attachment ids as numbers too (its own examples do); the schema knows strings only.
    for (const attachment of objectsIn(json.attachments)) attachment.id = String(attachment.id)
    const reply = await route.run({ params, query, body, json, parts })
    const newMessage = route.method === 'POST' && route.path.endsWith('/messages')
    if (
      newMessage &&
      stage.faults.isOn('discord-lost-answer') &&
      stage.faults.firstTry(`lost ${request.path}`)
    ) {
      throw new DiscordError(500, 0, '500: Internal Server Error')
    }
    await finish(stage, request, response, reply)
  } catch (error) {
    if (!(error instanceof DiscordError))
      stage.log(`discord: ${request.method} ${request.path}: ${describe(error)}`)
    await finish(stage, request, response, asReply(error))
  }
}

async function finish(stage: Stage, request: Request, response: Response, reply: Reply): Promise<void> {
  const body = asObject(reply.body)
  // Whoever went away before the end of the request is told nothing, and it is no news to the log.
  if (response.destroyed) return
  if (reply.status >= 400) {
    const code = typeof body?.code === 'number' ? body.code : 0
    const message = refusalText(body)
    const path = withoutToken(request.path)
    stage.emit({ type: 'refused', method: request.method, path, status: reply.status, code, message })
    stage.log(`discord: refused ${request.method} ${path}: ${reply.status} ${code} ${message}`)
  }
  if (stage.faults.isOn('discord-slow')) await new Promise(done => setTimeout(done, SLOW_MS))
  if (response.destroyed) return
  response.status(reply.status)
  // A 204 with a JSON content type makes discord.js parse nothing as JSON, and throw.
  if (reply.body === undefined) response.end()
  else response.json(reply.body)
}

function asReply(error: unknown): Reply {
  if (error instanceof DiscordError) return { status: error.status, body: error.toJSON() }
  return { status: 500, body: { message: '500: Internal Server Error', code: 0 } }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Params by name; the token of an interaction is base64url and arrives as it is, @original percent-encoded. */
function addressOf(request: Request): Pick<Call, 'params' | 'query'> {
  const params = Object.fromEntries(
    Object.entries(request.params).map(([key, value]) => [key, String(value)]),
  )
  return { params, query: new URL(request.url, 'http://sandbox').searchParams }
}

/** Whole request; each file is held to its own limit later. */
function sizeLimit(stage: Stage, route: Route): number {
  const perFile =
    route.auth === 'open'
      ? Math.max(stage.memberUploadLimit, guildUploadLimit(stage.world))
      : guildUploadLimit(stage.world)
  return Math.max(25 * MEBIBYTE, perFile) + MEBIBYTE
}

async function readAll(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer> | 'too large'> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
    else chunks.length = 0
  }
  return size > limit ? 'too large' : Buffer.concat(chunks)
}

async function parseBody(
  raw: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<{ body: unknown; parts: Map<string, File> }> {
  if (raw.length === 0) return { body: {}, parts: new Map() }
  if (contentType.startsWith('multipart/form-data')) return await readForm(raw, contentType)
  return { body: parseJson(Buffer.from(raw).toString('utf8')), parts: new Map() }
}

/** The message, and for a bad form every key with its sentence. */
function refusalText(body: Json | undefined): string {
  const lines: string[] = []
  const visit = (node: Json, path: string) => {
    for (const [key, value] of Object.entries(node)) {
      if (key === '_errors') lines.push(...objectsIn(value).map(entry => `${path}: ${String(entry.message)}`))
      else visit(asObject(value) ?? {}, path ? `${path}.${key}` : key)
    }
  }
  visit(asObject(body?.errors) ?? {}, '')
  return [String(body?.message ?? ''), ...lines].join('; ')
}

/** Interaction tokens have no business in a log that a page shows. */
function withoutToken(path: string): string {
  return path.replaceAll(/[A-Za-z0-9_-]{80,}/g, ':token')
}
