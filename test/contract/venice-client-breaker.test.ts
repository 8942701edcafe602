import { describe, expect, it } from 'vitest'
import { memoryLimits } from '../../src/core/limits.ts'
import {
  client,
  clip,
  type Handler,
  json,
  keptLog,
  linked,
  order,
  scratch,
  serve,
} from './venice-client-kit.ts'

const AT = Date.UTC(2026, 10, 22, 21, 0, 0)
const job = { model: order.model.id, queueId: 'q-1' }
const quick = { connectMs: 500, quoteMs: 300, answerMs: 300, submitIdleMs: 300 }
const BLOCKED =
  'Too many failed attempts (> 20) resulting in a non-success status code. Please wait 30s and try again.'

/** Fails as `answer` says, and blocks as Venice does: at more than 20 failures in 30 s, for 30 s. */
async function strict(answer: Handler = (_seen, response) => json(response, 500, { error: 'x' })) {
  const time = { now: AT }
  const failures: number[] = []
  let blockedUntil = 0
  const met = { blocked: 0, most: 0, underWay: 0, mostUnderWay: 0 }
  const far = await serve(async (seen, response, there) => {
    met.underWay++
    met.mostUnderWay = Math.max(met.mostUnderWay, met.underWay)
    response.on('close', () => {
      met.underWay--
    })
    if (blockedUntil > time.now) {
      met.blocked++
      return json(response, 429, { error: BLOCKED })
    }
    response.on('finish', () => {
      if (response.statusCode < 400) return
      failures.push(time.now)
      const recent = failures.filter(at => at > time.now - 30_000).length
      met.most = Math.max(met.most, recent)
      if (recent > 20) blockedUntil = time.now + 30_000
    })
    await answer(seen, response, there)
  })
  return { far, time, met, clock: () => time.now, [Symbol.asyncDispose]: () => far[Symbol.asyncDispose]() }
}

type Venice = ReturnType<typeof client>
const priceOf = (venice: Venice) => venice.quote(clip, order.model, linked).catch(error => error)

async function failTimes(venice: Venice, times: number) {
  for (let i = 0; i < times; i++) await venice.poll(job)
}

describe('a provider that fails', () => {
  it('is left alone before it blocks the key, though 60 people ask for a price at the same moment', async () => {
    await using there = await strict()
    await using venice = client(there.far.url, { timeouts: quick, clock: there.clock })
    const prices = await Promise.all(Array.from({ length: 60 }, () => priceOf(venice)))
    expect(prices.filter(error => error.code === 'provider_resting').length).toBeGreaterThan(40)
    expect(prices.every(error => error.name === 'Unavailable')).toBe(true)
    expect(there.met).toMatchObject({ blocked: 0, most: 15 })
  })

  it('never blocks the key, however long prices, polls, orders and the rest go on', async () => {
    await using there = await strict()
    await using venice = client(there.far.url, { timeouts: quick, clock: there.clock })
    for (let round = 0; round < 40; round++) {
      const polls = await venice.grantPolls(20)
      await Promise.all([
        ...Array.from({ length: 60 }, () => priceOf(venice)),
        ...Array.from({ length: polls }, () => venice.poll(job)),
        ...Array.from({ length: 5 }, () => venice.submit(clip, order, linked)),
        venice.balance().catch(() => {}),
        venice.charges(AT, AT + 1).catch(() => {}),
        venice.discard(job).catch(() => {}),
      ])
      there.time.now += [700, 9_000, 16_000, 29_999, 31_000][round % 5] ?? 0
    }
    expect(there.met.blocked).toBe(0)
    expect(there.met.most).toBeLessThanOrEqual(15)
    expect(there.far.seen.length).toBeGreaterThan(100)
  })

  it('never blocks the key where it only sometimes fails', async () => {
    let count = 0
    await using there = await strict((_seen, response) =>
      ++count % 3 === 0 ? json(response, 503, {}) : json(response, 200, { quote: 1, status: 'PROCESSING' }),
    )
    await using venice = client(there.far.url, { timeouts: quick, clock: there.clock })
    for (let round = 0; round < 20; round++, there.time.now += 7_000)
      await Promise.all(Array.from({ length: 20 }, () => priceOf(venice)))
    expect(there.met.blocked).toBe(0)
  })
})

