import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gcra, memoryLimits } from '../../src/core/limits.ts'
import type { Clock, SharedLimits } from '../../src/core/ports.ts'
import type { Store } from '../../src/store/index.ts'
import { NOON } from '../kit/jobs.ts'
import { openAt, rawQuery, STORES, type StorePlace } from '../kit/stores.ts'

const HOUR_MS = 60 * 60_000

/** How each kind of limits is opened for so many processes that share them, where they can be shared. */
const kinds = [
  {
    name: 'in memory',
    missing: false,
    async start(clock: Clock): Promise<{ processes: SharedLimits[]; stop(): Promise<void> }> {
      return { processes: [memoryLimits(clock)], async stop() {} }
    },
  },
  ...STORES.map(({ name, shared, missing, start }) => ({
    name: `on ${name}`,
    missing,
    async start(clock: Clock) {
      const { place, stop } = await start()
      const stores = await Promise.all((shared ? [1, 2, 3] : [1]).map(() => openAt(place, clock)))
      return {
        processes: stores.map(store => store.limits),
        async stop() {
          await Promise.all(stores.map(store => store.close()))
          await stop()
        },
      }
    },
  })),
]

/** Numbers from 0 to 1 that look random and are the same in each run (mulberry32). */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

for (const kind of kinds) {
  describe.skipIf(kind.missing)(`limits ${kind.name}`, () => {
    let processes: SharedLimits[]
    let limits: SharedLimits
    let stop: () => Promise<void>
    let now = NOON
    let names = 0
    const newName = () => `name ${++names}`

    beforeAll(async () => {
      ;({ processes, stop } = await kind.start(() => now))
      limits = processes[0]!
    })
    afterAll(() => stop?.())

    it('grants what the formula grants, step by step, whatever the clock does', async () => {
      const roll = dice(20261122)
      const name = newName()
      let tat = 0
      now = NOON
      for (let step = 0; step < 400; step++) {
        // Mostly on by fractions of the interval, now and then a long way, now and then back, also further than clocks err.
        const leap = roll()
        if (leap < 0.02) now -= 200_000 * roll()
        else now += leap < 0.2 ? -4_000 * roll() : leap < 0.3 ? 20_000 * roll() : 900 * roll()
        const wanted = Math.floor(6 * roll())
        const rate = { perMinute: roll() < 0.9 ? 110 : 37, burst: roll() < 0.9 ? 7 : 3 }
        const { tat: next, ...answer } = gcra(tat, now, wanted, rate)
        tat = next
        const asked = processes[step % processes.length]!
        expect(await asked.take(name, wanted, rate), `step ${step}`).toEqual(answer)
      }
    })

    it('answers as limits in memory do, step by step, whatever is asked and however far the clock jumps', async () => {
      const roll = dice(20261123)
      const name = newName()
      const memory = memoryLimits(() => now)
      const rule = { max: 3, windowMs: 30_000, holdMs: 20_000 }
      const rate = { perMinute: 60, burst: 5 }
      now = NOON
      for (let step = 0; step < 400; step++) {
        now += roll() < 0.1 ? 3 * HOUR_MS * (2 * roll() - 1) : 9_000 * roll()
        const [kind, until, wanted] = [roll(), now + 1.5 * HOUR_MS * (roll() - 0.2), Math.floor(6 * roll())]
        const ask = (limits: SharedLimits) =>
          kind < 0.1
            ? limits.hold(name, until)
            : kind < 0.3
              ? limits.fail(name, rule)
              : kind < 0.5
                ? limits.heldUntil(name)
                : limits.take(name, wanted, rate)
        const asked = processes[step % processes.length]!
        expect(await ask(asked), `step ${step}`).toEqual(await ask(memory))
      }
    })

    it('stands still for nothing that a clock wrote which was a day ahead', async () => {
      const rate = { perMinute: 60, burst: 5 }
      const rule = { max: 3, windowMs: 30_000, holdMs: 60_000 }
      const [taken, held, failed] = [newName(), newName(), newName()]
      now = NOON + 24 * HOUR_MS
      await limits.take(taken, 5, rate)
      await limits.hold(held, now + 60_000)
      for (let i = 0; i < 2; i++) await limits.fail(failed, rule)
      now = NOON
      expect(await limits.take(taken, 6, rate)).toEqual({ granted: 5, waitMs: 1000 })
      expect(await limits.take(taken, 1, rate)).toEqual({ granted: 0, waitMs: 1000 })
      expect(await limits.heldUntil(held)).toBeNull()
      expect(await limits.take(held, 1, rate)).toEqual({ granted: 1, waitMs: 0 })
      await limits.hold(held, now + 5_000)
      expect(await limits.heldUntil(held)).toBe(NOON + 5_000)
      expect(await limits.fail(failed, rule)).toEqual({ failures: 1, heldUntil: null })
      const once = { ...rule, max: 1 }
      now += 24 * HOUR_MS
      await limits.fail(held, once)
      now = NOON
      expect(await limits.fail(held, once)).toEqual({ failures: 1, heldUntil: NOON + 60_000 })
    })

    it('believes a clock that is a minute ahead, and no other', async () => {
      const rate = { perMinute: 60, burst: 5 }
      const [near, far] = [newName(), newName()]
      now = NOON + 60_000
      await limits.take(near, 5, rate)
      await limits.hold(near, now + HOUR_MS)
      now = NOON + 60_001
      await limits.take(far, 5, rate)
      await limits.hold(far, now + HOUR_MS)
      now = NOON
      expect(await limits.heldUntil(near)).toBe(NOON + HOUR_MS + 60_000)
      expect(await limits.heldUntil(far)).toBeNull()
      expect(await limits.take(far, 1, rate)).toEqual({ granted: 1, waitMs: 0 })
      const late = newName()
      now = NOON + 60_000
      await limits.take(late, 5, rate)
      now = NOON
      expect(await limits.take(late, 1, rate)).toEqual({ granted: 0, waitMs: 61_000 })
    })

    it('holds nothing for more than an hour', async () => {
      const [held, failed] = [newName(), newName()]
      now = NOON
      await limits.hold(held, NOON + 24 * HOUR_MS)
      expect(await limits.heldUntil(held)).toBe(NOON + HOUR_MS)
      const rule = { max: 1, windowMs: 1000, holdMs: 24 * HOUR_MS }
      expect(await limits.fail(failed, rule)).toEqual({ failures: 1, heldUntil: NOON + HOUR_MS })
    })

    it('grants no more than the rate to 100 who ask at once, again and again', async () => {
      const rate = { perMinute: 60, burst: 40 }
      const name = newName()
      now = NOON
      const rush = async () => {
        const asks = Array.from({ length: 100 }, (_, i) =>
          processes[i % processes.length]!.take(name, 1 + (i % 3), rate),
        )
        return (await Promise.all(asks)).reduce((sum, { granted }) => sum + granted, 0)
      }
      expect(await rush()).toBe(40)
      expect(await rush()).toBe(0)
      for (const seconds of [1, 5, 10]) {
        now += seconds * 1000
        expect(await rush()).toBe(seconds)
      }
      now += HOUR_MS
      expect(await rush()).toBe(40)
    })

    it('says when the next one may go, which is then granted and not before', async () => {
      const rate = { perMinute: 120, burst: 2 }
      const name = newName()
      now = NOON
      expect(await limits.take(name, 5, rate)).toEqual({ granted: 2, waitMs: 500 })
      now = NOON + 499
      expect(await limits.take(name, 1, rate)).toEqual({ granted: 0, waitMs: 1 })
      now = NOON + 500
      expect(await limits.take(name, 1, rate)).toEqual({ granted: 1, waitMs: 0 })
    })

    it('counts each name by itself', async () => {
      const rate = { perMinute: 60, burst: 1 }
      const [one, other] = [newName(), newName()]
      expect(await limits.take(one, 1, rate)).toMatchObject({ granted: 1 })
      await limits.hold(one, now + 5_000)
      await limits.fail(one, { max: 5, windowMs: 1000, holdMs: 1000 })
      expect(await limits.take(other, 1, rate)).toMatchObject({ granted: 1 })
      expect(await limits.heldUntil(other)).toBeNull()
      expect(await limits.fail(other, { max: 5, windowMs: 1000, holdMs: 1000 })).toMatchObject({
        failures: 1,
      })
    })

    it('grants nothing under a name that is held, says until when, and takes nothing off it', async () => {
      const rate = { perMinute: 60, burst: 3 }
      const name = newName()
      now = NOON
      expect(await limits.heldUntil(name)).toBeNull()
      await limits.take(name, 1, rate)
      await limits.hold(name, NOON + 400)
      expect(await limits.heldUntil(name)).toBe(NOON + 400)
      expect(await limits.take(name, 1, rate)).toEqual({ granted: 0, waitMs: 400 })
      expect(await limits.take(name, 0, rate)).toEqual({ granted: 0, waitMs: 400 })
      now = NOON + 400
      expect(await limits.heldUntil(name)).toBeNull()
      expect(await limits.take(name, 3, rate)).toEqual({ granted: 2, waitMs: 600 })
    })

    it('never shortens a hold, neither by another one nor by a failure', async () => {
      const name = newName()
      now = NOON
      await Promise.all([9_000, 3_000, 7_000].map(ms => limits.hold(name, NOON + ms)))
      await limits.hold(name, NOON - 1)
      expect(await limits.heldUntil(name)).toBe(NOON + 9_000)
      const rule = { max: 1, windowMs: 1000, holdMs: 2_000 }
      expect(await limits.fail(name, rule)).toEqual({ failures: 1, heldUntil: NOON + 9_000 })
      expect(await limits.heldUntil(name)).toBe(NOON + 9_000)
    })

    it('holds a name at the failure that is one too many within the window, and then counts anew', async () => {
      const rule = { max: 3, windowMs: 30_000, holdMs: 60_000 }
      const name = newName()
      now = NOON
      expect(await limits.fail(name, rule)).toEqual({ failures: 1, heldUntil: null })
      now = NOON + 10_000
      expect(await limits.fail(name, rule)).toEqual({ failures: 2, heldUntil: null })
      // The first is as old as the window now, and does not count any more.
      now = NOON + 30_000
      expect(await limits.fail(name, rule)).toEqual({ failures: 2, heldUntil: null })
      expect(await limits.heldUntil(name)).toBeNull()
      now = NOON + 39_999
      expect(await limits.fail(name, rule)).toEqual({ failures: 3, heldUntil: now + 60_000 })
      expect(await limits.heldUntil(name)).toBe(now + 60_000)
      expect(await limits.fail(name, rule)).toEqual({ failures: 1, heldUntil: null })
      expect(await limits.heldUntil(name)).toBe(now + 60_000)
    })

    it('holds at the first failure where one is too many, and lets later ones hold again', async () => {
      const rule = { max: 1, windowMs: 30_000, holdMs: 500 }
      const name = newName()
      now = NOON
      expect(await limits.fail(name, rule)).toEqual({ failures: 1, heldUntil: NOON + 500 })
      expect(await limits.heldUntil(name)).toBe(NOON + 500)
      now = NOON + 800
      expect(await limits.heldUntil(name)).toBeNull()
      expect(await limits.fail(name, rule)).toEqual({ failures: 1, heldUntil: NOON + 1300 })
    })

    it('loses none of 30 failures that happen at once', async () => {
      const rule = { max: 10, windowMs: 30_000, holdMs: 60_000 }
      const name = newName()
      now = NOON
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, i) => processes[i % processes.length]!.fail(name, rule)),
      )
      const counted = answers.map(({ failures }) => failures).sort((a, b) => a - b)
      expect(counted).toEqual(Array.from({ length: 30 }, (_, i) => 1 + Math.floor(i / 3)))
      expect(answers.filter(({ heldUntil }) => heldUntil === NOON + 60_000)).toHaveLength(3)
      expect(answers.filter(({ heldUntil }) => heldUntil === null)).toHaveLength(27)
    })
  })
}

