import { type Kysely, sql } from 'kysely'
import type { JobIn } from '../core/job.ts'
import type { JobStore, Pollable } from '../core/ports.ts'
import { decodeJob, type JobRow } from './job-row.ts'
import type { Tables } from './schema.ts'

export type Polls = Pick<JobStore, 'pollable' | 'claimPolls'>

/** Jobs whose turn to be polled it may be. Like for all jobs, every method is one statement. */
export function polls(db: Kysely<Tables>): Polls {
  return {
    async pollable(now) {
      const { rows } = await sql<Pollable>`
        select id, facts.*
        from jobs, jsonb_to_record(data) as facts (
          "submittedAt" float8, "polledAt" float8, "averageMs" float8, kind text
        )
        where state = 'processing' and due_at <= ${now}::bigint`.execute(db)
      return rows
    },

    async claimPolls(ids, { now, leaseMs, limit }) {
      if (ids.length === 0 || limit <= 0) return []
      const { rows } = await sql<JobRow & { place: string }>`
        with turns as (
          select jobs.id, place
          from unnest(${ids}::text[]) with ordinality as asked (id, place) join jobs on jobs.id = asked.id
          where state = 'processing' and due_at <= ${now}::bigint
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
