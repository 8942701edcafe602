import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Books, Clock, Freeze } from '../core/ports.ts'
import type { Tables } from './schema.ts'
import { SPENDING_LOCK } from './turn.ts'

export type Freezes = Pick<Books, 'frozen' | 'freeze' | 'unfreeze'>

/** Whose row it is: none of a community's has an empty name. */
const keyOf = (platform: string, communityId: string | null) =>
  communityId === null ? { platform: '', community_id: '' } : { platform, community_id: communityId }

/** The freeze that holds for this community; that of the whole installation comes first. */
export async function frozen(
  db: Kysely<Tables>,
  platform: string,
  communityId: string,
): Promise<Freeze | null> {
  const [row, own] = await db
    .selectFrom('freezes')
    .selectAll()
    .where(e => e.or([e.and(keyOf(platform, communityId)), e.and(keyOf(platform, null))]))
    .orderBy('community_id')
    .execute()
  if (!row) return null
  return {
    scope: row.community_id === '' ? 'all' : 'community',
    by: row.frozen_by,
    at: Number(row.at),
    ...(own && { own: true }),
  }
}

export function freezes(db: Kysely<Tables>, clock: Clock): Freezes {
  return {
    frozen: (platform, communityId) => frozen(db, platform, communityId),

    freeze(platform, communityId, by, eventId) {
      const key = keyOf(platform, communityId)
      // It waits for whoever is spending: what is not yet agreed to when it returns will not be.
      return once(
        eventId,
        sql`
          insert into freezes (platform, community_id, frozen_by, at)
          select ${key.platform}::text, ${key.community_id}::text, ${by}::text, ${clock()}::bigint from seen
          on conflict do nothing`,
      )
    },

    unfreeze(platform, communityId, eventId) {
      const key = keyOf(platform, communityId)
      return once(
        eventId,
        sql`
          delete from freezes using seen
          where platform = ${key.platform}::text and community_id = ${key.community_id}::text`,
      )
    },
  }

  /** `change` reads from `seen`, which has a row the first time only. */
  async function once(eventId: string, change: RawBuilder<unknown>): Promise<boolean> {
    const { rows } = await sql<{ is_new: boolean }>`
      with turn as materialized (select ${SPENDING_LOCK}),
      seen as (
        insert into seen_events (event_id, job_id, at)
        select ${eventId}::text, '', ${clock()}::bigint from turn
        on conflict do nothing returning event_id
      ),
      changed as (${change})
      select exists (select from seen) as is_new`.execute(db)
    return rows[0]!.is_new
  }
}
