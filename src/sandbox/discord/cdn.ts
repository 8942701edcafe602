import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import express, { type Request, type Response, type Router } from 'express'
import { contentTypeOf } from '../file-names.ts'
import type { StoredFile } from './files.ts'
import type { Stage } from './stage.ts'

const GONE = 'This content is no longer available.'
const SLOW_BYTES_PER_S = 100_000
const SLOW_CHUNK = 10_000

/** The uploaded files, for everybody who has a signed link that is still good. */
export function cdnRouter(stage: Stage): Router {
  const router = express.Router()
  for (const folder of ['attachments', 'ephemeral-attachments']) {
    router.get(`/${folder}/:owner/:file/:filename`, async (request, response) => {
      const file = stage.files.find(String(request.params.file))
      const ephemeral = folder === 'ephemeral-attachments'
      const fits =
        file &&
        file.ephemeral === ephemeral &&
        file.owner_id === request.params.owner &&
        file.filename === request.params.filename
      if (!file || !fits) return void response.status(404).type('text').send(GONE)
      const link = new URL(request.url, 'http://sandbox').searchParams
      const state = stage.files.check(file, {
        ex: link.get('ex') ?? '',
        is: link.get('is') ?? '',
        hm: link.get('hm') ?? '',
      })
      if (state === 'forged') return void response.status(403).type('text').send(GONE)
      if (state === 'expired') return void response.status(404).type('text').send(GONE)
      if (ephemeral && stage.faults.isOn('clip-vanished'))
        return void response.status(404).type('text').send(GONE)
      await send(stage, file, request, response)
    })
  }
  router.use((_request, response) => void response.status(404).type('text').send(GONE))
  return router
}

async function send(stage: Stage, file: StoredFile, request: Request, response: Response): Promise<void> {
  response.set('content-type', contentTypeOf(file.filename) ?? 'application/octet-stream')
  response.set('cache-control', 'private, max-age=31536000')
  if (stage.faults.isOn('cdn-slow') && request.method === 'GET')
    return await sendSlowly(file, request, response)
  await new Promise<void>(done =>
    response.sendFile(file.path, { dotfiles: 'allow', cacheControl: false }, error => {
      // With a callback, answering is ours: 416 for a range past the end. A reader that went away hears nothing.
      const { status = 500, headers = {} } = (error ?? {}) as {
        status?: number
        headers?: Record<string, string>
      }
      if (error && !response.headersSent && !response.destroyed) response.status(status).set(headers).end()
      done()
    }),
  )
}

async function sendSlowly(file: StoredFile, request: Request, response: Response): Promise<void> {
  const ranges = request.range(file.size)
  const range = Array.isArray(ranges) && ranges.length === 1 ? ranges[0] : undefined
  response.set('accept-ranges', 'bytes')
  if (ranges === -1) return void response.status(416).set('content-range', `bytes */${file.size}`).end()
  const { start, end } = range ?? { start: 0, end: file.size - 1 }
  if (range) response.status(206).set('content-range', `bytes ${start}-${end}/${file.size}`)
  response.set('content-length', String(end - start + 1))
  if (end < start) return void response.end()
  const source = createReadStream(file.path, { start, end, highWaterMark: SLOW_CHUNK })
  const slowly = async function* () {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      yield chunk
      await wait((chunk.length / SLOW_BYTES_PER_S) * 1000)
    }
  }
  await pipeline(Readable.from(slowly()), response).catch(() => {})
}
