import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Job, JobIn } from '../../src/core/job.ts'
import { type Standing, standingsOf } from '../../src/core/ledger.ts'
import type { BookEntry } from '../../src/core/ports.ts'
import type { JobEvent } from '../../src/core/transitions.ts'
import type { Store } from '../../src/store/index.ts'
import { NOON, sampleEvents } from '../kit/jobs.ts'
import { openAt, STORES } from '../kit/stores.ts'
import { agree, move, offered, PRICE } from './store-spend.kit.ts'

const HOUR = 60 * 60_000
const { submitting, accepted, answer_lost } = sampleEvents()
const failed = (charged: 'no' | 'refunded'): JobEvent => ({
  type: 'failed',
  failure: { code: 'provider_failed', charged },
})
const standing = (over: Partial<Standing> = {}): Standing => ({ held: 0, maybe: 0, spent: 0, ...over })
const shortly = ({ jobId, countedAt, standing, refundedUsd }: BookEntry) => [
  jobId,
  countedAt,
  standing,
  refundedUsd,
]

for (const backend of STORES) {
  describe.skipIf(backend.missing)(`the entries of the books on ${backend.name}`, () => {
    let store: Store
    let stop: () => Promise<void>

    beforeAll(async () => {
      const started = await backend.start()
      stop = started.stop
      store = await openAt(started.place, () => NOON)
    })
    afterAll(async () => {
      await store?.close()
      await stop?.()
    })

    /** A job that is agreed to at that time, and what happens to it then. */
    async function spend(id: string, community: string, at: number, ...events: JobEvent[]): Promise<Job> {
      await agree(store, await offered(store, id, { community, person: `by ${id}` }), at)
      for (const event of events) await move(store, id, event, at)
      return (await store.get(id))!
    }

    it('are one for each time that a job was agreed to, the oldest first, with where its money is and the job as it is now', async () => {
      await spend('held', 'one', NOON + 2)
      await spend('spent', 'one', NOON + 1, submitting, accepted)
      await spend('back', 'one', NOON, submitting, accepted, failed('refunded'))
      await spend('released', 'one', NOON, submitting, failed('no'))
      const lost = await spend('again', 'one', NOON + 3, submitting, answer_lost)
      await agree(store, lost as JobIn<'unconfirmed'>, NOON + HOUR)
      await offered(store, 'never agreed to', { community: 'one' })

      const place = { platform: 'somewhere', communityId: 'one' }
      const entries = await store.books.entries(place, NOON, NOON + 2 * HOUR)
      expect(entries.map(shortly)).toEqual([
        ['back', NOON, standing(), PRICE],
        ['released', NOON, standing(), 0],
        ['spent', NOON + 1, standing({ spent: PRICE }), 0],
        ['held', NOON + 2, standing({ held: PRICE }), 0],
        ['again', NOON + 3, standing({ maybe: PRICE }), 0],
        ['again', NOON + HOUR, standing({ held: PRICE }), 0],
      ])
      for (const { job, jobId, communityId, requesterId } of entries) {
        expect(job).toEqual(await store.get(jobId))
        expect([communityId, requesterId]).toEqual(['one', `by ${jobId}`])
      }
      const times = entries.filter(({ jobId }) => jobId === 'again')
      expect(new Map(times.map(entry => [entry.countedAt, entry.standing]))).toEqual(
        standingsOf(times[0]!.job),
      )
    })

    it('are those of one community and time, or of all of them', async () => {
      const from = NOON + 10 * HOUR
      await spend('a', 'two', from)
      await spend('b', 'three', from + 1)
      await spend('too late', 'two', from + HOUR)
      await spend('too early', 'two', from - 1)
      const idsIn = async (place: Parameters<typeof store.books.entries>[0]) =>
        (await store.books.entries(place, from, from + HOUR)).map(({ jobId }) => jobId)
      expect(await idsIn({ platform: 'somewhere', communityId: 'two' })).toEqual(['a'])
      expect(await idsIn({ platform: 'elsewhere', communityId: 'two' })).toEqual([])
      expect(await idsIn(null)).toEqual(['a', 'b'])
    })

    it('add up to what is spent by each person', async () => {
      const from = NOON - HOUR
      const sums = new Map<string, number>()
      for (const entry of await store.books.entries(
        { platform: 'somewhere', communityId: 'one' },
        from,
        1e15,
      ))
        sums.set(
          entry.requesterId,
          (sums.get(entry.requesterId) ?? 0) +
            entry.standing.held +
            entry.standing.maybe +
            entry.standing.spent,
        )
      const spent = await store.books.spent('somewhere', 'one', from, 1e15)
      expect(spent).toHaveLength(3)
      for (const { requesterId, standing } of spent)
        expect(sums.get(requesterId)).toBe(standing.held + standing.maybe + standing.spent)
    })
  })
}
