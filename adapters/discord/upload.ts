import { randomUUID } from 'node:crypto'
import { open } from 'node:fs/promises'
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { buffer } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import type { RESTOptions } from 'discord.js'
import type { Enclosure, Part, View } from '../../src/core/view.ts'
import { LIMITS } from './limits.ts'
import { attachmentName, cleanLine, cut } from './literal.ts'

/** A message with a file as multipart/form-data. Its file is open until it is disposed of. */
export interface Form extends AsyncDisposable {
  contentType: string
  sizeBytes: number
  /** The whole body from its start, for every attempt anew. A piece holds good only until the next is asked for. */
  pieces(): AsyncIterable<Buffer>
}

const PIECE_BYTES = 256 * 1024

/** @throws where the file can't be opened */
export async function openForm(body: object, view: View, enclosure: Enclosure): Promise<Form> {
  // Leaves no letter that would have to be escaped between quotes (RFC 7578, 4.2).
  const filename = attachmentName(enclosure.fileName)
  const shown = view.parts.find((part): part is Extract<Part, { kind: 'file' }> => part.kind === 'file')
  const description = cut(cleanLine(shown?.description ?? ''), LIMITS.mediaDescription)
  const attachments = [{ id: '0', filename, ...(description === '' ? {} : { description }) }]

  const boundary = `murano-${randomUUID()}`
  const head = Buffer.from(
    [
      `--${boundary}`,
      'Content-Disposition: form-data; name="payload_json"',
      '',
      JSON.stringify({ ...body, attachments }),
      `--${boundary}`,
      `Content-Disposition: form-data; name="files[0]"; filename="${filename}"`,
      `Content-Type: ${enclosure.contentType}`,
      '',
      '',
    ].join('\r\n'),
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  const file = await open(enclosure.path)
  const { size } = await file.stat()

  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    sizeBytes: head.length + size + tail.length,
    async *pieces() {
      yield head
      const piece = Buffer.allocUnsafe(PIECE_BYTES)
      for (let at = 0; at < size; ) {
        const { bytesRead } = await file.read(piece, 0, Math.min(PIECE_BYTES, size - at), at)
        if (bytesRead === 0) throw new Error('the file became shorter while it was sent')
        at += bytesRead
        yield piece.subarray(0, bytesRead)
      }
      yield tail
    },
    [Symbol.asyncDispose]: () => file.close(),
  }
}

/**
 * How @discordjs/rest sends a Form, through one buffer: 100 MiB make the process grow by 1 MB, by fetch with a Blob of
 * the file by 125 (Node 24.21, November 2026). Its own way (`files`) holds the file in memory, and fails where the
 * dispatcher set for the process is of another undici than discord.js' own 6: undici 8 answers Node's FormData with "must
 * be created by this undici package instance" (seen with @discordjs/rest 2.6.3, November 2026).
 */
export const sendForm: RESTOptions['makeRequest'] = async (url, init) => {
  const form = init.body as unknown as Form
  const request = (url.startsWith('https:') ? https : http).request(url, {
    method: init.method!,
    headers: {
      ...(init.headers as Record<string, string>),
      'content-type': form.contentType,
      'content-length': form.sizeBytes,
    },
    signal: init.signal!,
  })
  // The listener stays: a connection may also be cut after its answer.
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).on('error', reject)
  })
  write(form, request).catch(error => request.destroy(error))
  try {
    // A refusal may come before everything was sent.
    const response = await answered
    return asFetched(response, await buffer(response))
  } catch (error) {
    throw isCut(error) ? new Error('the connection was cut (ECONNRESET)', { cause: error }) : error
  } finally {
    request.destroy()
  }
}

async function write(form: Form, request: ClientRequest): Promise<void> {
  for await (const piece of form.pieces()) {
    // An answer that is already there is read first: a write to a connection that was given up would hide it.
    await setImmediate()
    await new Promise<void>((resolve, reject) => {
      request.write(piece, error => (error ? reject(error) : resolve()))
    })
  }
  request.end()
}

/** Whether the reading or the writing side finds out first is chance; @discordjs/rest tries again for ECONNRESET only. */
const isCut = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')

function asFetched(
  { statusCode, statusMessage, headersDistinct }: IncomingMessage,
  body: Buffer<ArrayBuffer>,
): Awaited<ReturnType<RESTOptions['makeRequest']>> {
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  const init = { status: statusCode!, statusText: statusMessage!, headers }
  return new Response(body.length > 0 ? body : null, init) as unknown as ReturnType<typeof asFetched>
}
