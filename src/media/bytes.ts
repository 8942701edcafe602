import { open } from 'node:fs/promises'
import { Refusal } from '../core/errors.ts'

/** Bytes that can be read at any place: a local file, or one far away. */
export interface Bytes {
  readonly size: number
  /** Exactly the bytes of [start, end); 0 <= start <= end <= size. @throws Refusal */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>
  close(): Promise<void>
}

/** No honest index or cluster is larger; what asks for more at once would only fill the memory. */
export const MAX_READ = 64 << 20

export async function fileBytes(path: string): Promise<Bytes> {
  const handle = await open(path, 'r')
  const { size } = await handle.stat()
  return {
    size,
    async read(start, end) {
      const into = new Uint8Array(end - start)
      let at = 0
      while (at < into.length) {
        const { bytesRead } = await handle.read(into, at, into.length - at, start + at)
        // It shrank while it was read.
        if (bytesRead === 0) throw new Refusal('broken_file', { why: 'shrank' })
        at += bytesRead
      }
      return into
    },
    close: () => handle.close(),
  }
}

interface Window {
  start: number
  data: Uint8Array<ArrayBuffer>
}

const FIRST_WINDOW = 16 << 10
const LAST_WINDOW = 1 << 20
/** Forward steps shorter than this count as reading on: one larger read is cheaper than two round trips. */
const SKIP = 256 << 10
const KEPT = 24 << 20

/**
 * Turns many small reads into few larger ones, and keeps what was read. A jump reads little (an index at the end costs
 * no more than itself); reading on doubles the window each time, up to 1 MiB.
 */
export function windowed(raw: Bytes): Bytes {
  const windows: Window[] = []
  let kept = 0
  let next = FIRST_WINDOW
  let lastEnd = 0

  const find = (start: number, end: number) =>
    windows.find(w => w.start <= start && end <= w.start + w.data.length)

  return {
    size: raw.size,
    async read(start, end) {
      if (end > raw.size || start < 0 || end < start)
        throw new Refusal('broken_file', { why: 'points past its end' })
      if (end - start > MAX_READ) throw new Refusal('too_complex', { why: 'one part is too large' })
      const hit = find(start, end)
      if (hit) return hit.data.subarray(start - hit.start, end - hit.start)

      const onward = start >= lastEnd - next && start - lastEnd <= SKIP
      next = onward ? Math.min(next * 2, LAST_WINDOW) : FIRST_WINDOW
      // What is there of it is not fetched again.
      const partly = windows.find(w => w.start <= start && start < w.start + w.data.length)
      const had = partly?.data.subarray(start - partly.start) ?? new Uint8Array()
      const from = start + had.length
      const to = Math.min(raw.size, Math.max(end, from + next))
      const data = joined(had, await raw.read(from, to))
      lastEnd = to
      windows.push({ start, data })
      kept += data.length
      while (kept > KEPT && windows.length > 1) kept -= windows.shift()?.data.length ?? 0
      return data.subarray(0, end - start)
    },
    close: () => raw.close(),
  }
}

function joined(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (a.length === 0) return b
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
