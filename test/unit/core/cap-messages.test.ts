import { describe, expect, it } from 'vitest'
import { type Breach, breachOf, type Used } from '../../../src/core/caps.ts'
import { overCap, whileFrozen } from '../../../src/core/messages/caps.ts'
import { inText } from '../../../src/core/messages/words.ts'
import type { Offer } from '../../../src/core/quote.ts'
import type { Limits } from '../../../src/core/rules.ts'
import type { View } from '../../../src/core/view.ts'
import { NO_CAPS } from '../../kit/caps.ts'
import { NOON, sampleJob } from '../../kit/jobs.ts'
import { linesOf } from '../../kit/plain.ts'

/** 22 November 2026, 21:00 UTC. */
const EVENING = NOON + 9 * 3_600_000
const job = sampleJob('quoted')
const unused: Used = {
  jobUsd: 0,
  personDayUsd: 0,
  communityMonthUsd: 0,
  totalMonthUsd: 0,
  jobsAtOnce: 0,
  poolUsd: 0,
  poolHeadUsd: 0,
}

const breach = (limits: Partial<Limits>, used: Partial<Used>, priceUsd = 3_000_000): Breach => {
  const found = breachOf(
    { ...NO_CAPS, poolUsd: null, poolHeadUsd: null, ...limits },
    { ...unused, ...used },
    priceUsd,
    EVENING,
  )
  if (!found) throw new Error('expected it not to fit')
  return found
}
const facts = { offer: job.offer, presserId: job.requesterId, now: EVENING }
const said = (view: View) => linesOf(view).join('\n')
const unspent = 'Nothing was charged by this press. Your offer stays open until #.'

