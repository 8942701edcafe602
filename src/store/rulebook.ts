import type { Kysely } from 'kysely'
import type { Clock, Rulebook } from '../core/ports.ts'
import { type Approval, NO_RULES, type Pool, type Rules } from '../core/rules.ts'
import type { Tables } from './schema.ts'
import { inTurn } from './turn.ts'

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

/**
 * Who agreed to something more than this after now, ms, has a clock that was wrong, and not one that is a little ahead: a
 * pool does not wait for it, and pays for it too.
 */
const WRONG_CLOCK_MS = 10 * 60_000

/** When a pool can begin so that nothing is drawn from it that was agreed to before it: from `since` on. */
async function afterAllBefore(
  tx: Kysely<Tables>,
  { platform, communityId }: Change,
  since: number,
): Promise<number> {
  const { last } = await tx
    .selectFrom('ledger')
    .select(e => e.fn.max('counted_at').as('last'))
    .where('platform', '=', platform)
    .where('community_id', '=', communityId)
    .where('counted_at', '<', String(since + WRONG_CLOCK_MS))
    .executeTakeFirstOrThrow()
  return Math.max(since, Number(last ?? 0) + 1)
}

interface Change {
  platform: string
  communityId: string
  by: string
  rule: keyof Rules
  value: Rules[keyof Rules]
  eventId: string | undefined
}

const isPool = (value: Change['value']): value is Pool =>
  typeof value === 'object' && value !== null && 'since' in value

export function rulebook(db: Kysely<Tables>, clock: Clock): Rulebook {
  /** In turn with whoever is spending: what is agreed to when it has returned is held to it. */
  async function write(tx: Kysely<Tables>, { platform, communityId, by, rule, value, eventId }: Change) {
    await tx
      .insertInto('rule_changes')
      .values({
        platform,
        community_id: communityId,
        rule,
        value: value === null ? null : JSON.stringify(value),
        set_by: by,
        at: clock(),
        event_id: eventId ?? null,
      })
      .onConflict(c => c.doNothing())
      .execute()
  }

  return {
    of: (platform, communityId) => rulesOf(db, platform, communityId),

    set: (platform, communityId, by, rule, value, eventId) =>
      inTurn(db, async tx => {
        const change: Change = { platform, communityId, by, rule, value, eventId }
        if (isPool(change.value))
          change.value = { ...change.value, since: await afterAllBefore(tx, change, change.value.since) }
        await write(tx, change)
      }),

    changeApproval: (platform, communityId, by, change, eventId) =>
      inTurn(db, async tx => {
        const { approval } = await rulesOf(tx, platform, communityId)
        const value: Approval = { groups: [], people: [], ...approval, ...change }
        await write(tx, { platform, communityId, by, rule: 'approval', value, eventId })
      }),

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
