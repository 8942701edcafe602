import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { client, json, KEY, keptLog, serve } from './venice-client-kit.ts'

const job = { model: 'topaz-video-upscale', queueId: 'q-1' }
const quick = { connectMs: 500, answerMs: 300 }

async function pollOnce(answer: Parameters<typeof serve>[0], options = {}) {
  await using far = await serve(answer)
  await using venice = client(far.url, { timeouts: quick, ...options })
  return { outcome: await venice.poll(job), seen: far.seen }
}

describe('asking for a job', () => {
  it('sends model and queue_id, and nothing that would delete the file', async () => {
    const { outcome, seen } = await pollOnce((_seen, response) =>
      json(response, 200, {
        status: 'PROCESSING',
        average_execution_time: 145_000,
        execution_duration: 53_200,
      }),
    )
    expect(outcome).toEqual({ kind: 'processing', averageMs: 145_000, elapsedMs: 53_200 })
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/api/v1/video/retrieve' })
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ model: job.model, queue_id: job.queueId })
  })

  it.each([
    [{ status: 'processing' }, { kind: 'processing', averageMs: null, elapsedMs: null }],
    [
      { status: 'Queued', average_execution_time: 'soon' },
      { kind: 'processing', averageMs: null, elapsedMs: null },
    ],
    [
      { status: 'completed', url: 'https://x.example/f' },
      { kind: 'finished', url: 'https://x.example/f' },
    ],
    [{ status: 'COMPLETED' }, { kind: 'finished', url: null }],
    [
      { status: 'FAILED', error: 'It broke.', credits_refunded: true },
      { kind: 'failed', failure: { code: 'provider_failed', said: 'It broke.', charged: 'refunded' } },
    ],
    [{ status: 'failed' }, { kind: 'failed', failure: { code: 'provider_failed', charged: 'unknown' } }],
  ])('reads %j', async (body, outcome) => {
    expect((await pollOnce((_seen, response) => json(response, 200, body))).outcome).toEqual(outcome)
  })

  it('takes the file itself for the end, and does not read it', async () => {
    let sent = 0
    const closed = Promise.withResolvers<void>()
    await using far = await serve((_seen, response) => {
      response.writeHead(200, { 'content-type': 'video/mp4' })
      response.on('close', () => closed.resolve())
      const chunk = Buffer.alloc(65_536)
      const more = () => {
        do sent += chunk.length
        while (!response.destroyed && response.write(chunk))
      }
      response.on('drain', more)
      more()
    })
    await using venice = client(far.url)
    expect(await venice.poll(job)).toEqual({ kind: 'finished', url: null })
    await closed.promise
    // What fits in the sockets' buffers, no more.
    expect(sent).toBeLessThan(20_000_000)
  })

  it.each([
    [404, 'provider_lost_it'],
    [410, 'provider_lost_it'],
    [400, 'provider_failed'],
    [409, 'needs_consent'],
    [422, 'content_refused'],
  ])('takes HTTP %i for the end: %s', async (status, code) => {
    const { outcome } = await pollOnce((_seen, response) =>
      json(response, status, {
        error: { message: 'No.', credits_refunded: false },
      }),
    )
    expect(outcome).toEqual({ kind: 'failed', failure: { code, said: 'No.', charged: 'yes' } })
  })

  it.each([
    [{ credits_refunded: true }, 'refunded'],
    [{ credits_refunded: false }, 'yes'],
    [{}, 'unknown'],
  ])('takes a refused clip for the end, and %j for what became of the money', async (more, charged) => {
    const error = { message: 'No.', type: 'provider_content_policy', ...more }
    const { outcome } = await pollOnce((_seen, response) => json(response, 422, { error }))
    expect(outcome).toEqual({ kind: 'failed', failure: { code: 'content_refused', said: 'No.', charged } })
  })

  it('takes a 500 for the end only where it tells what became of the money', async () => {
    const on = async (body: object) =>
      (await pollOnce((_seen, response) => json(response, 500, body))).outcome
    expect(await on({ error: 'x' })).toMatchObject({ kind: 'unavailable' })
    expect(await on({ error: 'x', credits_refunded: true })).toEqual({
      kind: 'failed',
      failure: { code: 'provider_failed', said: 'x', charged: 'refunded' },
    })
  })

  it('says of a job that failed whether it was for its clip', async () => {
    const body = { status: 'FAILED', error: 'No.', code: 'CONTENT_POLICY_VIOLATION', credits_refunded: true }
    const { outcome } = await pollOnce((_seen, response) => json(response, 200, body))
    expect(outcome).toMatchObject({
      kind: 'failed',
      failure: { code: 'content_refused', charged: 'refunded' },
    })
  })

  it.each([401, 402, 403])('keeps a paid job on HTTP %i, and says that the key is refused', async status => {
    const { outcome } = await pollOnce((_seen, response) => json(response, status, { error: 'Hm.' }))
    expect(outcome).toMatchObject({ kind: 'unavailable', refused: true, limited: false })
  })

  it.each([500, 502, 503, 504])('keeps a paid job on HTTP %i', async status => {
    const { outcome } = await pollOnce((_seen, response) => json(response, status, { error: 'Hm.' }))
    expect(outcome).toEqual({
      kind: 'unavailable',
      why: `HTTP ${status}: Hm.`,
      retryAfterMs: null,
      limited: false,
    })
  })

  it('waits where it asked too often, and calls that nobody’s failure', async () => {
    const { outcome } = await pollOnce((_seen, response) => json(response, 429, {}, { 'retry-after': '7' }))
    expect(outcome).toMatchObject({ kind: 'unavailable', retryAfterMs: 7000, limited: true })
  })

  it.each(['<html>', '{"status":"WEIRD"}', '[]', '', '"completed"'])(
    'says unavailable on an answer of no known shape, and keeps a part of it in the log: %s',
    async body => {
      const log = keptLog()
      const { outcome } = await pollOnce(
        (_seen, response) => json(response, 200, `${body}${' '.repeat(5000)}${KEY}`),
        { log },
      )
      expect(outcome).toMatchObject({ kind: 'unavailable', limited: false })
      expect(log.lines.join()).toContain('q-1')
      expect(log.lines.join()).not.toContain(KEY)
      expect(log.lines.join().length).toBeLessThan(1000)
    },
  )

  it('says unavailable where no answer comes in time, or nobody listens', async () => {
    expect((await pollOnce(() => {})).outcome).toMatchObject({ kind: 'unavailable', limited: false })
    const far = await serve(() => {})
    await far[Symbol.asyncDispose]()
    await using venice = client(far.url, { timeouts: quick })
    expect(await venice.poll(job)).toMatchObject({
      kind: 'unavailable',
      why: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('says unavailable where a JSON body trickles without end', async () => {
    const { outcome } = await pollOnce((_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    })
    expect(outcome).toMatchObject({ kind: 'unavailable' })
  })

  it('asks again at once where a kept connection turns out to be dead', async () => {
    await using far = await serve((seen, response) => {
      const earlier = far.seen.filter(s => s.connection === seen.connection).length
      if (earlier > 1) response.socket?.resetAndDestroy()
      else json(response, 200, { status: 'PROCESSING' })
    })
    await using venice = client(far.url, { timeouts: quick })
    await venice.poll(job)
    // undici takes a connection for free again a turn of the event loop later.
    for (let turn = 0; turn < 5; turn++) await setImmediate()
    expect(await venice.poll(job)).toMatchObject({ kind: 'processing' })
    expect(far.seen.map(s => s.connection)).toEqual([1, 1, 2])
  })
})

describe('letting the provider delete its copy', () => {
  const discardOn = async (status: number, body: unknown) => {
    await using far = await serve((_seen, response) => json(response, status, body))
    await using venice = client(far.url, { timeouts: quick })
    await venice.discard(job)
    return far.seen
  }

  it('posts model and queue_id to complete', async () => {
    const seen = await discardOn(200, { success: true })
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/api/v1/video/complete' })
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ model: job.model, queue_id: job.queueId })
  })

  it('is done where the job is gone already', async () => {
    await expect(discardOn(404, {})).resolves.toHaveLength(1)
  })

  it.each([
    [500, 'Unavailable'],
    [429, 'Unavailable'],
    [401, 'Unavailable'],
    [400, 'Final'],
  ])('throws on HTTP %i: %s', async (status, name) => {
    await expect(discardOn(status, { error: 'No.' })).rejects.toMatchObject({ name })
  })
})
