import { chanceDone, type Forecast } from './forecast.ts'
import type { Pollable } from './ports.ts'

/**
 * When to ask how a job is doing. All jobs of a key share so many requests a minute, so each request goes where it is
 * most likely to find something: to the job whose chance of having finished since it was last asked for is largest.
 * What waits is what the chance grows by, so nobody starves. `npm run bench:poll` shows how near that comes to the
 * best schedule there is for times of this kind.
 */

/** Nobody is asked for sooner than this, ms after the last time: that would find almost nothing, whatever the chance. */
const LEAST_GAP_MS = 2_000
/** A request that finds something in fewer cases than this is not made. */
const LEAST_CHANCE = 0.01
/** But after this, ms, the job is asked for whatever we believe: the forecast may be wrong. */
const LONGEST_GAP_MS = 60_000

/** The chance that it has finished since it was last asked for. */
export const chanceNow = (job: Pollable, of: Forecast, now: number): number =>
  chanceDone(of, job.polledAt - job.submittedAt, now - job.submittedAt)

/** The most promising first; which forecast belongs to a job is the caller's to know. */
export function rank<P extends Pollable>(
  jobs: readonly P[],
  forecastOf: (job: P) => Forecast,
  now: number,
): P[] {
  return jobs
    .map(job => ({ job, chance: chanceNow(job, forecastOf(job), now) }))
    .sort((a, b) => b.chance - a.chance)
    .map(({ job }) => job)
}

/** How long after having been asked for at this age, ms, a job is worth another request, ms. */
export function restMs(of: Forecast, ageMs: number): number {
  let low = LEAST_GAP_MS
  let high = LONGEST_GAP_MS
  if (chanceDone(of, ageMs, ageMs + low) >= LEAST_CHANCE) return low
  if (chanceDone(of, ageMs, ageMs + high) < LEAST_CHANCE) return high
  while (high - low > 100) {
    const middle = (low + high) / 2
    if (chanceDone(of, ageMs, ageMs + middle) < LEAST_CHANCE) low = middle
    else high = middle
  }
  return Math.round(high)
}
