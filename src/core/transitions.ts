import type { Clip, Factor } from './clip.ts'
import { runKind } from './forecast.ts'
import type {
  Agreed,
  Asked,
  AwaitingApproval,
  Evidence,
  Expected,
  Failed,
  Failure,
  Job,
  LostAnswer,
  ProviderRef,
  ResultFile,
  State,
} from './job.ts'
import { chosenPrice, type Offer } from './quote.ts'
import type { Approval } from './rules.ts'

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
  /** Taken back. `left`: not by its requester, but because the community has removed the bot. */
  | { type: 'cancelled'; left?: true }
  | { type: 'expired' }
  /** `offer`: with its prices asked for again. */
  | { type: 'confirmed'; offer: Offer }
  /** Its requester agrees, and somebody else has to: `approval` is the rule that says so. */
  | { type: 'approval_asked'; offer: Offer; approval: Approval }
  /** `offer`: with its prices asked for again. */
  | { type: 'approved'; offer: Offer; by: string }
  | { type: 'declined'; by: string }
  /** The price went up: people are asked again. */
  | { type: 'requoted'; offer: Offer }
  | { type: 'submitting' }
  /** Proven not accepted, for a reason that passes: it may be tried again. `limited`: busy, which is no failed try. */
  | { type: 'not_accepted'; retryAt: number; why: string; limited: boolean }
  /** Sent, and no answer proves either way: never sent again by itself. */
  | { type: 'answer_lost'; why: string }
  | { type: 'accepted'; provider: ProviderRef; expected: Expected | null }
  /** What the billing says of a request whose answer was lost. */
  | { type: 'looked'; evidence: Evidence }
  /** Not done yet. `late`: that is much later than usual. */
  | {
      type: 'polled'
      nextAt: number
      averageMs: number | null
      elapsedMs: number | null
      expected: Expected | null
      late: boolean
    }
  /** `refused`: our key is, so nothing can be learned of the job until it is put right. */
  | { type: 'poll_failed'; nextAt: number; why: string; late: boolean; refused?: boolean }
  | { type: 'finished'; url: string | null }
  | { type: 'saved'; result: ResultFile }
  /** The work of this state failed for a reason that passes. `unreadable`: what came is no video. */
  | { type: 'postponed'; retryAt: number; why: string; unreadable?: true }
  | { type: 'delivered' }
  | { type: 'cleaned' }
  | { type: 'undeliverable'; why: string }
  /** `by`: who gave it up, where a person did. */
  | { type: 'failed'; failure: Failure; by?: string }
  /**
   * A person decided to send it again, knowing what may be charged for it already. `approved`: it was somebody else than
   * the requester, where that is asked for.
   */
  | { type: 'retry_chosen'; offer: Offer; by: string; approved?: true }
  /** It can't be tried again any more. */
  | { type: 'closed' }

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
          return { ...job, ...moved, offer: chosenAnew(job.offer, event.factor) }
        case 'cancelled':
          return { ...job, ...moved, ...unanswerable, state: 'cancelled' }
        case 'expired':
          return { ...job, ...moved, ...unanswerable, state: 'expired' }
        case 'confirmed':
          return { ...job, ...moved, ...confirmed(event.offer, now) }
        case 'approval_asked': {
          const { wasUsd: _, ...offer } = event.offer
          const asked = { offer, askedAt: now, approval: event.approval }
          return { ...job, ...moved, ...unanswerable, state: 'awaiting_approval', ...asked }
        }
        case 'requoted':
          return { ...job, ...moved, offer: event.offer }
      }
      break
    case 'awaiting_approval': {
      const { askedAt: _, approval: __, ...rest } = job
      switch (event.type) {
        case 'approved': {
          const asked = answered(job, { what: 'approved', by: event.by, at: now })
          return { ...rest, ...moved, ...confirmed(event.offer, now), approvedBy: event.by, asked }
        }
        case 'declined': {
          const asked = answered(job, { what: 'declined', by: event.by, at: now })
          return { ...rest, ...moved, state: 'declined', by: event.by, asked }
        }
        case 'cancelled':
        case 'expired': {
          const what = event.type === 'cancelled' && event.left ? 'left' : event.type
          return { ...rest, ...moved, state: event.type, asked: answered(job, { what, at: now }) }
        }
        // Dearer than what its requester agreed to: they are asked again first.
        case 'requoted': {
          const { priceUsd } = chosenPrice(event.offer)
          const asked = answered(job, { what: 'dearer', priceUsd, at: now })
          return { ...rest, ...moved, state: 'quoted', offer: event.offer, asked }
        }
      }
      break
    }
    case 'confirmed':
      if (event.type === 'submitting')
        return { ...job, ...moved, attempts: job.attempts, state: 'submitting' }
      // The answer to the request before came after all, while a retry that people chose still waits: it is not sent.
      if (event.type === 'accepted') {
        const last = job.lost.at(-1)
        if (!last || last.settled) break
        const { agreedUsd, queuedAt, approvedBy = null } = last
        const lost = [...job.lost.slice(0, -1), { ...last, settled: true as const }]
        return { ...job, ...moved, ...begun(job, event, now), lost, agreedUsd, queuedAt, approvedBy }
      }
      if (event.type === 'failed') return failed(job, event.failure, null, now)
      break
    case 'submitting':
      switch (event.type) {
        case 'accepted':
          return { ...job, ...moved, ...begun(job, event, now) }
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
            lost: [
              ...job.lost,
              {
                sentAt: job.stateAt,
                queuedAt: job.queuedAt,
                why: event.why,
                agreedUsd: job.agreedUsd,
                ...approval(job),
              },
            ],
            evidence: null,
          }
        case 'failed':
          return failed(job, event.failure, null, now)
      }
      break
    case 'unconfirmed': {
      const { evidence, ...rest } = job
      /** The newest lost answer with what became of it, and with what its question had shown. */
      const settled = (how: Partial<LostAnswer>): LostAnswer[] => [
        ...job.lost.slice(0, -1),
        ...job.lost.slice(-1).map(last => ({ ...last, ...(evidence && { evidence }), ...how })),
      ]
      switch (event.type) {
        // The answer came after all, when it had already been given up.
        case 'accepted':
          return { ...rest, ...moved, ...begun(job, event, now), lost: settled({ settled: true }) }
        case 'looked':
          return { ...job, version: job.version + 1, evidence: event.evidence }
        case 'requoted':
          return { ...job, version: job.version + 1, offer: event.offer }
        case 'retry_chosen':
          return {
            ...rest,
            ...moved,
            ...chosenAgain(event, now),
            lost: settled({ answer: { chose: 'retry', by: event.by } }),
          }
        case 'failed': {
          const answer = event.by && { answer: { chose: 'giveup' as const, by: event.by } }
          return failed({ ...rest, lost: settled({ ...answer }) }, event.failure, null, now)
        }
      }
      break
    }
    case 'processing': {
      const { polls: _, averageMs: __, elapsedMs: ___, polledAt: ____, kind: _____, ...more } = job
      const { expected: ______, late: _______, refused: ________, ...rest } = more
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
            polledAt: now,
            expected: event.expected,
            late: job.late || event.late,
            refused: false,
          }
        case 'poll_failed':
          return {
            ...job,
            ...again(event.nextAt),
            late: job.late || event.late,
            refused: event.refused === true,
          }
        case 'finished': {
          const provider = event.url === null ? job.provider : { ...job.provider, resultUrl: event.url }
          return { ...rest, ...moved, state: 'saving', provider, unreadable: 0 }
        }
        case 'failed': {
          const { submittedAt: _, ...paid } = rest
          return failed(paid, event.failure, job.provider, now)
        }
      }
      break
    }
    case 'saving': {
      const { unreadable, ...rest } = job
      switch (event.type) {
        case 'saved':
          return { ...rest, ...moved, state: 'delivering', result: event.result }
        case 'postponed':
          return { ...job, ...again(event.retryAt), unreadable: unreadable + (event.unreadable ? 1 : 0) }
        case 'failed': {
          const { submittedAt: _, ...paid } = rest
          return failed(paid, event.failure, job.provider, now)
        }
      }
      break
    }
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
    case 'failed':
      switch (event.type) {
        case 'retry_chosen': {
          const { failure, provider, retryUntil: _, agreedUsd, queuedAt, ...rest } = job
          const retried = { retriedBy: event.by, retriedAt: now }
          const attempt = {
            ...{ failure, agreedUsd, provider, queuedAt, endedAt: job.stateAt },
            ...approval(job),
            ...retried,
          }
          return {
            ...rest,
            ...moved,
            ...chosenAgain(event, now),
            earlier: [...job.earlier, attempt],
          }
        }
        case 'requoted':
          return { ...job, version: job.version + 1, offer: event.offer }
        case 'closed':
          return { ...job, version: job.version + 1, retryUntil: null }
      }
      break
    case 'declined':
    case 'expired':
    case 'cancelled':
    case 'undelivered':
      break
    default:
      job satisfies never
  }
  throw new ImpossibleTransition(job.state, event.type)
}

