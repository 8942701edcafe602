import { type Kysely, sql } from 'kysely'
import type { JobIn } from '../core/job.ts'
import type { JobStore, Pollable } from '../core/ports.ts'
import { decodeJob } from './job-row.ts'
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

    async claimPolls(ids, { now, leaseMs }) {
      if (ids.length === 0) return []
      const rows = await db
        .with('turns', q =>
          q
            .selectFrom('jobs')
            .select('id')
            .where('id', 'in', ids)
            .where('state', '=', 'processing')
            .where('due_at', '<=', sql<string>`${now}::bigint`)
            .forUpdate()
            .skipLocked(),
        )
        .updateTable('jobs')
        .from('turns')
        .set({ due_at: now + leaseMs })
        .whereRef('jobs.id', '=', 'turns.id')
        .returning(['jobs.id', 'jobs.data', 'jobs.posts'])
        .execute()
      const claimed = new Map(rows.map(row => [row.id, decodeJob(row) as JobIn<'processing'>]))
      // RETURNING promises no order.
      return ids.flatMap(id => claimed.get(id) ?? [])
    },
  }
}
