import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { MuranoError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import { upgradeJobs } from './migrations-jobs.ts'
import { ledger } from './migrations-ledger.ts'
import { rules } from './migrations-rules.ts'
import type { Tables } from './schema.ts'

const jobs: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table jobs (
        id text primary key,
        state text not null,
        version integer not null,
        data jsonb not null,
        posts jsonb not null default '{}',
        told boolean not null default false,
        untold_since bigint not null,
        due_at bigint,
        event_id text not null,
        community_id text not null,
        requester_id text not null,
        created_at bigint not null,
        updated_at bigint not null
      )`.execute(db)
    // Both only hold the rows that claimDue looks for, so they stay small however many jobs are done.
    await sql`create index jobs_due on jobs (due_at) where due_at is not null`.execute(db)
    await sql`create index jobs_untold on jobs (untold_since) where not told`.execute(db)
    await sql`create index jobs_state on jobs (state)`.execute(db)

    await sql`
      create table seen_events (
        event_id text primary key,
        job_id text not null,
        at bigint not null
      )`.execute(db)

    await sql`
      create table job_events (
        id bigint generated always as identity primary key,
        job_id text not null,
        version integer not null,
        at bigint not null,
        from_state text,
        to_state text not null,
        event jsonb not null,
        unique (job_id, version)
      )`.execute(db)
    await sql`
      create function job_events_are_final() returns trigger language plpgsql as $$
      begin
        raise exception 'job_events is append-only: % refused', tg_op using errcode = 'restrict_violation';
      end $$`.execute(db)
    await sql`
      create trigger job_events_are_final before update or delete or truncate on job_events
      for each statement execute function job_events_are_final()`.execute(db)

    await sql`create table settings (name text primary key, value text not null)`.execute(db)
  },
}

const installations: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table installations (
        platform text not null,
        tenant_id text not null,
        sealed text not null,
        updated_at bigint not null,
        primary key (platform, tenant_id)
      )`.execute(db)
    await sql`
      create table installation_leases (
        platform text not null,
        tenant_id text not null,
        holder text not null,
        held_until bigint not null,
        primary key (platform, tenant_id)
      )`.execute(db)
    await sql`
      create table postings (
        key text primary key,
        started_at bigint not null,
        attempts integer not null default 1,
        facts jsonb not null
      )`.execute(db)
  },
}

const polling: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table limits (
        name text primary key,
        tat float8 not null default 0,
        held_until float8 not null default 0,
        failures float8[] not null default '{}',
        answer jsonb
      )`.execute(db)
    await sql`
      create table run_times (
        id bigint generated always as identity primary key,
        job_id text not null unique,
        kind text not null,
        not_done_ms float8 not null,
        done_ms float8 not null
      )`.execute(db)
    await sql`create index run_times_newest on run_times (kind, id)`.execute(db)
    // The history knows every receipt there ever was, those of earlier attempts too.
    await sql`
      create index job_events_receipts on job_events ((event->'provider'->>'queueId'))
      where event->>'type' = 'accepted'`.execute(db)
    await upgradeJobs(db)
  },
}

/** In order of name. A migration that has been released is never changed: write the next one. */
const migrations = (clock: Clock): Record<string, Migration> => ({
  '001_jobs': jobs,
  '002_installations': installations,
  '003_polling': polling,
  '004_ledger': ledger(clock),
  '005_rules': rules,
})

const migratorOf = (db: Kysely<Tables>, clock: Clock): Migrator =>
  new Migrator({ db, provider: { getMigrations: async () => migrations(clock) } })

/** Which of this version's tables a database has, found out without changing it. */
export async function tablesOf(db: Kysely<Tables>, clock: Clock): Promise<'none' | 'older' | 'all'> {
  const known = await migratorOf(db, clock).getMigrations()
  const done = known.filter(({ executedAt }) => executedAt !== undefined).length
  return done === 0 ? 'none' : done < known.length ? 'older' : 'all'
}

/**
 * Brings the tables up to date, all or nothing. Any number of processes may do it at once: on a server an advisory lock
 * lets the first one work and the others wait; PGlite has only one process. `upTo`: the name of the last one that is
 * wanted, for what an older version had; all, if it is left out.
 */
export async function migrate(db: Kysely<Tables>, clock: Clock, upTo?: string): Promise<void> {
  const migrator = migratorOf(db, clock)
  const { error } = await (upTo === undefined ? migrator.migrateToLatest() : migrator.migrateTo(upTo))
  if (error === undefined) return
  if (error instanceof Error && error.message.startsWith('corrupted migrations')) {
    throw new MuranoError(
      'store_newer',
      'The database was made by a newer Murano. Use that version, or another database.',
      {
        cause: error,
      },
    )
  }
  throw new MuranoError('store_migration', 'The database could not be brought up to date.', { cause: error })
}
