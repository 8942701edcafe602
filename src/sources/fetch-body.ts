import { type Dispatcher, fetch } from 'undici'
import { Refusal } from '../core/errors.ts'
import type { Body } from '../core/ports.ts'

export interface Transfer {
  dispatcher: Dispatcher
  /** The longest time without a byte, ms. */
  stallMs: number
  signal: AbortSignal
}

/** GET of one address, whose every wait, for the head as for each piece of the body, is watched. */
export async function fetchBody(url: URL, headers: Record<string, string>, t: Transfer): Promise<Body> {
  const stop = new AbortController()
  const watch = async <T>(work: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => stop.abort(new Refusal('source_stalled')), t.stallMs)
    try {
      return await work
    } finally {
      clearTimeout(timer)
    }
  }
  const response = await watch(
    fetch(url, {
      // Ranges of a compressed answer would be ranges of something else.
      headers: { 'accept-encoding': 'identity', ...headers },
      signal: AbortSignal.any([stop.signal, t.signal]),
      redirect: 'manual',
      dispatcher: t.dispatcher,
    }),
  )
  const reader = response.body?.getReader()
  return {
    status: response.status,
    url: url.href,
    header: name => response.headers.get(name),
    async next() {
      if (!reader) return null
      const { done, value } = await watch(reader.read())
      return done ? null : value
    },
    async cancel() {
      stop.abort(new Error('no longer needed'))
      await reader?.cancel().catch(() => {})
    },
  }
}
