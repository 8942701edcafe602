import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import type { Enclosure } from '../../../src/core/view.ts'
import { PATIENCE } from '../limits.ts'

const PIECE_BYTES = 256 * 1024

/**
 * POSTs a file as it is, through one buffer: 300 MB make the process grow by 2. By Node's own fetch they make it grow by
 * 260, from a Blob of the file as from a stream (Node 24.21, November 2026).
 * @throws where the file can't be read, the connection fails or the time is over
 */
export async function postBytes(
  url: string,
  { path, contentType, sizeBytes }: Pick<Enclosure, 'path' | 'contentType' | 'sizeBytes'>,
): Promise<{ status: number; body: string }> {
  await using file = await open(path)
  const request = (url.startsWith('https:') ? https : http).request(url, {
    method: 'POST',
    headers: { 'content-type': contentType, 'content-length': sizeBytes },
    signal: AbortSignal.timeout(PATIENCE.uploadMs),
  })
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  const sent = send(file, request)
  // Whichever is not waited for any more may fail as it likes.
  answered.catch(() => {})
  sent.catch(() => {})
  try {
    // A refusal may come before everything was sent, and then counts for more than the cut that follows it.
    const [response] = await Promise.race([answered, sent.then(() => answered)])
    return { status: response.statusCode ?? 0, body: await text(response) }
  } finally {
    request.destroy()
  }
}

/** The buffer is filled again only when its bytes have left. */
async function send(file: FileHandle, request: ClientRequest): Promise<void> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  for (;;) {
    const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, null)
    if (bytesRead === 0) break
    await new Promise<void>((resolve, reject) => {
      request.write(piece.subarray(0, bytesRead), error => (error ? reject(error) : resolve()))
    })
  }
  request.end()
}
