import { describe, expect, it } from 'vitest'
import { lookedAgain, mayBeIt, windowOf } from '../../../src/core/evidence.ts'
import type { ChargeLine } from '../../../src/core/job.ts'
import { NOON } from '../../kit/jobs.ts'

const line = (usd: number, queueId: string | null = null): ChargeLine => ({
  at: NOON,
  usd,
  what: 'upscale',
  queueId,
})
const lost = { sentAt: NOON, queuedAt: NOON, why: 'cut', agreedUsd: 250_000 }

describe('the billing around a lost answer', () => {
  it('is read from a quarter of an hour before the request, as clocks may differ, until now', () => {
    expect(windowOf(lost, NOON + 3_000)).toEqual({ from: NOON - 900_000, to: NOON + 3_000 })
    expect(windowOf(lost, NOON + 60 * 60_000)).toEqual({ from: NOON - 900_000, to: NOON + 3_600_000 })
    expect(windowOf(lost, NOON - 5_000).to).toBe(NOON)
  })

  it('leaves out what belongs to a job of which we have the receipt', () => {
    const lines = [line(1, 'ours'), line(2, 'nobody knows'), line(3)]
    expect(lookedAgain(null, lines, ['ours'], NOON)).toEqual({ at: NOON, lines: lines.slice(1), looks: 1 })
  })

  it('that could not be read keeps what an earlier look found, and from when', () => {
    const before = { at: NOON, lines: [line(1)], looks: 1 }
    expect(lookedAgain(before, null, [], NOON + 9)).toEqual({ ...before, looks: 2 })
    expect(lookedAgain(null, null, [], NOON + 9)).toEqual({ at: NOON + 9, lines: null, looks: 1 })
  })

  it.each([
    [250_000, true],
    [240_000, true],
    [260_000, true],
    [239_999, false],
    [-250_000, false],
  ])('a line of %i may be it: %s', (usd, may) => expect(mayBeIt(line(usd), lost)).toBe(may))
})
