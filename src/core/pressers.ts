import type { Job } from './job.ts'

/**
 * Who decides about a job as it stands. managers: also whoever manages the community, because a question of money must
 * not wait for one person alone; nobody: there is nothing left to decide.
 */
export function whoDecides(job: Job, now: number): 'requester' | 'managers' | 'nobody' {
  switch (job.state) {
    case 'quoted':
    case 'confirmed':
      return 'requester'
    case 'unconfirmed':
      return 'managers'
    case 'failed':
      return isRetriable(job, now) ? 'managers' : 'nobody'
    default:
      return 'nobody'
  }
}

/** Whether it failed, and one press can still send it again. */
export const isRetriable = (job: Job, now: number): boolean =>
  job.state === 'failed' && job.retryUntil !== null && now < job.retryUntil
