import type { ColumnType, Generated } from 'kysely'

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

/** Events that have made a job; kept when the job is not. */
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

export interface Tables {
  jobs: JobsTable
  seen_events: SeenEventsTable
  job_events: JobEventsTable
  settings: SettingsTable
}
