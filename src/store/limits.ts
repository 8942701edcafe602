import { type Kysely, type RawBuilder, sql } from 'kysely'
import { CLOCKS_APART_MS, FURTHEST_MS, gcra, LONGEST_HOLD_MS, TOLERANCE } from '../core/limits.ts'
import type { Clock, SharedLimits } from '../core/ports.ts'
import { toJson } from './job-row.ts'
import type { Tables } from './schema.ts'

export interface LimitStore extends SharedLimits {
  /**
   * Forgets names under which nothing has been taken, held or failed for this long, ms, by what a right clock can have
   * written. Returns how many.
   */
  prune(olderThanMs: number): Promise<number>
}

const float = (value: number): RawBuilder<number> => sql<number>`${value}::float8`

const laterHold = (found: RawBuilder<unknown>, until: RawBuilder<unknown>, now: number) =>
  sql<number>`case when ${found} > ${float(now + FURTHEST_MS)} then ${until} else greatest(${found}, ${until}) end`

/**
 * Limits in SQL, one statement each. The row is locked by its update, so whoever comes next counts on from there.
 *
 * Times are those of the asking process. `tat` and `held_until` only ever go up, so one whose clock is a little behind
 * finds less room than there is, and never takes what another has taken. Only times that no right clock can have written
 * are left out of account, as in `core/limits.ts`, whose sums these are.
 */
export function limitStore(db: Kysely<Tables>, clock: Clock): LimitStore {
  return {
    async take(name, wanted, rate) {
      const now = clock()
      const interval = 60_000 / rate.perMinute
      const first = gcra(0, now, wanted, rate)
      // The same sums on the same 64-bit floats, in the same order, as in `gcra`: both come to the same, bit by bit.
      const edge = sql`(${float(now)} + ${float(rate.burst * interval)})`
      const { rows } = await sql<{ answer: { granted: number; waitMs: number } }>`
        insert into limits as l (name, tat, answer)
        values (${name}, ${first.tat}, ${toJson({ granted: first.granted, waitMs: first.waitMs })})
        on conflict (name) do update set (tat, answer) = (
          select
            case when granted > 0 then next else l.tat end,
            jsonb_build_object('granted', granted, 'waitMs', case
              when held then l.held_until - ${float(now)}
              when granted = ${float(wanted)} then 0
              else greatest(1, ceil(next + ${float(interval)} - ${edge}))
            end)
          from
            (
              select
                l.held_until > ${float(now)} and l.held_until <= ${float(now + FURTHEST_MS)} as held,
                case
                  when l.tat > ${edge} + ${float(CLOCKS_APART_MS)} then ${float(now)}
                  else greatest(l.tat, ${float(now)})
                end as start
            ) as a,
            lateral (select floor((${edge} - start) / ${float(interval)} + ${float(TOLERANCE)}) as room) as b,
            lateral (select case when held then 0 else greatest(0, least(${float(wanted)}, room)) end as granted) as c,
            lateral (select start + granted * ${float(interval)} as next) as d
        )
        returning answer`.execute(db)
      return rows[0]!.answer
    },

    async hold(name, until) {
      const now = clock()
      await db
        .insertInto('limits')
        .values({ name, held_until: Math.min(until, now + LONGEST_HOLD_MS) })
        .onConflict(c =>
          c.column('name').doUpdateSet({
            held_until: laterHold(sql`limits.held_until`, sql`excluded.held_until`, now),
          }),
        )
        .execute()
    },

    async heldUntil(name) {
      const now = clock()
      const row = await db
        .selectFrom('limits')
        .select('held_until')
        .where('name', '=', name)
        .where('held_until', '>', now)
        .where('held_until', '<=', now + FURTHEST_MS)
        .executeTakeFirst()
      return row?.held_until ?? null
    },

    async fail(name, { max, windowMs, holdMs }) {
      const now = clock()
      const until = now + Math.min(holdMs, LONGEST_HOLD_MS)
      const full = max <= 1
      const first = { failures: 1, heldUntil: full ? until : null }
      const { rows } = await sql<{ answer: { failures: number; heldUntil: number | null } }>`
        insert into limits as l (name, failures, held_until, answer)
        values (${name}, ${full ? [] : [now]}, ${full ? until : 0}, ${toJson(first)})
        on conflict (name) do update set (failures, held_until, answer) = (
          select
            case when full_now then '{}' else recent end,
            case when full_now then held else l.held_until end,
            jsonb_build_object('failures', cardinality(recent), 'heldUntil', case when full_now then held end)
          from
            (
              select
                array(
                  select f from unnest(l.failures) as f
                  where f > ${float(now - windowMs)} and f <= ${float(now + CLOCKS_APART_MS)}
                ) || ${float(now)} as recent,
                ${laterHold(sql`l.held_until`, float(until), now)} as held
            ) as a,
            lateral (select cardinality(recent) >= ${float(max)} as full_now) as b
        )
        returning answer`.execute(db)
      return rows[0]!.answer
    },

    async prune(olderThanMs) {
      const now = clock()
      const used = sql<number>`(
        select max(at) from unnest(failures || array[0, tat, held_until]) as at where at <= ${float(now + FURTHEST_MS)}
      )`
      const gone = await db
        .deleteFrom('limits')
        .where(used, '<', now - olderThanMs)
        .returning('name')
        .execute()
      return gone.length
    },
  }
}
