import type { Job } from './job.ts'

/** Work is handed to the queue at once; only if that was lost does the row itself come due, this much later. */
const QUEUE_GRACE_MS = 30_000
/** A request that is being read may take this long; longer, and its process is taken to have died. */
const QUOTING_MS = 15 * 60_000
/**
 * Longer than the paid request may take, upload included: after this, nobody is waiting for its answer any more. Too
 * short would ask people about a request that is still on its way.
 */
const SUBMIT_LEASE_MS = 35 * 60_000

/** When somebody must look at this job again, wall-clock ms; null where nothing is left to do. */
export function dueAt(job: Job): number | null {
  switch (job.state) {
    case 'quoting':
      return job.createdAt + QUOTING_MS
    case 'quoted':
      return job.offer.expiresAt
    case 'confirmed':
    case 'saving':
    case 'delivering':
      return Math.max(job.stateAt, job.notBefore) + QUEUE_GRACE_MS
    case 'submitting':
      return job.stateAt + SUBMIT_LEASE_MS
    case 'processing':
      return Math.max(job.stateAt + FIRST_POLL_MS, job.notBefore)
    case 'delivered':
      return job.cleaned ? null : Math.max(job.stateAt, job.notBefore) + QUEUE_GRACE_MS
    case 'unconfirmed':
    case 'expired':
    case 'cancelled':
    case 'undelivered':
    case 'failed':
      return null
  }
}

/** Whether a worker has something to do. Polling is not among it: due rows are polled by one dispatcher. */
export const hasWork = (job: Job): boolean =>
  job.state === 'confirmed' ||
  job.state === 'saving' ||
  job.state === 'delivering' ||
  (job.state === 'delivered' && !job.cleaned)

const FIRST_POLL_MS = 2_000
const MIN_POLL_MS = 5_000
const MAX_POLL_MS = 15_000
/** Long after the usual time a job is still looked at, but it no longer takes requests from the others. */
const SLOW_POLL_MS = 5 * 60_000

/**
 * How long to wait before the next poll: short near the usual finish, longer far from it. `averageMs` is the
 * provider's figure for such jobs, null where it gave none.
 */
export function nextPollMs(ageMs: number, averageMs: number | null): number {
  if (isOverdue(ageMs, averageMs)) return SLOW_POLL_MS
  if (averageMs === null) return MIN_POLL_MS
  return Math.min(MAX_POLL_MS, Math.max(MIN_POLL_MS, Math.abs(averageMs - ageMs) / 4))
}

/** Far past the usual time: people are told that it is late. */
export const isOverdue = (ageMs: number, averageMs: number | null): boolean =>
  ageMs > Math.max(20 * 60_000, 3 * (averageMs ?? 0) + 10 * 60_000)

/** A rate limit that does not pass for this long: the price is old by then, so people are told to ask again. */
export const LIMITED_MS = 60 * 60_000

/** After a day the provider's copy is gone in any case. */
export const GIVE_UP_MS = 24 * 60 * 60_000

/** Waits between attempts, with growing distance: 5 s, 10 s, 20 s ... at most 10 min. */
export const backoffMs = (attempts: number): number => Math.min(10 * 60_000, 5_000 * 2 ** attempts)
