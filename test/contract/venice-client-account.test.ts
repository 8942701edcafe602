import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import {
  client,
  clip,
  type Handler,
  json,
  KEY,
  keptLog,
  linked,
  order,
  type Seen,
  serve,
} from './venice-client-kit.ts'

const quick = { connectMs: 500, quoteMs: 300, answerMs: 300 }

describe('the balance', () => {
  const on = async (status: number, body: unknown) => {
    await using far = await serve((_seen, response) => json(response, status, body))
    await using venice = client(far.url, { timeouts: quick })
    const told = await venice.balance()
    expect(far.seen[0]).toMatchObject({ method: 'GET', path: '/api/v1/billing/balance' })
    return told
  }
  const usd = { canConsume: true, consumptionCurrency: 'USD', balances: { diem: null, usd: 12.345678 } }

  it.each([
    ['what is left, in dollars', 200, usd, { kind: 'ok', leftUsd: 12_345_678 }],
    [
      'no dollars where it pays in Diem',
      200,
      { ...usd, consumptionCurrency: 'DIEM' },
      { kind: 'ok', leftUsd: null },
    ],
    ['no figure where none is said', 200, { canConsume: true, balances: {} }, { kind: 'ok', leftUsd: null }],
    ['nothing below zero', 200, { ...usd, balances: { usd: -0.2 } }, { kind: 'ok', leftUsd: 0 }],
    ['empty, whatever the figure', 200, { ...usd, canConsume: false }, { kind: 'empty' }],
    ['empty', 402, { error: 'x', code: 'INSUFFICIENT_BALANCE' }, { kind: 'empty' }],
    ['a wrong key', 401, { error: 'no' }, { kind: 'refused', code: 'key_refused' }],
    [
      'a key that may be paid for',
      402,
      { error: 'Payment required', code: 'PAYMENT_REQUIRED' },
      { kind: 'refused', code: 'key_refused' },
    ],
    ['no access', 403, { error: 'no' }, { kind: 'refused', code: 'access_denied' }],
    ['nothing where it is not said', 200, {}, null],
    ['nothing in a page', 200, '<html>', null],
    ['nothing where there is no such route', 404, {}, null],
  ])('says %s', async (_title, status, body, outcome) => {
    expect(await on(status, body)).toEqual(outcome)
  })

  it.each([
    [503, 'provider_unreachable'],
    [429, 'provider_limited'],
  ])('is not to be had on HTTP %i, for as long as is said', async (status, code) => {
    await using far = await serve((_seen, response) => json(response, status, {}, { 'retry-after': '4' }))
    await using venice = client(far.url, { timeouts: quick })
    await expect(venice.balance()).rejects.toMatchObject({ name: 'Unavailable', code, retryAfterMs: 4000 })
  })

  it('is not said by a film without end, which is not read', async () => {
    const closed = Promise.withResolvers<void>()
    await using far = await serve((_seen, response) => {
      response.on('close', () => closed.resolve())
      response.writeHead(200, { 'content-type': 'video/mp4' })
      response.write(Buffer.alloc(1000))
    })
    await using venice = client(far.url)
    expect(await venice.balance()).toBeNull()
    await closed.promise
    // Sooner than its silence would end it.
  }, 10_000)

  it('is not to be had where no answer comes', async () => {
    await using far = await serve(() => {})
    await using venice = client(far.url, { timeouts: quick })
    await expect(venice.balance()).rejects.toMatchObject({ code: 'provider_unreachable' })
  })
})

const AT = Date.UTC(2026, 10, 22, 21, 0, 0)
const line = (secondsLater: number, more: object = {}) => ({
  amount: -0.25,
  currency: 'USD',
  notes: 'API Inference',
  sku: 'topaz-video-upscale',
  timestamp: new Date(AT + secondsLater * 1000).toISOString(),
  units: 10,
  pricePerUnitUsd: 0.025,
  inferenceDetails: { requestId: 'q-1' },
  ...more,
})

