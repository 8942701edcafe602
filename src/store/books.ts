import { type Kysely, sql } from 'kysely'
import type { Books, Clock } from '../core/ports.ts'
import { audit } from './audit.ts'
import { freezes } from './freezes.ts'
import type { Tables } from './schema.ts'

export interface BookStore extends Books {
  /** How many lines the ledger has, and of how many jobs. */
  size(): Promise<{ jobs: number; lines: number }>
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

    check: () => audit(db),

    async size() {
      const { rows } = await sql<{ jobs: number; lines: number }>`
        select count(distinct job_id)::int as jobs, count(*)::int as lines from ledger`.execute(db)
      return rows[0]!
    },
  }
}
