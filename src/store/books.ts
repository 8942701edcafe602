import { type Kysely, sql } from 'kysely'
import type { Agreed } from '../core/job.ts'
import type { Books, Clock } from '../core/ports.ts'
import { audit } from './audit.ts'
import { freezes } from './freezes.ts'
import { decodeJob, type JobRow } from './job-row.ts'
import type { Tables } from './schema.ts'

/** Both databases hand bigint out as a string. */
type EntryRow = JobRow &
  Record<'job_id' | 'platform' | 'community_id' | 'requester_id', string> &
  Record<'counted_at' | 'held' | 'maybe' | 'spent' | 'refunded', string>

export interface BookStore extends Books {
  /** How many jobs there are, how many of them the ledger knows, and how many lines it has. */
  size(): Promise<{ jobs: number; known: number; lines: number }>
}

/** What the ledger's lines add up to. */
export function bookStore(db: Kysely<Tables>, clock: Clock): BookStore {
  return {
    ...freezes(db, clock),

    async spent(platform, communityId, from, to) {
      const { rows } = await sql<
        Record<'held' | 'maybe' | 'spent', string> & { requester_id: string; jobs: number }
      >`
        with sums as (
          select
            requester_id,
            coalesce(sum(amount_usd) filter (where account = 'held'), 0) as held,
            coalesce(sum(amount_usd) filter (where account = 'maybe'), 0) as maybe,
            coalesce(sum(amount_usd) filter (where account = 'spent'), 0) as spent
          from ledger
          where platform = ${platform} and community_id = ${communityId}
            and counted_at >= ${from} and counted_at < ${to}
          group by requester_id, job_id
        )
        select
          requester_id,
          count(*)::int as jobs,
          sum(held)::bigint as held,
          sum(maybe)::bigint as maybe,
          sum(spent)::bigint as spent
        from sums
        where held + maybe + spent > 0
        group by requester_id
        order by sum(held + maybe + spent) desc, requester_id`.execute(db)
      return rows.map(row => ({
        requesterId: row.requester_id,
        jobs: row.jobs,
        standing: { held: Number(row.held), maybe: Number(row.maybe), spent: Number(row.spent) },
      }))
    },

    async entries(place, from, to) {
      const here = place
        ? sql`platform = ${place.platform} and community_id = ${place.communityId}`
        : sql`true`
      const { rows } = await sql<EntryRow>`
        with sums as (
          select
            job_id, counted_at, platform, community_id, requester_id,
            coalesce(sum(amount_usd) filter (where account = 'held'), 0)::bigint as held,
            coalesce(sum(amount_usd) filter (where account = 'maybe'), 0)::bigint as maybe,
            coalesce(sum(amount_usd) filter (where account = 'spent'), 0)::bigint as spent,
            coalesce(sum(amount_usd) filter (where account = 'budget' and kind = 'refund'), 0)::bigint as refunded
          from ledger
          where ${here} and counted_at >= ${from} and counted_at < ${to}
          group by job_id, counted_at, platform, community_id, requester_id
        )
        select sums.*, jobs.data, jobs.posts
        from sums join jobs on jobs.id = sums.job_id
        order by counted_at, job_id`.execute(db)
      return rows.map(row => ({
        jobId: row.job_id,
        platform: row.platform,
        communityId: row.community_id,
        requesterId: row.requester_id,
        countedAt: Number(row.counted_at),
        standing: { held: Number(row.held), maybe: Number(row.maybe), spent: Number(row.spent) },
        refundedUsd: Number(row.refunded),
        // Only jobs that were agreed to have lines.
        job: decodeJob(row) as Agreed,
      }))
    },

    check: () => audit(db),

    async size() {
      const { rows } = await sql<{ jobs: number; known: number; lines: number }>`
        select
          (select count(*)::int from jobs) as jobs,
          count(distinct job_id)::int as known,
          count(*)::int as lines
        from ledger`.execute(db)
      return rows[0]!
    },
  }
}
