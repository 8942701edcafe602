import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import { NOON } from '../kit/jobs.ts'
import { openAt, STORES, type StorePlace } from '../kit/stores.ts'

const took = (doneMs: number) => ({ notDoneMs: doneMs - 1000, doneMs })

for (const backend of STORES) {
  describe.skipIf(backend.missing)(`how long jobs took, on ${backend.name}`, () => {
    let store: Store
    let place: StorePlace
    let stop: () => Promise<void>

    beforeAll(async () => {
      ;({ place, stop } = await backend.start())
      store = await openAt(place, () => NOON)
    })
    afterAll(async () => {
      await store?.close()
      await stop?.()
    })

    it('gives the newest of a kind first, as many as asked for, and none of another kind', async () => {
      const { runTimes } = store
      for (const n of [1, 2, 3, 4]) await runTimes.note(`a${n}`, 'clips', took(n * 10_000))
      await runTimes.note('b1', 'films', took(900_000))
      expect(await runTimes.recent('clips', 3)).toEqual([took(40_000), took(30_000), took(20_000)])
      expect(await runTimes.recent('clips', 100)).toHaveLength(4)
      expect(await runTimes.recent('films', 100)).toEqual([took(900_000)])
      expect(await runTimes.recent('nothing of that kind', 100)).toEqual([])
    })

    it('notes a job once, the first time, however often it is noted', async () => {
      const { runTimes } = store
      await runTimes.note('once', 'once', took(5_000))
      await Promise.all(Array.from({ length: 20 }, (_, i) => runTimes.note('once', 'once', took(i))))
      await runTimes.note('once', 'another kind', took(7_000))
      expect(await runTimes.recent('once', 100)).toEqual([took(5_000)])
      expect(await runTimes.recent('another kind', 100)).toEqual([])
    })

    it('keeps parts of a millisecond', async () => {
      await store.runTimes.note('fine', 'fine', { notDoneMs: 0, doneMs: 145_170.25 })
      expect(await store.runTimes.recent('fine', 1)).toEqual([{ notDoneMs: 0, doneMs: 145_170.25 }])
    })

    it('knows them when it is closed and opened again', async () => {
      await store.runTimes.note('kept', 'kept', took(5_000))
      await store.close()
      store = await openAt(place, () => NOON)
      expect(await store.runTimes.recent('kept', 1)).toEqual([took(5_000)])
    })

    it('forgets all but the newest 500 of a kind', async () => {
      const { runTimes } = store
      for (let n = 1; n <= 503; n++) await runTimes.note(`many${n}`, 'many', took(n * 1000))
      await runTimes.note('few1', 'few', took(1000))
      await store.prune()
      const left = await runTimes.recent('many', 1000)
      expect(left).toHaveLength(500)
      expect([left[0], left.at(-1)]).toEqual([took(503_000), took(4_000)])
      expect(await runTimes.recent('few', 1000)).toHaveLength(1)
    })
  })
}
