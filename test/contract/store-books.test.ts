import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attemptOf, type BookedAttempt, type Charge, chargeOf } from '../../src/core/books.ts'
import type { Job, JobIn } from '../../src/core/job.ts'
import { type Standing, standingsOf } from '../../src/core/ledger.ts'
import type { BookEntry } from '../../src/core/ports.ts'
import type { JobEvent } from '../../src/core/transitions.ts'
import type { Store } from '../../src/store/index.ts'
import { NOON, sampleEvents } from '../kit/jobs.ts'
import { openAt, rawQuery, STORES } from '../kit/stores.ts'
import { agree, move, offered, PRICE } from './store-spend.kit.ts'

const HOUR = 60 * 60_000
const { submitting, accepted, answer_lost } = sampleEvents()
const failed = (charged: 'no' | 'refunded'): JobEvent => ({
  type: 'failed',
  failure: { code: 'provider_failed', charged },
})
const standing = (over: Partial<Standing> = {}): Standing => ({ held: 0, maybe: 0, spent: 0, ...over })
async function pagesOf<T>(read: AsyncIterable<T[]>): Promise<T[][]> {
  const pages: T[][] = []
  for await (const page of read) pages.push(page)
  return pages
}
const all = async <T>(read: AsyncIterable<T[]>): Promise<T[]> => (await pagesOf(read)).flat()
const chargeIn = (attempt: BookedAttempt): Charge => {
  const { jobId, agreedAt, standing, refundedUsd, queueId, sentAt, answeredAt, endedAt } = attempt
  return { jobId, agreedAt, standing, refundedUsd, queueId, sentAt, answeredAt, endedAt }
}
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
      const entries = await all(store.books.entries(place, NOON, NOON + 2 * HOUR))
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
        (await all(store.books.entries(place, from, from + HOUR))).map(({ jobId }) => jobId)
      expect(await idsIn({ platform: 'somewhere', communityId: 'two' })).toEqual(['a'])
      expect(await idsIn({ platform: 'elsewhere', communityId: 'two' })).toEqual([])
      expect(await idsIn(null)).toEqual(['a', 'b'])
    })

    it('add up to what is spent by each person', async () => {
      const from = NOON - HOUR
      const sums = new Map<string, number>()
      const place = { platform: 'somewhere', communityId: 'one' }
      for (const entry of await all(store.books.entries(place, from, 1e15)))
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

    it('are those of one job, in the order in which they were agreed to, also where the clock was set back', async () => {
      const lost = await spend('set back', 'four', NOON, submitting, answer_lost)
      await agree(store, lost as JobIn<'unconfirmed'>, NOON - HOUR)
      await spend('beside it', 'four', NOON)
      const entries = await store.books.attemptsOf('set back')
      expect(entries.map(shortly)).toEqual([
        ['set back', NOON, standing({ maybe: PRICE }), 0],
        ['set back', NOON - HOUR, standing({ held: PRICE }), 0],
      ])
      expect(entries[0]?.job).toEqual(await store.get('set back'))
      expect(await store.books.attemptsOf('nobody’s')).toEqual([])
    })

    it('of others say what the billing is compared with, and nothing of what was upscaled', async () => {
      const from = NOON + 20 * HOUR
      await spend('not of others', 'five', from)
      await spend('done', 'six', from, submitting, accepted)
      const failing = await spend('tried', 'seven', from + 1, submitting, accepted, failed('refunded'))
      await agree(store, failing as JobIn<'failed'>, from + 2)
      await move(store, 'tried', submitting, from + 3)
      await move(store, 'tried', answer_lost, from + 4)
      const place = { platform: 'somewhere', communityId: 'five' }
      const traces = await all(store.books.traces(place, from, from + HOUR))
      const entries = await all(store.books.entries(null, from, from + HOUR))
      const others = entries.filter(entry => entry.communityId !== 'five')
      expect(traces.map(chargeOf)).toEqual(others.map(attemptOf).map(chargeIn))
      expect(traces.map(({ jobId, countedAt }) => [jobId, countedAt])).toEqual([
        ['done', from],
        ['tried', from + 1],
        ['tried', from + 2],
      ])
      expect(JSON.stringify(traces)).not.toMatch(/clip|somewhere|six|seven|by /)
      expect(JSON.stringify(traces)).toContain('q-1')
    })

    it('of all communities add up by community', async () => {
      const from = NOON + 30 * HOUR
      await spend('x', 'eight', from, submitting, accepted)
      await spend('y', 'nine', from)
      await spend('z', 'nine', from)
      await spend('nothing', 'ten', from, submitting, failed('no'))
      expect(await store.books.spentByPlace(from, from + HOUR)).toEqual([
        { platform: 'somewhere', communityId: 'nine', jobs: 2, standing: standing({ held: 2 * PRICE }) },
        { platform: 'somewhere', communityId: 'eight', jobs: 1, standing: standing({ spent: PRICE }) },
      ])
    })

    it('are read page by page, each once, and others have their turn in between', async () => {
      const from = NOON + 40 * HOUR
      await spend('many', 'crowd', from, submitting, accepted)
      // Three at each time, so that pages end between those of one time too.
      const time = 'counted_at + i / 3'
      await rawQuery(
        store,
        `insert into jobs select 'many' || i, state, version, data || jsonb_build_object('id', 'many' || i), posts, told,
           untold_since, null, 'event of many' || i, community_id, requester_id, created_at, updated_at
         from jobs, generate_series(1, 999) as i where id = 'many'`,
      )
      await rawQuery(
        store,
        `insert into ledger (at, counted_at, job_id, version, leg, kind, account, amount_usd, platform, community_id, requester_id)
         select at, ${time}, 'many' || i, version, leg, kind, account, amount_usd, platform, community_id, requester_id
         from ledger, generate_series(1, 999) as i where job_id = 'many'`,
      )
      let turns = 0
      let reading = true
      const turn = () => {
        turns++
        if (reading) setImmediate(turn)
      }
      const place = { platform: 'somewhere', communityId: 'crowd' }
      const elsewhere = { platform: 'somewhere', communityId: 'nowhere' }
      for (const read of [
        () => store.books.entries(place, from, from + HOUR),
        () => store.books.traces(elsewhere, from, from + HOUR),
      ]) {
        reading = true
        setImmediate(turn)
        const before = turns
        const pages: { jobId: string }[][] = await pagesOf<{ jobId: string }>(read())
        const between = turns - before
        reading = false
        expect(Math.max(...pages.map(page => page.length))).toBeLessThanOrEqual(250)
        expect(between).toBeGreaterThanOrEqual(pages.length - 1)
        const ids = pages.flat().map(({ jobId }) => jobId)
        expect(ids).toHaveLength(1_000)
        expect(new Set(ids).size).toBe(1_000)
      }
    })
  })
}
