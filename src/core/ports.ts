import type { Traces } from './books.ts'
import type { Breach, Caps } from './caps.ts'
import type { Clip, Factor } from './clip.ts'
import type { Agreed, ChargeLine, Failure, Job, JobIn, Posts, ProviderRef, State } from './job.ts'
import type { Posting, Standing } from './ledger.ts'
import type { MicroUsd } from './money.ts'
import type { ModelProfile } from './pricing.ts'
import type { QuoteKind } from './quote.ts'
import type { Approval, Pool, Rules } from './rules.ts'
import type { ClipSource } from './source.ts'
import type { JobEvent } from './transitions.ts'

/** Wall-clock ms. */
export type Clock = () => number

export interface Log {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** A job as the store found it. */
export interface Due {
  job: Job
  /** Whether everything that people should see of this version has been posted. */
  told: boolean
}

/** Where jobs live. The row is the truth; queues and messages follow from it. */
export interface JobStore {
  /** "duplicate" when that event has made a job before, however it ended: an event makes at most one. */
  create(job: Job, eventId: string): Promise<'created' | 'duplicate'>
  get(id: string): Promise<Job | null>
  /**
   * Writes `next` where the row still is at `before.version`, together with an append-only event row and the ledger's
   * rows for what moves, and marks it untold. False: somebody else was faster, and nothing was written.
   */
  save(
    before: Job,
    next: Job,
    event: JobEvent,
    dueAt: number | null,
    postings: readonly Posting[],
  ): Promise<boolean>
  /**
   * The same for a step that agrees to pay: all of it or nothing. It is judged in the same transaction, so that however
   * many people confirm at once in however many processes, no cap is passed, nothing goes while it is frozen, and nothing
   * above the community's amount goes without approval. `caps`: of the installation; those of the community are read
   * within. `approvedUnder`: somebody else has agreed too, who may by this rule, null where the community has none any
   * more; absent: nobody has. What passes a cap is not worth approving: caps come first. "other_rule": by now the community
   * has another one, so it has to be looked at again who may.
   * `behind`: a pool is there that begins at this time (wall-clock ms), later than what was to be written is agreed to, so
   * that it would not be drawn from it. Nothing was written; agreed to at that time or later, it may be.
   */
  spend(
    before: Job,
    next: Job,
    event: JobEvent,
    dueAt: number | null,
    postings: readonly Posting[],
    terms: { caps: Readonly<Caps>; approvedUnder?: Approval | null },
  ): Promise<
    | 'saved'
    | 'raced'
    | 'other_rule'
    | { behind: number }
    | { breach: Breach }
    | { frozen: Freeze }
    | { needsApproval: Approval }
  >
  /** Notes message ids without touching state or version; posts that are there already stay unless named. */
  notePosts(id: string, posts: Posts): Promise<void>
  /** Everything that people should see of this version has been posted. */
  markTold(id: string, version: number): Promise<void>
  /** Removes a job that never was offered a price. Its event id stays known. */
  forget(id: string): Promise<void>
  /**
   * Takes up to `limit` jobs in these states that are due, or that were not told for `untoldMs`, and moves each one's
   * due time `leaseMs` ahead, so that no other process takes it meanwhile. Fair: the longest due comes first.
   */
  claimDue(
    states: readonly State[],
    options: { now: number; leaseMs: number; untoldMs: number; limit: number },
  ): Promise<Due[]>
  /** Every job that is being upscaled and whose next poll may come now: as much of it as ranking needs. */
  pollable(now: number): Promise<Pollable[]>
  /**
   * Takes up to `limit` of these jobs that still are pollable, the first ids first, and moves each one's due time
   * `leaseMs` ahead, so that no other process takes it meanwhile.
   */
  claimPolls(
    ids: readonly string[],
    options: { now: number; leaseMs: number; limit: number },
  ): Promise<JobIn<'processing'>[]>
  /** Those of the provider's numbers of which a job of ours has the receipt, for an earlier attempt of it too. */
  knownReceipts(queueIds: readonly string[]): Promise<string[]>
  /** Every job in these states; for start-up. */
  list(states: readonly State[]): Promise<Job[]>
  /** A value that all processes share, made on first use (secrets). */
  setting(name: string, make: () => string): Promise<string>
}

/** All new spending is stopped, by one person's word. */
export interface Freeze {
  /** Of one community, or of this installation. */
  scope: 'community' | 'all'
  /** Who stopped it, and when (wall-clock ms). */
  by: string
  at: number
  /** Of all: the community has stopped it itself too. */
  own?: true
}

/** A job's attempt in the books: what was agreed to at one time, and where that money is now. */
export interface BookEntry {
  jobId: string
  platform: string
  communityId: string
  requesterId: string
  /** When it was agreed to, wall-clock ms: in this day and month it counts. */
  countedAt: number
  standing: Standing
  /** All that was charged and given back. */
  refundedUsd: MicroUsd
  /** The job as it is now. */
  job: Agreed
}

/**
 * What communities have set for themselves. Every change is kept, with who made it and when. `eventId`: what it comes from;
 * the same rule of the same event again writes nothing, so that an event that is delivered twice counts once.
 */
export interface Rulebook {
  /** The newest of each. */
  of(platform: string, communityId: string): Promise<Rules>
  /**
   * Whatever agrees to pay after this has returned is held to it. A pool begins at its `since`, or as much later as it has
   * to, so that nothing is drawn from it that was agreed to before this.
   */
  set<K extends keyof Rules>(
    platform: string,
    communityId: string,
    by: string,
    rule: K,
    value: Rules[K],
    eventId?: string,
  ): Promise<void>
  /** Sets above which price somebody else has to agree. Groups and people that are not named stay as they are. */
  changeApproval(
    platform: string,
    communityId: string,
    by: string,
    change: Pick<Approval, 'aboveUsd'> & Partial<Approval>,
    eventId?: string,
  ): Promise<void>
  /** Puts so much more into the pool that is there, or changes what each may draw. Null: there is none. */
  changePool(
    platform: string,
    communityId: string,
    by: string,
    change: { add?: MicroUsd; each?: MicroUsd | null },
    eventId?: string,
  ): Promise<Pool | null>
}

/** An attempt of which nothing is told: no more than what the provider's billing is compared with. */
export interface BookTrace extends Pick<BookEntry, 'jobId' | 'countedAt' | 'standing' | 'refundedUsd'> {
  job: Traces
}

/**
 * What was spent, from the ledger's own lines. Every method is one statement; where there may be any number of attempts
 * every page is one, so that nobody else waits for long.
 */
export interface Books {
  /** Sums of one community from `from` (inclusive) to `to`, by requester, the largest spender first. */
  spent(
    platform: string,
    communityId: string,
    from: number,
    to: number,
  ): Promise<{ requesterId: string; jobs: number; standing: Standing }[]>
  /** The same of all communities, by community. */
  spentByPlace(
    from: number,
    to: number,
  ): Promise<{ platform: string; communityId: string; jobs: number; standing: Standing }[]>
  /**
   * All attempts of a community, or with null of all of them, that count from `from` (inclusive) to `to`, the oldest
   * first; also those of which nothing is held or spent any more.
   */
  entries(
    place: { platform: string; communityId: string } | null,
    from: number,
    to: number,
  ): AsyncIterable<BookEntry[]>
  /** Those of all other communities. */
  traces(
    place: { platform: string; communityId: string },
    from: number,
    to: number,
  ): AsyncIterable<BookTrace[]>
  /** Those of one job, in the order in which they were agreed to, whatever the clock said. */
  attemptsOf(jobId: string): Promise<BookEntry[]>
  /** Of the community, or, with none named, of this installation. */
  frozen(platform: string, communityId: string): Promise<Freeze | null>
  /**
   * `eventId`: what it comes from. False: that event was here before, and nothing was changed, so that one that is
   * delivered again stops nothing that was agreed to since.
   */
  freeze(platform: string, communityId: string | null, by: string, eventId: string): Promise<boolean>
  /** The same. */
  unfreeze(platform: string, communityId: string | null, eventId: string): Promise<boolean>
  /** What is wrong with the ledger, in plain words with job ids; empty: nothing. */
  check(): Promise<string[]>
}

/** A job that is being upscaled. Times in wall-clock ms. */
export interface Pollable {
  id: string
  submittedAt: number
  /** When it was last seen not to be done. */
  polledAt: number
  /** The provider's own figure for such jobs, ms (a P80). */
  averageMs: number | null
  kind: string
}

/** How long a job took, ms from its acceptance: it was not done yet at the first, and done at the second. */
export interface Took {
  notDoneMs: number
  doneMs: number
}

/** How long jobs of a kind have taken, kept for good. */
export interface RunTimes {
  /** Noting the same job again changes nothing. */
  note(jobId: string, kind: string, took: Took): Promise<void>
  /** The newest first. */
  recent(kind: string, limit: number): Promise<Took[]>
}

/** Limits that all processes share, by name. Every method is one statement. */
export interface SharedLimits {
  /**
   * Takes as many of `wanted` as may go now: `perMinute` evenly spread, `burst` at once (GCRA). `waitMs`: until the next
   * one may go; 0 where all were granted.
   */
  take(
    name: string,
    wanted: number,
    rate: { perMinute: number; burst: number },
  ): Promise<{ granted: number; waitMs: number }>
  /**
   * Nothing more may go under this name before then, wall-clock ms, or for an hour if that is sooner. Never shortens what
   * holds already.
   */
  hold(name: string, until: number): Promise<void>
  /** Until when nothing may go under this name, wall-clock ms; null: it may. */
  heldUntil(name: string): Promise<number | null>
  /**
   * Notes a failure. Where it makes `max` of them within `windowMs`, the name is held for `holdMs` (at most an hour) and they are
   * forgotten. Returns how many there are within the window, and until when it is held by this very failure.
   */
  fail(
    name: string,
    rule: { max: number; windowMs: number; holdMs: number },
  ): Promise<{ failures: number; heldUntil: number | null }>
}

/** Work for a job at a version; the same id and version are one piece of work, however often they are added. */
export interface Work {
  jobId: string
  version: number
}

export interface WorkQueue {
  /** @throws where the queue can't be reached; the job's row is swept later, so nothing is lost. */
  add(work: Work, delayMs: number): Promise<void>
  /** Starts working; each piece is given to one handler at a time, again after a crash. */
  start(handler: (work: Work) => Promise<void>): void
  close(): Promise<void>
}

/** The clip as the provider can have it: a link that it can fetch, and the bytes in our storage. */
export interface SourceForProvider {
  url: string | null
  path: string
  contentType: string
  sizeBytes: number
}

export type SubmitOutcome =
  | { kind: 'accepted'; provider: ProviderRef }
  /**
   * Proven not accepted, and the reason passes: refused connection, rate limit. `limited`: asked too often or at a
   * busy time, which is nobody's failure and is waited out however long it takes.
   */
  | { kind: 'not_accepted'; why: string; retryAfterMs: number | null; limited: boolean }
  /** Proven not accepted, for good. */
  | { kind: 'rejected'; failure: Failure }
  /** Nothing proves either way. Must never be sent again without a person's word. */
  | { kind: 'unknown'; why: string }

export type PollOutcome =
  | { kind: 'processing'; averageMs: number | null; elapsedMs: number | null }
  /** `url`: where the file is, if the answer says so. */
  | { kind: 'finished'; url: string | null }
  | { kind: 'failed'; failure: Failure }
  /** No verdict this time. `limited`: asked too often, which is nobody's failure. `refused`: our key is. */
  | { kind: 'unavailable'; why: string; retryAfterMs: number | null; limited: boolean; refused?: boolean }

/** Whether the provider's account can pay. */
export type Balance =
  /** `leftUsd`: what it has, USD; null where that is not said, or is not in USD. */
  | { kind: 'ok'; leftUsd: MicroUsd | null }
  | { kind: 'empty' }
  /** The key does not open the account: `code` as for a paid request that is refused for it. */
  | { kind: 'refused'; code: 'key_refused' | 'access_denied' }

/** The provider's billing of some time, as far as it could be read. */
export interface Bill {
  /** Oldest first. */
  lines: ChargeLine[]
  /** Lines that make no sense to us and may be charges. */
  unread: number
  /** Whether it was read to its end. */
  complete: boolean
  /** Until when it was asked for, wall-clock ms: nothing later can be in it. */
  upTo: number
}

/** Whoever does the upscaling, for money. */
export interface Upscaler {
  /** As shown to people. */
  readonly name: string
  /** Where credits are bought. */
  readonly creditsUrl: string
  /** The largest source, in bytes, that can be sent inside the request where there is no link to it. */
  readonly maxInlineBytes: number
  /** The model that new requests are priced for. */
  readonly profile: ModelProfile
  /**
   * Prices of all factors, by the best way that answers. @throws Unavailable where the provider can't be reached at all,
   * with `retryAfterMs` where it is known when it can
   */
  quote(
    clip: Clip,
    model: ModelProfile,
    source: SourceForProvider,
  ): Promise<{ kind: QuoteKind; prices: Map<Factor, MicroUsd> }>
  /** Null: the provider answers, but does not say. @throws Unavailable */
  balance(): Promise<Balance | null>
  /** The paid call. At most one request that could be accepted leaves, ever; it never throws. */
  submit(
    clip: Clip,
    order: { model: ModelProfile; factor: Factor },
    source: SourceForProvider,
  ): Promise<SubmitOutcome>
  /** Takes up to `wanted` polls of what the key may still do, in all processes together; returns how many. */
  grantPolls(wanted: number): Promise<number>
  /** Asks once; each call needs a grant. Never throws. */
  poll(provider: ProviderRef): Promise<PollOutcome>
  /**
   * What was charged between two times (wall-clock ms), oldest first; null: the provider does not say.
   * @throws Unavailable
   */
  charges(from: number, to: number): Promise<ChargeLine[] | null>
  /**
   * The same for long times, as far as it can be read: what is missing is told and not passed over. One that was read a
   * moment ago, or is just being read, is told to whoever asks for the same again: see `upTo`. Null: the provider does not
   * say. @throws Unavailable
   */
  bill(from: number, to: number): Promise<Bill | null>
  /** Streams the finished file to `path`. @throws Unavailable (again later), Final (never) */
  fetchResult(provider: ProviderRef, path: string): Promise<{ sizeBytes: number }>
  /** Lets the provider delete its copy. @throws Unavailable, Final */
  discard(provider: ProviderRef): Promise<void>
}

export interface Media {
  /** Reads what a clip is by range reads, wherever it lies. @throws Refusal */
  probeSource(source: ClipSource): Promise<Clip>
  /** @throws Refusal */
  probeFile(path: string): Promise<Clip>
  /** Copies a clip's bytes to `path`, whole or not at all. @throws Refusal (source_gone, source_stalled, too_big, empty_file) */
  copy(source: ClipSource, path: string): Promise<{ sizeBytes: number }>
  /** Writes the picture of `video` and the sound of `sound` to `out`, packet by packet, nothing encoded anew. */
  joinSound(video: string, sound: string, out: string): Promise<void>
}

/** A table as text that spreadsheets open, whatever is in its cells. All rows are as long as the head. */
export type WriteTable = (head: readonly string[], rows: readonly (readonly string[])[]) => string

/** Where sources and results stay. Keys look like "results/abc.mp4". */
export interface Files {
  /** A path of our own to write to; what is not kept is swept. */
  scratch(): Promise<string>
  /** Moves a finished file in under its key, in one step. */
  keep(scratchPath: string, key: string): Promise<void>
  /** Whether there is a file under that key. */
  has(key: string): Promise<boolean>
  /** Local path to read a kept file from. */
  path(key: string): string
  remove(key: string): Promise<void>
  discard(scratchPath: string): Promise<void>
  /** Writes a small text where a message can take it from; it is swept like everything that is not kept. */
  note(text: string): Promise<{ path: string; sizeBytes: number }>
  /** A link that anyone who has it can open until then; `fileName` is what it is saved as. */
  link(key: string, fileName: string, expiresAt: number): string
  /** The same, if the outside world can reach it; else null. */
  publicLink(key: string, fileName: string, expiresAt: number): string | null
}

/** An answer that comes piece by piece. */
export interface Body {
  status: number
  /** Where it came from in the end, after redirects. */
  url: string
  header(name: string): string | null
  /** The next bytes; null at the end. @throws where the connection is cut, or stalls */
  next(): Promise<Uint8Array | null>
  cancel(): Promise<void>
}

/** The one way by which foreign bytes come in. */
export interface Door {
  /**
   * GET, every address on the way vetted before anything is sent to it.
   * @throws Refusal; where a connection fails, what the socket says
   */
  open(
    source: ClipSource,
    headers: Record<string, string>,
    transfer: { stallMs: number; signal: AbortSignal },
  ): Promise<Body>
}

/** Where a platform's own files lie. */
export interface FileHosts {
  /** Names of https hosts, exact. */
  hosts: readonly string[]
  /** Origins ("http://127.0.0.1:4100") that count as its own too, where another service stands for the platform. */
  origins?: readonly string[]
  /** Headers that open a file of that community; absent: none are needed. @throws Refusal file_hidden, busy, internal */
  credential?(access: string): Promise<Record<string, string>>
}

/**
 * Makes secrets unreadable to whoever has the database and not the key. `about` says what a value belongs to
 * ("installation:T123"); it only opens under the same words, so it can't be moved to another row.
 */
export interface Vault {
  seal(plain: string, about: string): string
  /** @throws MuranoError vault_wrong_key (its key is not among ours), vault_damaged (changed, or of something else) */
  open(sealed: string, about: string): string
  /** Whether it was sealed under the key that new values are sealed under. */
  isCurrent(sealed: string): boolean
}

/** What a platform gave us when a community installed the bot. `data` is the adapter's own JSON, secrets included. */
export interface Installations {
  /** Null: not installed there. @throws MuranoError vault_wrong_key, vault_damaged */
  get(platform: string, tenantId: string): Promise<Record<string, unknown> | null>
  save(platform: string, tenantId: string, data: Record<string, unknown>): Promise<void>
  remove(platform: string, tenantId: string): Promise<void>
  /** The tenant ids of every community that has the bot installed. */
  list(platform: string): Promise<string[]>
  /** Runs `work` while no other work for the same tenant runs, in any process; waits its turn. */
  alone<T>(platform: string, tenantId: string, work: () => Promise<T>): Promise<T>
}

/** What was posted under a key, for platforms that would post it twice. */
export interface Postings {
  /** The first call for a key notes the attempt and answers null; later ones answer what is known. */
  begin(key: string): Promise<{ startedAt: number; note: Record<string, string> } | null>
  /** Adds to what is known of it (message id, file id). */
  note(key: string, facts: Record<string, string>): Promise<void>
}
