import { type Kysely, sql } from 'kysely'
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
  const row = await db
    .selectFrom('freezes')
    .selectAll()
    .where(e => e.or([e.and(keyOf(platform, communityId)), e.and(keyOf(platform, null))]))
    .orderBy('community_id')
    .limit(1)
    .executeTakeFirst()
  if (!row) return null
  return { scope: row.community_id === '' ? 'all' : 'community', by: row.frozen_by, at: Number(row.at) }
}

export function freezes(db: Kysely<Tables>, clock: Clock): Freezes {
  return {
    frozen: (platform, communityId) => frozen(db, platform, communityId),

    async freeze(platform, communityId, by) {
      const key = keyOf(platform, communityId)
      // It waits for whoever is spending: what is not yet agreed to when it returns will not be.
      await sql`
        with turn as materialized (select ${SPENDING_LOCK})
        insert into freezes (platform, community_id, frozen_by, at)
        select ${key.platform}::text, ${key.community_id}::text, ${by}::text, ${clock()}::bigint from turn
        on conflict do nothing`.execute(db)
    },

    async unfreeze(platform, communityId) {
      await db
        .deleteFrom('freezes')
        .where(e => e.and(keyOf(platform, communityId)))
        .execute()
    },
  }
}
