import type { Clip, Factor } from './clip.ts'
import type { RefusalCode } from './errors.ts'
import type { MicroUsd } from './money.ts'
import type { Offer } from './quote.ts'
import type { Approval } from './rules.ts'

/** Where a request was made. Ids are the platform's own and mean nothing to the core. */
export interface Place {
  communityId: string
  channelId: string
  /** The channel is itself a thread, so everything stays in it. */
  isThread: boolean
  /** The message that holds the clip, where the request was about one: its thread is the job's. */
  anchor?: MessageRef
}

export interface MessageRef {
  channelId: string
  messageId: string
}

/** What an adapter needs to answer an interaction for a short time. Plain JSON, opaque to everybody else. */
export type ReplyHandle = Readonly<Record<string, string | number>>

/** The messages that belong to a job. They are notes beside its state: posting one changes no state. */
export interface Posts {
  /** The quote card. */
  card?: MessageRef
  /** The card was redrawn without its buttons. */
  cardDone?: boolean
  /** Which attempt it names then (its `queuedAt`); absent: the first. */
  cardOf?: number
  /** Channel id of the thread that the job lives in, or of the channel where none could be opened. */
  threadId?: string
  progress?: MessageRef
  /** The question whether to retry, while nobody knows if the job was accepted. */
  question?: MessageRef
  /** How many answers had been lost when it was asked: each lost answer is a question of its own. */
  questionOf?: number
  questionDone?: boolean
  /** Asks those who approve; `approvalOf`: of which asking (its `askedAt`). */
  approval?: MessageRef
  approvalOf?: number
  approvalDone?: boolean
  /** Of which asking its requester was told how it ended, where that is news to them. */
  approvalSaid?: number
  /** Says that a job takes far longer than usual. */
  late?: MessageRef
  /** Of which attempt: how many were before it. */
  lateOf?: number
  /** What went wrong with an attempt, with its button to try again; `failureOf`: how many attempts were before it. */
  failure?: MessageRef
  failureOf?: number
  failureDone?: boolean
  /** The closing message: the result. */
  closing?: MessageRef
}

/** The provider's receipt for an accepted job. */
export interface ProviderRef {
  model: string
  queueId: string
  /** Returned once, when the job is accepted, by some models. */
  downloadUrl?: string
  /** Where the provider said that the finished file lies, when it was last asked. */
  resultUrl?: string
}

/** A line of the provider's own billing. */
export interface ChargeLine {
  /** Wall-clock ms. */
  at: number
  /** What left the account, USD; negative: what came back. */
  usd: MicroUsd
  /** What it was for, in the provider's words (model, units), cut. */
  what: string
  /** The provider's number of the job, where the line has one. */
  queueId: string | null
  /** What it was paid in, where that is not US dollars; `usd` is then its price. */
  paidIn?: string
}

/** What the billing said around a request whose answer was lost. */
export interface Evidence {
  /** When it was last looked at, wall-clock ms. */
  at: number
  /** Oldest first; null: the billing could not be read. Lines that belong to other jobs of ours are left out. */
  lines: ChargeLine[] | null
  /** How often it was looked at. */
  looks: number
}

/** How long a job takes, ms from its acceptance: half are done by `likelyMs`, 19 of 20 by `atMostMs`. */
export interface Expected {
  likelyMs: number
  atMostMs: number
}

/** A finished file in our own storage, read again after it was written. */
export interface ResultFile {
  key: string
  fileName: string
  clip: Clip
  /** kept: the file came with sound; restored: the source's track was put back; lost: that failed; none: the source is silent. */
  sound: 'kept' | 'restored' | 'lost' | 'none'
}

export type Charged = 'no' | 'yes' | 'unknown' | 'refunded'

