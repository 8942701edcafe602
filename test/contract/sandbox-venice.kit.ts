/** A Venice stand-in on a real socket, a host for its sources, and a client that hides nothing of the answers. */

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import {
  ALL_FORMATS,
  BufferSource,
  BufferTarget,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  FilePathSource,
  Input,
  Mp4OutputFormat,
  Output,
} from 'mediabunny'
import { fetch, type Response } from 'undici'
import { MOUNT, type VeniceBook } from '../../src/sandbox/control.ts'
import { createVenice, type VeniceOptions, type VeniceStandIn } from '../../src/sandbox/venice/index.ts'
import type { ModelId } from '../../src/sandbox/venice/models.ts'
import { type Clip, clipPath } from '../fixtures/clips/clips.ts'

/** For expect.poll: another process works, and the machine may be busy. */
export const SOON = { timeout: 30_000 }

export const MODEL = 'topaz-video-upscale' satisfies ModelId

export interface Served extends AsyncDisposable {
  venice: VeniceStandIn
  /** http://127.0.0.1:port */
  url: string
  /** Moves the injected clock, ms. */
  advance(ms: number): void
  /** Address of a committed clip, as a client would host it. */
  clipUrl(clip: Clip): string
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  /** Polls retrieve, moving the clock so that no limit is met, until it is not PROCESSING. */
  settle(queueId: string, model?: string): Promise<Response>
  job(queueId: string): VeniceBook['jobs'][number]
}

export async function serve(options: VeniceOptions = {}): Promise<Served> {
  let now = 1_800_000_000_000
  const venice = createVenice({ processingMs: 0, clock: () => now, ...options })
  const app = express()
  app.use(MOUNT.veniceApi, venice.api)
  app.use(`${MOUNT.control}/venice`, venice.control)
  app.get('/clips/:file', (request, response) => {
    response.sendFile(clipPath({ file: request.params.file } as Clip))
  })
  app.get('/moved/:file', (request, response) => response.redirect(`/clips/${request.params.file}`))
  app.get('/away', (request, response) => response.redirect(String(request.query.to)))
  app.get('/text.mp4', (_request, response) => {
    response.send('this is no video')
  })
  const server: Server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  venice.setBaseUrl(url)
  const authorization = `Bearer ${venice.apiKey}`
  const job: Served['job'] = queueId => {
    const found = venice.book().jobs.find(job => job.queue_id === queueId)
    if (!found) throw new Error(`no job ${queueId} in the book`)
    return found
  }
  const served: Served = {
    venice,
    url,
    advance(ms) {
      now += ms
    },
    clipUrl: clip => `${url}/clips/${clip.file}`,
    post: (path, body, headers = {}) =>
      fetch(`${url}${MOUNT.veniceApi}${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    get: (path, headers = {}) =>
      fetch(`${url}${MOUNT.veniceApi}${path}`, { headers: { authorization, ...headers } }),
    async settle(queueId, model = MODEL) {
      // A real conversion runs in another process: there is no event to wait for but its answer.
      for (;;) {
        const response = await served.post('/video/retrieve', { model, queue_id: queueId })
        if (!response.headers.get('content-type')?.includes('json') || response.status !== 200)
          return response
        const body = (await response.clone().json()) as { status: string }
        if (body.status !== 'PROCESSING') return response
        now += 1000
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    },
    job,
    async [Symbol.asyncDispose]() {
      await venice.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return served
}

/** What a file is, measured with mediabunny: the facts to hold a result against. */
export async function measure(bytes: Uint8Array) {
  using input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS })
  const video = await input.getPrimaryVideoTrack()
  if (!video) throw new Error('no video track')
  return {
    width: await video.getDisplayWidth(),
    height: await video.getDisplayHeight(),
    rotation: await video.getRotation(),
    codec: await video.getCodec(),
    durationS: await video.computeDuration(),
    frames: (await video.computePacketStats()).packetCount,
    hasAudio: (await input.getPrimaryAudioTrack()) !== null,
  }
}

export const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer())

export async function jsonOf(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>
}

/** A clip with the same frames, played so much slower or faster that it lasts `durationS`: as a data URL. */
export async function retimed(clip: Clip, durationS: number): Promise<string> {
  using input = new Input({ source: new FilePathSource(clipPath(clip)), formats: ALL_FORMATS })
  const track = await input.getPrimaryVideoTrack()
  const decoderConfig = await track?.getDecoderConfig()
  if (!track || !decoderConfig) throw new Error('no video track')
  const target = new BufferTarget()
  const output = new Output({ format: new Mp4OutputFormat(), target })
  const source = new EncodedVideoPacketSource('avc')
  output.addVideoTrack(source)
  await output.start()
  const stretch = durationS / clip.durationS
  for await (const packet of new EncodedPacketSink(track).packets()) {
    const slow = packet.clone({ timestamp: packet.timestamp * stretch, duration: packet.duration * stretch })
    await source.add(slow, { decoderConfig })
  }
  await output.finalize()
  return `data:video/mp4;base64,${Buffer.from(target.buffer ?? new ArrayBuffer()).toString('base64')}`
}
