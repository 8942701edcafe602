/** The sandbox's Venice on a real socket, with everything that the client sends to it written down, and clients for it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import type { Clip } from '../../src/core/clip.ts'
import { memoryLimits } from '../../src/core/limits.ts'
import type { SourceForProvider, Upscaler } from '../../src/core/ports.ts'
import { type ModelProfile, TOPAZ_VIDEO_UPSCALE } from '../../src/core/pricing.ts'
import { MOUNT, type VeniceDialect } from '../../src/sandbox/control.ts'
import { createVenice as createStandIn, type VeniceOptions } from '../../src/sandbox/venice/index.ts'
import { type VeniceOptions as ClientOptions, createVenice, type Timeouts } from '../../src/venice/index.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { keptLog } from './venice-client-kit.ts'

export const DIALECTS: readonly VeniceDialect[] = ['guide', 'spec', 'observed']

/** A source of one second: 320 x 180 at 30 fps, so that 2x costs 13,000 micro-dollars. */
export const clip: Clip = {
  width: 320,
  height: 180,
  codedWidth: 320,
  codedHeight: 180,
  rotation: 0,
  fps: 30,
  variableFps: false,
  durationS: 1,
  videoCodec: 'avc',
  audioCodec: 'aac',
  container: 'mp4',
  sizeBytes: 20_972,
}

export interface Sent {
  method: string
  /** With the query, from the API's base on; for a download link "/files/...". */
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface Meeting extends AsyncDisposable {
  dialect: VeniceDialect
  standIn: ReturnType<typeof createStandIn>
  /** Every request that reached the stand-in, in order of arrival. */
  sent: Sent[]
  clock(): number
  /** Moves the clock of both sides, ms. */
  advance(ms: number): void
  /** The same clip as a link, and as a file to be sent. */
  link: SourceForProvider
  inside: SourceForProvider
  /** A client that knows nothing yet. */
  client(options?: Partial<ClientOptions>, timeouts?: Partial<Timeouts>): Client
  /** A path that does not exist yet, in a folder that goes with the meeting. */
  newPath(): string
}

export type Client = Upscaler & AsyncDisposable

/** `result`: the bytes of every result, so that nothing need be enlarged. */
export async function meet(
  dialect: VeniceDialect,
  options: VeniceOptions & { result?: Buffer } = {},
): Promise<Meeting> {
  const { result, ...more } = options
  const dir = await mkdtemp(join(tmpdir(), 'venice-matrix-'))
  const resultFile = join(dir, 'result')
  if (result) await writeFile(resultFile, result)
  let now = 1_800_000_000_000
  let files = 0
  const clock = () => now
  const standIn = createStandIn({ dialect, processingMs: 0, clock, ...(result && { resultFile }), ...more })
  const sent: Sent[] = []
  const app = express()
  app.get('/clip.mp4', (_request, response) => response.sendFile(clipPath(clips.moovLast)))
  app.use(MOUNT.veniceApi, (request, _response, next) => {
    const entry: Sent = { method: request.method, path: request.url, headers: request.headers, body: '' }
    sent.push(entry)
    request.on('data', (chunk: Buffer) => {
      entry.body += chunk.toString('latin1')
    })
    next()
  })
  app.use(MOUNT.veniceApi, standIn.api)
  const server = createServer(app)
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  standIn.setBaseUrl(origin)
  const source = (url: string | null): SourceForProvider => ({
    url,
    path: clipPath(clips.moovLast),
    contentType: 'video/mp4',
    sizeBytes: clip.sizeBytes,
  })
  return {
    dialect,
    standIn,
    sent,
    clock,
    advance(ms) {
      now += ms
    },
    link: source(`${origin}/clip.mp4`),
    inside: source(null),
    client(options = {}, timeouts = {}) {
      const venice = createVenice({
        baseUrl: origin + MOUNT.veniceApi,
        apiKey: standIn.apiKey,
        log: keptLog(),
        clock,
        limits: memoryLimits(options.clock ?? clock),
        timeouts: { resumeAfterMs: 1, ...timeouts },
        ...options,
      })
      return Object.assign(venice, { [Symbol.asyncDispose]: () => venice.close() })
    },
    newPath: () => join(dir, `saved-${++files}.mp4`),
    async [Symbol.asyncDispose]() {
      await standIn.close()
      server.closeAllConnections()
      await new Promise(done => server.close(done))
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Queues the clip by an own client, and waits until it is over, however it ends. */
export async function madeJob(met: Meeting, model: ModelProfile = TOPAZ_VIDEO_UPSCALE) {
  await using venice = met.client()
  const outcome = await venice.submit(clip, { model, factor: 2 }, met.link)
  if (outcome.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`)
  const { provider } = outcome
  await over(met, provider.queueId)
  return provider
}

/** The stand-in works in another process: there is no event to wait for but its book. */
async function over(met: Meeting, queueId: string): Promise<void> {
  for (;;) {
    const job = met.standIn.book().jobs.find(job => job.queue_id === queueId)
    if (job?.output || job?.error) return
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
