import { describe, expect, it } from 'vitest'
import type { VeniceBook, VeniceBookJob } from '../../src/sandbox/control.ts'
import type { Limits } from '../chaos/limits.ts'
import { atOnce, atVenice, inTheLedger } from '../chaos/overruns.ts'

const limits: Limits = { personDayUsd: 100, communityMonthUsd: 150, totalMonthUsd: 160, jobsAtOnce: 1 }
const NOON = Date.UTC(2026, 10, 30, 12)
const DAY = 24 * 60 * 60_000

describe('the ledger, counted again', () => {
  const line = (amountUsd: number, more: { requesterId?: string; countedAt?: number } = {}) => ({
    ...{ jobId: 'j', countedAt: NOON, amountUsd, communityId: 'c', requesterId: 'mira' },
    ...more,
  })

  it('may use a limit up to the last millionth, and what came back anew', () => {
    expect(inTheLedger([line(-100), line(50), line(-50)], limits)).toEqual([])
  })

  it('finds who passed a limit for a moment only', () => {
    expect(inTheLedger([line(-60), line(-41), line(60)], limits)).toEqual([
      expect.stringContaining('mira 2026-11-30 has $0.000101'),
    ])
  })

  it('counts each person by the day, and everybody by the month', () => {
    const november = [line(-100), line(-50, { requesterId: 'ada' })]
    expect(inTheLedger([...november, line(-100, { countedAt: NOON + DAY })], limits)).toEqual([])
    expect(inTheLedger([...november, line(-1, { countedAt: NOON - DAY })], limits)).toHaveLength(1)
  })
})

describe("Venice's book", () => {
  const charge = (at: number, usd: number, backUsd = 0) =>
    ({
      source: { bytes: 7 },
      ...{ accepted_at: at, charged_usd: usd / 1e6, refunded_usd: backUsd / 1e6 },
    }) as VeniceBookJob
  const clip = (...payingAt: number[]) => ({ stem: 'clip0001', sizeBytes: 7, member: 'Mira', payingAt })
  const book = (...jobs: VeniceBookJob[]) => ({ jobs }) as VeniceBook

  it('counts what was charged and not given back', () => {
    expect(atVenice([clip(NOON)], book(charge(NOON, 90), charge(NOON, 90, 90)), limits)).toEqual([])
    expect(atVenice([clip(NOON)], book(charge(NOON, 90), charge(NOON + 1, 20)), limits)).toEqual([
      expect.stringContaining('Mira 2026-11-30 has $0.000110'),
    ])
  })

  it('counts for no day what was pressed on one and accepted on the next', () => {
    const midnight = NOON + DAY / 2
    const charges = book(charge(midnight + 1, 90), charge(midnight + 2, 90))
    expect(atVenice([clip(midnight - 1, midnight + 1.5)], charges, limits)).toEqual([])
    expect(atVenice([clip(midnight)], charges, limits)).toHaveLength(3)
  })
})

describe('jobs at once', () => {
  const change = (jobId: string, type: string, to: string) => ({
    ...{ jobId, type, to, communityId: 'c', requesterId: 'mira' },
  })

  it('are those that were agreed to and have not ended', () => {
    const first = [change('a', 'confirmed', 'confirmed'), change('a', 'submitting', 'submitting')]
    const second = change('b', 'approved', 'confirmed')
    expect(atOnce([...first, second], limits)).toEqual([expect.stringContaining('by job b')])
    expect(atOnce([...first, change('a', 'failed', 'failed'), second], limits)).toEqual([])
  })
})
