import type { Factor, Size } from './clip.ts'
import type { Agreed, FailureCode, LostAnswer } from './job.ts'
import { type Standing, totalOf } from './ledger.ts'
import type { MicroUsd } from './money.ts'
import type { BookEntry, BookTrace } from './ports.ts'
import { chosenPrice } from './quote.ts'
import { AFTER_MS, type Movement } from './reconcile.ts'
import { GIVE_UP_MS, SUBMIT_MS } from './schedule.ts'

/**
 * What became of an attempt: the state of its job where it is the newest; unanswered: its answer never came, and it was
 * sent again; not_sent: the answer to the one before came first.
 */
export type Became = Agreed['state'] | 'unanswered' | 'not_sent'

/** One attempt as the books tell it: who agreed to what and when, and what became of it and of its money. */
export interface BookedAttempt {
  jobId: string
  platform: string
  communityId: string
  requesterId: string
  fileName: string
  /** When it was agreed to, wall-clock ms. */
  agreedAt: number
  factor: Factor
  output: Size
  /** Of the clip, seconds. */
  durationS: number
  model: string
  queueId: string | null
  /** Null: it was taken back before its price mattered. */
  quotedUsd: MicroUsd | null
  standing: Standing
  /** What was charged and given back. */
  refundedUsd: MicroUsd
  became: Became
  failure: FailureCode | null
  /** Who else agreed; null: nobody had to, or it is not known any more. */
  approvedBy: string | null
  /** When it was sent, or accepted; wall-clock ms, as the next two, and null where it is not known. */
  sentAt: number | null
  /** When its answer came, or nobody waited for it any more: it was charged by then, if it was. */
  answeredAt: number | null
  /** When it failed, or its result had gone out. */
  endedAt: number | null
}

/** What a job knows of when its attempts can have been charged and given back, and under which number. */
export interface Traces {
  state: Agreed['state']
  stateAt: number
  queuedAt: number
  submittedAt?: number
  provider?: { queueId?: string } | null
  lost: readonly Pick<LostAnswer, 'queuedAt' | 'sentAt' | 'settled'>[]
  earlier: readonly { queuedAt: number; endedAt: number; provider?: { queueId?: string } | null }[]
}

/** Of an attempt, what its charge and refund are computed from. */
export type Charge = Pick<BookedAttempt, 'jobId' | 'agreedAt' | 'standing' | 'refundedUsd'> & Track
type Track = Pick<BookedAttempt, 'queueId' | 'sentAt' | 'answeredAt' | 'endedAt'>

/** All that was charged for it for sure, whether or not it was given back. */
export const chargedUsd = ({ standing, refundedUsd }: Pick<BookedAttempt, 'standing' | 'refundedUsd'>) =>
  standing.spent + refundedUsd

/** The attempt of an entry, with what its job knows of it. */
export function attemptOf({ job, countedAt, standing, refundedUsd, ...ids }: BookEntry): BookedAttempt {
  const { factor, output } = chosenPrice(job.offer)
  return {
    ...ids,
    fileName: job.fileName,
    agreedAt: countedAt,
    factor,
    output,
    durationS: job.clip.durationS,
    standing,
    refundedUsd,
    ...fateOf(job, countedAt),
    ...trackOf(job, countedAt),
  }
}

/** The newest attempt, where several have one time, as in jobs from before there were books. */
const recordOf = <J extends Traces>(job: J, agreedAt: number): J | J['earlier'][number] | undefined =>
  [...job.earlier, job].findLast(({ queuedAt }) => queuedAt === agreedAt)

const ENDED: ReadonlySet<Agreed['state']> = new Set(['failed', 'delivered', 'undelivered'])

function trackOf(job: Traces, agreedAt: number): Track {
  const record = recordOf(job, agreedAt)
  const queueId = record?.provider?.queueId ?? null
  // Where there is a number, an answer that was taken for lost came after all.
  const lost = job.lost.findLast(
    one => one.queuedAt === agreedAt && (one.settled === true) === (queueId !== null),
  )
  const newest = record === job ? job : null
  const acceptedAt = newest?.submittedAt ?? null
  const endedAt =
    newest && ENDED.has(newest.state) ? job.stateAt : record && 'endedAt' in record ? record.endedAt : null
  const givenUpAt = newest?.state === 'unconfirmed' ? job.stateAt : endedAt
  return {
    queueId,
    sentAt: lost?.sentAt ?? acceptedAt,
    answeredAt: lost ? Math.min(lost.sentAt + SUBMIT_MS, acceptedAt ?? givenUpAt ?? Infinity) : acceptedAt,
    endedAt,
  }
}

