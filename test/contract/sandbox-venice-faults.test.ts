import { readFile } from 'node:fs/promises'
import { fetch, type Response } from 'undici'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { bytesOf, jsonOf, MODEL, measure, type Served, SOON, serve } from './sandbox-venice.kit.ts'

const clip = clips.moovLast
const orderFor = (venice: Served, factor = 1) => ({
  model: MODEL,
  video_url: venice.clipUrl(clip),
  upscale_factor: factor,
})

async function accepted(venice: Served, more: object = {}): Promise<string> {
  const response = await venice.post('/video/queue', { ...orderFor(venice), ...more })
  expect(response.status).toBe(200)
  return String((await jsonOf(response)).queue_id)
}

/** Every fault that refuses a request, with the request and the answer. Compared with the switches below. */
const REFUSALS: Record<
  string,
  { on: 'queue' | 'retrieve' | 'complete' | 'quote' | 'usage'; status: number; body: object }
> = {
  429: { on: 'queue', status: 429, body: { code: 'RATE_LIMIT_EXCEEDED' } },
  500: { on: 'queue', status: 500, body: { code: 'INFERENCE_FAILED' } },
  502: { on: 'retrieve', status: 502, body: { error: 'Bad gateway' } },
  503: { on: 'queue', status: 503, body: { code: 'MODEL_AT_CAPACITY' } },
  504: { on: 'complete', status: 504, body: { code: 'REQUEST_TIMEOUT' } },
  'no-credit': { on: 'queue', status: 402, body: { error: 'Insufficient balance' } },
  'spend-limit': { on: 'queue', status: 402, body: { code: 'API_KEY_USD_SPEND_LIMIT_EXCEEDED' } },
  'diem-limit': { on: 'queue', status: 402, body: { code: 'API_KEY_DIEM_SPEND_LIMIT_EXCEEDED' } },
  'payment-required': {
    on: 'queue',
    status: 402,
    body: {
      error: 'Payment required',
      code: 'PAYMENT_REQUIRED',
      message: 'Insufficient x402 balance',
      topUpInstructions: { step1: expect.any(String) },
    },
  },
  'auth-required': { on: 'retrieve', status: 402, body: { error: 'Authentication required' } },
  'cannot-consume': { on: 'queue', status: 402, body: { error: 'Insufficient balance' } },
  'bad-key': { on: 'queue', status: 401, body: { code: 'AUTHENTICATION_FAILED' } },
  'inactive-key': { on: 'retrieve', status: 401, body: { code: 'AUTHENTICATION_FAILED_INACTIVE_KEY' } },
  'pro-only': { on: 'queue', status: 401, body: { code: 'PRO_ONLY_MODEL' } },
  forbidden: { on: 'queue', status: 403, body: { code: 'API_ACCESS_DISABLED' } },
  'usage-forbidden': { on: 'usage', status: 403, body: { code: 'UNAUTHORIZED' } },
  region: { on: 'quote', status: 403, body: { error: expect.stringContaining('region') } },
  gone: { on: 'retrieve', status: 404, body: { code: 'MEDIA_NOT_FOUND' } },
  'needs-consent': { on: 'queue', status: 409, body: { error: { code: 'needs_consent' } } },
  'bad-video': { on: 'queue', status: 400, body: { code: 'INVALID_VIDEO_FORMAT' } },
  'too-large': { on: 'queue', status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } },
  'wrong-type': { on: 'queue', status: 415, body: { code: 'INVALID_CONTENT_TYPE' } },
  'too-long': { on: 'queue', status: 422, body: { code: 'VIDEO_DURATION_TOO_LONG', credits_refunded: true } },
  'too-short': { on: 'queue', status: 422, body: { code: 'VIDEO_DURATION_TOO_SHORT' } },
  'content-policy': { on: 'queue', status: 422, body: { credits_refunded: true } },
  overloaded: { on: 'retrieve', status: 429, body: { code: 'MODEL_OVERLOADED' } },
  'queue-500': { on: 'queue', status: 500, body: { code: 'INFERENCE_FAILED' } },
  'retrieve-500': { on: 'retrieve', status: 500, body: { code: 'INFERENCE_FAILED' } },
  'complete-down': { on: 'complete', status: 500, body: { code: 'INFERENCE_FAILED' } },
  'quote-429': { on: 'quote', status: 429, body: { code: 'RATE_LIMIT_EXCEEDED' } },
  'quote-down': { on: 'quote', status: 500, body: { code: 'INFERENCE_FAILED' } },
}