/** The answer to the command has its card; what could fill it in again is a key, and keys are not kept. */
const unanswerable = { reply: null }

/** What went up was the price of another size. */
const chosenAnew = ({ wasUsd: _, ...offer }: Offer, chosen: Factor): Offer => ({ ...offer, chosen })

const agreed = (offer: Offer) => {
  const { wasUsd: _, ...settled } = offer
  return { offer: settled, agreedUsd: chosenPrice(offer).priceUsd }
}

/** What approvers were asked is kept as it was, whatever the job costs later. */
const answered = (
  { asked = [], askedAt, approval, offer }: AwaitingApproval,
  answer: Asked['answer'],
): Asked[] => {
  const { factor, priceUsd } = chosenPrice(offer)
  return [...asked, { askedAt, approval, factor, priceUsd, expiresAt: offer.expiresAt, answer }]
}

const confirmed = (offer: Offer, now: number) => ({
  ...unanswerable,
  ...agreed(offer),
  state: 'confirmed' as const,
  confirmedAt: now,
  queuedAt: now,
  lost: [],
  earlier: [],
})

const approval = ({ approvedBy }: Pick<Agreed, 'approvedBy'>) => (approvedBy ? { approvedBy } : {})

/** Who approved the attempt before has not approved this one. */
const chosenAgain = ({ offer, by, approved }: Extract<JobEvent, { type: 'retry_chosen' }>, now: number) =>
  ({
    ...agreed(offer),
    state: 'confirmed',
    queuedAt: now,
    approvedBy: approved ? by : null,
  }) as const

