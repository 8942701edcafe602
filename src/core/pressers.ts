import type { ActionName } from './action.ts'
import type { Job } from './job.ts'

/**
 * Who decides about a job as it stands, by pressing this. managers: also whoever manages the community, because a
 * question of money must not wait for one person alone; approvers: whom the community names for it, and whoever manages
 * it, but never the requester; nobody: there is nothing left to decide. What its requester has taken back is theirs alone.
 */
export function whoDecides(
  job: Job,
  press: ActionName,
  now: number,
): 'requester' | 'managers' | 'approvers' | 'nobody' {
  // What approvers are asked is theirs alone, also when it was answered.
  if (press === 'approve' || press === 'decline')
    return job.state === 'awaiting_approval' ? 'approvers' : 'nobody'
  switch (job.state) {
    case 'awaiting_approval':
    case 'quoted':
    case 'confirmed':
      return 'requester'
    case 'unconfirmed':
      return 'managers'
    case 'failed':
      if (!isRetriable(job, now)) return 'nobody'
      return job.failure.code === 'cancelled' ? 'requester' : 'managers'
    default:
      return 'nobody'
  }
}

/** Whether it failed, and one press can still send it again. */
export const isRetriable = (job: Job, now: number): boolean =>
  job.state === 'failed' && job.retryUntil !== null && now < job.retryUntil