/** The others, each with a test of its own below. */
const SPECIAL = [
  'slow',
  'stuck',
  'lost-answer',
  'held-answer',
  'accepted-500',
  'provider-policy',
  'no-refund',
  'failed-job',
  'down',
  'silent',
  'garbage',
  'endless',
  'web-page',
  'video-answer',
  'no-url', // in sandbox-venice.test.ts
  'inline-result', // in sandbox-venice.test.ts
  'tiny-file',
  'cut-download',
  'cut-anywhere',
  'stalled-download',
  'link-used-up',
]

test('every fault switch has a test, a sentence, and is off at first', async () => {
  await using venice = await serve()
  const { faults } = venice.venice
  const names = faults.list().map(fault => fault.name)
  expect(names.toSorted()).toEqual([...Object.keys(REFUSALS), ...SPECIAL].toSorted())
  for (const fault of faults.list()) expect(fault).toMatchObject({ on: false, description: /^[A-Z].*\.$/ })
  expect(faults.set('slow', true)).toBe(true)
  expect(
    faults
      .list()
      .filter(fault => fault.on)
      .map(fault => fault.name),
  ).toEqual(['slow'])
  expect(faults.set('nonsense', true)).toBe(false)
})

describe('a switched-on refusal', () => {
  // One stand-in and one finished clip for all of them; the clock moves on so that no block is met.
  let venice: Served
  let queueId: string
  beforeAll(async () => {
    venice = await serve()
    queueId = await accepted(venice)
    await venice.settle(queueId)
  })
  afterAll(() => venice[Symbol.asyncDispose]())

  test.each(Object.entries(REFUSALS))(
    '%s answers as documented, charges nothing, and ends when it is switched off',
    async (name, { on, status, body }) => {
      venice.advance(60_000)
      const before = venice.venice.book()
      const requests = {
        queue: orderFor(venice),
        retrieve: { queue_id: queueId },
        complete: { queue_id: queueId },
        quote: { model: MODEL, duration: '10', input_height: 480 },
      }
      const ask = () =>
        on === 'usage' ? venice.get('/billing/usage-history') : venice.post(`/video/${on}`, requests[on])
      venice.venice.faults.set(name, true)
      const refused = await ask()
      expect(refused.status).toBe(status)
      expect(await jsonOf(refused)).toMatchObject(body)
      expect(refused.headers.get('x-ratelimit-limit-requests')).toMatch(/^\d+$/)
      const { jobs, credit_usd } = venice.venice.book()
      expect([jobs.length, credit_usd]).toEqual([before.jobs.length, before.credit_usd])
      venice.venice.faults.set(name, false)
      expect((await ask()).status).toBe(200)
    },
  )

  test('429 tells a time five seconds ahead', async () => {
    let now = 1_700_000_000_000
    await using venice = await serve({ clock: () => now++ })
    venice.venice.faults.set('429', true)
    const { headers } = await venice.post('/video/retrieve', { queue_id: 'x' })
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('0')
    expect(Number(headers.get('x-ratelimit-reset-requests'))).toBeCloseTo(1_700_000_005, -1)
  })

  test('empty and forbidden money show in the balance', async () => {
    await using venice = await serve({ creditUsd: 37 })
    const balance = async () => jsonOf(await venice.get('/billing/balance'))
    expect(await balance()).toMatchObject({ canConsume: true, balances: { usd: 37 } })
    venice.venice.faults.set('cannot-consume', true)
    expect(await balance()).toMatchObject({ canConsume: false, balances: { usd: 37 } })
    venice.venice.faults.set('no-credit', true)
    expect(await balance()).toMatchObject({ canConsume: false, balances: { usd: 0 } })
  })
})

