import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { MuranoError } from '../core/errors.ts'
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

/** In order of name. A migration that has been released is never changed: write the next one. */
const MIGRATIONS: Record<string, Migration> = {
  '001_jobs': jobs,
  '002_installations': installations,
}

/**
 * Brings the tables up to date, all or nothing. Any number of processes may do it at once: on a server an advisory lock
 * lets the first one work and the others wait; PGlite has only one process.
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } })
  const { error } = await migrator.migrateToLatest()
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
