import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import { describe, expect, it } from 'vitest'
import type { Clip } from '../../src/core/clip.ts'
import { TOPAZ_VIDEO_UPSCALE } from '../../src/core/pricing.ts'
import { MOUNT, type VeniceDialect } from '../../src/sandbox/control.ts'
import { createVenice as createStandIn } from '../../src/sandbox/venice/index.ts'
import { client, clip, fixture, keptLog, order, scratch, source } from './venice-client-kit.ts'

const small: Clip = { ...clip, durationS: 3 }
const DIALECTS: VeniceDialect[] = ['guide', 'spec', 'observed']

/** The sandbox's Venice on a real port, which also serves a test clip to fetch, and the client that meets it. */
async function meet(dialect: VeniceDialect) {
  const standIn = createStandIn({ dialect, processingMs: 0 })
  const app = express()
  app.use(MOUNT.veniceApi, standIn.api)
  app.get('/clip.mp4', (_request, response) => response.sendFile(fixture('mp4-sound.mp4')))
  const server = createServer(app)
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  standIn.setBaseUrl(origin)
  const venice = client(origin + MOUNT.veniceApi, {
    apiKey: standIn.apiKey,
    log: keptLog(),
    timeouts: { resumeAfterMs: 1, submitIdleMs: 20_000 },
  })
  return {
    standIn,
    venice,
    link: source(`${origin}/clip.mp4`),
    async [Symbol.asyncDispose]() {
      await venice.close()
      await standIn.close()
      server.closeAllConnections()
      await new Promise(done => server.close(done))
    },
  }
}

type Met = Awaited<ReturnType<typeof meet>>

