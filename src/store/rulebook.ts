import { type Kysely, sql } from 'kysely'
import type { Clock, Rulebook } from '../core/ports.ts'
import { NO_RULES, type Pool, type Rules } from '../core/rules.ts'
import type { Tables } from './schema.ts'
import { inTurn, SPENDING_LOCK } from './turn.ts'

/** What holds in a community: of each rule its newest change. */
export async function rulesOf(db: Kysely<Tables>, platform: string, communityId: string): Promise<Rules> {
  const rows = await db
    .selectFrom('rule_changes')
    .distinctOn('rule')
    .select(['rule', 'value'])
    .where('platform', '=', platform)
    .where('community_id', '=', communityId)
    .orderBy('rule')
    .orderBy('id', 'desc')
    .execute()
  // Only this file writes these rows.
  return { ...NO_RULES, ...(Object.fromEntries(rows.map(row => [row.rule, row.value])) as Partial<Rules>) }
}

interface Change {
  platform: string
  communityId: string
  by: string
  rule: keyof Rules
  value: Rules[keyof Rules]
  eventId: string | undefined
}

export function rulebook(db: Kysely<Tables>, clock: Clock): Rulebook {
  /** Waits for whoever is spending: what is agreed to when it has returned is held to it. */
  async function write(tx: Kysely<Tables>, { platform, communityId, by, rule, value, eventId }: Change) {
    const json = value === null ? null : JSON.stringify(value)
    await sql`
      with turn as materialized (select ${SPENDING_LOCK})
      insert into rule_changes (platform, community_id, rule, value, set_by, at, event_id)
      select ${platform}::text, ${communityId}::text, ${rule}::text, ${json}::jsonb, ${by}::text, ${clock()}::bigint,
        ${eventId ?? null}::text from turn
      on conflict do nothing`.execute(tx)
  }

  return {
    of: (platform, communityId) => rulesOf(db, platform, communityId),

    set: (platform, communityId, by, rule, value, eventId) =>
      write(db, { platform, communityId, by, rule, value, eventId }),

    changePool: (platform, communityId, by, { add = 0, each }, eventId) =>
      inTurn(db, async tx => {
        const { pool } = await rulesOf(tx, platform, communityId)
        if (!pool) return null
        const perHeadUsd = each === undefined ? pool.perHeadUsd : each
        const value: Pool = { ...pool, amountUsd: pool.amountUsd + add, perHeadUsd }
        await write(tx, { platform, communityId, by, rule: 'pool', value, eventId })
        return (await rulesOf(tx, platform, communityId)).pool
      }),
  }
}
