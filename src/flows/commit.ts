import type { Breach } from '../core/caps.ts'
import { ChatError, isClosedForNow } from '../core/chat.ts'
import type { Job, State } from '../core/job.ts'
import { postingsOf } from '../core/ledger.ts'
import type { Freeze } from '../core/ports.ts'
import type { Approval } from '../core/rules.ts'
import { dueAt, hasWork } from '../core/schedule.ts'
import { advance, type JobEvent } from '../core/transitions.ts'
import { tell } from './notify.ts'
import type { World } from './world.ts'

/** Somebody agrees to pay: money leaves the budget by nothing else. */
export type Agreement = Extract<JobEvent, { type: 'confirmed' | 'approved' | 'retry_chosen' }>
/** Everything else; money may move by it, but none that was not agreed to. */
export type Step = Exclude<JobEvent, Agreement>
/** By which rule somebody else has approved it, or null where there is none any more; undefined: nobody has. */
export type ApprovedUnder = Approval | null | undefined
/** Why it may not be spent. Nothing was written. */
export type Unspent = { breach: Breach } | { frozen: Freeze } | { needsApproval: Approval }

/**
 * Moves a job on: decide, write guarded, and on success see to what follows (queue, people, files).
 * Null: somebody else moved it first, nothing was done. @throws only where the write itself failed
 */
export async function commit(world: World, job: Job, event: Step): Promise<Job | null> {
  const next = await write(world, job, event)
  if (next) await follow(world, next)
  return next
}

/** The first half of {@link commit}, for who must not wait until people have been told. */
export async function write(world: World, job: Job, event: Step): Promise<Job | null> {
  const next = advance(job, event, world.clock())
  if (!(await world.store.save(job, next, event, dueAt(next), postingsOf(job, next)))) return null
  noteStep(world, job, next, event)
  return next
}

/**
 * {@link commit} for a step that agrees to pay: within the caps, not while spending is stopped, and above the community's
 * amount only if somebody who may has approved it. "other_rule": it has to be looked at again who may; nothing was
 * written.
 */
export async function agree(
  world: World,
  job: Job,
  event: Agreement,
  approvedUnder?: ApprovedUnder,
): Promise<Job | Unspent | 'other_rule' | null> {
  const { next, spent } = await spendAt(world, job, { event, approvedUnder, now: world.clock() })
  if (spent === 'raced') return null
  if (spent === 'other_rule') return spent
  if (spent !== 'saved') {
    world.log.info({ job: job.id, ...spent }, 'a press that would pay may not be spent')
    return spent
  }
  noteStep(world, job, next, event)
  await follow(world, next)
  return next
}

/** Each time that it comes too early, somebody has put a pool aside meanwhile. */
const MOST_POOLS = 3

interface Spending {
  event: Agreement
  approvedUnder: ApprovedUnder
  /** When it is agreed to, at the earliest. */
  now: number
}

async function spendAt(world: World, job: Job, { event, approvedUnder, now }: Spending, tries = 1) {
  const next = advance(job, event, now)
  const terms = { caps: world.caps, ...(approvedUnder !== undefined && { approvedUnder }) }
  const spent = await world.store.spend(job, next, event, dueAt(next), postingsOf(job, next), terms)
  if (typeof spent === 'string' || !('behind' in spent)) return { next, spent }
  if (tries === MOST_POOLS) return { next, spent: 'raced' as const }
  // Two attempts of a job that were agreed to at one time could not be told apart.
  const after = 'queuedAt' in job ? job.queuedAt + 1 : 0
  const later = Math.max(world.clock(), spent.behind, after)
  return spendAt(world, job, { event, approvedUnder, now: later }, tries + 1)
}

const noteStep = (world: World, job: Job, next: Job, event: JobEvent) =>
  world.log.info({ job: next.id, from: job.state, to: next.state, version: next.version }, event.type)

/** The second half. Never throws: the row is the truth, and the sweep tells and queues again what was lost. */
export async function follow(world: World, job: Job): Promise<void> {
  await tidy(world, job)
  // People before the queue: the thread has to exist before the worker speaks in it.
  await tellQuietly(world, job)
  await queueUp(world, job)
}

/** Puts work for this job in the queue if its state calls for any. Adding the same twice makes it one. */
export async function queueUp(world: World, job: Job): Promise<void> {
  if (!hasWork(job)) return
  try {
    await world.queue.add({ jobId: job.id, version: job.version }, Math.max(0, job.notBefore - world.clock()))
  } catch (error) {
    world.log.warn({ job: job.id, error }, 'the queue did not take it; the sweep will')
  }
}

/** How long it is tried to tell people: a platform may come back, and somebody may let us in again. */
const TELLING_MS = 24 * 60 * 60_000

export async function tellQuietly(world: World, job: Job): Promise<void> {
  try {
    await tell(world, job)
    await world.store.markTold(job.id, job.version)
  } catch (error) {
    const passes = !(error instanceof ChatError) || error.code === 'unavailable' || isClosedForNow(error)
    if (passes && world.clock() - changedAt(job) < TELLING_MS) {
      world.log.warn(
        { job: job.id, state: job.state, error },
        'people were not told yet; the sweep repeats it',
      )
      return
    }
    // Channel deleted, thrown out, or a day of trying: no repetition helps, so this log line is where it ends.
    world.log.error({ job: job.id, state: job.state, error }, 'nobody can be told of this any more')
    await world.store
      .markTold(job.id, job.version)
      .catch(failure => world.log.warn({ job: job.id, error: failure }, 'the sweep will come back to it'))
  }
}

/** When what people are told of last became so: also a new price or a look at the billing is news. */
function changedAt(job: Job): number {
  const quotedAt = 'offer' in job ? job.offer.quotedAt : 0
  const lookedAt = job.state === 'unconfirmed' ? (job.evidence?.at ?? 0) : 0
  return Math.max(job.stateAt, quotedAt, lookedAt)
}

/** The source is kept only while it may still be needed; what a crash keeps from being removed, the files' sweep finds. */
async function tidy(world: World, job: Job): Promise<void> {
  if (!(OVER as readonly string[]).includes(job.state) || !('sourceKey' in job)) return
  if (job.state === 'failed' && job.retryUntil !== null) return
  await world.files
    .remove(job.sourceKey)
    .catch(error => world.log.warn({ job: job.id, error }, 'the source was not removed'))
}
const OVER = [
  'cancelled',
  'declined',
  'expired',
  'failed',
  'delivered',
  'undelivered',
] as const satisfies State[]