describe('connections', () => {
  test('lost-answer takes the clip and the money and breaks the connection', async () => {
    await using venice = await serve()
    venice.venice.faults.set('lost-answer', true)
    await expect(venice.post('/video/queue', orderFor(venice))).rejects.toThrow()
    const { queue_requests, jobs, credit_usd } = venice.venice.book()
    expect(queue_requests).toEqual([{ at: expect.any(Number), status: 200, queue_id: jobs[0]?.queue_id }])
    expect(jobs).toHaveLength(1)
    expect(credit_usd).toBe(100 - 0.013)
    expect((await venice.get('/billing/usage-history')).status).toBe(200)
  })

  test('held-answer takes the clip and the money and says nothing', async () => {
    await using venice = await serve()
    venice.venice.faults.set('held-answer', true)
    const answered = venice.post('/video/queue', orderFor(venice)).then(
      () => 'answered',
      () => 'cut',
    )
    await vi.waitUntil(() => venice.venice.book().jobs.length === 1, 10_000)
    const nothingYet = new Promise(resolve => setImmediate(resolve, 'nothing yet'))
    expect(await Promise.race([answered, nothingYet])).toBe('nothing yet')
    expect(venice.venice.book().credit_usd).toBe(100 - 0.013)
  })

  test('accepted-500 takes the clip and the money and answers an internal error', async () => {
    await using venice = await serve()
    venice.venice.faults.set('accepted-500', true)
    expect((await venice.post('/video/queue', orderFor(venice))).status).toBe(500)
    const { queue_requests, jobs, credit_usd } = venice.venice.book()
    expect(queue_requests).toMatchObject([{ status: 500, queue_id: jobs[0]?.queue_id }])
    expect(credit_usd).toBe(99.987)
    expect((await venice.settle(String(jobs[0]?.queue_id))).status).toBe(200)
  })

  test('a client that goes before the answer has its clip accepted and paid all the same', async () => {
    await using venice = await serve()
    const leaving = new AbortController()
    const request = fetch(`${venice.url}/venice/api/v1/video/queue`, {
      method: 'POST',
      headers: { authorization: `Bearer ${venice.venice.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(orderFor(venice)),
      signal: leaving.signal,
    })
    await expect.poll(() => venice.venice.book().queue_requests.length, { ...SOON, interval: 1 }).toBe(1)
    leaving.abort()
    await expect(request).rejects.toThrow()
    await expect.poll(() => venice.venice.book().jobs.length, SOON).toBe(1)
    const { queue_requests, jobs } = venice.venice.book()
    expect(queue_requests).toMatchObject([{ status: 200, queue_id: jobs[0]?.queue_id }])
  })

  test('down breaks the connection and accepts nothing', async () => {
    await using venice = await serve()
    venice.venice.faults.set('down', true)
    await expect(venice.post('/video/queue', orderFor(venice))).rejects.toThrow()
    await expect(venice.get('/billing/balance')).rejects.toThrow()
    expect(venice.venice.book()).toMatchObject({
      queue_requests: [{ status: 0, queue_id: null }],
      jobs: [],
      credit_usd: 100,
    })
  })

  test('silent never answers, accepts nothing, and ends with the stand-in', async () => {
    await using venice = await serve()
    venice.venice.faults.set('silent', true)
    const answer = venice.post('/video/queue', orderFor(venice)).then(
      () => 'answered',
      () => 'broken',
    )
    await expect.poll(() => venice.venice.book().queue_requests.length, SOON).toBe(1)
    await venice.venice.close()
    expect(await answer).toBe('broken')
    expect(venice.venice.book()).toMatchObject({ queue_requests: [{ status: 0 }], jobs: [] })
  })

  test('garbage is a 200 that is no known shape', async () => {
    await using venice = await serve()
    venice.venice.faults.set('garbage', true)
    for (const path of ['/video/queue', '/video/retrieve', '/video/complete', '/video/quote']) {
      const response = await venice.post(path, {})
      expect(response.status).toBe(200)
      const body = await jsonOf(response)
      for (const field of ['status', 'queue_id', 'url', 'quote', 'success', 'error'])
        expect(body).not.toHaveProperty(field)
    }
    expect(venice.venice.book().jobs).toEqual([])
  })
})

describe('answers of the wrong kind', () => {
  const POSTS = ['/video/queue', '/video/retrieve', '/video/complete', '/video/quote']

  test('endless begins an answer, goes on letter by letter, and ends with the stand-in', async () => {
    await using venice = await serve()
    venice.venice.faults.set('endless', true)
    const response = await venice.post('/video/queue', orderFor(venice))
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ])
    const reader = response.body!.getReader()
    const text = async () => Buffer.from((await reader.read()).value ?? '').toString()
    expect(await text()).toMatch(/^\{"outcome":"\.*$/)
    for (let n = 0; n < 3; n++) expect(await text()).toMatch(/^\.+$/)
    await venice.venice.close()
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow()
    expect(venice.venice.book().jobs).toEqual([])
  })

  test('web-page is a page for every question, and in place of a result', async () => {
    await using venice = await serve()
    const queueId = await accepted(venice)
    const { url } = await jsonOf(await venice.settle(queueId))
    venice.venice.faults.set('web-page', true)
    const asked = [
      ...POSTS.map(path => venice.post(path, {})),
      ...['/billing/balance', '/billing/usage-history'].map(path => venice.get(path)),
      fetch(String(url)),
    ]
    for (const response of await Promise.all(asked)) {
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'text/html; charset=utf-8',
      ])
      expect(await response.text()).toMatch(/^<!doctype html>/)
    }
    expect(venice.venice.book().jobs).toHaveLength(1)
  })

  test('video-answer is a tiny video for queue and quote alone', async () => {
    await using venice = await serve()
    venice.venice.faults.set('video-answer', true)
    for (const path of ['/video/queue', '/video/quote']) {
      const response = await venice.post(path, orderFor(venice))
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'video/mp4'])
      expect((await bytesOf(response)).length).toBe(20)
    }
    expect((await venice.post('/video/retrieve', { queue_id: 'unknown' })).status).toBe(404)
    expect(venice.venice.book()).toMatchObject({ jobs: [], credit_usd: 100 })
  })
})

describe('jobs', () => {
  test('slow makes a clip take 60 seconds longer, by the clock', async () => {
    await using venice = await serve()
    venice.venice.faults.set('slow', true)
    const queueId = await accepted(venice)
    await expect.poll(() => venice.job(queueId).output, SOON).not.toBeNull()
    const ask = async () => jsonOf(await venice.post('/video/retrieve', { queue_id: queueId }))
    venice.advance(59_999)
    expect(await ask()).toEqual({
      status: 'PROCESSING',
      average_execution_time: expect.any(Number),
      execution_duration: 59_999,
    })
    venice.advance(1)
    expect(await ask()).toMatchObject({ status: 'completed' })
  })

  test('stuck says of a finished clip that it is worked on, until it is switched off', async () => {
    await using venice = await serve()
    const queueId = await accepted(venice)
    await venice.settle(queueId)
    venice.venice.faults.set('stuck', true)
    const ask = async () => jsonOf(await venice.post('/video/retrieve', { queue_id: queueId }))
    venice.advance(24 * 3_600_000)
    expect(await ask()).toMatchObject({ status: 'PROCESSING', execution_duration: expect.any(Number) })
    venice.venice.faults.set('stuck', false)
    expect(await ask()).toMatchObject({ status: 'completed' })
  })

  test('a clip appears to take at least processingMs', async () => {
    await using venice = await serve({ processingMs: 4000 })
    const queueId = await accepted(venice)
    await expect.poll(() => venice.job(queueId).output, SOON).not.toBeNull()
    expect(venice.job(queueId).status).toBe('PROCESSING')
    venice.advance(4000)
    expect(venice.job(queueId).status).toBe('COMPLETED')
  })

  test.each([
    ['failed-job', 500, { code: 'INFERENCE_FAILED', credits_refunded: true }, true],
    ['provider-policy', 422, { error: { type: 'provider_content_policy', credits_refunded: true } }, true],
    ['no-refund', 422, { error: { type: 'provider_content_policy', credits_refunded: false } }, false],
  ])('%s fails an accepted clip and says what comes back', async (name, status, body, refunded) => {
    await using venice = await serve()
    venice.venice.faults.set(name, true)
    const queueId = await accepted(venice, { upscale_factor: 4 })
    const answer = await venice.settle(queueId)
    expect(answer.status).toBe(status)
    expect(await jsonOf(answer)).toMatchObject(body)
    expect(venice.job(queueId)).toMatchObject({
      status: 'FAILED',
      charged_usd: 0.013,
      refunded_usd: refunded ? 0.013 : 0,
      error: expect.any(String),
    })
    expect(venice.venice.book().credit_usd).toBe(refunded ? 100 : 99.987)
  })

  test('a clip that cannot be converted fails and is refunded', async () => {
    await using venice = await serve()
    // A readable index over picture data that no decoder takes.
    const broken = await readFile(clipPath(clips.silent))
    const data = broken.indexOf('mdat') + 4
    broken.fill(0, data)
    const queueId = await accepted(venice, {
      video_url: `data:video/mp4;base64,${broken.toString('base64')}`,
    })
    expect(venice.job(queueId).charged_usd).toBe(0.026)
    expect((await venice.settle(queueId)).status).toBe(500)
    expect(venice.job(queueId)).toMatchObject({ status: 'FAILED', refunded_usd: 0.026, output: null })
    expect(venice.venice.book().credit_usd).toBe(100)
  })
})

describe('results', () => {
  test.each(['guide', 'spec', 'observed'] as const)(
    'tiny-file is a video of 20 bytes (%s)',
    async dialect => {
      await using venice = await serve({ dialect })
      venice.venice.faults.set('tiny-file', true)
      const response = await resultOf(venice, dialect)
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'video/mp4'])
      expect((await bytesOf(response)).length).toBe(20)
    },
  )

  test.each(['guide', 'spec', 'observed'] as const)(
    'cut-download breaks the first download only (%s)',
    async dialect => {
      await using venice = await serve({ dialect })
      venice.venice.faults.set('cut-download', true)
      const { again, response } = await resultAndAgain(venice, dialect)
      expect(response.status).toBe(200)
      const promised = Number(response.headers.get('content-length'))
      const got: number[] = []
      await expect(
        (async () => {
          for await (const chunk of response.body ?? []) got.push(chunk.length)
        })(),
      ).rejects.toThrow()
      expect(got.reduce((sum, length) => sum + length, 0)).toBe(Math.floor(promised / 2))
      const whole = await bytesOf(await again())
      expect(whole.length).toBe(promised)
      expect(await measure(whole)).toMatchObject({ width: clip.displayWidth, frames: clip.frames })
    },
  )

  test.each(['guide', 'spec', 'observed'] as const)(
    'cut-anywhere breaks off every download where the dice say, and what a range asks for too (%s)',
    async dialect => {
      const dice = [0.5, 0, 0.9, 0.999_999_999]
      await using venice = await serve({ dialect, random: () => dice.shift() ?? Number.NaN })
      venice.venice.faults.set('cut-anywhere', true)
      const { again, response } = await resultAndAgain(venice, dialect)
      const size = Number(response.headers.get('content-length'))
      expect(await until(response)).toEqual({ bytes: Math.floor((size + 1) / 2), broken: true })
      expect(await until(await again())).toEqual({ bytes: 0, broken: true })
      const part = await again({ range: `bytes=${size - 19}-` })
      const ranged = dialect !== 'observed'
      expect(part.headers.get('content-range')).toBe(ranged ? `bytes ${size - 19}-${size - 1}/${size}` : null)
      expect(await until(part)).toEqual({ bytes: Math.floor(0.9 * ((ranged ? 19 : size) + 1)), broken: true })
      expect(await until(await again())).toEqual({ bytes: size, broken: false })
    },
  )

  test.each(['guide', 'observed'] as const)(
    'stalled-download stops halfway, once, until the client gives up (%s)',
    async dialect => {
      await using venice = await serve({ dialect })
      venice.venice.faults.set('stalled-download', true)
      const { again, response } = await resultAndAgain(venice, dialect)
      const promised = Number(response.headers.get('content-length'))
      const reader = response.body?.getReader()
      let got = 0
      while (got < Math.floor(promised / 2)) got += (await reader?.read())?.value?.length ?? 0
      const next = reader?.read().then(
        () => 'more',
        () => 'broken',
      )
      expect((await bytesOf(await again())).length).toBe(promised)
      expect(await Promise.race([next, Promise.resolve('nothing')])).toBe('nothing')
      await venice.venice.close()
      expect(await next).toBe('broken')
    },
  )

  test('link-used-up answers 410 for a download link', async () => {
    await using venice = await serve({ dialect: 'spec' })
    venice.venice.faults.set('link-used-up', true)
    expect((await resultOf(venice, 'spec')).status).toBe(410)
  })
})

/** How much of a body came, and whether it broke off. */
async function until(response: Response): Promise<{ bytes: number; broken: boolean }> {
  let bytes = 0
  try {
    for await (const chunk of response.body ?? []) bytes += chunk.length
    return { bytes, broken: false }
  } catch {
    return { bytes, broken: true }
  }
}

type Dialect = 'guide' | 'spec' | 'observed'

const resultOf = async (venice: Served, dialect: Dialect) => (await resultAndAgain(venice, dialect)).response

/** The result's bytes as that dialect gives them, and the way to ask a second time. */
async function resultAndAgain(venice: Served, dialect: Dialect) {
  const wanted = { guide: {}, spec: { prompt: '', duration: 'Auto' }, observed: { duration: '1.0' } }[dialect]
  const told = await jsonOf(await venice.post('/video/queue', { ...orderFor(venice), ...wanted }))
  const name = { model: MODEL, queue_id: told.queue_id }
  // Conversion over, but the result not asked for yet: an inline result would be spent by asking.
  await expect.poll(() => venice.job(String(told.queue_id)).output, SOON).not.toBeNull()
  const status = await venice.post('/video/retrieve', name)
  if (dialect === 'observed')
    return {
      response: status,
      again: (headers: Record<string, string> = {}) => venice.post('/video/retrieve', name, headers),
    }
  const url = String((await jsonOf(status)).url ?? told.download_url)
  return {
    response: await fetch(url),
    again: (headers: Record<string, string> = {}) => fetch(url, { headers }),
  }
}