describe('what was charged', () => {
  async function chargesFrom(handler: Handler, options = {}) {
    await using far = await serve(handler)
    await using venice = client(far.url, { timeouts: quick, ...options })
    const lines = await venice.charges(AT - 60_000, AT + 60_000).catch(error => error)
    const asked = far.seen.map((s: Seen) => Object.fromEntries(new URL(s.path, far.url).searchParams))
    return { lines, asked, seen: far.seen }
  }
  const pages =
    (...all: unknown[][]): Handler =>
    (seen, response) => {
      const cursor = new URL(seen.path, 'http://x').searchParams.get('cursor')
      const page = Number(cursor ?? 0)
      const nextCursor = page + 1 < all.length ? String(page + 1) : null
      json(response, 200, { data: all[page], nextCursor })
    }

  it('is read between two times, what left the account as a positive amount', async () => {
    const { lines, asked, seen } = await chargesFrom(pages([line(0)]))
    expect(lines).toEqual([
      { at: AT, usd: 250_000, what: 'topaz-video-upscale, 10 units, API Inference', queueId: 'q-1' },
    ])
    expect(seen[0]).toMatchObject({
      method: 'GET',
      path: expect.stringMatching(/^\/api\/v1\/billing\/usage-history\?/),
    })
    expect(asked).toEqual([
      {
        startTimestamp: '2026-11-22T20:59:00.000Z',
        endTimestamp: '2026-11-22T21:01:00.000Z',
        pageSize: '500',
      },
    ])
  })

  it('has what came back as a negative amount, and the oldest first', async () => {
    const { lines } = await chargesFrom(pages([line(9, { amount: 0.25 }), line(0)]))
    expect(lines.map((l: { usd: number }) => l.usd)).toEqual([250_000, -250_000])
  })

  it('follows the cursor, which is sent alone, to the end', async () => {
    const two = await chargesFrom(pages([line(0)], [line(1)]))
    expect(two.lines).toHaveLength(2)
    expect(two.asked[1]).toEqual({ cursor: '1' })
    const twenty = await chargesFrom(pages(...Array.from({ length: 20 }, (_, i) => [line(i)])))
    expect(twenty.lines).toHaveLength(20)
  })

  it('is not said where there are more pages than are read', async () => {
    const log = keptLog()
    const endless = await chargesFrom(pages(...Array.from({ length: 21 }, (_, i) => [line(i)])), { log })
    expect(endless.seen).toHaveLength(20)
    expect(endless.lines).toBeNull()
    expect(log.lines.join()).toContain('more lines than are read')
  })

  it.each([
    ['is nothing', null],
    ['is empty', {}],
    ['has words for an amount', line(0, { amount: '1' })],
    ['has no time', line(0, { timestamp: 'soon' })],
    ['is too large to be one', line(0, { amount: -1e300 })],
    [
      'is in another currency and has no price',
      line(1, { currency: 'BUNDLED_CREDITS', amount: -25, pricePerUnitUsd: null }),
    ],
  ])('is not said where one line %s: it may be the one that is looked for', async (_title, bad) => {
    const log = keptLog()
    const { lines } = await chargesFrom(pages([line(0), bad, line(3)], [line(4)]), { log })
    expect(lines).toBeNull()
    expect(log.lines.join()).toContain('{"lines":1}')
  })

  it('leaves out lines that can not be read and by which nothing left', async () => {
    const gift = { currency: 'BUNDLED_CREDITS', pricePerUnitUsd: null }
    const { lines } = await chargesFrom(
      pages([
        line(0, { ...gift, amount: 5000 }),
        line(1, { ...gift, amount: 0 }),
        line(3, { inferenceDetails: null, sku: null }),
      ]),
    )
    expect(lines).toEqual([{ at: AT + 3000, usd: 250_000, what: '10 units, API Inference', queueId: null }])
  })

  it('counts an amount in another currency by its price a unit', async () => {
    const { lines } = await chargesFrom(pages([line(0, { currency: 'DIEM', amount: -3 })]))
    expect(lines).toMatchObject([{ at: AT, usd: 250_000 }])
  })

  it('shows no secrets, and no more than some words', async () => {
    const notes = `${KEY} https://cdn.example/f?sig=feedbeef ${'x'.repeat(500)}`
    const { lines } = await chargesFrom(pages([line(0, { notes })]))
    expect(lines[0].what.length).toBeLessThanOrEqual(120)
    expect(lines[0].what).not.toMatch(/secret|feedbeef/)
  })

  it.each([
    [401, {}],
    [402, {}],
    [403, {}],
    [404, {}],
    [410, {}],
    [200, '<html>'],
    [200, { data: 7 }],
  ])('is not said on HTTP %i %j, with a line in the log', async (status, body) => {
    const log = keptLog()
    const { lines } = await chargesFrom((_seen, response) => json(response, status, body), { log })
    expect(lines).toBeNull()
    expect(log.lines.join()).toContain(`HTTP ${status}`)
  })

  it('is not to be had on 5xx and 429', async () => {
    const on = async (status: number) =>
      (await chargesFrom((_seen, response) => json(response, status, {}, { 'retry-after': '2' }))).lines
    expect(await on(502)).toMatchObject({ name: 'Unavailable', code: 'provider_unreachable' })
    expect(await on(429)).toMatchObject({ code: 'provider_limited', retryAfterMs: 2000 })
  })
})

