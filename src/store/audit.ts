import { type Kysely, sql } from 'kysely'
import { standingOf } from '../core/ledger.ts'
import type { MicroUsd } from '../core/money.ts'
import { decodeJob, type JobRow } from './job-row.ts'
import type { Tables } from './schema.ts'

const PAGE = 200
const ACCOUNTS = ['held', 'maybe', 'spent'] as const

/** To the millionth: what is wrong may be less than a cent. */
const exact = (amountUsd: MicroUsd) =>
  `${amountUsd < 0 ? '-' : ''}$${(Math.abs(amountUsd) / 1_000_000).toFixed(6)}`

/** What is wrong with the ledger, a sentence each. While jobs move on, too: a job and its lines are read together. */
export async function audit(db: Kysely<Tables>): Promise<string[]> {
  return [
    ...(await unbalanced(db)),
    ...(await overdrawn(db)),
    ...(await strays(db)),
    ...(await differing(db)),
  ]
}

async function unbalanced(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ job_id: string; version: number; sum: string }>`
    select job_id, version, sum(amount_usd)::bigint as sum from ledger
    group by job_id, version having sum(amount_usd) <> 0
    order by job_id, version`.execute(db)
  return rows.map(
    row =>
      `Job ${row.job_id}: the lines of version ${row.version} add up to ${exact(Number(row.sum))} instead of nothing.`,
  )
}

async function overdrawn(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ job_id: string; account: string; version: number; standing: string }>`
    select distinct on (job_id, account) job_id, account, version, standing::bigint as standing
    from (
      select job_id, account, version,
        sum(sum(amount_usd)) over (partition by job_id, account order by version) as standing
      from ledger where account <> 'budget' group by job_id, account, version
    ) as at_versions
    where standing < 0
    order by job_id, account, version`.execute(db)
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

type Sums = Record<(typeof ACCOUNTS)[number], string> & { lines: number; others: number }

/** Jobs about which the ledger says something else than their state does. */
async function differing(db: Kysely<Tables>): Promise<string[]> {
  const wrong: string[] = []
  for (let after = ''; ; ) {
    const { rows } = await sql<JobRow & Sums & { id: string }>`
      select page.*, sums.*
      from
        (select id, data, posts, community_id, requester_id from jobs where id > ${after} order by id limit ${PAGE}) as page,
        lateral (
          select
            coalesce(sum(amount_usd) filter (where account = 'held'), 0)::bigint as held,
            coalesce(sum(amount_usd) filter (where account = 'maybe'), 0)::bigint as maybe,
            coalesce(sum(amount_usd) filter (where account = 'spent'), 0)::bigint as spent,
            count(*)::int as lines,
            (count(*) filter (where (platform, ledger.community_id, ledger.requester_id)
              <> (page.data->>'platform', page.community_id, page.requester_id)))::int as others
          from ledger where job_id = page.id
        ) as sums
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
  const standing = standingOf(job)
  const wrong = ACCOUNTS.filter(account => Number(row[account]) !== standing[account]).map(
    account =>
      `it is ${job.state}, so ${exact(standing[account])} should be "${account}", but its lines add up to ${exact(Number(row[account]))}.`,
  )
  if (row.others > 0)
    wrong.push(`${row.others} of its lines name another community or requester than it does.`)
  return wrong
}
