import { open, rm } from 'node:fs/promises'
import { Refusal } from '../core/errors.ts'
import type { Body, Door } from '../core/ports.ts'
import type { ClipSource } from '../core/source.ts'
import { asRefusal, assertServes } from './network-failures.ts'

export interface CopyLimits {
  door: Door
  maxBytes: number
  stallMs: number
  totalMs: number
}

/** How often a cut connection is taken up again where it was cut. */
const RESUMES = 2

/**
 * Streams a file to `path`, whole or not at all: what is there is removed where it fails, and a cut connection is taken
 * up again only if the server proves that it still is the same file.
 * @throws Refusal source_gone, source_stalled, too_big, empty_file, and those of the door
 */
export async function copyTo(
  source: ClipSource,
  path: string,
  limits: CopyLimits,
): Promise<{ sizeBytes: number }> {
  const clock = new AbortController()
  const timer = setTimeout(
    () => clock.abort(new Refusal('source_stalled', { afterMs: limits.totalMs })),
    limits.totalMs,
  )
  const file = await open(path, 'w').catch(error => {
    clearTimeout(timer)
    throw error
  })
  const progress: Progress = { written: 0, validator: null, expected: null }
  try {
    const write = async (piece: Uint8Array) => {
      let at = 0
      while (at < piece.length)
        at += (await file.write(piece, at, piece.length - at, progress.written + at)).bytesWritten
      progress.written += piece.length
    }
    await transfer(source, limits, clock.signal, progress, write)
    if (progress.written === 0) throw new Refusal('empty_file')
    await file.close()
    return { sizeBytes: progress.written }
  } catch (error) {
    await file.close().catch(() => {})
    await rm(path, { force: true })
    throw asRefusal(error)
  } finally {
    clearTimeout(timer)
  }
}

interface Progress {
  written: number
  /** Proves that a later part belongs to the same file. */
  validator: string | null
  /** Size of the whole, where the server said it. */
  expected: number | null
}

async function transfer(
  source: ClipSource,
  limits: CopyLimits,
  signal: AbortSignal,
  progress: Progress,
  write: (piece: Uint8Array) => Promise<void>,
): Promise<void> {
  for (let resumes = 0; ; resumes++) {
    const resuming = progress.written > 0
    const headers = resuming
      ? { range: `bytes=${progress.written}-`, 'if-range': progress.validator ?? '' }
      : {}
    let body: Body | null = null
    try {
      body = await limits.door.open(source, headers, { stallMs: limits.stallMs, signal })
      assertServes(body.status)
      if (resuming) assertSameFile(body, progress)
      else begin(body, progress, limits.maxBytes)
      for (let piece = await body.next(); piece; piece = await body.next()) {
        if (progress.written + piece.length > limits.maxBytes) throw tooBig(limits.maxBytes)
        await write(piece)
      }
      if (progress.expected !== null && progress.written !== progress.expected)
        throw new Error(`${progress.written} of ${progress.expected} bytes came`)
      return
    } catch (error) {
      await body?.cancel()
      const final = error instanceof Refusal || signal.aborted || !isCut(error)
      if (final || resumes >= RESUMES || progress.written === 0 || !progress.validator) throw error
    }
  }
}

const isCut = (error: unknown) => {
  const refusal = asRefusal(error)
  return refusal instanceof Refusal && refusal.code === 'source_gone'
}

const tooBig = (maxBytes: number) => new Refusal('too_big', { limitMb: Math.floor(maxBytes / 1e6) })

function begin(body: Body, progress: Progress, maxBytes: number): void {
  const encoded = body.header('content-encoding') !== null
  const length = body.header('content-length')
  progress.expected = encoded || length === null ? null : Number(length)
  if (progress.expected !== null && progress.expected > maxBytes) throw tooBig(maxBytes)
  const etag = body.header('etag')
  // A weak one vouches for the meaning, not for the bytes.
  progress.validator = encoded || !etag || etag.startsWith('W/') ? null : etag
}

function assertSameFile(body: Body, progress: Progress): void {
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(body.header('content-range') ?? '')
  const fits = range && Number(range[1]) === progress.written
  const same = progress.expected === null || Number(range?.[2]) === progress.expected
  if (body.status !== 206 || !fits || !same) throw new Refusal('source_gone', { why: 'it changed' })
}
