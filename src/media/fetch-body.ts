import { type Dispatcher, fetch } from 'undici'
import { Stalled } from './network-failures.ts'

export interface Transfer {
  /** Where connections are made; a guard against inner addresses is put in here. */
  dispatcher?: Dispatcher | undefined
  /** The longest time without a byte, ms. */
  stallMs: number
  signal: AbortSignal
}

export interface Body {
  status: number
  /** Where it came from in the end, after redirects. */
  url: string
  header(name: string): string | null
  /** The next bytes; null at the end. @throws where the connection is cut, or stalls */
  next(): Promise<Uint8Array | null>
  cancel(): Promise<void>
}

/** GET whose every wait, for the head as for each piece of the body, is watched. */
export async function fetchBody(url: string, headers: Record<string, string>, t: Transfer): Promise<Body> {
  const stop = new AbortController()
  const watch = async <T>(work: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => stop.abort(new Stalled(`no byte for ${t.stallMs} ms`)), t.stallMs)
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
      ...(t.dispatcher && { dispatcher: t.dispatcher }),
    }),
  )
  const reader = response.body?.getReader()
  return {
    status: response.status,
    url: response.url || url,
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
