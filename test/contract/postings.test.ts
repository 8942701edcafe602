import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import { NOON } from '../kit/jobs.ts'
import { openAt, STORES } from '../kit/stores.ts'

const DAY_MS = 24 * 60 * 60_000

for (const backend of STORES) {
  describe.skipIf(backend.missing)(`what was posted, on ${backend.name}`, () => {
    let store: Store
    let reopen: () => Promise<Store>
    let stop: () => Promise<void>
    let now = NOON

    beforeAll(async () => {
      const started = await backend.start()
      stop = started.stop
      reopen = () => openAt(started.place, () => now)
      store = await reopen()
    })
    afterAll(async () => {
      await store?.close()
      await stop?.()
    })

    it('answers the first who begins with null, and everybody after with when that was', async () => {
      const { postings } = store
      now = NOON
      expect(await postings.begin('card of j1')).toBeNull()
      now = NOON + 5000
      expect(await postings.begin('card of j1')).toEqual({ startedAt: NOON, note: {} })
      expect(await postings.begin('card of j1')).toEqual({ startedAt: NOON, note: {} })
      expect(await postings.begin('card of j2')).toBeNull()
    })

    it('lets exactly one of many be the first who begin at once', async () => {
      const answers = await Promise.all(Array.from({ length: 30 }, () => store.postings.begin('rush')))
      expect(answers.filter(answer => answer === null)).toHaveLength(1)
    })

    it('adds up what is noted, the newest of a name counting, and of its own key only', async () => {
      const { postings } = store
      await postings.begin('noted')
      await postings.begin('other')
      await Promise.all([postings.note('noted', { ts: '1.2' }), postings.note('noted', { fileId: 'F1' })])
      await postings.note('noted', { ts: '1.3', title: 'a\0b' })
      expect((await postings.begin('noted'))?.note).toEqual({ ts: '1.3', fileId: 'F1', title: 'a\ufffdb' })
      expect((await postings.begin('other'))?.note).toEqual({})
    })

    it('notes nothing of what was never begun, so that its first attempt is still the first', async () => {
      await store.postings.note('unheard of', { ts: '1' })
      expect(await store.postings.begin('unheard of')).toBeNull()
    })

    it('knows it all when it is closed and opened again', async () => {
      await store.postings.begin('kept')
      await store.postings.note('kept', { ts: '9' })
      await store.close()
      store = await reopen()
      expect(await store.postings.begin('kept')).toMatchObject({ note: { ts: '9' } })
    })

    it('forgets what was begun longer ago than asked for, and nothing else', async () => {
      const { postings } = store
      now = NOON + 100 * DAY_MS
      await postings.begin('old')
      now += 1
      await postings.begin('young')
      now += 9 * DAY_MS
      // Attempts later on do not make it younger.
      await postings.begin('old')
      expect(await postings.prune(9 * DAY_MS)).toBeGreaterThanOrEqual(1)
      expect(await postings.begin('young')).not.toBeNull()
      expect(await postings.begin('old')).toBeNull()
      expect(await postings.prune(9 * DAY_MS)).toBe(0)
    })
  })
}
