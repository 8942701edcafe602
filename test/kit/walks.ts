/** Random lives of a job: every event that its state takes and that the flows can bring about, in any order. */
import fc from 'fast-check'
import type { Factor } from '../../src/core/clip.ts'
import type { Charged, Failure, Job } from '../../src/core/job.ts'
import { type Posting, postingsOf } from '../../src/core/ledger.ts'
import type { Offer } from '../../src/core/quote.ts'
import { advance, type JobEvent } from '../../src/core/transitions.ts'
import { sampleApproval, sampleEvents, sampleJob, sampleOffer } from './jobs.ts'

/** What decides a step, whatever the job's state is by then. */
interface Choice {
  which: number
  afterMs: number
  priceUsd: number
  factor: Factor
  charged: Charged
}

export interface WalkStep {
  before: Job
  event: JobEvent
  next: Job
  postings: Posting[]
}

const EVENTS = sampleEvents()
const OFFER = sampleOffer()

/** The same list of prices, with another price for the size that is chosen. */
const offerOf = ({ factor, priceUsd }: Choice): Offer => ({
  ...OFFER,
  chosen: factor,
  prices: OFFER.prices.map(price => (price.factor === factor ? { ...price, priceUsd } : price)),
})
const failed = (code: Failure['code'], charged: Charged): JobEvent => ({
  type: 'failed',
  failure: { code, charged },
})

function possible(job: Job, choice: Choice): JobEvent[] {
  const offer = offerOf(choice)
  const { charged } = choice
  const requoted: JobEvent = { type: 'requoted', offer }
  const retry: JobEvent = { type: 'retry_chosen', offer, by: '88' }
  const approvedRetry: JobEvent = { ...retry, approved: true }
  switch (job.state) {
    case 'quoting':
      return [EVENTS.quoted]
    case 'quoted': {
      const confirmed: JobEvent = { type: 'confirmed', offer }
      const asked: JobEvent = { type: 'approval_asked', offer, approval: sampleApproval() }
      const agreed = [confirmed, confirmed, confirmed, asked, asked]
      return [EVENTS.chose, requoted, ...agreed, EVENTS.cancelled, EVENTS.expired]
    }
    case 'awaiting_approval': {
      const approved: JobEvent = { type: 'approved', offer, by: '88' }
      return [approved, approved, approved, requoted, EVENTS.declined, EVENTS.cancelled, EVENTS.expired]
    }
    case 'confirmed': {
      const last = job.lost.at(-1)
      const late = last && !last.settled ? [EVENTS.accepted] : []
      const over = [failed('cancelled', 'no'), failed('community_left', 'no')]
      return [EVENTS.submitting, EVENTS.submitting, ...late, ...over]
    }
    case 'submitting':
      return [EVENTS.accepted, EVENTS.not_accepted, EVENTS.answer_lost, failed('provider_rejected', charged)]
    case 'unconfirmed': {
      const unknown = [failed('given_up', 'unknown'), failed('community_left', 'unknown')]
      return [EVENTS.accepted, EVENTS.looked, requoted, retry, approvedRetry, ...unknown]
    }
    case 'processing':
      return [EVENTS.polled, EVENTS.poll_failed, EVENTS.finished, failed('provider_failed', charged)]
    case 'saving':
      return [EVENTS.saved, EVENTS.postponed, failed('result_unreadable', 'yes')]
    case 'delivering':
      return [EVENTS.delivered, EVENTS.postponed, EVENTS.undeliverable]
    case 'delivered':
      return [EVENTS.cleaned, EVENTS.postponed]
    case 'failed':
      return [retry, approvedRetry, requoted, EVENTS.closed]
    case 'declined':
    case 'expired':
    case 'cancelled':
    case 'undelivered':
      return []
  }
}

const choice: fc.Arbitrary<Choice> = fc.record({
  which: fc.nat({ max: 419 }),
  afterMs: fc.nat({ max: 20 * 60 * 60_000 }),
  priceUsd: fc.oneof(fc.nat({ max: 3_000_000 }), fc.constantFrom(0, 1, 156_000)),
  factor: fc.constantFrom<Factor>(1, 2, 4),
  charged: fc.constantFrom<Charged>('no', 'yes', 'unknown', 'refunded'),
})

/** Lives of a job that begins like this, step by step, up to `maxSteps` long. */
export const walks = (maxSteps: number, start: Job = sampleJob('quoting')): fc.Arbitrary<WalkStep[]> =>
  fc.array(choice, { minLength: Math.min(8, maxSteps), maxLength: maxSteps }).map(choices => {
    const steps: WalkStep[] = []
    let job = start
    let now = start.createdAt
    for (const made of choices) {
      const events = possible(job, made)
      if (events.length === 0) break
      now += made.afterMs
      const event = events[made.which % events.length]!
      const next = advance(job, event, now)
      steps.push({ before: job, event, next, postings: postingsOf(job, next) })
      job = next
    }
    return steps
  })
