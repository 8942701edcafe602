import { type Kysely, sql } from 'kysely'
import type { Job } from '../core/job.ts'
import type { Posting } from '../core/ledger.ts'
import type { JobEvent } from '../core/transitions.ts'
import { encodeJob, toJson } from './job-row.ts'
import { asTable, LEDGER_COLUMNS, linesOf } from './ledger.ts'
import type { Tables } from './schema.ts'

/** A job's step from one version to the next, as it is to be written. */
export interface Step {
  before: Job
  next: Job
  event: JobEvent
  /** Wall-clock ms. */
  due: number | null
  postings: readonly Posting[]
  now: number
}

/**
 * Row, history and ledger in one statement, so that none is ever written without the others. False: the row has moved
 * meanwhile, and nothing was written.
 */
export async function writeStep(db: Kysely<Tables>, step: Step): Promise<boolean> {
  const { before, next, event, due, postings, now } = step
  const saved = await db
    .with('moved', q =>
      q
        .updateTable('jobs')
        .set({
          state: next.state,
          version: next.version,
          data: encodeJob(next).data,
          told: false,
          untold_since: now,
          due_at: due,
          updated_at: now,
        })
        .where('id', '=', before.id)
        .where('version', '=', before.version)
        .where('state', '=', before.state)
        .returning('id'),
    )
    .with('posted', q =>
      q
        .insertInto('ledger')
        .columns(LEDGER_COLUMNS)
        .expression(sql`select line.* from moved, ${asTable(linesOf(next, postings, now))}`),
    )
    .insertInto('job_events')
    .columns(['job_id', 'version', 'at', 'from_state', 'to_state', 'event'])
    .expression(e =>
      e
        .selectFrom('moved')
        .select([
          'moved.id',
          sql<number>`${next.version}::int`.as('version'),
          sql<number>`${now}::bigint`.as('at'),
          sql<string | null>`${before.state}::text`.as('from_state'),
          sql<string>`${next.state}::text`.as('to_state'),
          sql`${toJson(event)}::jsonb`.as('event'),
        ]),
    )
    .returning('id')
    .execute()
  return saved.length > 0
}
