import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import express, { type Router } from 'express'
import { keepBytes } from './files.ts'
import { boundaryOf, firstPart } from './multipart.ts'
import type { Stage } from './stage.ts'

/** Where the app sends the bytes of a file that it announced: raw, or as the first part of a form. The address is the key. */
export function uploadRouter(stage: Stage): Router {
  const router = express.Router()
  router.post('/v1/:ticket', async (request, response) => {
    const file = [...stage.world.files.values()].find(
      ({ upload }) => upload?.ticket === request.params.ticket,
    )
    const upload = file?.upload
    if (!file || !upload || upload.arrived) {
      // Read to its end: a client that still sends would only see a cut line.
      request.resume()
      if (!request.readableEnded) await once(request, 'close')
      return void response.status(404).type('text').send('Not found')
    }
    const boundary = boundaryOf(request.get('content-type') ?? '')
    try {
      await keepBytes(stage, file, boundary === null ? request : Readable.from(firstPart(request, boundary)))
    } catch (error) {
      stage.log(`slack: upload of ${file.name}: ${error instanceof Error ? error.message : String(error)}`)
      if (!response.destroyed) response.status(400).type('text').send('Upload failed')
      return
    }
    if (file.size !== upload.length) {
      const detail = `${upload.length} bytes were announced and ${file.size} came`
      stage.emit({ type: 'refused', method: 'upload', error: 'length_mismatch', detail })
      await rm(file.path, { force: true })
      file.path = ''
      return void response.status(400).type('text').send('Length mismatch')
    }
    upload.arrived = true
    response.type('text').send(`OK - ${file.size}`)
  })
  return router
}
