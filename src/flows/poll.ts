import type { JobIn } from '../core/job.ts'
import { backoffMs, GIVE_UP_MS, nextPollMs } from '../core/schedule.ts'
import type { JobEvent } from '../core/transitions.ts'
import { follow, write } from './commit.ts'
import type { World } from './world.ts'

/** Longer than one poll may take (its answers are timed out), so that no other process polls the same job meanwhile. */
const LEASE_MS = 120_000
/** A rate limit that does not say when it ends. */
const WAIT_MS = 60_000

/** Polls jobs that are due, the longest waiting first; at most `limit` requests. Returns how many were made. */
export async function pollDue(world: World, limit: number): Promise<number> {
  const due = await world.store.claimDue(['processing'], {
    now: world.clock(),
    leaseMs: LEASE_MS,
    // Progress is shown at every poll anyway.
    untoldMs: Number.MAX_SAFE_INTEGER,
    limit,
  })
  await Promise.all(due.map(({ job }) => (job.state === 'processing' ? pollOne(world, job) : null)))
  return due.length
}

async function pollOne(world: World, job: JobIn<'processing'>): Promise<void> {
  try {
    const outcome = await world.upscaler.poll(job.provider)
    const now = world.clock()
    const ageMs = now - job.submittedAt
    switch (outcome.kind) {
      case 'finished':
        await move(world, job, { type: 'finished' })
        return
      case 'failed':
        await move(world, job, { type: 'failed', failure: outcome.failure })
        return
      case 'processing': {
        if (ageMs > GIVE_UP_MS) return giveUp(world, job)
        const { averageMs, elapsedMs } = outcome
        const nextAt = now + nextPollMs(ageMs, averageMs ?? job.averageMs)
        await move(world, job, { type: 'polled', nextAt, averageMs, elapsedMs })
        return
      }
      case 'unavailable': {
        if (ageMs > GIVE_UP_MS) return giveUp(world, job)
        world.log.warn(
          { job: job.id, why: outcome.why, limited: outcome.limited },
          'a poll brought no verdict',
        )
        const waitMs =
          outcome.retryAfterMs ?? (outcome.limited ? WAIT_MS : backoffMs(Math.min(job.attempts, 4)))
        await move(world, job, { type: 'poll_failed', nextAt: now + waitMs, why: outcome.why })
      }
    }
  } catch (error) {
    // The lease runs out and the job is polled again.
    world.log.error({ job: job.id, error }, 'a poll broke')
  }
}

const giveUp = (world: World, job: JobIn<'processing'>) =>
  move(world, job, { type: 'failed', failure: { code: 'provider_lost_it', charged: 'yes' } })

/** People are told beside the round, not within it: one chat that hangs must not keep all other jobs from being polled. */
async function move(world: World, job: JobIn<'processing'>, event: JobEvent): Promise<void> {
  const next = await write(world, job, event)
  if (next) void follow(world, next)
}