export type FailureCode =
  | 'provider_unreachable'
  | 'provider_busy'
  /** It waited with us for so long that its price is old; it was not sent. */
  | 'too_late'
  | 'provider_rejected'
  | 'provider_failed'
  | 'provider_lost_it'
  /** A day has passed, and it still was not done. */
  | 'never_finished'
  | 'balance_empty'
  /** The account may have money, but this key has spent what it may. */
  | 'spend_limit'
  /** The key is wrong, unknown or inactive. */
  | 'key_refused'
  /** The key is known, but the account, the plan or the region may not use this. */
  | 'access_denied'
  | 'needs_consent'
  | 'content_refused'
  /** Too long or too short for the provider. */
  | 'length_refused'
  /** Too large for the provider, in every way in which it can be sent. */
  | 'source_refused'
  | 'type_refused'
  | 'source_lost'
  | 'result_unreadable'
  /** Taken back by a person before it was sent. */
  | 'cancelled'
  | 'given_up'
  /** All spending was stopped before it was sent. */
  | 'frozen'
  | 'community_left'
  | 'internal'

export interface Failure {
  code: FailureCode
  /** The provider's own words, cut; shown as a quotation, never relied on. */
  said?: string
  charged: Charged
}

/** A paid attempt that failed, before people chose to try again. */
export interface Attempt {
  failure: Failure
  agreedUsd: MicroUsd
  provider: ProviderRef | null
  endedAt: number
  /** Who chose to try again, and when. */
  retriedBy: string
  retriedAt: number
  /** When it came to wait for its paid request: by this time its money counts. */
  queuedAt: number
  /** Who agreed to it besides, where somebody had to. */
  approvedBy?: string
}

interface Common {
  id: string
  /** Goes up with every change of state; buttons carry it, so that an old card can't act. */
  version: number
  /** Name of the platform's adapter. */
  platform: string
  place: Place
  requesterId: string
  fileName: string
  createdAt: number
  /** When the job came into its present state. */
  stateAt: number
  /** Attempts at the work of the present state that did not succeed. */
  attempts: number
  /** Not before this is the next attempt due; 0: at once. */
  notBefore: number
  posts: Posts
}

export interface Quoting extends Common {
  state: 'quoting'
  factor: Factor
  reply: ReplyHandle | null
  /** Absent: everybody. */
  replySeenBy?: 'requester'
}

interface WithOffer extends Common {
  clip: Clip
  /** Storage key of our own copy of the source. */
  sourceKey: string
  /** Where the provider could fetch it too, while that address lives; null: nowhere but from us. */
  sourceUrl: string | null
  offer: Offer
  reply: ReplyHandle | null
  replySeenBy?: 'requester'
  /** What approvers were asked before, and what came of it; oldest first. Absent: nothing. */
  asked?: Asked[]
}
export interface Quoted extends WithOffer {
  state: 'quoted'
}
interface Asking {
  /** When its requester agreed, wall-clock ms. */
  askedAt: number
  /** The rule as it was then. */
  approval: Approval
}
/** Its requester agrees, and somebody else has to: it costs more than one person may decide here. Ends with the offer. */
export interface AwaitingApproval extends WithOffer, Asking {
  state: 'awaiting_approval'
}
/** What approvers were asked, as it was then, and what came of it at a time (wall-clock ms). */
export interface Asked extends Asking {
  factor: Factor
  priceUsd: MicroUsd
  expiresAt: number
  answer: { at: number } & (
    | { what: 'approved' | 'declined'; by: string }
    /** left: the community has removed the bot. */
    | { what: 'cancelled' | 'expired' | 'left' }
    /** Its requester is asked again first. */
    | { what: 'dearer'; priceUsd: MicroUsd }
  )
}
export interface Declined extends WithOffer {
  state: 'declined'
  by: string
}
export interface Expired extends WithOffer {
  state: 'expired'
}
export interface Cancelled extends WithOffer {
  state: 'cancelled'
}

export interface LostAnswer {
  /** When the request left, at the earliest. */
  sentAt: number
  /** When it came to wait for that: by this time its money counts. */
  queuedAt: number
  why: string
  /** What it was agreed to cost. */
  agreedUsd: MicroUsd
  /** Who agreed to it besides, where somebody had to. */
  approvedBy?: string
  /** Its answer came after all. */
  settled?: true
  /** What a person chose to do about it. */
  answer?: { chose: 'retry' | 'giveup'; by: string }
  /** What the billing had said of it by then. */
  evidence?: Evidence
}

