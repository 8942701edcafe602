import { attemptOf, type BookedAttempt, chargedUsd } from './books.ts'
import type { Factor } from './clip.ts'
import { type Agreed, type Failure, type JobIn, maybeBefore, type ResultFile, spentBefore } from './job.ts'
import { type Standing, standingOf } from './ledger.ts'
import type { MicroUsd } from './money.ts'
import type { BookEntry } from './ports.ts'
import { chosenPrice, type QuoteKind } from './quote.ts'

/** What was asked and what came, what was quoted and what was charged, and under which numbers: plain JSON. */
export interface JobReceipt {
  jobId: string
  /** The provider's number of the job; null: it has none that is known. */
  queueId: string | null
  model: string
  platform: string
  communityId: string
  requesterId: string
  fileName: string
  /** Sizes in px, as a person sees them; lengths in seconds. */
  asked: { factor: Factor; width: number; height: number; durationS: number; sound: boolean }
  /** As read in the result itself; null: there is none. */
  got: {
    fileName: string
    width: number
    height: number
    durationS: number
    /** Null: not one of those that are known. */
    videoCodec: string | null
    sound: ResultFile['sound']
    sizeBytes: number
  } | null
  /** What was agreed to for the newest attempt, in millionths of a US dollar, as all money here. */
  quoted: { kind: QuoteKind; priceUsd: MicroUsd }
  /** The agreed price, once it is charged for sure: the provider names none when it accepts. */
  chargedUsd: MicroUsd
  /** For earlier requests of the same job: what was charged for sure, and what may have been besides. */
  earlier: { chargedUsd: MicroUsd; mayHaveChargedUsd: MicroUsd }
  /** Wall-clock ms. */
  confirmedAt: number
  acceptedAt: number | null
}

type WithResult = JobIn<'delivering' | 'delivered' | 'undelivered'>
/** Of a job that has a result. */
export type Receipt = JobReceipt & {
  queueId: string
  got: NonNullable<JobReceipt['got']>
  acceptedAt: number
}

export function receiptOf(job: WithResult): Receipt
export function receiptOf(job: Agreed): JobReceipt
export function receiptOf(job: Agreed): JobReceipt {
  const { factor, output } = chosenPrice(job.offer)
  const provider = 'provider' in job ? job.provider : null
  return {
    jobId: job.id,
    queueId: provider?.queueId ?? null,
    model: provider?.model ?? job.offer.model,
    platform: job.platform,
    communityId: job.place.communityId,
    requesterId: job.requesterId,
    fileName: job.fileName,
    asked: { factor, ...output, durationS: job.clip.durationS, sound: job.clip.audioCodec !== null },
    got: 'result' in job ? gotOf(job.result) : null,
    quoted: { kind: job.offer.kind, priceUsd: job.agreedUsd },
    chargedUsd: standingOf(job).spent - spentBefore(job),
    earlier: {
      chargedUsd: spentBefore(job),
      mayHaveChargedUsd: maybeBefore(job).reduce((sum, usd) => sum + usd, 0),
    },
    confirmedAt: job.confirmedAt,
    acceptedAt: 'submittedAt' in job ? job.submittedAt : null,
  }
}

const gotOf = ({ clip, fileName, sound }: ResultFile): NonNullable<JobReceipt['got']> => ({
  fileName,
  width: clip.width,
  height: clip.height,
  durationS: clip.durationS,
  videoCodec: clip.videoCodec,
  sound,
  sizeBytes: clip.sizeBytes,
})

/** The receipt as those in charge get it: with how the job ended, who agreed, and every attempt with its money. */
export interface FullReceipt extends JobReceipt {
  state: Agreed['state']
  failure: Failure | null
  approvedBy: string | null
  /** Where all money of the job is. */
  standing: { chargedUsd: MicroUsd; heldUsd: MicroUsd; mayHaveChargedUsd: MicroUsd }
  /** Requests that were never answered, the oldest first. */
  lostAnswers: {
    sentAt: number
    why: string
    agreedUsd: MicroUsd
    answeredLate: boolean
    chose: string | null
  }[]
  /** All that was ever agreed to for it, as the ledger has it, the oldest first. */
  attempts: (Pick<
    BookedAttempt,
    'agreedAt' | 'queueId' | 'quotedUsd' | 'refundedUsd' | 'became' | 'failure' | 'approvedBy' | 'endedAt'
  > & { chargedUsd: MicroUsd; heldUsd: MicroUsd; mayHaveChargedUsd: MicroUsd })[]
}

/** `entries`: of this job, from the books. */
export const fullReceiptOf = (job: Agreed, entries: readonly BookEntry[]): FullReceipt => ({
  ...receiptOf(job),
  state: job.state,
  failure: job.state === 'failed' ? job.failure : null,
  approvedBy: job.approvedBy ?? null,
  standing: namedOf(standingOf(job)),
  lostAnswers: job.lost.map(({ sentAt, why, agreedUsd, settled, answer }) => ({
    ...{ sentAt, why, agreedUsd },
    answeredLate: settled === true,
    chose: answer ? `${answer.chose} by ${answer.by}` : null,
  })),
  attempts: entries.map(attemptOf).map(attempt => ({
    agreedAt: attempt.agreedAt,
    queueId: attempt.queueId,
    quotedUsd: attempt.quotedUsd,
    chargedUsd: chargedUsd(attempt),
    heldUsd: attempt.standing.held,
    mayHaveChargedUsd: attempt.standing.maybe,
    refundedUsd: attempt.refundedUsd,
    became: attempt.became,
    failure: attempt.failure,
    approvedBy: attempt.approvedBy,
    endedAt: attempt.endedAt,
  })),
})

/** By the names that amounts have wherever this file is read. */
const namedOf = ({ held, maybe, spent }: Standing): FullReceipt['standing'] => ({
  chargedUsd: spent,
  heldUsd: held,
  mayHaveChargedUsd: maybe,
})

/** For people and programs: times as ISO 8601 in UTC, amounts in millionths of a US dollar, which it says. */
export const receiptJson = (receipt: JobReceipt): string =>
  `${JSON.stringify(
    { amountsIn: 'millionths of a US dollar', ...receipt },
    (name, value: unknown) =>
      name.endsWith('At') && typeof value === 'number' ? new Date(value).toISOString() : value,
    2,
  )}\n`
