import type { Clip, Factor } from './clip.ts'
import type { Failure, Job, ProviderRef, ResultFile, State } from './job.ts'
import { chosenPrice, type Offer } from './quote.ts'

/** Everything that can happen to a job. Times are wall-clock ms. */
export type JobEvent =
  | {
      type: 'quoted'
      fileName: string
      clip: Clip
      sourceKey: string
      sourceUrl: string | null
      offer: Offer
    }
  | { type: 'chose'; factor: Factor }
  | { type: 'cancelled' }
  | { type: 'expired' }
  | { type: 'confirmed' }
  | { type: 'submitting' }
  /** Proven not accepted, for a reason that passes: it may be tried again. `limited`: busy, which is no failed try. */
  | { type: 'not_accepted'; retryAt: number; why: string; limited: boolean }
  /** Sent, and no answer proves either way: never sent again by itself. */
  | { type: 'answer_lost'; why: string }
  | { type: 'accepted'; provider: ProviderRef }
  | { type: 'polled'; nextAt: number; averageMs: number | null; elapsedMs: number | null }
  | { type: 'poll_failed'; nextAt: number; why: string }
  | { type: 'finished' }
  | { type: 'saved'; result: ResultFile }
  /** The work of this state failed for a reason that passes. */
  | { type: 'postponed'; retryAt: number; why: string }
  | { type: 'delivered' }
  | { type: 'cleaned' }
  | { type: 'undeliverable'; why: string }
  | { type: 'failed'; failure: Failure }
  /** A person decided, knowing that it may be charged twice. */
  | { type: 'retry_chosen' }

/** The event can't happen in that state; the caller lost a race or has a bug. */
export class ImpossibleTransition extends Error {
  constructor(state: State, type: JobEvent['type']) {
    super(`a job in state "${state}" cannot take "${type}"`)
    this.name = 'ImpossibleTransition'
  }
}

/**
 * The only way a job changes. Returns the next job with its version raised; throws {@link ImpossibleTransition}
 * where the event does not belong to the state. Pure: the store decides who wins when two do it at once.
 */
export function advance(job: Job, event: JobEvent, now: number): Job {
  const moved = { version: job.version + 1, stateAt: now, attempts: 0, notBefore: 0 }
  const again = (notBefore: number) => ({ version: job.version + 1, attempts: job.attempts + 1, notBefore })

  switch (job.state) {
    case 'quoting':
      if (event.type === 'quoted') {
        const { type: _, ...facts } = event
        const { factor: __, ...rest } = job
        return { ...rest, ...facts, ...moved, state: 'quoted' }
      }
      break
    case 'quoted':
      switch (event.type) {
        case 'chose':
          return { ...job, ...moved, offer: { ...job.offer, chosen: event.factor } }
        case 'cancelled':
          return { ...job, ...moved, ...unanswerable, state: 'cancelled' }
        case 'expired':
          return { ...job, ...moved, ...unanswerable, state: 'expired' }
        case 'confirmed':
          return {
            ...job,
            ...moved,
            ...unanswerable,
            state: 'confirmed',
            confirmedAt: now,
            agreedUsd: chosenPrice(job.offer).priceUsd,
            queuedAt: now,
            lost: [],
          }
      }
      break
    case 'confirmed':
      if (event.type === 'submitting')
        return { ...job, ...moved, attempts: job.attempts, state: 'submitting' }
      if (event.type === 'failed')
        return { ...job, ...moved, state: 'failed', failure: event.failure, provider: null }
      break
    case 'submitting':
      switch (event.type) {
        case 'accepted':
          return { ...job, ...moved, ...begun(event.provider, now) }
        case 'not_accepted':
          return {
            ...job,
            ...again(event.retryAt),
            ...(event.limited ? { attempts: job.attempts } : {}),
            state: 'confirmed',
            stateAt: now,
          }
        case 'answer_lost':
          return {
            ...job,
            ...moved,
            state: 'unconfirmed',
            lost: [...job.lost, { sentAt: job.stateAt, why: event.why }],
          }
        case 'failed':
          return { ...job, ...moved, state: 'failed', failure: event.failure, provider: null }
      }
      break
    case 'unconfirmed':
      switch (event.type) {
        // The answer came after all, when it had already been given up.
        case 'accepted':
          return {
            ...job,
            ...moved,
            ...begun(event.provider, now),
            lost: [
              ...job.lost.slice(0, -1),
              ...job.lost.slice(-1).map(last => ({ ...last, settled: true as const })),
            ],
          }
        case 'retry_chosen':
          return { ...job, ...moved, state: 'confirmed', queuedAt: now }
        case 'failed':
          return { ...job, ...moved, state: 'failed', failure: event.failure, provider: null }
      }
      break
    case 'processing':
      switch (event.type) {
        case 'polled':
          return {
            ...job,
            version: job.version + 1,
            attempts: 0,
            notBefore: event.nextAt,
            polls: job.polls + 1,
            averageMs: event.averageMs ?? job.averageMs,
            elapsedMs: event.elapsedMs ?? job.elapsedMs,
          }
        case 'poll_failed':
          return { ...job, ...again(event.nextAt) }
        case 'finished': {
          const { polls: _, averageMs: __, elapsedMs: ___, ...rest } = job
          return { ...rest, ...moved, state: 'saving' }
        }
        case 'failed': {
          const { polls: _, averageMs: __, elapsedMs: ___, submittedAt: ____, ...rest } = job
          return { ...rest, ...moved, state: 'failed', failure: event.failure }
        }
      }
      break
    case 'saving':
      switch (event.type) {
        case 'saved':
          return { ...job, ...moved, state: 'delivering', result: event.result }
        case 'postponed':
          return { ...job, ...again(event.retryAt) }
        case 'failed': {
          const { submittedAt: _, ...rest } = job
          return { ...rest, ...moved, state: 'failed', failure: event.failure }
        }
      }
      break
    case 'delivering':
      switch (event.type) {
        case 'delivered':
          return { ...job, ...moved, state: 'delivered', cleaned: false }
        case 'postponed':
          return { ...job, ...again(event.retryAt) }
        case 'undeliverable':
          return { ...job, ...moved, state: 'undelivered', why: event.why }
      }
      break
    case 'delivered':
      if (event.type === 'cleaned') return { ...job, version: job.version + 1, cleaned: true }
      if (event.type === 'postponed') return { ...job, ...again(event.retryAt) }
      break
    case 'expired':
    case 'cancelled':
    case 'undelivered':
    case 'failed':
      break
    default:
      job satisfies never
  }
  throw new ImpossibleTransition(job.state, event.type)
}

/** The answer to the command has its card; what could fill it in again is a key, and keys are not kept. */
const unanswerable = { reply: null }

const begun = (provider: ProviderRef, now: number) =>
  ({ state: 'processing', provider, submittedAt: now, polls: 0, averageMs: null, elapsedMs: null }) as const
