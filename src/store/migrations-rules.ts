import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { fillQueuedAt } from './migrations-jobs.ts'

/** Migration 005: what communities have set for themselves, and of each attempt when it came to wait. */
export const rules: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table rule_changes (
        id bigint generated always as identity primary key,
        platform text not null,
        community_id text not null,
        rule text not null,
        value jsonb,
        set_by text not null,
        at bigint not null,
        event_id text,
        unique (platform, community_id, rule, event_id)
      )`.execute(db)
    await sql`create index rule_changes_newest on rule_changes (platform, community_id, rule, id desc)`.execute(
      db,
    )
    await keepRows(db)
    await fillQueuedAt(db)
  },
}

/** Three tables only ever grow, and from now on one function sees to that. */
async function keepRows(db: Kysely<unknown>): Promise<void> {
  await sql`drop trigger job_events_are_final on job_events`.execute(db)
  await sql`drop function job_events_are_final()`.execute(db)
  await sql`drop trigger ledger_is_final on ledger`.execute(db)
  await sql`drop function ledger_is_final()`.execute(db)
  await sql`
    create function rows_are_final() returns trigger language plpgsql as $$
    begin
      raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
    end $$`.execute(db)
  for (const table of ['job_events', 'ledger', 'rule_changes'])
    await sql`
      create trigger rows_are_final before update or delete or truncate on ${sql.table(table)}
      for each statement execute function rows_are_final()`.execute(db)
}
