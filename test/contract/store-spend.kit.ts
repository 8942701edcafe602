import type { Caps } from '../../src/core/caps.ts'
import type { Job, JobIn } from '../../src/core/job.ts'
import { postingsOf } from '../../src/core/ledger.ts'
import type { JobStore } from '../../src/core/ports.ts'
import type { Approval } from '../../src/core/rules.ts'
import { dueAt } from '../../src/core/schedule.ts'
import { advance, type JobEvent } from '../../src/core/transitions.ts'
import type { Store } from '../../src/store/index.ts'
import { sampleEvents, sampleJob } from '../kit/jobs.ts'

export const NO_CAPS: Caps = {
  personDayUsd: null,
  communityMonthUsd: null,
  jobUsd: null,
  totalMonthUsd: null,
  jobsAtOnce: null,
}

/** What every job here costs. */
export const PRICE = 100_000

export interface Whose {
  community?: string
  person?: string
  priceUsd?: number
}

/** A job in the store that waits for its price to be agreed to. */
export async function offered(store: Store, id: string, whose: Whose = {}): Promise<JobIn<'quoted'>> {
  const { community = 'c1', person = 'p1', priceUsd = PRICE } = whose
  const quoted = sampleEvents().quoted as Extract<JobEvent, { type: 'quoted' }>
  const prices = quoted.offer.prices.map(price => ({ ...price, priceUsd }))
  const sample = sampleJob('quoting')
  const first: Job = {
    ...sample,
    id,
    place: { ...sample.place, communityId: community },
    requesterId: person,
  }
  const event = { ...quoted, offer: { ...quoted.offer, prices } }
  await store.create(first, `event of ${id}`)
  const next = advance(first, event, first.createdAt) as JobIn<'quoted'>
  await store.save(first, next, event, null, [])
  return next
}

/** Somebody agrees to what is offered, or to have it tried again, at that moment. */
export function agree(
  store: JobStore,
  job: JobIn<'quoted' | 'awaiting_approval' | 'failed' | 'unconfirmed'>,
  at: number,
  caps: Partial<Caps> = {},
  approvedUnder?: Approval | null,
): ReturnType<JobStore['spend']> {
  const { offer } = job
  const event: JobEvent =
    job.state === 'quoted'
      ? { type: 'confirmed', offer }
      : { type: job.state === 'awaiting_approval' ? 'approved' : 'retry_chosen', offer, by: '88' }
  const next = advance(job, event, at)
  const terms = { caps: { ...NO_CAPS, ...caps }, ...(approvedUnder !== undefined && { approvedUnder }) }
  return store.spend(job, next, event, dueAt(next), postingsOf(job, next), terms)
}

/** Moves a job on as it is in the store. */
export async function move(store: Store, id: string, event: JobEvent, at: number): Promise<Job> {
  const job = (await store.get(id))!
  const next = advance(job, event, at)
  if (!(await store.save(job, next, event, dueAt(next), postingsOf(job, next)))) throw new Error('raced')
  return next
}

export type Outcome = Awaited<ReturnType<typeof agree>>
export const count = (outcomes: Outcome[], kind: 'saved' | 'breach') =>
  outcomes.filter(o => (kind === 'saved' ? o === 'saved' : typeof o === 'object' && 'breach' in o)).length