for (const backend of STORES) {
  describe.skipIf(backend.missing)(`limits kept on ${backend.name}`, () => {
    let place: StorePlace
    let stop: () => Promise<void>
    let store: Store
    let now = NOON
    const rate = { perMinute: 60, burst: 10 }

    beforeAll(async () => {
      ;({ place, stop } = await backend.start())
      store = await openAt(place, () => now)
    })
    afterAll(async () => {
      await store?.close()
      await stop?.()
    })

    it('know what was taken, held and failed when the store is closed and opened again', async () => {
      const rule = { max: 5, windowMs: 30_000, holdMs: 60_000 }
      await store.limits.take('kept', 7, rate)
      await store.limits.fail('kept', rule)
      await store.limits.hold('kept and held', NOON + 5_000)
      await store.close()
      store = await openAt(place, () => now)
      expect(await store.limits.take('kept', 7, rate)).toMatchObject({ granted: 3 })
      expect(await store.limits.fail('kept', rule)).toMatchObject({ failures: 2 })
      expect(await store.limits.heldUntil('kept and held')).toBe(NOON + 5_000)
    })

    it('forget a name that has not been used for a day, and no other', async () => {
      const rule = { max: 5, windowMs: 30_000, holdMs: 60_000 }
      const DAY_MS = 24 * HOUR_MS
      now = NOON + 10 * DAY_MS
      await store.limits.take('old: taken', 1, rate)
      await store.limits.hold('old: held', now)
      await store.limits.fail('old: failed', rule)
      await store.limits.take('taken again', 1, rate)
      await store.limits.take('failed lately', 1, rate)
      now += HOUR_MS
      await store.limits.take('taken again', 1, rate)
      await store.limits.fail('failed lately', rule)
      now += DAY_MS - 1
      await store.limits.hold('held now', now + HOUR_MS)
      await store.prune()
      const left = await rawQuery(store, 'select name from limits order by name')
      expect(left.map(row => row.name)).toEqual(['failed lately', 'held now', 'taken again'])
    })

    it('forget what only a clock that was ahead can have written', async () => {
      const rule = { max: 5, windowMs: 30_000, holdMs: 60_000 }
      now = NOON + 2000 * HOUR_MS
      await store.limits.take('ahead: taken', 1, rate)
      await store.limits.hold('ahead: held', now + 60_000)
      await store.limits.fail('ahead: failed', rule)
      await store.limits.hold('ahead, and used', now + 60_000)
      now = NOON + 1000 * HOUR_MS
      await store.limits.fail('ahead, and used', rule)
      await store.prune()
      const left = await rawQuery(store, 'select name from limits order by name')
      expect(left.map(row => row.name)).toEqual(['ahead, and used'])
    })

    if (backend.shared)
      it('are one for all processes, and a clock that is behind takes nothing twice', async () => {
        const rule = { max: 2, windowMs: 30_000, holdMs: 60_000 }
        now = NOON + 100 * HOUR_MS
        await using behind = await openAt(place, () => now - 20_000)
        expect(await store.limits.take('shared', 10, rate)).toMatchObject({ granted: 10 })
        expect(await behind.limits.take('shared', 1, rate)).toEqual({ granted: 0, waitMs: 21_000 })
        // Nor does its asking take back what has been taken.
        expect(await store.limits.take('shared', 1, rate)).toEqual({ granted: 0, waitMs: 1000 })

        await store.limits.hold('shared hold', now + 5_000)
        expect(await behind.limits.heldUntil('shared hold')).toBe(now + 5_000)
        await behind.limits.hold('shared hold', now - 15_000)
        expect(await store.limits.heldUntil('shared hold')).toBe(now + 5_000)

        expect(await behind.limits.fail('shared failures', rule)).toEqual({ failures: 1, heldUntil: null })
        expect(await store.limits.fail('shared failures', rule)).toEqual({
          failures: 2,
          heldUntil: now + 60_000,
        })
        expect(await behind.limits.heldUntil('shared failures')).toBe(now + 60_000)
      })
  })
}
