import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Caps } from '../../../src/core/caps.ts'
import { limitsOf, NO_RULES, needsApproval, type Rules } from '../../../src/core/rules.ts'
import { NO_CAPS } from '../../kit/caps.ts'
import { sampleApproval } from '../../kit/jobs.ts'

describe('what holds in a community', () => {
  it('is the lower one of each cap, the installation’s or its own, and nothing where neither is set', () => {
    const cap = fc.option(fc.nat({ max: 3 }))
    const caps = fc.record<Caps>({
      personDayUsd: cap,
      communityMonthUsd: cap,
      jobUsd: cap,
      totalMonthUsd: cap,
      jobsAtOnce: cap,
    })
    fc.assert(
      fc.property(caps, caps, (all, own) => {
        const limits = limitsOf(all, { ...NO_RULES, ...own } as Rules)
        for (const name of ['personDayUsd', 'communityMonthUsd', 'jobUsd', 'jobsAtOnce'] as const) {
          const lower = Math.min(all[name] ?? Infinity, own[name] ?? Infinity)
          expect(limits[name] ?? Infinity, name).toBe(lower)
        }
        // What all communities spend together is nothing that one of them decides.
        expect(limits.totalMonthUsd).toBe(all.totalMonthUsd)
      }),
      { numRuns: 10_000 },
    )
  })

  it('is its pool and the share of each too, while there is one', () => {
    const none = { poolUsd: null, poolHeadUsd: null }
    expect(limitsOf(NO_CAPS, NO_RULES)).toEqual({ ...NO_CAPS, ...none })
    const pool = { amountUsd: 50, perHeadUsd: null, since: 1 }
    expect(limitsOf(NO_CAPS, { ...NO_RULES, pool })).toMatchObject({ poolUsd: 50, poolHeadUsd: null })
    expect(limitsOf(NO_CAPS, { ...NO_RULES, pool: { ...pool, perHeadUsd: 0 } }).poolHeadUsd).toBe(0)
  })
})

it('somebody else has to agree to more than the amount that is set, not to the amount itself', () => {
  expect(needsApproval(sampleApproval({ aboveUsd: 100 }), 101)).toBe(true)
  expect(needsApproval(sampleApproval({ aboveUsd: 100 }), 100)).toBe(false)
  expect(needsApproval(sampleApproval({ aboveUsd: 0 }), 1)).toBe(true)
  expect(needsApproval(null, 1e12)).toBe(false)
})
