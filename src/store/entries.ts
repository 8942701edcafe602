import { setImmediate } from 'node:timers/promises'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Traces } from '../core/books.ts'
import type { Agreed } from '../core/job.ts'
import type { BookEntry, Books, BookTrace } from '../core/ports.ts'
import { decodeJob, type JobRow } from './job-row.ts'
import type { Tables } from './schema.ts'

/** Attempts that are read at a time: the database and we do something else in between. */
const PAGE = 250

/** Both databases hand bigint out as a string. */
type SumsRow = { job_id: string } & Record<'counted_at' | 'held' | 'maybe' | 'spent' | 'refunded', string>
type EntryRow = SumsRow & JobRow & Record<'platform' | 'community_id' | 'requester_id', string>

const SUMS = sql`
  coalesce(sum(amount_usd) filter (where account = 'held'), 0)::bigint as held,
  coalesce(sum(amount_usd) filter (where account = 'maybe'), 0)::bigint as maybe,
  coalesce(sum(amount_usd) filter (where account = 'spent'), 0)::bigint as spent,
  coalesce(sum(amount_usd) filter (where account = 'budget' and kind = 'refund'), 0)::bigint as refunded`

/** What is left of a job for the billing: its JSON is taken apart once, and nothing of what was asked comes along. */
const TRACES = sql`
  cross join lateral jsonb_to_record(jobs.data) as fact (
    state text, "stateAt" bigint, "queuedAt" bigint, "submittedAt" bigint, provider jsonb, lost jsonb, earlier jsonb
  )
  cross join lateral (
    select jsonb_strip_nulls(jsonb_build_object(
      'state', fact.state,
      'stateAt', "stateAt",
      'queuedAt', "queuedAt",
      'submittedAt', "submittedAt",
      'provider', jsonb_build_object('queueId', fact.provider->'queueId'),
      'lost', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'queuedAt', one->'queuedAt', 'sentAt', one->'sentAt', 'settled', one->'settled'
        ) order by place), '[]')
        from jsonb_array_elements(fact.lost) with ordinality as list (one, place)
      ),
      'earlier', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'queuedAt', one->'queuedAt', 'endedAt', one->'endedAt',
          'provider', jsonb_build_object('queueId', one->'provider'->'queueId')
        ) order by place), '[]')
        from jsonb_array_elements(fact.earlier) with ordinality as list (one, place)
      )
    )) as traces
  ) as left_of_it`

/** The attempts in the ledger. */
export function entries(db: Kysely<Tables>): Pick<Books, 'entries' | 'traces' | 'attemptsOf'> {
  /** Of all attempts that count in a time, the oldest first. Every attempt has taken its money from the budget. */
  async function* pages<R extends SumsRow>(
    which: RawBuilder<unknown>,
    [from, to]: readonly [number, number],
    of: RawBuilder<unknown>,
    join = sql``,
  ): AsyncGenerator<R[]> {
    for (let after: SumsRow | null = null; ; ) {
      const next: RawBuilder<unknown> = after
        ? sql`counted_at >= ${after.counted_at} and (counted_at > ${after.counted_at} or job_id > ${after.job_id})`
        : sql`counted_at >= ${from}`
      const { rows }: { rows: R[] } = await sql<R>`
        with page as (
          select distinct counted_at, job_id, platform, community_id, requester_id
          from ledger
          where account = 'budget' and ${which} and ${next} and counted_at < ${to}
          order by counted_at, job_id
          limit ${PAGE}
        )
        select page.counted_at, page.job_id, sums.*, ${of}
        from page
        cross join lateral (
          select ${SUMS} from ledger
          where ledger.job_id = page.job_id and ledger.counted_at = page.counted_at
        ) as sums
        join jobs on jobs.id = page.job_id
        ${join}
        order by page.counted_at, page.job_id`.execute(db)
      if (rows.length > 0) yield rows
      if (rows.length < PAGE) return
      after = rows.at(-1)!
      // A database within this process answers at once, and would let nothing else have its turn.
      await setImmediate()
    }
  }

  return {
    async *entries(place, from, to) {
      const here = place
        ? sql`platform = ${place.platform} and community_id = ${place.communityId}`
        : sql`true`
      const of = sql`page.platform, page.community_id, page.requester_id, jobs.data, jobs.posts`
      for await (const rows of pages<EntryRow>(here, [from, to], of)) yield rows.map(entryOf)
    },

    async *traces({ platform, communityId }, from, to) {
      const elsewhere = sql`(platform, community_id) <> (${platform}::text, ${communityId}::text)`
      const all = pages<SumsRow & { traces: Traces }>(elsewhere, [from, to], sql`traces`, TRACES)
      for await (const rows of all) yield rows.map((row): BookTrace => ({ ...moneyOf(row), job: row.traces }))
    },

    async attemptsOf(jobId) {
      const { rows } = await sql<EntryRow>`
        select sums.*, jobs.data, jobs.posts
        from (
          select job_id, counted_at, platform, community_id, requester_id, min(id) as first, ${SUMS}
          from ledger where job_id = ${jobId}
          group by job_id, counted_at, platform, community_id, requester_id
        ) as sums
        join jobs on jobs.id = sums.job_id
        order by first`.execute(db)
      return rows.map(entryOf)
    },
  }
}

const moneyOf = (row: SumsRow) => ({
  jobId: row.job_id,
  countedAt: Number(row.counted_at),
  standing: { held: Number(row.held), maybe: Number(row.maybe), spent: Number(row.spent) },
  refundedUsd: Number(row.refunded),
})

const entryOf = (row: EntryRow): BookEntry => ({
  ...moneyOf(row),
  platform: row.platform,
  communityId: row.community_id,
  requesterId: row.requester_id,
  // Only jobs that were agreed to have lines.
  job: decodeJob(row) as Agreed,
})
