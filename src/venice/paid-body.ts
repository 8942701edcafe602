import { open } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'

/** The body of the paid call, sent in constant memory. Good for one request. */
export interface PaidBody {
  sizeBytes: number
  /** `alive`: whether the connection that it goes to still is. */
  open(alive: () => boolean): Buffer | AsyncIterable<Buffer>
  /** Whether the last byte was given to the socket; until then the other side can't have a whole request. */
  handedOver(): boolean
}

export interface QueueFields {
  model: string
  upscale_factor: number
  duration?: string
  prompt?: string
  /** What only some models take. */
  [extra: string]: string | number | boolean | undefined
}

/** A clip that the other side fetches from a link. */
export function linkBody(fields: QueueFields, url: string): PaidBody {
  const body = Buffer.from(JSON.stringify({ ...fields, video_url: url }))
  // One write: as soon as there is a connection, all of it may have left.
  return { sizeBytes: body.length, open: () => body, handedOver: () => true }
}

/** Divisible by 3, so that pieces of base64 can be joined. */
const PIECE_BYTES = 3 * 64 * 1024

/** A clip that travels inside the request as a data URL. */
export function dataBody(
  fields: QueueFields,
  file: { path: string; sizeBytes: number; contentType: string },
): PaidBody {
  const type = /^video\/[\w.+-]+/.exec(file.contentType)?.[0] ?? 'video/mp4'
  const whole = JSON.stringify({ ...fields, video_url: `data:${type};base64,` })
  const head = Buffer.from(whole.slice(0, -2))
  const tail = Buffer.from(whole.slice(-2))
  let handedOver = false

  /**
   * Between pieces the event loop turns once, so that an early refusal (413) is read before more is written to a
   * connection that the other side has given up: the failing write would hide the answer.
   */
  async function* chunks(alive: () => boolean): AsyncGenerator<Buffer> {
    yield head
    await using handle = await open(file.path)
    const piece = Buffer.alloc(PIECE_BYTES)
    for (let at = 0; at < file.sizeBytes; ) {
      const wanted = Math.min(PIECE_BYTES, file.sizeBytes - at)
      const got = await readFully(handle, piece, wanted, at)
      if (got < wanted) throw new Error('the file became shorter while it was sent')
      await turn(alive)
      yield Buffer.from(piece.toString('base64', 0, got), 'latin1')
      at += got
    }
    await turn(alive)
    handedOver = true
    yield tail
  }

  return {
    sizeBytes: head.length + Math.ceil(file.sizeBytes / 3) * 4 + tail.length,
    open: chunks,
    handedOver: () => handedOver,
  }
}

async function turn(alive: () => boolean): Promise<void> {
  await setImmediate()
  if (!alive()) throw new Error('the connection ended during the upload')
}

/** `read` may give less than was asked for; base64 pieces must be full. */
async function readFully(handle: Awaited<ReturnType<typeof open>>, into: Buffer, bytes: number, at: number) {
  let got = 0
  while (got < bytes) {
    const { bytesRead } = await handle.read(into, got, bytes - got, at + got)
    if (bytesRead === 0) break
    got += bytesRead
  }
  return got
}