describe('a bill of a long time', () => {
  async function billFrom(handler: Handler, options = {}) {
    await using far = await serve(handler)
    await using venice = client(far.url, { timeouts: quick, ...options })
    const bill = await venice.bill(AT - 60_000, AT + 60_000).catch(error => error)
    return { bill, asked: far.seen.length }
  }
  const pageOf = (seen: Seen) => Number(new URL(seen.path, 'http://x').searchParams.get('cursor') ?? 0)
  /** So many pages of so many lines; `odd` answers in the place of some. */
  const pages =
    (
      count: number,
      lines: number,
      odd: (page: number, response: ServerResponse) => boolean = () => false,
    ): Handler =>
    (seen, response) => {
      const page = pageOf(seen)
      if (odd(page, response)) return
      const data = Array.from({ length: lines }, (_, i) => line(page * lines + i))
      json(response, 200, { data, nextCursor: page + 1 < count ? String(page + 1) : null })
    }

  it('is read to its end, also where it has many thousand lines', async () => {
    const { bill, asked } = await billFrom(pages(24, 500))
    expect(asked).toBe(24)
    expect(bill).toMatchObject({ unread: 0, complete: true })
    expect(bill.lines).toHaveLength(12_000)
  }, 30_000)

  it('that does not end is cut, and told to be a part', async () => {
    const log = keptLog()
    const { bill, asked } = await billFrom(pages(1_000, 1), { log })
    expect(asked).toBe(200)
    expect(bill).toMatchObject({ complete: false })
    expect(bill.lines).toHaveLength(200)
    expect(log.lines.join()).toContain('more lines than are read')
  }, 30_000)

  it('tells how many of its lines make no sense, and what was not paid in dollars', async () => {
    const { bill } = await billFrom((_seen, response) =>
      json(response, 200, {
        data: [line(0, { currency: 'DIEM', amount: -3 }), {}, line(1)],
        nextCursor: null,
      }),
    )
    expect(bill).toMatchObject({
      unread: 1,
      complete: true,
      lines: [{ usd: 250_000, paidIn: 'DIEM' }, { usd: 250_000 }],
    })
    expect(bill.lines[1]).not.toHaveProperty('paidIn')
  })

  it('that is asked for too often goes on when it may', async () => {
    let limited = 0
    const once = (page: number, response: ServerResponse) => {
      if (page !== 1 || limited++ > 0) return false
      json(response, 429, {}, { 'retry-after': '1' })
      return true
    }
    const { bill, asked } = await billFrom(pages(3, 2, once))
    expect(bill).toMatchObject({ complete: true })
    expect(bill.lines).toHaveLength(6)
    expect(asked).toBe(4)
  })

  it.each([
    [503, {}],
    [429, { 'retry-after': '3600' }],
    [400, {}],
  ])('of which a later page can not be had (HTTP %i) is a part', async (status, headers) => {
    const fails = (page: number, response: ServerResponse) => {
      if (page === 1) json(response, status, {}, headers)
      return page === 1
    }
    const { bill } = await billFrom(pages(3, 2, fails))
    expect(bill).toMatchObject({ complete: false })
    expect(bill.lines).toHaveLength(2)
  })

  it('is read once for all who ask for the same month at once, or within a minute, and tells until when', async () => {
    await using far = await serve(pages(2, 1))
    await using venice = client(far.url, { timeouts: quick })
    const told = await Promise.all([0, 40, 45].map(ms => venice.bill(AT, AT + 100_000 + ms)))
    expect(far.seen).toHaveLength(2)
    expect(told.map(one => one?.upTo)).toEqual(Array(3).fill(AT + 100_000))
    expect(await venice.bill(AT, AT + 160_000)).toBe(told[0])
    expect(far.seen).toHaveLength(2)
    expect(await venice.bill(AT, AT + 160_001)).toMatchObject({ upTo: AT + 160_001 })
    expect(far.seen).toHaveLength(4)
    await venice.bill(AT - 1, AT + 160_001)
    expect(far.seen).toHaveLength(6)
  })

  it('that could not be read, or not to its end, is asked for again', async () => {
    let broken = true
    const odd = (page: number, response: ServerResponse) => {
      if (broken && page === 1) json(response, 400, {})
      return broken && page === 1
    }
    await using far = await serve((seen, response) =>
      pageOf(seen) === 0 && far.seen.length === 1
        ? json(response, 400, {})
        : pages(2, 1, odd)(seen, response, far),
    )
    await using venice = client(far.url, { timeouts: quick })
    const ask = () => venice.bill(AT, AT + 1)
    expect(await ask()).toBeNull()
    expect(await ask()).toMatchObject({ complete: false })
    broken = false
    expect(await ask()).toMatchObject({ complete: true })
  })

  it('is none where the key may not read it, and not to be had where nobody answers', async () => {
    expect((await billFrom((_seen, response) => json(response, 403, {}))).bill).toBeNull()
    expect((await billFrom((_seen, response) => json(response, 503, {}))).bill).toMatchObject({
      code: 'provider_unreachable',
    })
  })
})