describe('while the key rests', () => {
  async function resting() {
    const there = await strict()
    const log = keptLog()
    const limits = memoryLimits(there.clock)
    const venice = client(there.far.url, { timeouts: quick, clock: there.clock, limits, log })
    await failTimes(venice, 15)
    there.time.now += 10_000
    return {
      ...there,
      log,
      limits,
      venice,
      async [Symbol.asyncDispose]() {
        await venice.close()
        await there.far[Symbol.asyncDispose]()
      },
    }
  }
  const code = { name: 'Unavailable', code: 'provider_resting', retryAfterMs: 20_000 }

  it('nothing leaves, and everybody hears when it may again', async () => {
    await using r = await resting()
    const { venice } = r
    await expect(venice.quote(clip, order.model, linked)).rejects.toMatchObject(code)
    await expect(venice.balance()).rejects.toMatchObject(code)
    await expect(venice.charges(AT, AT + 1)).rejects.toMatchObject(code)
    await expect(venice.discard(job)).rejects.toMatchObject(code)
    await using dir = await scratch()
    await expect(venice.fetchResult(job, `${dir.dir}/r.mp4`)).rejects.toMatchObject(code)
    expect(await venice.submit(clip, order, linked)).toMatchObject({
      kind: 'not_accepted',
      limited: true,
      retryAfterMs: 20_000,
    })
    expect(await venice.poll(job)).toMatchObject({ kind: 'unavailable', limited: true, retryAfterMs: 20_000 })
    expect(await venice.grantPolls(10)).toBe(0)
    expect(r.far.seen).toHaveLength(15)
  })

  it('so do all processes with that key', async () => {
    await using r = await resting()
    await using other = client(r.far.url, { clock: r.clock, limits: r.limits })
    await expect(other.balance()).rejects.toMatchObject(code)
    await using stranger = client(r.far.url, { clock: r.clock, limits: r.limits, apiKey: 'vn-other' })
    await expect(stranger.balance()).rejects.toMatchObject({ code: 'provider_unreachable' })
  })

  it('one line of the log says until when', async () => {
    await using r = await resting()
    await r.venice.poll(job)
    const lines = r.log.lines.filter(line => line.includes('left alone'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('2026-11-22T21:00:30.000Z')
  })

  it('it ends where the clock was ahead when it began, and has been put right', async () => {
    await using r = await resting()
    r.time.now -= 24 * 60 * 60_000
    expect(await r.venice.grantPolls(1)).toBe(1)
    expect(await r.venice.poll(job)).toMatchObject({ limited: false })
    expect(r.far.seen).toHaveLength(16)
  })

  it('it ends after 30 s', async () => {
    await using r = await resting()
    r.time.now += 20_001
    expect(await r.venice.grantPolls(1)).toBe(1)
    expect(await r.venice.poll(job)).toMatchObject({ limited: false })
    expect(r.far.seen).toHaveLength(16)
  })
})

describe('what counts as a failure', () => {
  /** How many requests arrive of 20 polls, one after the other. */
  async function arrivedOn(answer: Handler, times = 20) {
    await using there = await strict(answer)
    await using venice = client(there.far.url, { timeouts: quick, clock: there.clock })
    await failTimes(venice, times)
    return there.far.seen.length
  }

  it.each([400, 401, 404, 429, 500])('HTTP %i does', async status => {
    expect(await arrivedOn((_seen, response) => json(response, status, {}))).toBe(15)
  })

  it('an answer that does not come does', async () => {
    expect(await arrivedOn((_seen, response) => void response.socket?.resetAndDestroy())).toBeLessThanOrEqual(
      15,
    )
  })

  it('an answer does not, also where it means nothing', async () => {
    expect(await arrivedOn((_seen, response) => json(response, 200, 'what?'))).toBe(20)
  })

  it.each([
    ['for all processes', {}],
    ['by this one alone', { fail: () => Promise.reject(new Error('no database')) }],
  ])('failures do not that were counted %s by a clock that was ahead', async (_title, broken) => {
    const time = { now: AT }
    const clock = () => time.now
    const limits = { ...memoryLimits(clock), ...broken }
    await using far = await serve((_seen, response) => json(response, 500, {}))
    await using venice = client(far.url, { timeouts: quick, clock, limits })
    await failTimes(venice, 14)
    time.now -= 60 * 60_000
    await failTimes(venice, 14)
    expect(far.seen).toHaveLength(28)
  })

  it('failures that are older than 30 s do not', async () => {
    await using there = await strict()
    await using venice = client(there.far.url, { timeouts: quick, clock: there.clock })
    for (let i = 0; i < 30; i++, there.time.now += 2_500) await venice.poll(job)
    expect(there.far.seen).toHaveLength(30)
  })

  it('a server that is not there does not, as nothing reaches it', async () => {
    const far = await serve(() => {})
    await far[Symbol.asyncDispose]()
    await using venice = client(far.url, { timeouts: quick })
    await failTimes(venice, 20)
    await expect(venice.balance()).rejects.toMatchObject({ code: 'provider_unreachable' })
  })

  it('those that Venice has counted and we have not: its block is believed', async () => {
    const time = { now: AT }
    await using far = await serve((_seen, response) => json(response, 429, { error: BLOCKED }))
    await using venice = client(far.url, { clock: () => time.now, timeouts: quick })
    expect(await venice.poll(job)).toMatchObject({ kind: 'unavailable', limited: true, retryAfterMs: 30_000 })
    await expect(venice.balance()).rejects.toMatchObject({ code: 'provider_resting', retryAfterMs: 30_000 })
    expect(far.seen).toHaveLength(1)
  })
})

describe('a block', () => {
  it('that many hear of at once is one line of the log', async () => {
    const log = keptLog()
    await using far = await serve((_seen, response) => json(response, 429, { error: BLOCKED }))
    await using venice = client(far.url, { timeouts: quick, log, clock: () => AT })
    await Promise.all(Array.from({ length: 5 }, () => venice.poll(job)))
    expect(log.lines.filter(line => line.includes('left alone'))).toHaveLength(1)
  })

  it('is told at once to those who wait behind others for their turn', async () => {
    await using far = await serve((seen, response) => {
      if (seen.path.endsWith('/retrieve')) json(response, 429, { error: BLOCKED })
    })
    await using venice = client(far.url, { timeouts: { ...quick, quoteMs: 20_000 }, clock: () => AT })
    const told: unknown[] = []
    const asked = Array.from({ length: 12 }, () =>
      venice.balance().catch(error => told.push(error.retryAfterMs)),
    )
    await expect.poll(() => far.seen.length).toBe(8)
    await venice.poll(job)
    await expect.poll(() => told).toEqual([30_000, 30_000, 30_000, 30_000])
    await venice.close()
    await Promise.all(asked)
  })
})

describe('what is under way at once', () => {
  it('never is more than could fail without a block, and polls find room beside slow prices', async () => {
    const held: (() => void)[] = []
    await using there = await strict((seen, response) => {
      if (seen.path.endsWith('/quote')) held.push(() => json(response, 200, { quote: 1 }))
      else json(response, 200, { status: 'PROCESSING' })
    })
    await using venice = client(there.far.url, {
      timeouts: { ...quick, quoteMs: 20_000 },
      clock: there.clock,
    })
    const prices = Promise.all(Array.from({ length: 30 }, () => priceOf(venice)))
    // The first finds out whether the form is known; then as many as may go, go.
    await expect.poll(() => held.length).toBe(1)
    held.shift()?.()
    await expect.poll(() => held.length).toBe(8)
    expect(await venice.poll(job)).toMatchObject({ kind: 'processing' })
    expect(there.met.mostUnderWay).toBeLessThanOrEqual(15)
    const answering = setInterval(() => held.splice(0).map(answer => answer()), 5)
    const all = await prices
    clearInterval(answering)
    expect(all.every(({ kind }) => kind === 'exact')).toBe(true)
    expect(there.met.mostUnderWay).toBeLessThanOrEqual(15)
  })

  it('costs one failed request, not one each, to find out that a form is not known', async () => {
    let failed = 0
    await using there = await strict((seen, response) => {
      if (JSON.parse(seen.body).video_url === undefined) return json(response, 200, { quote: 1 })
      failed++
      json(response, 400, { error: 'duration: must be seconds' })
    })
    await using venice = client(there.far.url, { timeouts: quick, clock: there.clock })
    const prices = await Promise.all(Array.from({ length: 60 }, () => priceOf(venice)))
    expect(prices.every(({ kind }) => kind === 'quoted')).toBe(true)
    expect(failed).toBe(1)
  })

  it('costs three failed requests where the refusal does not say that it is the form', async () => {
    await using there = await strict((seen, response) =>
      JSON.parse(seen.body).video_url
        ? json(response, 400, { error: 'Invalid.' })
        : json(response, 200, { quote: 1 }),
    )
    await using venice = client(there.far.url, { timeouts: quick, clock: there.clock })
    const prices = await Promise.all(Array.from({ length: 60 }, () => priceOf(venice)))
    expect(prices.every(({ kind }) => kind === 'quoted')).toBe(true)
    expect(there.met.most).toBe(3)
  })

  it('ends with the client: what has left is waited for, and what has not never leaves', async () => {
    const held: (() => void)[] = []
    await using there = await strict((_seen, response) => {
      held.push(() => json(response, 200, { queue_id: 'q' }))
    })
    const venice = client(there.far.url, { clock: there.clock })
    const orders = Array.from({ length: 6 }, () => venice.submit(clip, order, linked))
    await expect.poll(() => held.length).toBe(4)
    const closed = venice.close()
    for (const answer of held) answer()
    const outcomes = await Promise.all(orders)
    await closed
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual([
      ...Array(4).fill('accepted'),
      ...Array(2).fill('not_accepted'),
    ])
    expect(there.far.paid()).toHaveLength(4)
  })
})
