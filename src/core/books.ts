import type { Factor, Size } from './clip.ts'
import type { Agreed, Attempt, FailureCode } from './job.ts'
import { type Standing, totalOf } from './ledger.ts'
import type { MicroUsd } from './money.ts'
import type { BookEntry } from './ports.ts'
import { chosenPrice } from './quote.ts'
import { AFTER_MS, type Movement } from './reconcile.ts'
import { GIVE_UP_MS } from './schedule.ts'

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
  /** When it was accepted or sent, and when it failed, as far as that is known, wall-clock ms. */
  sentAt: number | null
  endedAt: number | null
}

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
  }
}

type Fate = Pick<
  BookedAttempt,
  'model' | 'queueId' | 'quotedUsd' | 'became' | 'failure' | 'approvedBy' | 'sentAt' | 'endedAt'
>

function fateOf(job: Agreed, agreedAt: number): Fate {
  // Jobs from before there were books have one time for all of their attempts.
  const record = [...job.earlier, job].findLast(({ queuedAt }) => queuedAt === agreedAt)
  if (record) return fateOfRecord(job, record)
  const lost = job.lost.find(({ queuedAt }) => queuedAt === agreedAt)
  const { model } = job.offer
  if (!lost) return { ...NOTHING, model, became: 'not_sent' }
  const { agreedUsd, sentAt, approvedBy = null } = lost
  return { ...NOTHING, model, quotedUsd: agreedUsd, became: 'unanswered', approvedBy, sentAt }
}

const NOTHING = {
  queueId: null,
  quotedUsd: null,
  failure: null,
  approvedBy: null,
  sentAt: null,
  endedAt: null,
} satisfies Partial<Fate>

function fateOfRecord(job: Agreed, record: Attempt | Agreed): Fate {
  const lost = job.lost.find(({ queuedAt }) => queuedAt === record.queuedAt)
  const provider = 'provider' in record ? record.provider : null
  const known = { model: provider?.model ?? job.offer.model, queueId: provider?.queueId ?? null }
  const sentAt = 'submittedAt' in record ? record.submittedAt : (lost?.sentAt ?? null)
  if ('retriedBy' in record) {
    const { failure, agreedUsd, endedAt, approvedBy = null } = record
    return {
      ...known,
      quotedUsd: agreedUsd,
      became: 'failed',
      failure: failure.code,
      approvedBy,
      sentAt,
      endedAt,
    }
  }
  const failed = record.state === 'failed'
  return {
    ...known,
    quotedUsd: record.agreedUsd,
    became: record.state,
    failure: failed ? record.failure.code : null,
    approvedBy: record.approvedBy ?? null,
    sentAt,
    endedAt: failed ? record.stateAt : null,
  }
}

/** A movement that still knows its attempt. */
export interface BookedMovement extends Movement {
  attempt: BookedAttempt
}

/**
 * What the provider's billing should say of an attempt: a charge, and what was given back. What is held or may have been
 * charged may be there too, and so may not be yet what is only minutes old.
 */
export function movementsOf(attempt: BookedAttempt, now: number): BookedMovement[] {
  const { jobId, agreedAt, standing, refundedUsd, queueId, sentAt, endedAt } = attempt
  const charged = chargedUsd(attempt)
  const amountUsd = charged > 0 ? charged : standing.maybe + standing.held
  if (amountUsd <= 0) return []
  const from = sentAt ?? agreedAt
  // Where it is not known when it was accepted, it was before it ended.
  const to = Math.max(from, sentAt ?? endedAt ?? (standing.held > 0 ? now : agreedAt))
  const common = { attempt, queueId }
  const charge = {
    ...common,
    id: `${jobId} ${agreedAt} charge`,
    usd: amountUsd,
    sure: charged > 0 && now - to > AFTER_MS,
    from,
    to,
  }
  if (refundedUsd <= 0) return [charge]
  const end = Math.max(from, endedAt ?? now)
  const refund = {
    ...common,
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
  entries: readonly Pick<BookEntry, 'jobId' | 'standing' | 'platform' | 'communityId' | 'requesterId'>[],
  keyOf: (entry: (typeof entries)[number]) => K,
): { key: K; jobs: number; standing: Standing }[] {
  const sums = Map.groupBy(
    entries.filter(({ standing }) => totalOf(standing) > 0),
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
