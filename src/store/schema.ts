import type { ColumnType, Generated } from 'kysely'
import type { Account, PostingKind } from '../core/ledger.ts'
import type { MicroUsd } from '../core/money.ts'
import type { Rules } from '../core/rules.ts'

/** Wall-clock ms. Both databases hand bigint out as a string, and none is read as a number by accident. */
type Ms = ColumnType<string, number, number>
type Json = ColumnType<unknown, string, string>

/** One row per job; what `data` says of id, state and version, the columns say too. */
interface JobsTable {
  id: string
  state: string
  version: number
  /** The job without its posts. */
  data: Json
  /** Message ids, merged in beside the state. */
  posts: Json
  /** Whether people have been shown this version. */
  told: boolean
  /** Not told: since when. Moved on while somebody is at it, so that it is nobody else's turn before their lease ends. */
  untold_since: Ms
  due_at: ColumnType<string | null, number | null, number | null>
  event_id: string
  community_id: string
  requester_id: string
  created_at: Ms
  updated_at: Ms
}

/** Events that have made a job, kept when the job is not; and, with no job, those that stopped or allowed spending. */
interface SeenEventsTable {
  event_id: string
  job_id: string
  at: Ms
}

/** What happened to a job, never changed or deleted; a trigger sees to that. */
interface JobEventsTable {
  id: Generated<string>
  job_id: string
  version: number
  at: Ms
  from_state: string | null
  to_state: string
  event: Json
}

interface SettingsTable {
  name: string
  value: string
}

/** A platform's communities that have the bot installed. */
interface InstallationsTable {
  platform: string
  tenant_id: string
  /** The adapter's JSON, readable only with the key. */
  sealed: string
  updated_at: Ms
}

/** Who works alone on a community's installation; there may be none of it yet, or no more. */
interface InstallationLeasesTable {
  platform: string
  tenant_id: string
  holder: string
  held_until: Ms
}

/** What was posted, or begun to be, under a key. */
interface PostingsTable {
  key: string
  started_at: Ms
  attempts: Generated<number>
  /** Names and values, both text. */
  facts: Json
}

/** Names under which only so much may be done in a time. Times are wall-clock ms, as finely as they are computed. */
interface LimitsTable {
  name: string
  /** GCRA's theoretical arrival time of the next request; 0: there was none. */
  tat: Generated<number>
  held_until: Generated<number>
  /** When the failures were that still count. */
  failures: Generated<number[]>
  /** What the last statement answered its caller: RETURNING tells nothing but what is in the row then. */
  answer: Json | null
}

/** How long jobs took, ms from their acceptance. */
interface RunTimesTable {
  /** Grows with each. */
  id: Generated<string>
  job_id: string
  kind: string
  not_done_ms: number
  done_ms: number
}

/**
 * Where money went, never changed or deleted; a trigger sees to that. Each posting is two lines: what one account loses,
 * another gains.
 */
interface LedgerTable {
  id: Generated<string>
  at: Ms
  /** The moment of the hold that the money belongs to: it says in which day and month it counts, wherever it goes. */
  counted_at: Ms
  job_id: string
  version: number
  /** Place of the line among those of its version, from 0. */
  leg: number
  kind: PostingKind
  account: Account
  /** Millionths of a US dollar; negative: the account loses it. */
  amount_usd: ColumnType<string, MicroUsd, never>
  platform: string
  community_id: string
  requester_id: string
}

/** Who stopped all new spending of a community; where platform and community are '', of the whole installation. */
interface FreezesTable {
  platform: string
  community_id: string
  frozen_by: string
  at: Ms
}

/** What communities have set for themselves, never changed or deleted; of each rule the newest row holds. */
interface RuleChangesTable {
  id: Generated<string>
  platform: string
  community_id: string
  rule: keyof Rules
  /** Null: off. */
  value: Json | null
  set_by: string
  at: Ms
  /** What the change comes from, where that is known: it makes one of each rule. */
  event_id: string | null
}

export interface Tables {
  jobs: JobsTable
  seen_events: SeenEventsTable
  job_events: JobEventsTable
  ledger: LedgerTable
  freezes: FreezesTable
  rule_changes: RuleChangesTable
  settings: SettingsTable
  installations: InstallationsTable
  installation_leases: InstallationLeasesTable
  postings: PostingsTable
  limits: LimitsTable
  run_times: RunTimesTable
}
