import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Job, JobIn } from '../../src/core/job.ts'
import { postingsOf } from '../../src/core/ledger.ts'
import { advance } from '../../src/core/transitions.ts'
import type { Store } from '../../src/store/index.ts'
import { NOON, sampleEvents, sampleJob } from '../kit/jobs.ts'
import { openAt, rawQuery, STORES } from '../kit/stores.ts'

const LEASE_MS = 60_000
const opts = { leaseMs: LEASE_MS, limit: 100 }
let made = 0

for (const backend of STORES) {
  describe.skipIf(backend.missing)(`jobs to poll, on ${backend.name}`, () => {
    let store: Store
    /** Two that share the database, where it can be shared. */
    let processes: Store[]
    let stop: () => Promise<void>

    beforeAll(async () => {
      const started = await backend.start()
      stop = started.stop
      processes = [await openAt(started.place, () => NOON)]
      if (backend.shared) processes.push(await openAt(started.place, () => NOON))
      store = processes[0]!
    })
    afterAll(async () => {
      for (const open of processes ?? []) await open.close()
      await stop?.()
    })
    beforeEach(() => rawQuery(store, 'update jobs set due_at = null'))

    /** A job in the store, as the events lead to it from one that is being upscaled, due when asked. */
    async function put<J extends Job = JobIn<'processing'>>(
      due: number | null,
      over: object = {},
    ): Promise<J> {
      const id = `job${++made}`
      const first = { ...sampleJob('quoting'), id }
      const job = { ...sampleJob('processing'), id, ...over } as Job
      await store.create(first, `event of ${id}`)
      expect(await store.save(first, job, sampleEvents().accepted, due, [])).toBe(true)
      return job as J
    }

    it('are those being upscaled whose time has come, each with what ranking needs', async () => {
      const fresh = await put(NOON - 1)
      const polled = await put(NOON, {
        submittedAt: NOON - 90_000,
        polledAt: NOON - 5_000,
        averageMs: 145_170.5,
        kind: 'a model/7',
      })
      await put(NOON + 1)
      await put(null)
      await put(NOON - 1, { state: 'saving' })
      const found = await store.pollable(NOON)
      expect(found.sort((a, b) => a.submittedAt - b.submittedAt)).toEqual([
        {
          id: polled.id,
          submittedAt: NOON - 90_000,
          polledAt: NOON - 5_000,
          averageMs: 145_170.5,
          kind: 'a model/7',
        },
        { id: fresh.id, submittedAt: NOON, polledAt: NOON, averageMs: null, kind: fresh.kind },
      ])
    })

    it('are given in the order that was asked for, whole, and the others not at all', async () => {
      const [one, two, three] = [await put(NOON - 3), await put(NOON - 2), await put(NOON - 1)]
      await store.notePosts(two.id, { threadId: '11' })
      const early = await put(NOON + 1)
      const saving = await put<JobIn<'saving'>>(NOON - 1, { state: 'saving' })
      const ids = [three.id, early.id, 'nobody', two.id, saving.id, one.id]
      expect(await store.claimPolls(ids, { now: NOON, ...opts })).toEqual([
        three,
        { ...two, posts: { threadId: '11' } },
        one,
      ])
      expect(await store.pollable(NOON + 1)).toMatchObject([{ id: early.id }])
      expect(await store.claimPolls([], { now: NOON, ...opts })).toEqual([])
    })

    it('come back when the lease has run out, and not before', async () => {
      const job = await put(NOON)
      const claim = (now: number) => store.claimPolls([job.id], { now, ...opts })
      expect(await claim(NOON - 1)).toEqual([])
      expect(await claim(NOON)).toEqual([job])
      expect(await claim(NOON + LEASE_MS - 1)).toEqual([])
      expect(await store.pollable(NOON + LEASE_MS - 1)).toEqual([])
      expect(await store.pollable(NOON + LEASE_MS)).toHaveLength(1)
      expect(await claim(NOON + LEASE_MS)).toEqual([job])
    })

    it('come though a clock that was ahead said when: nothing is due in more than three hours', async () => {
      const HOURS_MS = 3 * 60 * 60_000
      const far = await put(NOON + HOURS_MS + 1)
      const near = await put(NOON + HOURS_MS)
      expect(await store.pollable(NOON)).toMatchObject([{ id: far.id }])
      const ids = [near.id, far.id]
      expect(await store.claimPolls(ids, { now: NOON, ...opts })).toEqual([far])
      expect(await store.pollable(NOON)).toEqual([])
      expect(await store.claimPolls(ids, { now: NOON + LEASE_MS, ...opts })).toEqual([far])
    })

    it('come when the answer said so, and are nobody else’s by the lease of before', async () => {
      const job = await put(NOON)
      await store.claimPolls([job.id], { now: NOON, ...opts })
      const { polled } = sampleEvents()
      const next = advance(job, polled, NOON)
      await store.save(job, next, polled, NOON + 5_000, [])
      expect(await store.pollable(NOON + 4_999)).toEqual([])
      expect(await store.claimPolls([job.id], { now: NOON + 5_000, ...opts })).toEqual([next])
    })

    it('are each given to one of many who ask for all of them at once', async () => {
      const jobs: Job[] = []
      for (let i = 0; i < 30; i++) jobs.push(await put(NOON - i))
      const ids = jobs.map(job => job.id)
      const claims = await Promise.all(
        Array.from({ length: 12 }, (_, i) => {
          const turned = [...ids.slice(i * 2), ...ids.slice(0, i * 2)]
          return processes[i % processes.length]!.claimPolls(turned, { now: NOON, ...opts })
        }),
      )
      const given = claims.flat().map(job => job.id)
      expect(given.sort()).toEqual(ids.sort())
      expect(await store.pollable(NOON)).toEqual([])
    })

    it('are taken from the first id on, as many as were asked for, and others’ leave the rest', async () => {
      const ids: string[] = []
      // In another order than that of their rows, of their ids and of their times.
      for (let i = 0; i < 20; i++) ids.splice((i * 7) % (i + 1), 0, (await put(NOON - ((i * 3) % 20))).id)
      const claim = (limit: number, open = store) =>
        open.claimPolls(ids, { now: NOON, leaseMs: LEASE_MS, limit })
      const idsOf = (jobs: Job[]) => jobs.map(job => job.id)
      expect(await claim(0)).toEqual([])
      expect(idsOf(await claim(2))).toEqual(ids.slice(0, 2))
      expect(idsOf(await claim(3))).toEqual(ids.slice(2, 5))
      const claims = await Promise.all(
        Array.from({ length: 5 }, (_, i) => claim(3, processes[i % processes.length])),
      )
      expect(claims.map(jobs => jobs.length)).toEqual([3, 3, 3, 3, 3])
      expect(new Set(claims.flatMap(idsOf))).toEqual(new Set(ids.slice(5)))
      expect(await claim(3)).toEqual([])
    })

    it('are found by the number on their receipt, also when that is of an earlier attempt', async () => {
      const receipt = (queueId: string) => ({ ...sampleEvents().accepted, provider: { model: 'm', queueId } })
      const submitting = { ...sampleJob('submitting'), id: 'twice', version: 5 }
      const first = { ...sampleJob('quoting'), id: 'twice', version: 4 }
      await store.create(first, 'event of twice')
      await store.save(first, submitting, sampleEvents().submitting, null, [])
      let job: Job = submitting
      for (const event of [
        receipt('q-first'),
        sampleEvents().failed,
        sampleEvents().retry_chosen,
        sampleEvents().submitting,
        receipt('q-second'),
      ]) {
        const next = advance(job, event, NOON)
        expect(await store.save(job, next, event, null, postingsOf(job, next))).toBe(true)
        job = next
      }
      const known = await store.knownReceipts(['q-nobody', 'q-second', 'q-first', 'q-first'])
      expect(known.sort()).toEqual(['q-first', 'q-second'])
      expect(await store.knownReceipts(['q-nobody'])).toEqual([])
      expect(await store.knownReceipts([])).toEqual([])
    })
  })
}