async function accepted({ venice }: Met, from: Parameters<Met['venice']['submit']>[2]) {
  const outcome = await venice.submit(small, order, from)
  if (outcome.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`)
  return outcome.provider
}

const finish = ({ venice }: Met, provider: Parameters<Met['venice']['poll']>[0]) =>
  expect
    .poll(() => venice.poll(provider), { timeout: 30_000, interval: 200 })
    .toMatchObject({ kind: 'finished' })

const acceptedRequests = (met: Met) => met.standIn.book().queue_requests.filter(r => r.queue_id !== null)

describe.each(DIALECTS)('a Venice that speaks as in the %s', dialect => {
  it.each(['by link', 'by data URL'])('takes a clip %s, works, and hands the result over', async how => {
    await using met = await meet(dialect)
    await using dir = await scratch()
    const path = join(dir.dir, 'result.mp4')
    const from = how === 'by link' ? met.link : source(null)

    const provider = await accepted(met, from)
    await finish(met, provider)
    const { sizeBytes } = await met.venice.fetchResult(provider, path)

    const [job] = met.standIn.book().jobs
    expect(job?.output).toMatchObject({ width: 640, height: 360, bytes: sizeBytes })
    expect((await stat(path)).size).toBe(sizeBytes)
    expect((await readFile(path)).toString('latin1', 4, 8)).toBe('ftyp')
    expect(job?.source).toMatchObject({ width: 320, height: 180, has_audio: true })
    expect(acceptedRequests(met)).toHaveLength(1)
    expect(met.standIn.book().jobs).toHaveLength(1)

    await met.venice.discard(provider)
  })

  it('is asked in its own way from the second clip on', async () => {
    await using met = await meet(dialect)
    await accepted(met, met.link)
    const learning = met.standIn.book().queue_requests.length
    expect(learning).toBe({ guide: 1, observed: 2, spec: 3 }[dialect])
    await accepted(met, met.link)
    expect(met.standIn.book().queue_requests).toHaveLength(learning + 1)
  })

  it('names its prices', async () => {
    await using met = await meet(dialect)
    const byLink = await met.venice.quote(small, TOPAZ_VIDEO_UPSCALE, met.link)
    const byNumbers = await met.venice.quote(small, TOPAZ_VIDEO_UPSCALE, source(null))
    expect(byLink.kind).toBe(dialect === 'guide' ? 'quoted' : 'exact')
    expect(byNumbers.kind).toBe(dialect === 'spec' ? 'estimate' : 'quoted')
    expect(Object.fromEntries(byLink.prices)).toEqual({ 1: 39_000, 2: 39_000, 4: 39_000 })
    expect(byNumbers.prices).toEqual(byLink.prices)
    expect(await met.venice.balance()).toMatchObject({ kind: 'ok', leftUsd: expect.any(Number) })
  })

  it('loses an answer: unknown, and one paid job in its book', async () => {
    await using met = await meet(dialect)
    await accepted(met, met.link)
    const before = met.standIn.book().queue_requests.length
    met.standIn.faults.set('lost-answer', true)
    expect(await met.venice.submit(small, order, met.link)).toMatchObject({ kind: 'unknown' })
    expect(met.standIn.book().queue_requests).toHaveLength(before + 1)
    expect(met.standIn.book().jobs).toHaveLength(2)
  })

  it('cuts the first download: the result is whole nevertheless', async () => {
    await using met = await meet(dialect)
    await using dir = await scratch()
    const provider = await accepted(met, met.link)
    await finish(met, provider)
    met.standIn.faults.set('cut-download', true)
    const { sizeBytes } = await met.venice.fetchResult(provider, join(dir.dir, 'r.mp4'))
    expect(sizeBytes).toBe(met.standIn.book().jobs[0]?.output?.bytes)
  })
})

describe('a Venice with a fault', () => {
  it.each([
    ['no-credit', { kind: 'rejected', failure: { code: 'balance_empty', charged: 'no' } }],
    ['bad-key', { kind: 'rejected', failure: { code: 'key_refused' } }],
    ['needs-consent', { kind: 'rejected', failure: { code: 'needs_consent' } }],
    ['content-policy', { kind: 'rejected', failure: { code: 'content_refused', charged: 'refunded' } }],
    ['bad-video', { kind: 'rejected', failure: { code: 'provider_rejected' } }],
    ['too-large', { kind: 'rejected', failure: { code: 'source_refused' } }],
    ['429', { kind: 'not_accepted', retryAfterMs: expect.any(Number) }],
    ['queue-500', { kind: 'unknown' }],
    ['garbage', { kind: 'unknown' }],
    ['down', { kind: 'unknown' }],
  ])('%s: the paid call says so, and nothing is bought', async (fault, outcome) => {
    await using met = await meet('guide')
    met.standIn.faults.set(fault, true)
    expect(await met.venice.submit(small, order, met.link)).toMatchObject(outcome)
    expect(met.standIn.book().jobs).toHaveLength(0)
  })

  it.each([
    ['failed-job', { code: 'provider_failed', charged: 'refunded' }],
    ['provider-policy', { code: 'content_refused', charged: 'refunded' }],
    ['no-refund', { code: 'content_refused', charged: 'yes' }],
  ])('%s: the poll says how it ended and what became of the money', async (fault, failure) => {
    await using met = await meet('guide')
    met.standIn.faults.set(fault, true)
    const provider = await accepted(met, met.link)
    await expect
      .poll(() => met.venice.poll(provider), { timeout: 30_000, interval: 200 })
      .toMatchObject({ kind: 'failed', failure })
  })

  it('no-url: complete is asked where the file is', async () => {
    await using met = await meet('guide')
    await using dir = await scratch()
    met.standIn.faults.set('no-url', true)
    const provider = await accepted(met, met.link)
    await finish(met, provider)
    await expect(met.venice.fetchResult(provider, join(dir.dir, 'r.mp4'))).resolves.toHaveProperty(
      'sizeBytes',
    )
  })

  it('inline-result: a spec server that sends the file itself', async () => {
    await using met = await meet('spec')
    await using dir = await scratch()
    met.standIn.faults.set('inline-result', true)
    const provider = await accepted(met, met.link)
    expect(provider).not.toHaveProperty('downloadUrl')
    await finish(met, provider)
    await expect(met.venice.fetchResult(provider, join(dir.dir, 'r.mp4'))).resolves.toHaveProperty(
      'sizeBytes',
    )
  })

  it('link-used-up: final; tiny-file: again later', async () => {
    await using met = await meet('spec')
    await using dir = await scratch()
    const provider = await accepted(met, met.link)
    await finish(met, provider)
    met.standIn.faults.set('link-used-up', true)
    const fetching = () => met.venice.fetchResult(provider, join(dir.dir, 'r.mp4'))
    await expect(fetching()).rejects.toMatchObject({ name: 'Final', code: 'result_gone' })
    met.standIn.faults.set('link-used-up', false)
    met.standIn.faults.set('tiny-file', true)
    await expect(fetching()).rejects.toMatchObject({ name: 'Unavailable' })
  })
})
