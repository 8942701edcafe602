import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  breachOf,
  type CapName,
  dayOf,
  monthOf,
  nextDay,
  nextMonth,
  type Used,
} from '../../../src/core/caps.ts'
import type { Limits } from '../../../src/core/rules.ts'

const NONE: Limits = {
  personDayUsd: null,
  communityMonthUsd: null,
  jobUsd: null,
  totalMonthUsd: null,
  jobsAtOnce: null,
  poolUsd: null,
  poolHeadUsd: null,
}
const FRESH: Used = {
  jobUsd: 0,
  personDayUsd: 0,
  communityMonthUsd: 0,
  totalMonthUsd: 0,
  jobsAtOnce: 0,
  poolUsd: 0,
  poolHeadUsd: 0,
}
const EVENING = Date.UTC(2026, 11, 31, 20, 40)
const MIDNIGHT = Date.UTC(2027, 0, 1)

describe('a cap', () => {
  it('may be used to the last cent, and not by a millionth more', () => {
    const caps = { ...NONE, personDayUsd: 5_000_000 }
    const used = { ...FRESH, personDayUsd: 2_000_000 }
    expect(breachOf(caps, used, 3_000_000, EVENING)).toBeNull()
    expect(breachOf(caps, used, 3_000_001, EVENING)).toEqual({
      cap: 'personDayUsd',
      limit: 5_000_000,
      used: 2_000_000,
      wanted: 3_000_001,
      resetsAt: MIDNIGHT,
    })
  })

  it.each([
    ['jobUsd', null],
    ['personDayUsd', MIDNIGHT],
    ['communityMonthUsd', MIDNIGHT],
    ['totalMonthUsd', MIDNIGHT],
    ['poolUsd', null],
    ['poolHeadUsd', null],
  ] as const)('of %s is named where it is passed, with when it begins anew', (cap, resetsAt) => {
    expect(breachOf({ ...NONE, [cap]: 99 }, FRESH, 100, EVENING)).toMatchObject({ cap, limit: 99, resetsAt })
  })

  it('of jobs at once counts the one that is asked for, whatever it costs', () => {
    const caps = { ...NONE, jobsAtOnce: 2 }
    expect(breachOf(caps, { ...FRESH, jobsAtOnce: 1 }, 9_000_000, EVENING)).toBeNull()
    expect(breachOf(caps, { ...FRESH, jobsAtOnce: 2 }, 0, EVENING)).toEqual({
      cap: 'jobsAtOnce',
      limit: 2,
      used: 2,
      wanted: 1,
      resetsAt: null,
    })
  })

  it('of nothing stops everything, and none stops nothing', () => {
    expect(breachOf({ ...NONE, totalMonthUsd: 0 }, FRESH, 1, EVENING)).toMatchObject({ cap: 'totalMonthUsd' })
    const used = {
      jobUsd: 1e12,
      personDayUsd: 1e12,
      communityMonthUsd: 1e12,
      totalMonthUsd: 1e12,
      jobsAtOnce: 1e3,
      poolUsd: 1e12,
      poolHeadUsd: 1e12,
    }
    expect(breachOf(NONE, used, 1e12, EVENING)).toBeNull()
  })
})

const amount = fc.nat({ max: 10_000_000 })
const limit = fc.option(amount)

it('whatever the caps are, what fits leaves each of them kept, and what does not would pass the one that is named', () => {
  const caps = fc.record({
    personDayUsd: limit,
    communityMonthUsd: limit,
    jobUsd: limit,
    totalMonthUsd: limit,
    jobsAtOnce: fc.option(fc.nat({ max: 5 })),
    poolUsd: limit,
    poolHeadUsd: limit,
  })
  const used = fc.record({
    jobUsd: amount,
    personDayUsd: amount,
    communityMonthUsd: amount,
    totalMonthUsd: amount,
    jobsAtOnce: fc.nat({ max: 5 }),
    poolUsd: amount,
    poolHeadUsd: amount,
  })
  fc.assert(
    fc.property(caps, used, amount, (caps, used, priceUsd) => {
      const after = {
        personDayUsd: used.personDayUsd + priceUsd,
        communityMonthUsd: used.communityMonthUsd + priceUsd,
        totalMonthUsd: used.totalMonthUsd + priceUsd,
        jobUsd: used.jobUsd + priceUsd,
        jobsAtOnce: used.jobsAtOnce + 1,
        poolUsd: used.poolUsd + priceUsd,
        poolHeadUsd: used.poolHeadUsd + priceUsd,
      }
      const breach = breachOf(caps, used, priceUsd, EVENING)
      const passed = (Object.keys(after) as CapName[]).filter(cap => (caps[cap] ?? Infinity) < after[cap])
      if (breach) {
        expect(passed).toContain(breach.cap)
        expect(breach.used + breach.wanted).toBe(after[breach.cap])
        expect(breach.limit).toBe(caps[breach.cap])
      } else expect(passed).toEqual([])
    }),
    { numRuns: 10_000 },
  )
})

it('every moment lies in one day and one month of UTC, and the next ones begin where they end', () => {
  const moment = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(moment, date => {
      const at = date.getTime()
      for (const [from, to] of [
        [dayOf(at), nextDay(at)],
        [monthOf(at), nextMonth(at)],
      ] as const) {
        expect(at >= from && at < to).toBe(true)
        expect(new Date(to).toISOString()).toMatch(/T00:00:00.000Z$/)
      }
      expect([dayOf(nextDay(at) - 1), monthOf(nextMonth(at) - 1)]).toEqual([dayOf(at), monthOf(at)])
      expect(new Date(nextMonth(at)).getUTCDate()).toBe(1)
    }),
    { numRuns: 10_000 },
  )
})
