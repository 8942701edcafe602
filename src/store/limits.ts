import { type Kysely, type RawBuilder, sql } from 'kysely'
import { gcra, TOLERANCE } from '../core/limits.ts'
import type { Clock, SharedLimits } from '../core/ports.ts'
import { toJson } from './job-row.ts'
import type { Tables } from './schema.ts'

export interface LimitStore extends SharedLimits {
  /** Forgets names under which nothing has been taken, held or failed for this long, ms. Returns how many. */
  prune(olderThanMs: number): Promise<number>
}

const float = (value: number): RawBuilder<number> => sql<number>`${value}::float8`

/**
 * Limits in SQL, one statement each. The row is locked by its update, so whoever comes next counts on from there.
 *
 * Times are those of the asking process. `tat` and `held_until` only ever go up, so one whose clock is behind finds
 * less room than there is, and never takes what another has taken.
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
            (select l.held_until > ${float(now)} as held, greatest(l.tat, ${float(now)}) as start) as a,
            lateral (select floor((${edge} - start) / ${float(interval)} + ${float(TOLERANCE)}) as room) as b,
            lateral (select case when held then 0 else greatest(0, least(${float(wanted)}, room)) end as granted) as c,
            lateral (select start + granted * ${float(interval)} as next) as d
        )
        returning answer`.execute(db)
      return rows[0]!.answer
    },

    async hold(name, until) {
      await db
        .insertInto('limits')
        .values({ name, held_until: until })
        .onConflict(c =>
          c.column('name').doUpdateSet({
            held_until: sql<number>`greatest(limits.held_until, excluded.held_until)`,
          }),
        )
        .execute()
    },

    async heldUntil(name) {
      const row = await db
        .selectFrom('limits')
        .select('held_until')
        .where('name', '=', name)
        .where('held_until', '>', clock())
        .executeTakeFirst()
      return row?.held_until ?? null
    },

    async fail(name, { max, windowMs, holdMs }) {
      const now = clock()
      const until = now + holdMs
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
                array(select f from unnest(l.failures) as f where f > ${float(now - windowMs)}) || ${float(now)} as recent,
                greatest(l.held_until, ${float(until)}) as held
            ) as a,
            lateral (select cardinality(recent) >= ${float(max)} as full_now) as b
        )
        returning answer`.execute(db)
      return rows[0]!.answer
    },

    async prune(olderThanMs) {
      const used = sql<number>`greatest(tat, held_until, (select max(f) from unnest(failures) as f))`
      const gone = await db
        .deleteFrom('limits')
        .where(used, '<', clock() - olderThanMs)
        .returning('name')
        .execute()
      return gone.length
    },
  }
}
