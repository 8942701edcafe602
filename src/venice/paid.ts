import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { buildConnector, Client } from 'undici'
import { text, why } from './http.ts'
import type { Headers } from './pacing.ts'
import type { PaidBody } from './paid-body.ts'
import type { Timeouts } from './settings.ts'

export type PaidAnswer =
  /** `body` is null where it could not be read to its end; `unread` then says why. */
  | { kind: 'answered'; status: number; headers: Headers; body: string | null; unread: string | null }
  /** Proven: no whole request has left. `connected`: a part of one may have. */
  | { kind: 'not_sent'; why: string; connected: boolean }
  /** It may have arrived. */
  | { kind: 'unknown'; why: string }

/**
 * The one request that costs money, sent at most once. It never throws.
 *
 * Its own connection, opened for it and closed after it: a kept one may have been closed by the server already, and a
 * reset then looks the same as one after the request was acted on.
 */
export async function postOnce(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: PaidBody,
  timeouts: Timeouts,
): Promise<PaidAnswer> {
  const { origin, pathname, search } = new URL(url)
  const wire = oneConnection(origin, timeouts.connectMs)
  try {
    const answer = await wire.client.request({
      method: 'POST',
      path: pathname + search,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': String(body.sizeBytes) },
      // undici 8 documents async iterables as bodies, and pulls one only when the socket has drained; its types lack them.
      body: body.open(wire.alive) as Buffer | Readable,
      reset: true,
      signal: AbortSignal.timeout(timeouts.submitTotalMs),
      headersTimeout: timeouts.submitIdleMs,
      bodyTimeout: timeouts.submitIdleMs,
    })
    const read = await text(answer, timeouts.submitIdleMs).then(
      body => ({ body, unread: null }),
      error => ({ body: null, unread: why(error) }),
    )
    return { kind: 'answered', status: answer.statusCode, headers: answer.headers, ...read }
  } catch (error) {
    if (!wire.connected()) return { kind: 'not_sent', why: why(error), connected: false }
    // Without its last bytes the request is not JSON and shorter than its content-length: nothing to accept.
    if (!body.handedOver())
      return { kind: 'not_sent', why: `the upload was cut: ${why(error)}`, connected: true }
    return { kind: 'unknown', why: why(error) }
  } finally {
    await wire.client.destroy().catch(() => {})
  }
}

/**
 * A client that dials once and refuses to dial again, so that nothing beneath us can repeat a request: undici 8.12
 * requeues the running one when its socket closes with an "informational" error (client-h1.js, onHttpSocketClose).
 */
export function oneConnection(origin: string, connectMs: number) {
  let dialled = false
  let socket: Socket | null = null
  const dial = buildConnector({ allowH2: false, timeout: connectMs })
  const client = new Client(origin, {
    allowH2: false,
    pipelining: 1,
    connect: (options, callback) => {
      if (dialled) return callback(new Error('the paid call has one connection only'), null)
      dialled = true
      dial(options, (...result) => {
        // From here on bytes may leave; undici gives undefined, not null, where the dial failed.
        socket = result[1] ?? null
        callback(...result)
      })
    },
  })
  return { client, connected: () => socket !== null, alive: () => socket !== null && !socket.destroyed }
}
