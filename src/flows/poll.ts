import { expectation, usualMs } from '../core/forecast.ts'
import type { JobIn } from '../core/job.ts'
import { rank, restMs } from '../core/pacing.ts'
import { backoffMs, GIVE_UP_MS, isOverdue, LATE_POLL_MS, LEAST_ATTEMPTS } from '../core/schedule.ts'
import { follow, type Step, write } from './commit.ts'
import type { World } from './world.ts'

/** Longer than one poll may take (its answers are timed out), so that no other process polls the same job meanwhile. */
const LEASE_MS = 120_000
/** A rate limit that does not say when it ends. */
const WAIT_MS = 60_000
const REFUSED_MS = 10 * 60_000

/** Asks how jobs are doing, round by round. */
export interface Polls {
  /**
   * Asks for the jobs that are most likely to be done, as many as the key's shared limit allows now. Does not wait for
   * the answers: one that hangs must not keep all others from being asked for. Returns how many were asked for.
   */
  round(): Promise<number>
  /** Resolves when every answer that is waited for has come; for a stop. */
  settle(): Promise<void>
}

export function createPolls(world: World): Polls {
  const asking = new Set<Promise<void>>()
  return {
    async round() {
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
      for (const job of jobs) {
        const asked = pollOne(world, job).finally(() => asking.delete(asked))
        asking.add(asked)
      }
      return jobs.length
    },
    async settle() {
      await Promise.all(asking)
    },
  }
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
        if (ageMs > GIVE_UP_MS && !isYoung(outcome.elapsedMs)) return giveUp(world, job)
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
        const { why, limited, retryAfterMs, refused = false } = outcome
        const tried = !limited && job.attempts + 1 >= LEAST_ATTEMPTS
        if (ageMs > GIVE_UP_MS && tried) return giveUp(world, job)
        if (refused)
          world.log.error(
            { job: job.id, why },
            'the provider refuses our key: paid jobs wait until it is put right',
          )
        else world.log.warn({ job: job.id, why, limited }, 'a poll brought no verdict')
        const of = await world.forecasts.of(job.kind, job.averageMs)
        // What could not be asked about is not known to be late.
        const late = !refused && isOverdue(ageMs, job.averageMs ?? usualMs(of))
        // A key is not put right within seconds, and each try counts against it.
        const ownMs = refused ? REFUSED_MS : limited ? WAIT_MS : backoffMs(Math.min(job.attempts, 4))
        const waitMs = Math.max(retryAfterMs ?? ownMs, late && !limited ? LATE_POLL_MS : 0)
        await move(world, job, { type: 'poll_failed', nextAt: now + waitMs, why, late, refused })
      }
    }
  } catch (error) {
    // The lease runs out and the job is polled again.
    world.log.error({ job: job.id, error }, 'a poll broke')
  }
}

/** By the provider's own clock it is not old at all: then ours was ahead when it was noted, or is now. */
const isYoung = (elapsedMs: number | null): boolean => elapsedMs !== null && elapsedMs < GIVE_UP_MS / 2

const giveUp = (world: World, job: JobIn<'processing'>) =>
  move(world, job, { type: 'failed', failure: { code: 'never_finished', charged: 'yes' } })

/** People are told beside the round, not within it: one chat that hangs must not keep all other jobs from being polled. */
async function move(world: World, job: JobIn<'processing'>, event: Step): Promise<void> {
  const next = await write(world, job, event)
  if (next) void follow(world, next)
}
