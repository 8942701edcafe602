import type { Agreed, JobIn, State } from '../../src/core/job.ts'
import type { Standing } from '../../src/core/ledger.ts'
import type { BookEntry } from '../../src/core/ports.ts'
import { NOON, sampleJob } from './jobs.ts'

/** An entry of the books, of a job in that state, with its money in one account. */
export function sampleEntry<S extends Agreed['state']>(
  state: S,
  money: Partial<Standing & { refundedUsd: number }> = {},
  over: Partial<JobIn<S>> & { countedAt?: number } = {},
): BookEntry {
  const { countedAt = NOON, ...facts } = over
  const job = { ...sampleJob(state as State), queuedAt: countedAt, ...facts } as unknown as Agreed
  const { refundedUsd = 0, ...standing } = money
  return {
    jobId: job.id,
    platform: job.platform,
    communityId: job.place.communityId,
    requesterId: job.requesterId,
    countedAt,
    standing: { held: 0, maybe: 0, spent: 0, ...standing },
    refundedUsd,
    job,
  }
}
