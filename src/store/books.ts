import { type Kysely, sql } from 'kysely'
import type { Books, Clock } from '../core/ports.ts'
import { audit } from './audit.ts'
import { entries } from './entries.ts'
import { freezes } from './freezes.ts'
import type { Tables } from './schema.ts'

/** Both databases hand bigint out as a string. */
type SumRow = Record<'held' | 'maybe' | 'spent', string> & { jobs: number }

const SUMS = sql`
  coalesce(sum(amount_usd) filter (where account = 'held'), 0) as held,
  coalesce(sum(amount_usd) filter (where account = 'maybe'), 0) as maybe,
  coalesce(sum(amount_usd) filter (where account = 'spent'), 0) as spent`
/** Of sums by job. */
const TOTALS = sql`
  count(*)::int as jobs, sum(held)::bigint as held, sum(maybe)::bigint as maybe, sum(spent)::bigint as spent`

const totalsOf = ({ jobs, held, maybe, spent }: SumRow) => ({
  jobs,
  standing: { held: Number(held), maybe: Number(maybe), spent: Number(spent) },
})

export interface BookStore extends Books {
  /** How many jobs there are, how many of them the ledger knows, and how many lines it has. */
  size(): Promise<{ jobs: number; known: number; lines: number }>
}

/** What the ledger's lines add up to. */
export function bookStore(db: Kysely<Tables>, clock: Clock): BookStore {
  return {
    ...freezes(db, clock),
    ...entries(db),

    async spent(platform, communityId, from, to) {
      const { rows } = await sql<SumRow & { requester_id: string }>`
        with sums as (
          select requester_id, ${SUMS} from ledger
          where platform = ${platform} and community_id = ${communityId}
            and counted_at >= ${from} and counted_at < ${to}
          group by requester_id, job_id
        )
        select requester_id, ${TOTALS} from sums
        where held + maybe + spent > 0
        group by requester_id
        order by sum(held + maybe + spent) desc, requester_id`.execute(db)
      return rows.map(row => ({ requesterId: row.requester_id, ...totalsOf(row) }))
    },

    async spentByPlace(from, to) {
      const { rows } = await sql<SumRow & { platform: string; community_id: string }>`
        with sums as (
          select platform, community_id, ${SUMS} from ledger
          where counted_at >= ${from} and counted_at < ${to}
          group by platform, community_id, job_id
        )
        select platform, community_id, ${TOTALS} from sums
        where held + maybe + spent > 0
        group by platform, community_id
        order by sum(held + maybe + spent) desc, platform, community_id`.execute(db)
      return rows.map(row => ({
        platform: row.platform,
        communityId: row.community_id,
        ...totalsOf(row),
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
