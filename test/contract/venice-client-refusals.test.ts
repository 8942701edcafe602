import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { TOPAZ_VIDEO_PRECISION, TOPAZ_VIDEO_UPSCALE } from '../../src/core/pricing.ts'
import { client, clip, fixture, json, linked, order, serve, source } from './venice-client-kit.ts'

const quick = { connectMs: 500, submitIdleMs: 300, submitTotalMs: 1500, quoteMs: 300 }

async function submitTo(status: number, body: unknown, headers = {}) {
  await using far = await serve((_seen, response) => json(response, status, body, headers))
  await using venice = client(far.url, { timeouts: quick, clock: () => 1_700_000_000_000 })
  const outcome = await venice.submit(clip, order, linked)
  expect(far.paid()).toHaveLength(1)
  return outcome
}

const x402 = {
  error: 'Payment required',
  code: 'PAYMENT_REQUIRED',
  message: 'Authentication required: an API key, or a payment',
  topUpInstructions: { step1: 'Send USDC' },
}

describe('a refusal of the paid call', () => {
  it.each([
    ['an empty account', 402, { error: 'x', code: 'INSUFFICIENT_BALANCE' }, 'balance_empty'],
    ['an empty account, by its words', 402, { error: 'Insufficient balance' }, 'balance_empty'],
    [
      'a key that has spent its dollars',
      402,
      { error: 'x', code: 'API_KEY_USD_SPEND_LIMIT_EXCEEDED' },
      'spend_limit',
    ],
    [
      'a key that has spent its Diem',
      402,
      { error: 'x', code: 'API_KEY_DIEM_SPEND_LIMIT_EXCEEDED' },
      'spend_limit',
    ],
    [
      'a spent key, by words that name the balance too',
      402,
      { error: 'API key USD spend limit exceeded. Your account may still have USD balance.' },
      'spend_limit',
    ],
    ['a key that is not known, to whoever could pay at once', 402, x402, 'key_refused'],
    ['the same by its words', 402, { error: 'Authentication required' }, 'key_refused'],
    ['402 without a word', 402, '', 'balance_empty'],
    ['a wrong key', 401, { error: 'Authentication failed', code: 'AUTHENTICATION_FAILED' }, 'key_refused'],
    [
      'a key of a plan that has ended',
      401,
      { error: 'Pro subscription is inactive', code: 'AUTHENTICATION_FAILED_INACTIVE_KEY' },
      'key_refused',
    ],
    ['a model for others', 401, { error: 'x', code: 'PRO_ONLY_MODEL' }, 'access_denied'],
    ['the same by its words', 401, { error: 'This model is only available to Pro users' }, 'access_denied'],
    ['a closed region', 403, { error: 'unavailable in your region' }, 'access_denied'],
    [
      'consent that is wanted',
      409,
      { error: { code: 'needs_consent', message: 'Consent.' } },
      'needs_consent',
    ],
    ['a wrong type', 415, { error: 'x', code: 'INVALID_CONTENT_TYPE' }, 'type_refused'],
    ['a clip that is too long', 422, { error: 'x', code: 'VIDEO_DURATION_TOO_LONG' }, 'length_refused'],
    ['a clip that is too short', 422, { error: 'x', code: 'VIDEO_DURATION_TOO_SHORT' }, 'length_refused'],
    [
      'the same by its words',
      422,
      { error: 'Video duration exceeds the maximum allowed.' },
      'length_refused',
    ],
    ['a clip that is not wanted', 422, { error: 'x', code: 'CONTENT_POLICY_VIOLATION' }, 'content_refused'],
    ['422 without a word', 422, {}, 'content_refused'],
    ['a code that nobody knows', 400, { error: 'x', code: 'NEW_ONE' }, 'provider_rejected'],
  ])('for %s is named, and nothing is charged', async (_title, status, body, code) => {
    expect(await submitTo(status, body)).toMatchObject({ kind: 'rejected', failure: { code, charged: 'no' } })
  })

  it('says what became of the money where the answer does', async () => {
    const tooLong = (credits_refunded: boolean) =>
      submitTo(422, { error: 'x', code: 'VIDEO_DURATION_TOO_LONG', credits_refunded })
    expect(await tooLong(true)).toMatchObject({ failure: { charged: 'refunded' } })
    expect(await tooLong(false)).toMatchObject({ failure: { charged: 'yes' } })
  })
})

