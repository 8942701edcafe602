import type { Job, JobIn } from './job.ts'

/** Work is handed to the queue at once; only if that was lost does the row itself come due, this much later. */
const QUEUE_GRACE_MS = 30_000
/** A request that is being read may take this long; longer, and its process is taken to have died. */
const QUOTING_MS = 15 * 60_000
/**
 * Longer than the paid request may take, upload included: after this, nobody is waiting for its answer any more. Too
 * short would ask people about a request that is still on its way.
 */
export const SUBMIT_MS = 35 * 60_000

/** When somebody must look at this job again, wall-clock ms; null where nothing is left to do. */
export function dueAt(job: Job): number | null {
  switch (job.state) {
    case 'quoting':
      return job.createdAt + QUOTING_MS
    case 'quoted':
    case 'awaiting_approval':
      return job.offer.expiresAt
    case 'confirmed':
    case 'saving':
    case 'delivering':
      return Math.max(job.stateAt, job.notBefore) + QUEUE_GRACE_MS
    case 'submitting':
      return job.stateAt + SUBMIT_MS
    case 'processing':
      return job.notBefore || job.stateAt
    case 'delivered':
      return job.cleaned ? null : Math.max(job.stateAt, job.notBefore) + QUEUE_GRACE_MS
    case 'unconfirmed':
      return nextLookAt(job)
    case 'failed':
      return job.retryUntil
    case 'declined':
    case 'expired':
    case 'cancelled':
    case 'undelivered':
      return null
  }
}

/** When the billing is looked at, ms after the answer was given up: it may take a while until a charge shows there. */
const LOOKS_MS = [3_000, 60_000, 5 * 60_000, 20 * 60_000]

/** Whether the billing is looked at again after so many looks. */
export const isLookedAgain = (looks: number): boolean => looks < LOOKS_MS.length

function nextLookAt({ stateAt, evidence }: JobIn<'unconfirmed'>): number | null {
  const after = LOOKS_MS[evidence?.looks ?? 0]
  return after === undefined ? null : stateAt + after
}

/** Whether a worker has something to do. Polling is not among it: due rows are polled by one dispatcher. */
export const hasWork = (job: Job): boolean =>
  job.state === 'confirmed' ||
  job.state === 'saving' ||
  job.state === 'delivering' ||
  (job.state === 'delivered' && !job.cleaned)

/** How often a job is looked at that is far past its usual time: it takes no requests from the others any more. */
export const LATE_POLL_MS = 60 * 60_000

/** Far past the usual time (a P80, ms): people are told that it is late. */
export const isOverdue = (ageMs: number, averageMs: number | null): boolean =>
  ageMs > Math.max(20 * 60_000, 3 * (averageMs ?? 0) + 10 * 60_000)

/** A rate limit that does not pass for this long: the price is old by then, so people are told to ask again. */
export const LIMITED_MS = 60 * 60_000

/** After a day the provider's copy is gone in any case. */
export const GIVE_UP_MS = 24 * 60 * 60_000
/** But not before so many tries: after days without us, the first answers may be an outage. */
export const LEAST_ATTEMPTS = 5

/** Waits between attempts, with growing distance: 5 s, 10 s, 20 s ... at most 10 min. */
export const backoffMs = (attempts: number): number => Math.min(10 * 60_000, 5_000 * 2 ** attempts)
