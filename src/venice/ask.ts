import { Unavailable } from '../core/errors.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { Route } from './breaker.ts'
import { drop, type Http, isFile, text, why } from './http.ts'
import { type Headers, retryAfter } from './pacing.ts'
import type { Timeouts } from './settings.ts'
import type { Throttle } from './throttle.ts'
import { parseJson, parseTrouble, type Trouble } from './wire.ts'

/** What every call of the API needs. */
export interface Parts {
  http: Http
  throttle: Throttle
  log: Log
  clock: Clock
  timeouts: Timeouts
}

/** A small answer, read whole. */
export interface Reply {
  status: number
  headers: Headers
  /** Undefined where it is no JSON. */
  json: unknown
  trouble: Trouble
  /** Fit for a log. */
  said: string
}

/**
 * Asks for something small that may be asked for again, and for which no file is an answer.
 * @throws Unavailable provider_resting, provider_limited (not asked), provider_unreachable (no answer)
 */
export async function ask(
  { http }: Parts,
  method: 'GET' | 'POST',
  path: string,
  body: object | null,
  timeoutMs: number,
): Promise<Reply> {
  try {
    const answer = await http.call(method, path, body, timeoutMs)
    const { status, headers } = answer
    if (isFile(answer)) drop(answer)
    const said = isFile(answer) ? `(a file of the type ${answer.contentType})` : await text(answer, timeoutMs)
    const json = parseJson(said)
    return {
      status,
      headers,
      json,
      trouble: parseTrouble(json),
      said: http.redact(`HTTP ${status}: ${said}`),
    }
  } catch (cause) {
    if (cause instanceof Unavailable) throw cause
    throw new Unavailable('provider_unreachable', http.redact(why(cause)), { cause })
  }
}

/** Where an answer only means "not now": what to throw. Null: it is about what was asked. */
export async function notNow(
  { throttle, clock }: Parts,
  route: Route,
  { status, headers, trouble, said }: Pick<Reply, 'status' | 'headers' | 'trouble' | 'said'>,
): Promise<Unavailable | null> {
  if (status === 429) {
    const retryAfterMs = await throttle.limited(route, headers, trouble)
    return new Unavailable('provider_limited', said, { retryAfterMs })
  }
  if (status < 500 && status !== 408) return null
  return new Unavailable('provider_unreachable', said, { retryAfterMs: retryAfter(headers, clock()) })
}

/** GET of something that is neither upscaled nor paid for. @throws Unavailable also where the answer says "not now" */
export async function askOrThrow(parts: Parts, path: string): Promise<Reply> {
  const reply = await ask(parts, 'GET', path, null, parts.timeouts.quoteMs)
  const later = await notNow(parts, 'other', reply)
  if (later) throw later
  return reply
}