describe('a press that would pass a cap', () => {
  it.each<[Partial<Limits>, Partial<Used>, string]>([
    [
      { personDayUsd: 5_000_000 },
      { personDayUsd: 2_400_000 },
      '$3.00 would pass your $5.00 for today by $0.40; it resets at 00:00 UTC, in 3 h.',
    ],
    [
      { communityMonthUsd: 50_000_000 },
      { communityMonthUsd: 49_000_000 },
      '$3.00 would pass the $50.00 of this place for this month by $2.00; it resets on 1 December, 00:00 UTC, in 9 days.',
    ],
    [
      { totalMonthUsd: 50_000_000 },
      { totalMonthUsd: 47_000_001 },
      '$3.00 would pass the $50.00 that this bot may spend this month by $0.01; it resets on 1 December, 00:00 UTC, in 9 days.',
    ],
    [{ jobUsd: 2_500_000 }, {}, '$3.00 would pass the $2.50 that one upscale may cost here by $0.50.'],
    [
      { jobUsd: 5_000_000 },
      { jobUsd: 3_000_000 },
      '$3.00 would pass the $5.00 that one upscale may cost here by $1.00.',
    ],
    [
      { personDayUsd: 2_000_000 },
      {},
      '$3.00 would pass your $2.00 for today by $1.00, which it would do at any time.',
    ],
    [
      { jobsAtOnce: 2 },
      { jobsAtOnce: 2 },
      'You have 2 upscales running, which is as many as one person may have here at once.',
    ],
    [
      { jobsAtOnce: 1 },
      { jobsAtOnce: 1 },
      'You have 1 upscale running, which is as many as one person may have here at once.',
    ],
    [
      { jobsAtOnce: 3 },
      { jobsAtOnce: 5 },
      'You have 5 upscales running; one person may have 3 here at once.',
    ],
  ])('%o with %o used says which, by how much, and when it resets', (caps, used, sentence) => {
    const view = overCap(job, breach(caps, used), { ...facts, offer: dear({}) })
    expect(said(view)).toBe(`${sentence} ${unspent}`)
    expect(view.summary).toBe(`${sentence} Nothing was charged by this press.`)
  })

  it.each<[Partial<Limits>, Partial<Used>, string, string]>([
    [
      { poolUsd: 20_000_000 },
      { poolUsd: 18_799_999 },
      "$3.00 is more than the $1.20 that is left in this place's pool.",
      'Whoever manages this place can put more into the pool.',
    ],
    [
      { poolUsd: 20_000_000 },
      { poolUsd: 19_999_999 },
      "This place's pool of $20.00 is used up.",
      'Whoever manages this place can put more into the pool.',
    ],
    [
      { poolUsd: 20_000_000, poolHeadUsd: 5_000_000 },
      { poolUsd: 6_000_000, poolHeadUsd: 4_200_000 },
      "$3.00 is too much for you: you may draw $5.00 from this place's pool and have used $4.20.",
      'Whoever manages this place can let everybody draw more.',
    ],
  ])('%o with %o used says what is left of the pool, and who can change it', (pool, used, what, cure) => {
    const view = overCap(job, breach(pool, used), { ...facts, offer: dear({}) })
    expect(said(view)).toBe(`${what} ${unspent} ${cure}`)
    expect(view.summary).toBe(`${what} Nothing was charged by this press.`)
  })

  it('names a smaller size that the pool has room for', () => {
    const pool = breach({ poolUsd: 20_000_000 }, { poolUsd: 19_000_000 })
    expect(said(overCap(job, pool, { ...facts, offer: dear({ 1: 500_000 }) }))).toContain(
      ' 1x for $0.50 would not pass it.',
    )
  })

  it('says of somebody else whose cap it is', () => {
    const other = { ...facts, presserId: '88' }
    const failed = { ...sampleJob('failed'), retryUntil: EVENING + 1 }
    const day = breach({ personDayUsd: 5_000_000 }, { personDayUsd: 5_000_000 })
    expect(said(overCap(failed, day, other))).toMatch(
      /^\$3\.00 would pass the \$5\.00 of @77 for today by \$3\.00; .* You can still try again until #\.$/,
    )
    const pool = breach({ poolHeadUsd: 5_000_000 }, { poolHeadUsd: 4_200_000 })
    expect(said(overCap(failed, pool, other))).toMatch(
      /^\$3\.00 is too much for @77, who may draw \$5\.00 from this place's pool and has used \$4\.20\./,
    )
    const atOnce = breach({ jobsAtOnce: 2 }, { jobsAtOnce: 2 })
    const view = overCap(sampleJob('unconfirmed'), atOnce, other)
    expect(said(view)).toMatch(/^@77 has 2 upscales running, .* The question stays open\.$/)
    expect(view.summary).toContain('the requester has 2 upscales running')
  })

  it.each([
    [1, 5_000_000, 5_000_000],
    [156_000, 468_000, 500_000],
    [151_000, 4_855_000, 5_000_000],
    [10_001, 4_999_999, 5_000_000],
  ])('of %i micro-dollars never says less than what passes it', (priceUsd, usedUsd, limitUsd) => {
    const day = breach({ personDayUsd: limitUsd }, { personDayUsd: usedUsd }, priceUsd)
    const shown = /by \$([\d.]+)/.exec(said(overCap(job, day, facts)))?.[1]
    expect(Math.round(Number(shown) * 1e6)).toBeGreaterThanOrEqual(usedUsd + priceUsd - limitUsd)
    expect(Math.round(Number(shown) * 1e6)).toBeLessThan(usedUsd + priceUsd - limitUsd + 10_000)
  })

  it('names the largest other size that there is room for, and none where there is none', () => {
    const day = (used: number) => breach({ personDayUsd: 5_000_000 }, { personDayUsd: used })
    const of = (offer: Offer, used: number) => said(overCap(job, day(used), { ...facts, offer }))
    expect(of(dear({ 1: 500_000 }), 4_500_000)).toContain(' 1x for $0.50 would not pass it.')
    expect(of(dear({ 1: 500_000 }), 4_500_001)).not.toContain('would not pass it')
    // The larger size may be the cheaper one.
    expect(of(dear({ 1: 500_000, 4: 400_000 }), 4_500_000)).toContain(' 4x for $0.40 would not pass it.')
  })
})

/** An offer of which every size costs three dollars, but for these. */
const dear = (prices: Record<number, number>): Offer => ({
  ...job.offer,
  prices: job.offer.prices.map(price => ({ ...price, priceUsd: prices[price.factor] ?? 3_000_000 })),
})

describe('a press while all spending is stopped', () => {
  it('says who stopped it and when, and that the offer stays', () => {
    expect(said(whileFrozen(job, { scope: 'community', by: '99', at: NOON }))).toBe(
      `@99 stopped all spending here on #. ${unspent} Whoever manages this place can allow it again.`,
    )
  })

  it('names nobody where the whole bot is stopped: people here may not know them', () => {
    const text = said(whileFrozen(job, { scope: 'all', by: '99', at: NOON }))
    expect(text).toContain('Whoever runs this bot stopped all spending on #.')
    expect(text).not.toContain('99')
  })
})

describe('until when', () => {
  it.each([
    [1, 'in 1 min'],
    [25 * 60_000, 'in 25 min'],
    [3 * 3_600_000, 'in 3 h'],
    [3 * 3_600_000 + 1, 'in 4 h'],
    [40 * 3_600_000, 'in 40 h'],
    [9 * 86_400_000 - 1, 'in 9 days'],
  ])('%i ms is "%s"', (ms, text) => expect(inText(ms)).toBe(text))
})
