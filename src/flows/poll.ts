import { expectation, usualMs } from '../core/forecast.ts'
import type { JobIn } from '../core/job.ts'
import { rank, restMs } from '../core/pacing.ts'
import { backoffMs, GIVE_UP_MS, isOverdue, LATE_POLL_MS } from '../core/schedule.ts'
import { follow, type Step, write } from './commit.ts'
import type { World } from './world.ts'

/** Longer than one poll may take (its answers are timed out), so that no other process polls the same job meanwhile. */
const LEASE_MS = 120_000
/** A rate limit that does not say when it ends. */
const WAIT_MS = 60_000

/**
 * Asks for the jobs that are most likely to be done, as many as the key's shared limit allows now. Returns how many were
 * asked for.
 */
export async function pollDue(world: World): Promise<number> {
  const now = world.clock()
  const waiting = await world.store.pollable(now)
  if (waiting.length === 0) return 0
  const limit = await world.upscaler.grantPolls(waiting.length)
  if (limit === 0) return 0
  const expected = await Promise.all(waiting.map(job => world.forecasts.of(job.kind, job.averageMs)))
  const forecasts = new Map(waiting.map((job, index) => [job.id, expected[index]!]))
  const ranked = rank(waiting, job => forecasts.get(job.id)!, now)
  // Another process may be at the first of them, so all are named.
  const jobs = await world.store.claimPolls(
    ranked.map(job => job.id),
    { now, leaseMs: LEASE_MS, limit },
  )
  await Promise.all(jobs.map(job => pollOne(world, job)))
  return jobs.length
}

async function pollOne(world: World, job: JobIn<'processing'>): Promise<void> {
  try {
    const outcome = await world.upscaler.poll(job.provider)
    const now = world.clock()
    const ageMs = now - job.submittedAt
    switch (outcome.kind) {
      case 'finished':
        await world.forecasts
          .learn(job)
          .catch(error => world.log.warn({ job: job.id, error }, 'how long it took was not noted'))
        await move(world, job, { type: 'finished', url: outcome.url })
        return
      case 'failed':
        await move(world, job, { type: 'failed', failure: outcome.failure })
        return
      case 'processing': {
        if (ageMs > GIVE_UP_MS) return giveUp(world, job)
        const averageMs = outcome.averageMs ?? job.averageMs
        const of = await world.forecasts.of(job.kind, averageMs)
        const late = isOverdue(ageMs, averageMs ?? usualMs(of))
        await move(world, job, {
          type: 'polled',
          nextAt: now + (late ? LATE_POLL_MS : restMs(of, ageMs)),
          averageMs: outcome.averageMs,
          elapsedMs: outcome.elapsedMs,
          expected: expectation(of, ageMs),
          late,
        })
        return
      }
      case 'unavailable': {
        if (ageMs > GIVE_UP_MS) return giveUp(world, job)
        const { why, limited, retryAfterMs } = outcome
        world.log.warn({ job: job.id, why, limited }, 'a poll brought no verdict')
        const late = isOverdue(ageMs, job.averageMs)
        const waitMs = retryAfterMs ?? (limited ? WAIT_MS : backoffMs(Math.min(job.attempts, 4)))
        await move(world, job, { type: 'poll_failed', nextAt: now + waitMs, why, late })
      }
    }
  } catch (error) {
    // The lease runs out and the job is polled again.
    world.log.error({ job: job.id, error }, 'a poll broke')
  }
}

const giveUp = (world: World, job: JobIn<'processing'>) =>
  move(world, job, { type: 'failed', failure: { code: 'never_finished', charged: 'yes' } })

/** People are told beside the round, not within it: one chat that hangs must not keep all other jobs from being polled. */
async function move(world: World, job: JobIn<'processing'>, event: Step): Promise<void> {
  const next = await write(world, job, event)
  if (next) void follow(world, next)
}