describe('the limits of the key', () => {
  const limits = (apiModelId: string, amount: number) => ({
    data: {
      rateLimits: [
        {
          apiModelId,
          rateLimits: [
            { amount: 9, type: 'RPD' },
            { amount, type: 'RPM' },
          ],
        },
      ],
    },
  })
  /** How many paid calls leave at once, after the limits were heard. */
  async function allowed(answer: Handler) {
    const log = keptLog()
    let now = AT
    await using far = await serve((seen, response) => {
      if (seen.path.endsWith('/rate_limits')) return answer(seen, response, far)
      if (seen.path.endsWith('/queue')) json(response, 200, { queue_id: 'q' })
      else json(response, 200, { canConsume: true })
    })
    await using venice = client(far.url, { learnsLimits: true, log, clock: () => now })
    await venice.balance()
    await expect.poll(() => log.lines.join()).toMatch(/limits? of the key/)
    let accepted = 0
    for (let second = 0; second < 60; second++, now += 1000) {
      const outcome = await venice.submit(clip, order, linked)
      if (outcome.kind === 'accepted') accepted++
    }
    const asked = far.seen.filter(s => s.path.endsWith('/rate_limits'))
    return { accepted, asked }
  }

  it('are asked for once, and count instead of the default', async () => {
    const { accepted, asked } = await allowed((_seen, response) =>
      json(response, 200, limits(order.model.id, 20)),
    )
    expect(asked).toMatchObject([{ method: 'GET', path: '/api/v1/api_keys/rate_limits' }])
    expect(accepted).toBeGreaterThanOrEqual(15)
    expect(accepted).toBeLessThanOrEqual(20)
  })

  it.each([
    ['of another model', 200, limits('flux', 20)],
    ['that mean nothing', 200, limits(order.model.id, -1)],
    ['in another shape', 200, { data: [] }],
    ['refused', 403, {}],
  ])('stay the default where they are %s', async (_title, status, body) => {
    const { accepted, asked } = await allowed((_seen, response) => json(response, status, body))
    expect(asked).toHaveLength(1)
    expect(accepted).toBeGreaterThanOrEqual(35)
    expect(accepted).toBeLessThanOrEqual(40)
  })

  it('hold nobody up while they are asked for', async () => {
    await using far = await serve((seen, response) => {
      if (!seen.path.endsWith('/rate_limits')) json(response, 200, { canConsume: true })
    })
    await using venice = client(far.url, { learnsLimits: true })
    await venice.balance()
    expect(await venice.balance()).toMatchObject({ kind: 'ok' })
  })
})
