import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Job } from '../core/job.ts'
import { type Posting, standingsOf } from '../core/ledger.ts'
import type { Clock } from '../core/ports.ts'
import { decodeJob } from './job-row.ts'
import { linesOf } from './ledger.ts'
import { fillQueuedAt } from './migrations-jobs.ts'
import type { Tables } from './schema.ts'

const PAGE = 200

/** Migration 004: the ledger, and in it where the money of every job is that was agreed to before there was one. */
export const ledger = (clock: Clock): Migration => ({
  async up(db: Kysely<unknown>) {
    await sql`
      create table ledger (
        id bigint generated always as identity primary key,
        at bigint not null,
        counted_at bigint not null,
        job_id text not null,
        version integer not null,
        leg integer not null,
        kind text not null,
        account text not null,
        amount_usd bigint not null check (amount_usd <> 0),
        platform text not null,
        community_id text not null,
        requester_id text not null,
        unique (job_id, version, leg)
      )`.execute(db)
    // What counts against the caps has left the budget: one line of most jobs, found without looking at the table.
    await sql`
      create index ledger_budget on ledger (counted_at) include (amount_usd) where account = 'budget'`.execute(
      db,
    )
    await sql`
      create index ledger_budget_of on ledger (platform, community_id, counted_at, requester_id)
      include (amount_usd) where account = 'budget'`.execute(db)
    await sql`create index ledger_of on ledger (platform, community_id, counted_at)`.execute(db)
    // Jobs that are under way are few, however many are done.
    await sql`
      create index jobs_at_once on jobs (requester_id)
      where state in ('confirmed', 'submitting', 'processing', 'saving', 'delivering')`.execute(db)
    await sql`
      create function ledger_is_final() returns trigger language plpgsql as $$
      begin
        raise exception 'ledger is append-only: % refused', tg_op using errcode = 'restrict_violation';
      end $$`.execute(db)
    await sql`
      create trigger ledger_is_final before update or delete or truncate on ledger
      for each statement execute function ledger_is_final()`.execute(db)

    await sql`
      create table freezes (
        platform text not null,
        community_id text not null,
        frozen_by text not null,
        at bigint not null,
        primary key (platform, community_id)
      )`.execute(db)
    await fillQueuedAt(db)
    await open(db as Kysely<Tables>, clock())
  },
})

async function open(db: Kysely<Tables>, now: number): Promise<void> {
  for (let after = ''; ; ) {
    const rows = await db
      .selectFrom('jobs')
      .select(['id', 'data', 'posts'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE)
      .execute()
    const lines = rows.map(decodeJob).flatMap(job => linesOf(job, openingsOf(job), now))
    if (lines.length > 0) await db.insertInto('ledger').values(lines).execute()
    if (rows.length < PAGE) return
    after = rows.at(-1)!.id
  }
}

function openingsOf(job: Job): Posting[] {
  const all = [...standingsOf(job)].flatMap(([countedAt, { held, maybe, spent }]): Posting[] => [
    { kind: 'hold', from: 'budget', to: 'held', amountUsd: held, countedAt },
    { kind: 'doubt', from: 'budget', to: 'maybe', amountUsd: maybe, countedAt },
    { kind: 'settle', from: 'budget', to: 'spent', amountUsd: spent, countedAt },
  ])
  return all.filter(({ amountUsd }) => amountUsd > 0)
}
