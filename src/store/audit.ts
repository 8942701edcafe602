import { type Kysely, sql } from 'kysely'
import {
  ACCOUNTS,
  type Account,
  kindOf,
  type PostingKind,
  type Standing,
  standingOf,
  standingsOf,
} from '../core/ledger.ts'
import type { MicroUsd } from '../core/money.ts'
import { decodeJob, type JobRow } from './job-row.ts'
import type { Tables } from './schema.ts'

const PAGE = 200
const HOLDING = ['held', 'maybe', 'spent'] as const

/** To the millionth: what is wrong may be less than a cent. */
const exact = (amountUsd: MicroUsd) =>
  `${amountUsd < 0 ? '-' : ''}$${(Math.abs(amountUsd) / 1_000_000).toFixed(6)}`

const timeText = (at: number) => new Date(at).toISOString()

/** What is wrong with the ledger, a sentence each. While jobs move on, too: a job and its lines are read together. */
export async function audit(db: Kysely<Tables>): Promise<string[]> {
  return [
    ...(await unbalanced(db)),
    ...(await misnamed(db)),
    ...(await unheardOf(db)),
    ...(await overdrawn(db)),
    ...(await strays(db)),
    ...(await differing(db)),
  ]
}

async function unbalanced(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ job_id: string; version: number; counted_at: string; sum: string }>`
    select job_id, version, counted_at, sum(amount_usd)::bigint as sum from ledger
    group by job_id, version, counted_at having sum(amount_usd) <> 0
    order by job_id, version, counted_at`.execute(db)
  return rows.map(
    row =>
      `Job ${row.job_id}: the lines of version ${row.version} that count at ${timeText(Number(row.counted_at))} add up to ${exact(Number(row.sum))} instead of nothing.`,
  )
}

/** A posting is two lines after each other: what one account loses, another gains. */
async function misnamed(db: Kysely<Tables>): Promise<string[]> {
  const moves = ACCOUNTS.flatMap(from =>
    ACCOUNTS.filter(to => to !== from).map(
      to => sql`(${from}::text, ${to}::text, ${kindOf(from, to)}::text)`,
    ),
  )
  type Row = { job_id: string; version: number; leg: number } & (
    | { kind: PostingKind; source: Account; target: Account }
    | { kind: null }
  )
  const { rows } = await sql<Row>`
    with pairs as (
      select job_id, version, min(leg) as leg,
        case when count(*) = 2 and sum(amount_usd) = 0 and min(kind) = max(kind) and min(counted_at) = max(counted_at)
          then min(kind) end as kind,
        min(account) filter (where amount_usd < 0) as source,
        min(account) filter (where amount_usd > 0) as target
      from ledger group by job_id, version, leg / 2
    )
    select * from pairs
    where kind is null or (source, target, kind) not in (${sql.join(moves)})
    order by job_id, version, leg`.execute(db)
  return rows.map(row => {
    const which = `Job ${row.job_id}: line ${row.leg} of version ${row.version}`
    return row.kind === null
      ? `${which} has no other that takes the same from one account and gives it to another.`
      : `${which} is called a "${row.kind}", but moves money from "${row.source}" to "${row.target}".`
  })
}

/** Money moves only with a step of its job. */
async function unheardOf(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ job_id: string; version: number; lines: number }>`
    select job_id, version, count(*)::int as lines from ledger
    where exists (select from jobs where jobs.id = ledger.job_id) and not exists (
      select from job_events
      where job_events.job_id = ledger.job_id and job_events.version = ledger.version
    )
    group by job_id, version order by job_id, version`.execute(db)
  return rows.map(
    row =>
      `Job ${row.job_id}: ${row.lines} of its lines are of version ${row.version}, which its history does not have.`,
  )
}

async function overdrawn(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ job_id: string; account: string; version: number; standing: string }>`
    select distinct on (job_id, counted_at, account) job_id, account, version, standing::bigint as standing
    from (
      select job_id, counted_at, account, version,
        sum(sum(amount_usd)) over (partition by job_id, counted_at, account order by version) as standing
      from ledger where account <> 'budget' group by job_id, counted_at, account, version
    ) as at_versions
    where standing < 0
    order by job_id, counted_at, account, version`.execute(db)
  return rows.map(
    row =>
      `Job ${row.job_id}: at version ${row.version} its account "${row.account}" is at ${exact(Number(row.standing))}.`,
  )
}

async function strays(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ job_id: string; lines: number }>`
    select job_id, count(*)::int as lines from ledger
    where not exists (select from jobs where jobs.id = ledger.job_id)
    group by job_id order by job_id`.execute(db)
  return rows.map(
    row => `Job ${row.job_id}: it has ${row.lines} lines in the ledger, but there is no such job.`,
  )
}

interface Sums {
  sums: { at: number; account: keyof Standing; usd: MicroUsd }[]
  lines: number
  others: number
}

/** Jobs about which the ledger says something else than their state does. */
async function differing(db: Kysely<Tables>): Promise<string[]> {
  const wrong: string[] = []
  for (let after = ''; ; ) {
    const { rows } = await sql<JobRow & Sums & { id: string }>`
      select page.*, found.*
      from
        (select id, data, posts, community_id, requester_id from jobs where id > ${after} order by id limit ${PAGE}) as page,
        lateral (
          select
            coalesce(jsonb_agg(jsonb_build_object('at', counted_at, 'account', account, 'usd', usd)), '[]') as sums,
            coalesce(sum(lines), 0)::int as lines,
            coalesce(sum(others), 0)::int as others
          from (
            select counted_at, account, sum(amount_usd) as usd, count(*) as lines,
              count(*) filter (where (platform, ledger.community_id, ledger.requester_id)
                <> (page.data->>'platform', page.community_id, page.requester_id)) as others
            from ledger where job_id = page.id group by counted_at, account
          ) as by_time
        ) as found
      order by page.id`.execute(db)
    for (const row of rows) wrong.push(...differencesOf(row).map(what => `Job ${row.id}: ${what}`))
    if (rows.length < PAGE) return wrong
    after = rows.at(-1)!.id
  }
}

function differencesOf(row: JobRow & Sums): string[] {
  const job = decodeJob(row)
  if (!('agreedUsd' in job)) {
    return row.lines === 0 ? [] : [`it was never agreed to, but it has ${row.lines} lines in the ledger.`]
  }
  const [all, byTime] = [standingOf(job), standingsOf(job)]
  const sumOf = (account: keyof Standing, at?: number) =>
    row.sums.reduce((sum, part) => {
      const counts = part.account === account && (at === undefined || part.at === at)
      return sum + (counts ? part.usd : 0)
    }, 0)
  const times = [...new Set([...byTime.keys(), ...row.sums.map(({ at }) => at)])].sort((a, b) => a - b)
  const wrong = HOLDING.flatMap(account => {
    if (sumOf(account) !== all[account])
      return `it is ${job.state}, so ${exact(all[account])} should be "${account}", but its lines add up to ${exact(sumOf(account))}.`
    return times
      .map(at => ({ at, should: byTime.get(at)?.[account] ?? 0, is: sumOf(account, at) }))
      .filter(({ should, is }) => should !== is)
      .map(
        ({ at, should, is }) =>
          `${exact(should)} of it should count as "${account}" at ${timeText(at)}, but its lines there add up to ${exact(is)}.`,
      )
  })
  if (row.others > 0)
    wrong.push(`${row.others} of its lines name another community or requester than it does.`)
  return wrong
}
