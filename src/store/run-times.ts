import { type Kysely, sql } from 'kysely'
import type { RunTimes } from '../core/ports.ts'
import type { Tables } from './schema.ts'

export interface RunTimeStore extends RunTimes {
  /** Keeps the newest so many of each kind. Returns how many others were forgotten. */
  prune(keep: number): Promise<number>
}

/** How long jobs have taken, in SQL. Like for jobs, every method is one statement. */
export function runTimeStore(db: Kysely<Tables>): RunTimeStore {
  return {
    async note(jobId, kind, { notDoneMs, doneMs }) {
      await db
        .insertInto('run_times')
        .values({ job_id: jobId, kind, not_done_ms: notDoneMs, done_ms: doneMs })
        .onConflict(c => c.column('job_id').doNothing())
        .execute()
    },

    async recent(kind, limit) {
      const rows = await db
        .selectFrom('run_times')
        .select(['not_done_ms', 'done_ms'])
        .where('kind', '=', kind)
        .orderBy('id', 'desc')
        .limit(limit)
        .execute()
      return rows.map(row => ({ notDoneMs: row.not_done_ms, doneMs: row.done_ms }))
    },

    async prune(keep) {
      const gone = await db
        .with('ranked', q =>
          q
            .selectFrom('run_times')
            .select(['id', sql<string>`row_number() over (partition by kind order by id desc)`.as('place')]),
        )
        .deleteFrom('run_times')
        .using('ranked')
        .whereRef('run_times.id', '=', 'ranked.id')
        .where('ranked.place', '>', String(keep))
        .returning('run_times.id')
        .execute()
      return gone.length
    },
  }
}
