import type { FileHandle } from 'node:fs/promises'
import { Final, Unavailable } from '../core/errors.ts'
import { type Answer, drop, why } from './http.ts'

/** The stream ended before the file did; worth another attempt. */
export class Cut extends Unavailable {
  constructor(message: string, cause?: unknown) {
    super('result_cut', message, { cause })
  }
}

/** What of a file lies on disk already. */
export interface Part {
  file: FileHandle
  bytes: number
  /** Of the whole file; null: not said. */
  totalBytes: number | null
  /** Strong ETag or date: proof, on taking the download up again, that it is the same file. */
  validator: string | null
}

export interface TransferLimits {
  maxBytes: number
  /** Ends the transfer, ms from its start. */
  totalMs: number
}

/**
 * Streams an answer's body into the part, after what is there (206) or from its start, one chunk in memory at a time.
 * Each chunk is on disk before it is counted, so that a cut leaves an exact place to go on from.
 * @throws Cut, Final (larger than the limit), Unavailable (the disk)
 */
export async function transfer(answer: Answer, part: Part, limits: TransferLimits): Promise<void> {
  if (answer.status !== 206) {
    Object.assign(part, startOf(answer))
    await part.file.truncate(0)
  }
  if (part.totalBytes !== null && part.totalBytes > limits.maxBytes) {
    drop(answer)
    throw tooBig(limits)
  }
  const late = () => answer.body.destroy(new Error(`the download took longer than ${limits.totalMs} ms`))
  const timer = setTimeout(late, limits.totalMs)
  try {
    for await (const chunk of answer.body) {
      if (part.bytes + chunk.length > limits.maxBytes) throw tooBig(limits)
      await write(part, chunk)
    }
  } catch (error) {
    if (error instanceof Final || error instanceof Unavailable) throw error
    throw new Cut(why(error), error)
  } finally {
    clearTimeout(timer)
  }
  if (part.totalBytes !== null && part.bytes !== part.totalBytes) {
    throw new Cut(`${part.bytes} of ${part.totalBytes} bytes came`)
  }
}

async function write(part: Part, chunk: Buffer): Promise<void> {
  try {
    for (let at = 0; at < chunk.length; ) {
      const { bytesWritten } = await part.file.write(chunk, at, chunk.length - at, part.bytes)
      at += bytesWritten
      part.bytes += bytesWritten
    }
  } catch (cause) {
    throw new Unavailable('storage_failed', why(cause), { cause })
  }
}

/** Headers that ask for the rest of a part; empty where there is nothing safe to go on from. */
export function rangeFrom(part: Part): Record<string, string> {
  if (part.bytes === 0 || (part.validator === null && part.totalBytes === null)) return {}
  const range = `bytes=${part.bytes}-`
  return part.validator === null ? { range } : { range, 'if-range': part.validator }
}

/** Whether a 206 is the rest that was asked for. */
export function continues(answer: Answer, part: Part): boolean {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(String(answer.headers['content-range'] ?? ''))
  if (!match || Number(match[1]) !== part.bytes) return false
  const total = match[2] === '*' ? null : Number(match[2])
  if (part.totalBytes === null) part.totalBytes = total
  return total === part.totalBytes || (total === null && part.validator !== null)
}

function startOf({ headers }: Answer): Omit<Part, 'file'> {
  const length = headers['content-length'] === undefined ? Number.NaN : Number(headers['content-length'])
  const etag = String(headers.etag ?? '')
  return {
    bytes: 0,
    totalBytes: Number.isSafeInteger(length) ? length : null,
    // A weak ETag may not stand in If-Range (RFC 9110, 13.1.5).
    validator: etag.startsWith('"') ? etag : String(headers['last-modified'] ?? '') || null,
  }
}

const tooBig = ({ maxBytes }: TransferLimits) =>
  new Final('result_too_big', `the finished file is larger than ${maxBytes} bytes`)