type Fate = Pick<BookedAttempt, 'model' | 'quotedUsd' | 'became' | 'failure' | 'approvedBy'>

function fateOf(job: Agreed, agreedAt: number): Fate {
  const record = recordOf(job, agreedAt)
  const { model } = job.offer
  if (record) {
    const { agreedUsd: quotedUsd, approvedBy, provider } = { provider: null, ...record }
    const failure = 'failure' in record ? record.failure.code : null
    const became = 'state' in record ? record.state : 'failed'
    return { model: provider?.model ?? model, quotedUsd, became, failure, approvedBy: approvedBy ?? null }
  }
  const lost = job.lost.find(({ queuedAt }) => queuedAt === agreedAt)
  if (!lost) return { model, quotedUsd: null, became: 'not_sent', failure: null, approvedBy: null }
  const { agreedUsd: quotedUsd, approvedBy = null } = lost
  return { model, quotedUsd, became: 'unanswered', failure: null, approvedBy }
}

/** The same of a trace. */
export const chargeOf = ({ job, countedAt, ...money }: BookTrace): Charge => ({
  ...money,
  agreedAt: countedAt,
  ...trackOf(job, countedAt),
})

/**
 * What the provider's billing should say of an attempt: a charge, and what was given back. What is held or may have been
 * charged may be there too, and so may not be yet what is only minutes old.
 */
export function movementsOf(attempt: Charge, now: number): Movement[] {
  const { jobId, agreedAt, standing, refundedUsd, queueId, sentAt, answeredAt, endedAt } = attempt
  const charged = chargedUsd(attempt)
  const amountUsd = charged > 0 ? charged : standing.maybe + standing.held
  if (amountUsd <= 0) return []
  const from = sentAt ?? agreedAt
  // Where it is not known when it was accepted, it was before it ended.
  const to = Math.max(from, answeredAt ?? endedAt ?? (standing.held > 0 ? now : agreedAt))
  const charge = {
    queueId,
    id: `${jobId} ${agreedAt} charge`,
    usd: amountUsd,
    sure: charged > 0 && now - to > AFTER_MS,
    from,
    to,
  }
  if (refundedUsd <= 0) return [charge]
  const end = Math.max(from, endedAt ?? now)
  const refund = {
    queueId,
    id: `${jobId} ${agreedAt} refund`,
    usd: -refundedUsd,
    sure: now - end > AFTER_MS,
    from,
    to: end,
  }
  return [charge, refund]
}

/**
 * How far beyond a month its billing and its neighbours' attempts are looked at: a job is waited for at most a day, and
 * what it cost is given back at its end.
 */
export const BEYOND_MS = GIVE_UP_MS + 2 * 60 * 60_000

/** Sums of attempts by whatever they have in common, the largest first; those of which nothing is gone count nothing. */
export function sumsBy<K extends string>(
  attempts: readonly Pick<BookEntry, 'jobId' | 'standing' | 'platform' | 'communityId' | 'requesterId'>[],
  keyOf: (attempt: (typeof attempts)[number]) => K,
): { key: K; jobs: number; standing: Standing }[] {
  const sums = Map.groupBy(
    attempts.filter(({ standing }) => totalOf(standing) > 0),
    keyOf,
  )
  return [...sums]
    .map(([key, of]) => ({
      key,
      jobs: new Set(of.map(({ jobId }) => jobId)).size,
      standing: of.reduce(
        (sum, { standing: { held, maybe, spent } }) => ({
          held: sum.held + held,
          maybe: sum.maybe + maybe,
          spent: sum.spent + spent,
        }),
        { held: 0, maybe: 0, spent: 0 },
      ),
    }))
    .sort((a, b) => totalOf(b.standing) - totalOf(a.standing) || (a.key < b.key ? -1 : 1))
}