const begun = (
  { clip, offer }: Pick<Agreed, 'clip' | 'offer'>,
  { provider, expected }: { provider: ProviderRef; expected: Expected | null },
  now: number,
) =>
  ({
    state: 'processing',
    provider,
    submittedAt: now,
    polls: 0,
    averageMs: null,
    elapsedMs: null,
    polledAt: now,
    kind: runKind(offer.model, clip, offer.chosen),
    expected,
    late: false,
  }) as const

/** Failures after which the same clip may well succeed. */
const PASSING: readonly Failure['code'][] = [
  'provider_unreachable',
  'provider_busy',
  'too_late',
  'provider_failed',
  'provider_lost_it',
  'never_finished',
  'balance_empty',
  'spend_limit',
  'key_refused',
  'access_denied',
  'result_unreadable',
  'cancelled',
  'given_up',
  'frozen',
  'internal',
]
/** Whether it can be tried again by one press, for a while. */
export const isPassing = ({ code }: Failure): boolean => PASSING.includes(code)

/** How long a failed job can be tried again by one press. */
const RETRY_MS = 24 * 60 * 60_000

const failed = (
  job: Omit<Failed, 'state' | 'failure' | 'provider' | 'retryUntil'>,
  failure: Failure,
  provider: ProviderRef | null,
  now: number,
): Failed => ({
  ...job,
  version: job.version + 1,
  stateAt: now,
  attempts: 0,
  notBefore: 0,
  state: 'failed',
  failure,
  provider,
  retryUntil: isPassing(failure) ? now + RETRY_MS : null,
})
