import { type Kysely, sql } from 'kysely'
import type { JobIn } from '../core/job.ts'
import type { JobStore, Pollable } from '../core/ports.ts'
import { decodeJob, type JobRow } from './job-row.ts'
import type { Tables } from './schema.ts'

/**
 * Nothing is honestly due so much later: the longest wait is an hour. Such a row was written by a clock that was ahead,
 * and without this a paid job would be left alone for as long as that clock was wrong.
 */
const TOO_LATE_MS = 3 * 60 * 60_000

export type Polls = Pick<JobStore, 'pollable' | 'claimPolls'>

/** Jobs whose turn to be polled it may be. Like for all jobs, every method is one statement. */
export function polls(db: Kysely<Tables>): Polls {
  const isDue = (now: number) =>
    sql`state = 'processing' and (due_at <= ${now}::bigint or due_at > ${now + TOO_LATE_MS}::bigint)`
  return {
    async pollable(now) {
      const { rows } = await sql<Pollable>`
        select id, facts.*
        from jobs, jsonb_to_record(data) as facts (
          "submittedAt" float8, "polledAt" float8, "averageMs" float8, kind text
        )
        where ${isDue(now)}`.execute(db)
      return rows
    },

    async claimPolls(ids, { now, leaseMs, limit }) {
      if (ids.length === 0 || limit <= 0) return []
      const { rows } = await sql<JobRow & { place: string }>`
        with turns as (
          select jobs.id, place
          from unnest(${ids}::text[]) with ordinality as asked (id, place) join jobs on jobs.id = asked.id
          where ${isDue(now)}
          order by place
          limit ${limit}
          for update of jobs skip locked
        )
        update jobs set due_at = ${now + leaseMs} from turns where jobs.id = turns.id
        returning data, posts, place`.execute(db)
      // RETURNING promises no order.
      rows.sort((a, b) => Number(a.place) - Number(b.place))
      return rows.map(row => decodeJob(row) as JobIn<'processing'>)
    },
  }
}