describe('a busy time', () => {
  const reset = { 'x-ratelimit-reset-requests': '1700000042' }

  it('is waited out as its window says where too much was asked', async () => {
    const body = { error: 'Rate limit exceeded', code: 'RATE_LIMIT_EXCEEDED' }
    expect(await submitTo(429, body, reset)).toMatchObject({
      kind: 'not_accepted',
      limited: true,
      retryAfterMs: 42_000,
    })
  })

  it('is waited out longer each time where the model is overloaded, whatever the window says', async () => {
    let now = 1_700_000_000_000
    let busy = true
    await using far = await serve((_seen, response) =>
      busy
        ? json(response, 429, { error: 'x', code: 'MODEL_OVERLOADED' }, reset)
        : json(response, 200, { queue_id: 'q' }),
    )
    await using venice = client(far.url, { timeouts: quick, clock: () => now })
    const waits: (number | null)[] = []
    for (let tries = 0; tries < 8; tries++) {
      const outcome = await venice.submit(clip, order, linked)
      if (outcome.kind !== 'not_accepted' || outcome.retryAfterMs === null) throw new Error(outcome.kind)
      waits.push(outcome.retryAfterMs)
      now += outcome.retryAfterMs
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000])
    busy = false
    expect(await venice.submit(clip, order, linked)).toMatchObject({ kind: 'accepted' })
    busy = true
    now += 60_000
    expect(await venice.submit(clip, order, linked)).toMatchObject({ retryAfterMs: 5_000 })
  })
})

describe('an answer of the wrong type', () => {
  const film = readFileSync(fixture('mp4-sound.mp4'))

  it.each([
    ['a page', 'text/html', '<html>ok</html>'],
    ['a film', 'video/mp4', film],
  ])('to the paid call, %s, leaves it unknown, after one request', async (_title, type, body) => {
    await using far = await serve((_seen, response) => {
      response.writeHead(200, { 'content-type': type }).end(body)
    })
    await using venice = client(far.url, { timeouts: quick })
    expect(await venice.submit(clip, order, linked)).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining(type),
    })
    expect(far.paid()).toHaveLength(1)
  })

  it.each([
    ['a page', 'text/html', '<html>ok</html>'],
    ['a film', 'video/mp4', film],
  ])('to the question for the price, %s, leaves the table', async (_title, type, body) => {
    await using far = await serve((_seen, response) => {
      response.writeHead(200, { 'content-type': type }).end(body)
    })
    await using venice = client(far.url, { timeouts: quick })
    expect(await venice.quote(clip, TOPAZ_VIDEO_UPSCALE, linked)).toMatchObject({ kind: 'estimate' })
  })
})

describe('another model', () => {
  const model = TOPAZ_VIDEO_PRECISION

  it('is ordered with its own fields', async () => {
    await using far = await serve((_seen, response) => json(response, 200, { queue_id: 'q' }))
    await using venice = client(far.url, { timeouts: quick, model })
    expect(venice.profile).toBe(model)
    const outcome = await venice.submit(clip, { model, factor: 4 }, linked)
    expect(outcome).toEqual({ kind: 'accepted', provider: { model: 'topaz-video-precision', queueId: 'q' } })
    expect(JSON.parse(far.paid()[0]?.body ?? '')).toEqual({
      model: 'topaz-video-precision',
      upscale_factor: 4,
      video_url: linked.url,
      h264_output: true,
    })
  })

  it('is priced by its own factors and frame rates, without the fields of an order', async () => {
    await using far = await serve((_seen, response) => json(response, 200, { quote: 1 }))
    await using venice = client(far.url, { timeouts: quick })
    const few = { ...model, factors: [2] as const }
    const exact = await venice.quote(clip, few, linked)
    expect([...exact.prices]).toEqual([[2, 1_000_000]])
    expect(far.seen.map(s => JSON.parse(s.body))).toEqual([
      { model: model.id, duration: 'Auto', upscale_factor: 2, video_url: linked.url },
    ])
    const fast = { ...clip, fps: 48 }
    expect(await venice.quote(fast, model, source(null))).toMatchObject({ kind: 'estimate' })
    expect(await venice.quote(fast, TOPAZ_VIDEO_UPSCALE, source(null))).toMatchObject({ kind: 'quoted' })
  })
})
