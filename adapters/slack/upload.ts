import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import type { KnownBlock } from '@slack/types'
import type { WebClient } from '@slack/web-api'
import { z } from 'zod'
import { ChatError } from '../../src/core/chat.ts'
import type { Enclosure } from '../../src/core/view.ts'
import { HookError, isUnknown, wordOf } from './failures.ts'
import type { Address } from './handle.ts'
import { PATIENCE } from './limits.ts'
import { cleanLine } from './literal.ts'
import type { Wait } from './rest.ts'

export interface Upload {
  /** Runs with the workspace's client. */
  ask<T>(work: (client: WebClient) => Promise<T>): Promise<T>
  wait: Wait
  /** Slack's id of the file, where it was sent before. */
  sent: string | null
  /** Keeps that id, before people can see the file. */
  noteSent(fileId: string): Promise<void>
}

/**
 * Posts a file with its message, in three steps (docs: files.getUploadURLExternal). @slack/web-api's
 * own filesUploadV2 holds the whole file in memory. @returns ts of the message; where Slack is slow to
 * tell, the file's own id
 */
export async function postFile(
  upload: Upload,
  address: Pick<Address, 'channel' | 'threadTs'>,
  message: { file: Enclosure; blocks: KnownBlock[] },
): Promise<string> {
  const { file, blocks } = message
  if (upload.sent) {
    const posted = await resume(upload, upload.sent, address, file, blocks)
    if (posted) return posted
  }
  const fileId = await sendBytes(upload, file)
  await upload.noteSent(fileId)
  try {
    await complete(upload, fileId, address, file, blocks)
  } catch (error) {
    if (!isUnknown(error)) throw error
    const posted = await resume(upload, fileId, address, file, blocks)
    if (!posted) throw error
    return posted
  }
  return (await shareOf(upload, fileId, address.channel)) ?? fileId
}

/** Its bytes are there; nobody knows whether it was posted. Null: it was not, and can't be any more. */
async function resume(
  upload: Upload,
  fileId: string,
  address: Pick<Address, 'channel' | 'threadTs'>,
  file: Enclosure,
  blocks: KnownBlock[],
): Promise<string | null> {
  const before = await shareOf(upload, fileId, address.channel)
  if (before) return before
  try {
    await complete(upload, fileId, address, file, blocks)
  } catch (error) {
    if (!['file_not_found', 'invalid_arguments', 'invalid_file_id'].includes(wordOf(error) ?? '')) throw error
    return null
  }
  return (await shareOf(upload, fileId, address.channel)) ?? fileId
}

async function sendBytes({ ask }: Upload, file: Enclosure): Promise<string> {
  const { upload_url, file_id } = await ask(client =>
    client.files.getUploadURLExternal({ filename: cleanLine(file.fileName), length: file.sizeBytes }),
  )
  if (!upload_url || !file_id) throw new Error('files.getUploadURLExternal told no address')
  const { status, body } = await postBytes(upload_url, file)
  if (status < 200 || status > 299) throw new HookError(status, body)
  return file_id
}

async function complete(
  { ask }: Upload,
  fileId: string,
  { channel, threadTs }: Pick<Address, 'channel' | 'threadTs'>,
  file: Enclosure,
  blocks: KnownBlock[],
): Promise<void> {
  const files: [{ id: string; title: string }] = [{ id: fileId, title: cleanLine(file.fileName) }]
  await ask(client =>
    client.files.completeUploadExternal({
      files,
      channel_id: channel,
      ...(blocks.length > 0 && { blocks }),
      ...(threadTs !== null && { thread_ts: threadTs }),
    }),
  )
}

const SHARES = z.object({
  file: z.object({
    shares: z.record(z.string(), z.record(z.string(), z.array(z.object({ ts: z.string() })))).optional(),
  }),
})

/** The message of a file comes a little after the file. Null: it is not there (yet). */
async function shareOf({ ask, wait }: Upload, fileId: string, channel: string): Promise<string | null> {
  for (const waitMs of [0, ...PATIENCE.fileMs.slice(0, 4)]) {
    if (waitMs > 0) await wait(waitMs)
    try {
      const { file } = SHARES.parse(await ask(client => client.files.info({ file: fileId })))
      const ts = Object.values(file.shares ?? {}).flatMap(channels => channels[channel] ?? [])[0]?.ts
      if (ts) return ts
    } catch (error) {
      if (error instanceof ChatError) throw error
      // It says so of files that were not posted, too; anything else shows again in the next step.
      if (wordOf(error) === 'file_not_found') return null
    }
  }
  return null
}

const PIECE_BYTES = 256 * 1024

/**
 * POSTs a file as it is, through one buffer: 300 MB make the process grow by 2. By Node's own fetch they make it grow by
 * 260, from a Blob of the file as from a stream (Node 24.21, November 2026).
 * @throws where the file can't be read, the connection fails or the time is over
 */
async function postBytes(
  url: string,
  { path, contentType, sizeBytes }: Pick<Enclosure, 'path' | 'contentType' | 'sizeBytes'>,
): Promise<{ status: number; body: string }> {
  await using file = await open(path)
  const request = (url.startsWith('https:') ? https : http).request(url, {
    method: 'POST',
    headers: { 'content-type': contentType, 'content-length': sizeBytes },
    signal: AbortSignal.timeout(PATIENCE.uploadMs),
  })
  // A cut that follows the answer is nobody's to wait for, and must not end the process.
  request.on('error', () => {})
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
    // So that an early refusal is read before more is written to a connection that the other side has given up.
    await setImmediate()
  }
  request.end()
}