interface WithConsent extends WithOffer {
  confirmedAt: number
  /** What was agreed to, frozen at the press. */
  agreedUsd: MicroUsd
  /** When it last came to wait for the paid request: at the press, or when people chose to try again. */
  queuedAt: number
  /** Who, besides the requester, agreed to its last paid request, where somebody had to; null or absent: nobody had to. */
  approvedBy?: string | null
  /** Paid requests of which nobody knows whether they were accepted, and so charged; oldest first. */
  lost: LostAnswer[]
  /** Attempts that failed, with what each has cost; oldest first. */
  earlier: Attempt[]
}
export interface Confirmed extends WithConsent {
  state: 'confirmed'
}
/** The paid request is being made. Left in this state by a crash, nobody knows whether it was accepted. */
export interface Submitting extends WithConsent {
  state: 'submitting'
}
export interface Unconfirmed extends WithConsent {
  state: 'unconfirmed'
  /** Null: not looked yet. */
  evidence: Evidence | null
}

interface WithReceipt extends WithConsent {
  provider: ProviderRef
  submittedAt: number
}
export interface Processing extends WithReceipt {
  state: 'processing'
  polls: number
  /** The provider's own figures, ms: how long such jobs take (a P80), and how long this one has run. */
  averageMs: number | null
  elapsedMs: number | null
  /** When it was last asked for and not done yet, wall-clock ms; until the first time, when it was accepted. */
  polledAt: number
  /** Which jobs take about as long as this one (see `forecast.ts`). */
  kind: string
  /** Null: nothing is known of such jobs yet. */
  expected: Expected | null
  /** It takes much longer than usual, and people have been told so. */
  late: boolean
  /** Our key was refused when it was last asked for. */
  refused?: boolean
}
export interface Saving extends WithReceipt {
  state: 'saving'
  /** How often something came that is no video that can be read. */
  unreadable: number
}
interface WithResult extends WithReceipt {
  result: ResultFile
}
export interface Delivering extends WithResult {
  state: 'delivering'
}
export interface Delivered extends WithResult {
  state: 'delivered'
  /** The provider was told that it may delete its copy, or will not be told any more. */
  cleaned: boolean
}
/** The result lies in our storage but could not be posted. */
export interface Undelivered extends WithResult {
  state: 'undelivered'
  why: string
}
export interface Failed extends WithConsent {
  state: 'failed'
  failure: Failure
  provider: ProviderRef | null
  /** Until then it can be tried again, and our copy of the clip is kept, wall-clock ms; null: no more. */
  retryUntil: number | null
}

export type Job =
  | Quoting
  | Quoted
  | AwaitingApproval
  | Declined
  | Expired
  | Cancelled
  | Confirmed
  | Submitting
  | Unconfirmed
  | Processing
  | Saving
  | Delivering
  | Delivered
  | Undelivered
  | Failed

export type State = Job['state']
export type JobIn<S extends State> = Extract<Job, { state: S }>

/** A job that somebody has agreed to pay for. */
export type Agreed = Exclude<Job, Quoting | Quoted | AwaitingApproval | Declined | Expired | Cancelled>

/** What came before the newest request of a job. */
export type Before = Pick<Agreed, 'lost' | 'earlier'>

/** What earlier attempts of a job have cost for sure. */
export const spentBefore = ({ earlier }: Pick<Before, 'earlier'>): MicroUsd =>
  earlier.reduce((sum, { failure, agreedUsd }) => sum + (failure.charged === 'yes' ? agreedUsd : 0), 0)

/** A failure that adds nothing to the lost requests that it is about: what is not known is counted with them. */
export const isAboutLost = ({ code, charged }: Failure): boolean =>
  charged === 'unknown' && (code === 'given_up' || code === 'community_left')

/** The prices of all earlier requests that may have been charged without anybody knowing. */
export const maybeBefore = ({ lost, earlier }: Before): MicroUsd[] => [
  ...lost.filter(answer => !answer.settled).map(answer => answer.agreedUsd),
  ...earlier
    .filter(({ failure }) => failure.charged === 'unknown' && !isAboutLost(failure))
    .map(({ agreedUsd }) => agreedUsd),
]

/** How a request that was never offered a price ended; such jobs leave no row behind. */
export type RefusedRequest = { code: RefusalCode; facts: Readonly<Record<string, string | number>> }
