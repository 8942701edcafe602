import { Refusal } from '../core/errors.ts'
import type { Job } from '../core/job.ts'
import type { Due } from '../core/ports.ts'
import { dueAt } from '../core/schedule.ts'
import { lookAtBilling } from './billing.ts'
import { commit, queueUp, tellQuietly } from './commit.ts'
import { refuse } from './request.ts'
import type { World } from './world.ts'

/** All states but `processing`, which the poll dispatcher looks after. */
const SWEPT = [
  'quoting',
  'quoted',
  'awaiting_approval',
  'declined',
  'confirmed',
  'submitting',
  'saving',
  'delivering',
  'unconfirmed',
  'expired',
  'cancelled',
  'delivered',
  'undelivered',
  'failed',
] as const

const LEASE_MS = 60_000
/** A change of state is told within seconds; what was not told after this was lost. */
const UNTOLD_MS = 30_000

/** Time passed: offers end, and whatever a crash left half done is taken up again. Returns how many were looked at. */
export async function sweep(world: World, limit = 100): Promise<number> {
  const due = await world.store.claimDue(SWEPT, {
    now: world.clock(),
    leaseMs: LEASE_MS,
    untoldMs: UNTOLD_MS,
    limit,
  })
  await Promise.all(
    due.map(one =>
      takeUp(world, one).catch(error =>
        world.log.error({ job: one.job.id, error }, 'the sweep failed on a job'),
      ),
    ),
  )
  return due.length
}

async function takeUp(world: World, { job, told }: Due): Promise<void> {
  switch (job.state) {
    case 'quoting':
      return refuse(world, job, new Refusal('internal', {}), { inPlace: true })
    case 'quoted':
    case 'awaiting_approval':
      if (world.clock() >= job.offer.expiresAt) await commit(world, job, { type: 'expired' })
      else if (!told) await tellQuietly(world, job)
      return
    case 'submitting':
      await commit(world, job, { type: 'answer_lost', why: LOST_WITH_US })
      return
    case 'processing':
      // Only at start: its lease may still be held by the process that died in the middle of a poll.
      await commit(world, job, {
        type: 'poll_failed',
        nextAt: world.clock(),
        why: 'taken up after a restart',
        late: false,
      })
      return
    case 'unconfirmed':
      if (isDue(world, job)) await lookAtBilling(world, job)
      else if (!told) await tellQuietly(world, job)
      return
    case 'failed':
      if (isDue(world, job)) await commit(world, job, { type: 'closed' })
      else if (!told) await tellQuietly(world, job)
      return
    default:
      if (!told) await tellQuietly(world, job)
      await queueUp(world, job)
  }
}

/** By its own time: it may have been taken up only because people were not told. */
function isDue(world: World, job: Job): boolean {
  const at = dueAt(job)
  return at !== null && world.clock() >= at
}

const LOST_WITH_US = 'our process ended between sending the request and noting its answer'

/**
 * At start, where no other process can have the store open: everything that a dead process was in the middle of is
 * known to be nobody's, so it is taken up at once instead of when its lease runs out.
 */
export async function recover(world: World): Promise<void> {
  const orphans: Job[] = await world.store.list([
    'quoting',
    'submitting',
    'confirmed',
    'processing',
    'saving',
    'delivering',
  ])
  for (const job of orphans) {
    world.log.info({ job: job.id, state: job.state }, 'taking up what the last run left')
    await takeUp(world, { job, told: false }).catch(error =>
      world.log.error({ job: job.id, error }, 'could not take it up'),
    )
  }
}
