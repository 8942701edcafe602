import { describe, expect, it } from 'vitest'
import {
  chanceDone,
  expectation,
  type Forecast,
  forecast,
  runKind,
  usualMs,
} from '../../../src/core/forecast.ts'
import type { Took } from '../../../src/core/ports.ts'
import { sampleClip } from '../../kit/jobs.ts'

const MINUTE = 60_000
const exact = (ms: number): Took => ({ notDoneMs: ms, doneMs: ms })
/** Log-normal times with this median and sigma, evenly over the distribution. */
const spread = (medianMs: number, sigma: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => medianMs * Math.exp(sigma * normalAt((i + 0.5) / count)))
/** The standard score below which this part lies; by halving, good to 1e-6. */
function normalAt(part: number): number {
  const unit: Forecast = { mu: 0, sigma: 1, weight: 1 }
  let [low, high] = [-6, 6]
  while (high - low > 1e-6) {
    const middle = (low + high) / 2
    // The floor of the hazard is taken out again.
    const below = 1 - (1 - chanceDone(unit, 0, Math.exp(middle))) * Math.exp(0.1 * Math.exp(middle))
    if (below < part) low = middle
    else high = middle
  }
  return low
}

describe('what is expected of a job', () => {
  it('goes by the P80 of the provider where there is nothing else', () => {
    const of = forecast([], 145_000)
    expect(usualMs(of)).toBeCloseTo(145_000, 0)
    expect(chanceDone(of, 0, 145_000)).toBeGreaterThan(0.78)
    expect(chanceDone(of, 0, 145_000)).toBeLessThan(0.84)
  })

  it('tells people nothing where nothing is known, but has something to go by', () => {
    const of = forecast([], null)
    expect([expectation(of, 0), usualMs(of)]).toEqual([null, null])
    expect(chanceDone(of, 0, 5 * MINUTE)).toBeGreaterThan(0.5)
  })

  it('takes a P80 of nothing for none', () => {
    expect(forecast([], 0)).toEqual(forecast([], null))
  })

  it.each([1 / 3, 3])('is put right by our own times where the P80 is off by %d', factor => {
    const times = spread(120_000, 0.35, 60)
    const of = forecast(times.map(exact), 161_000 * factor)
    expect(Math.exp(of.mu)).toBeGreaterThan(110_000)
    expect(Math.exp(of.mu)).toBeLessThan(131_000)
  })

  it('grows wider where the P80 and our own times contradict each other', () => {
    const times = spread(120_000, 0.35, 4).map(exact)
    expect(forecast(times, 480_000).sigma).toBeGreaterThan(forecast(times, 161_000).sigma + 0.1)
  })

  it('does not take the width of the intervals in which jobs were found for spread of their times', () => {
    // Asked for at 100 s and then every 40 s: times are known to an interval only, the first one being 0 to 100 s.
    const times = spread(120_000, 0.35, 200).map((ms): Took => {
      const asks = Math.max(0, Math.ceil((ms - 100_000) / 40_000))
      return { notDoneMs: asks === 0 ? 0 : 60_000 + asks * 40_000, doneMs: 100_000 + asks * 40_000 }
    })
    const of = forecast(times, null)
    expect(of.sigma).toBeGreaterThan(0.3)
    expect(of.sigma).toBeLessThan(0.42)
    expect(Math.exp(of.mu)).toBeGreaterThan(112_000)
    expect(Math.exp(of.mu)).toBeLessThan(128_000)
  })

  it.each([
    { notDoneMs: 0, doneMs: 0 },
    { notDoneMs: 0, doneMs: 1 },
    { notDoneMs: 86_400_000, doneMs: 86_400_001 },
    { notDoneMs: 5, doneMs: 2 },
  ])('stays a number whatever was noted: %o', took => {
    const of = forecast([took, took, took], 145_000)
    expect(Number.isFinite(of.mu) && Number.isFinite(of.sigma)).toBe(true)
    expect(of.sigma).toBeGreaterThan(0)
  })

  it('says a time half are done by and one that almost all are done by, both still to come', () => {
    const of = forecast([], 145_000)
    const young = expectation(of, 0)!
    expect(young.likelyMs).toBeLessThan(young.atMostMs)
    // In steps of ten seconds, rounded up.
    expect(chanceDone(of, 0, young.likelyMs)).toBeGreaterThanOrEqual(0.5)
    expect(chanceDone(of, 0, young.likelyMs - 10_000)).toBeLessThan(0.5)
    expect(chanceDone(of, 0, young.atMostMs)).toBeGreaterThanOrEqual(0.95)
    expect(chanceDone(of, 0, young.atMostMs - 10_000)).toBeLessThan(0.95)
    const old = expectation(of, 400_000)!
    expect(old.likelyMs).toBeGreaterThan(400_000)
    expect(old.atMostMs).toBeGreaterThan(old.likelyMs)
  })

  it('never thinks an age impossible, nor certain', () => {
    const of = forecast([], 145_000)
    for (const ageMs of [0, 1_000, 60_000, 300_000, 3_600_000, 86_400_000]) {
      const chance = chanceDone(of, ageMs, ageMs + 5_000)
      expect(chance).toBeGreaterThan(0)
      expect(chance).toBeLessThan(1)
    }
  })
})

describe('the kind of a job', () => {
  it('is the model and the size of the work, so that a longer or larger job is another kind', () => {
    const kind = runKind('m', sampleClip(), 1)
    expect(kind).toMatch(/^m\/\d+$/)
    expect(runKind('m', { ...sampleClip(), durationS: sampleClip().durationS * 1.05 }, 1)).toBe(kind)
    expect(runKind('m', sampleClip(), 2)).not.toBe(kind)
    expect(runKind('n', sampleClip(), 1)).not.toBe(kind)
    expect(runKind('m', { ...sampleClip(), durationS: 0 }, 1)).toBe('m/0')
  })
})
