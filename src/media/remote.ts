import { Refusal } from '../core/errors.ts'
import type { Body, Door } from '../core/ports.ts'
import type { ClipSource } from '../core/source.ts'
import type { Bytes } from './bytes.ts'
import { asRefusal, assertServes } from './network-failures.ts'

export interface RemoteLimits {
  door: Door
  stallMs: number
  /** The most that is read in all. */
  maxBytes: number
  /** Ends all of it, e.g. when the time is up. */
  signal: AbortSignal
}

export interface Remote extends Bytes {
  /** What was read so far. */
  bytesRead(): number
  requests(): number
  /** Whether a read is under way, so that a time limit was the far side's doing. */
  waiting(): boolean
}

/** What the first request asks for: enough to see the kind of file, and often its whole index. */
const FIRST = 32 << 10

/**
 * A file on a server, read in ranges. Where the server does not give ranges, it is read from its beginning, as far as
 * is asked for. @throws Refusal source_gone, source_stalled, too_complex (byte cap), and those of the door
 */
export async function openRemote(source: ClipSource, limits: RemoteLimits): Promise<Remote> {
  const closing = new AbortController()
  const transfer = {
    stallMs: limits.stallMs,
    signal: AbortSignal.any([closing.signal, limits.signal]),
  }
  let bytesRead = 0
  let requests = 0
  let pending = 0

  const get = (from: string, start: number, end: number) => {
    requests++
    return limits.door.open({ ...source, url: from }, { range: `bytes=${start}-${end - 1}` }, transfer)
  }
  const meter = (n: number) => {
    bytesRead += n
    if (bytesRead > limits.maxBytes) throw new Refusal('too_complex', { why: 'too much to read' })
  }
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    pending++
    try {
      return await work()
    } catch (error) {
      throw asRefusal(error)
    } finally {
      pending--
    }
  }

  const opened = await guarded(async () => {
    const body = await get(source.url, 0, FIRST)
    if (body.status === 416) {
      await body.cancel()
      return { kind: 'ranges' as const, url: body.url, size: 0, head: new Uint8Array() }
    }
    try {
      assertServes(body.status)
      if (body.status !== 206)
        return { kind: 'stream' as const, stream: await readOn(body, meter, limits.maxBytes) }
      const { size, length } = contentRange(body, 0, FIRST)
      return { kind: 'ranges' as const, url: body.url, size, head: await take(body, length, meter) }
    } catch (error) {
      await body.cancel()
      throw error
    }
  }).catch(error => {
    closing.abort()
    throw error
  })

  const readRange = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    if (opened.kind === 'stream') return opened.stream.read(start, end)
    if (end <= opened.head.length) return opened.head.slice(start, end)
    const body = await get(opened.url, start, end)
    try {
      assertServes(body.status)
      if (body.status !== 206) throw new Refusal('source_gone', { why: 'ranges refused' })
      const { size, length } = contentRange(body, start, end)
      if (size !== opened.size || length !== end - start)
        throw new Refusal('source_gone', { why: 'it changed' })
      return await take(body, length, meter)
    } catch (error) {
      await body.cancel()
      throw error
    }
  }

  return {
    size: opened.kind === 'stream' ? opened.stream.size : opened.size,
    // One cut connection is no reason to refuse a clip.
    read: (start, end) =>
      guarded(() => readRange(start, end).catch(e => again(e, () => readRange(start, end)))),
    bytesRead: () => bytesRead,
    requests: () => requests,
    waiting: () => pending > 0,
    async close() {
      if (opened.kind === 'stream') await opened.stream.close()
      closing.abort()
    },
  }

  function again<T>(error: unknown, work: () => Promise<T>): Promise<T> {
    const refusal = asRefusal(error)
    const cut = refusal instanceof Refusal && refusal.code === 'source_gone' && !('status' in refusal.facts)
    if (opened.kind === 'stream' || !cut || transfer.signal.aborted) throw error
    return work()
  }
}

/** What a 206 brings: the size of the whole and the length of this part. */
function contentRange(body: Body, start: number, end: number): { size: number; length: number } {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(body.header('content-range') ?? '')
  const [from, to, size] = (match?.slice(1) ?? []).map(Number)
  if (from !== start || to === undefined || size === undefined || to >= end || !Number.isSafeInteger(size))
    throw new Refusal('source_gone', { why: 'ranges that make no sense' })
  return { size, length: to + 1 - from }
}

/** Exactly so many bytes of a body. */
async function take(
  body: Body,
  length: number,
  meter: (n: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const into = new Uint8Array(length)
  let at = 0
  for (let piece = await body.next(); piece; piece = await body.next()) {
    meter(piece.length)
    if (at + piece.length > length) throw new Refusal('source_gone', { why: 'more than was asked for' })
    into.set(piece, at)
    at += piece.length
  }
  if (at < length) throw new Error('cut')
  return into
}

/** A body that can only be read on: what has passed is kept, so that it can be read again. */
async function readOn(body: Body, meter: (n: number) => void, most: number): Promise<Bytes> {
  const plain = body.header('content-encoding') === null
  const claimed = body.header('content-length')
  let buffer = new Uint8Array(64 << 10)
  let length = 0
  let done = false

  const advance = async (end: number) => {
    if (end > most) throw new Refusal('too_complex', { why: 'its server gives no ranges' })
    while (!done && length < end) {
      const piece = await body.next()
      if (!piece) {
        done = true
        break
      }
      meter(piece.length)
      if (length + piece.length > buffer.length) {
        const larger = new Uint8Array(Math.max(buffer.length * 2, length + piece.length))
        larger.set(buffer.subarray(0, length))
        buffer = larger
      }
      buffer.set(piece, length)
      length += piece.length
    }
  }

  // Without a length nothing can be said of the file before its end is seen.
  if (!plain || claimed === null) while (!done) await advance(Math.min(length + 1, most + 1))
  const size = !plain || claimed === null ? length : Number(claimed)
  let queue = Promise.resolve()
  return {
    size,
    read(start, end) {
      const turn = queue.then(() => advance(end))
      queue = turn.catch(() => {})
      return turn.then(() => {
        if (end > length) throw new Refusal('source_gone', { why: 'it ended early' })
        return buffer.slice(start, end)
      })
    },
    close: () => body.cancel(),
  }
}
