import type { Clip, Factor } from './clip.ts'
import type { RefusalCode } from './errors.ts'
import type { MicroUsd } from './money.ts'
import type { Offer } from './quote.ts'

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
  /** Channel id of the thread that the job lives in, or of the channel where none could be opened. */
  threadId?: string
  progress?: MessageRef
  /** The question whether to retry, while nobody knows if the job was accepted. */
  question?: MessageRef
  questionDone?: boolean
  /** The closing message: the result, or what went wrong. */
  closing?: MessageRef
}

/** The provider's receipt for an accepted job. */
export interface ProviderRef {
  model: string
  queueId: string
  /** Returned once, when the job is accepted, by some models. */
  downloadUrl?: string
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
  | 'provider_rejected'
  | 'provider_failed'
  | 'provider_lost_it'
  | 'balance_empty'
  | 'key_refused'
  | 'content_refused'
  | 'source_refused'
  | 'source_lost'
  | 'result_unreadable'
  | 'given_up'
  | 'community_left'
  | 'internal'

export interface Failure {
  code: FailureCode
  /** The provider's own words, cut; shown as a quotation, never relied on. */
  said?: string
  charged: Charged
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
}
export interface Quoted extends WithOffer {
  state: 'quoted'
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
  why: string
  /** Its answer came after all. */
  settled?: true
}

interface WithConsent extends WithOffer {
  confirmedAt: number
  /** What was agreed to, frozen at the press. */
  agreedUsd: MicroUsd
  /** When it last came to wait for the paid request: at the press, or when people chose to try again. */
  queuedAt: number
  /** Paid requests of which nobody knows whether they were accepted, and so charged; oldest first. */
  lost: LostAnswer[]
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
}
export interface Saving extends WithReceipt {
  state: 'saving'
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
}

export type Job =
  | Quoting
  | Quoted
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
export type Agreed = Exclude<Job, Quoting | Quoted | Expired | Cancelled>

/** How many requests of a job may have been charged without anybody knowing. */
export const lostRequests = (job: Agreed): number => job.lost.filter(answer => !answer.settled).length

/** How a request that was never offered a price ended; such jobs leave no row behind. */
export type RefusedRequest = { code: RefusalCode; facts: Readonly<Record<string, string | number>> }
