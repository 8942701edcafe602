import { describe, expect, it } from 'vitest'
import { chanceDone, forecast } from '../../../src/core/forecast.ts'
import { chanceNow, rank, restMs } from '../../../src/core/pacing.ts'
import type { Pollable } from '../../../src/core/ports.ts'

const of = forecast([], 145_000)
const now = 1e12
const job = (id: string, ageS: number, askedS: number): Pollable => ({
  id,
  submittedAt: now - ageS * 1000,
  polledAt: now - askedS * 1000,
  averageMs: 145_000,
  kind: 'k',
})
const order = (...jobs: Pollable[]) => rank(jobs, () => of, now).map(({ id }) => id)

describe('who is asked for next', () => {
  it('is the one past its usual time before one that has just begun', () => {
    expect(order(job('young', 10, 10), job('old', 150, 5))).toEqual(['old', 'young'])
  })

  it('of two of the same age is the one that was not asked for longer', () => {
    expect(order(job('just', 120, 3), job('long', 120, 20))).toEqual(['long', 'just'])
  })

  it('is everybody in time: what waits becomes the most promising', () => {
    const waits = job('waits', 60, 30)
    const others = Array.from({ length: 20 }, (_, i) => job(`o${i}`, 150, 5))
    expect(order(waits, ...others)[0]).not.toBe('waits')
    const later = { ...waits, submittedAt: waits.submittedAt - 90_000, polledAt: waits.polledAt - 90_000 }
    expect(order(later, ...others)[0]).toBe('waits')
  })

  it('goes by what is expected of each one', () => {
    const slow = forecast([], 1_450_000)
    const jobs = [job('slow', 140, 20), job('quick', 140, 20)]
    expect(rank(jobs, ({ id }) => (id === 'slow' ? slow : of), now).map(({ id }) => id)).toEqual([
      'quick',
      'slow',
    ])
  })

  it('says the chance since the last time, not since the beginning', () => {
    expect(chanceNow(job('a', 150, 5), of, now)).toBeCloseTo(chanceDone(of, 145_000, 150_000))
  })
})

describe('how long a job rests', () => {
  it('is at least two seconds, near the usual finish', () => {
    expect(restMs(of, 140_000)).toBe(2_000)
  })

  it('is longer at the beginning, when a request would find nothing', () => {
    const rest = restMs(of, 1_000)
    expect(rest).toBeGreaterThan(2_000)
    expect(chanceDone(of, 1_000, 1_000 + rest)).toBeGreaterThan(0.0099)
  })

  it('is at most a minute, because the forecast may be wrong', () => {
    expect(restMs(forecast([], 24 * 3_600_000), 0)).toBe(60_000)
  })
})
