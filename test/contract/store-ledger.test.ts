import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JobIn } from '../../src/core/job.ts'
import { type Standing, standingsOf, totalOf } from '../../src/core/ledger.ts'
import type { JobEvent } from '../../src/core/transitions.ts'
import type { Store } from '../../src/store/index.ts'
import { NOON, sampleEvents, sampleJob } from '../kit/jobs.ts'
import { openAt, rawQuery, STORES } from '../kit/stores.ts'
import { walks } from '../kit/walks.ts'
import { agree, move, offered, PRICE } from './store-spend.kit.ts'

const HOUR = 60 * 60_000
const { submitting, answer_lost, accepted, polled, finished } = sampleEvents()
const failed: JobEvent = { type: 'failed', failure: { code: 'provider_rejected', charged: 'refunded' } }

for (const backend of STORES) {
  describe.skipIf(backend.missing)(`the ledger on ${backend.name}`, () => {
    let store: Store
    let stop: () => Promise<void>
    let now = NOON
    let made = 0

    beforeAll(async () => {
      const started = await backend.start()
      stop = started.stop
      store = await openAt(started.place, () => now)
    })
    afterAll(async () => {
      await store?.close()
      await stop?.()
    })

    const linesOf = async (id: string) =>
      (await rawQuery(store, `select * from ledger where job_id = '${id}' order by version, leg`)).map(
        line => [line.version, line.leg, line.kind, line.account, Number(line.amount_usd)],
      )

    it('says of each step where its money went, twice: whence and whither', async () => {
      const job = await offered(store, 'lost', { community: 'c9', person: 'p9' })
      now = NOON + 1
      expect(await agree(store, job, NOON)).toBe('saved')
      for (const event of [submitting, answer_lost, accepted, polled, finished])
        await move(store, 'lost', event, NOON + HOUR)
      expect(await linesOf('lost')).toEqual([
        [3, 0, 'hold', 'budget', -PRICE],
        [3, 1, 'hold', 'held', PRICE],
        [5, 0, 'doubt', 'held', -PRICE],
        [5, 1, 'doubt', 'maybe', PRICE],
        [6, 0, 'settle', 'maybe', -PRICE],
        [6, 1, 'settle', 'spent', PRICE],
      ])
      const whose = await rawQuery(
        store,
        `select distinct at, counted_at, platform, community_id, requester_id from ledger where job_id = 'lost'`,
      )
      expect(whose).toEqual([
        {
          at: String(NOON + 1),
          counted_at: String(NOON),
          platform: 'somewhere',
          community_id: 'c9',
          requester_id: 'p9',
        },
      ])
    })

    it('counts a request whose answer came late, over midnight, in the month that it was agreed to in', async () => {
      const midnight = Date.UTC(2027, 0, 1)
      const job = await offered(store, 'midnight', { community: 'eve', person: 'p9' })
      await agree(store, job, midnight - 1)
      await move(store, 'midnight', submitting, midnight - 1)
      const lost = (await move(store, 'midnight', answer_lost, midnight)) as JobIn<'unconfirmed'>
      expect(await agree(store, lost, midnight + HOUR)).toBe('saved')
      await move(store, 'midnight', accepted, midnight + 2 * HOUR)
      const spent = (from: number) => store.books.spent('somewhere', 'eve', from, from + 24 * HOUR)
      expect(await spent(midnight)).toEqual([])
      const [before] = await spent(midnight - 24 * HOUR)
      expect(before?.standing).toEqual({ held: 0, maybe: 0, spent: PRICE })
      expect(await store.books.check()).toEqual([])
    })

    it('shows what was charged and given back in one step as both', async () => {
      const job = await offered(store, 'refunded')
      await agree(store, job, NOON)
      await move(store, 'refunded', submitting, NOON)
      await move(store, 'refunded', failed, NOON)
      expect((await linesOf('refunded')).slice(2)).toEqual([
        [5, 0, 'settle', 'held', -PRICE],
        [5, 1, 'settle', 'spent', PRICE],
        [5, 2, 'refund', 'spent', -PRICE],
        [5, 3, 'refund', 'budget', PRICE],
      ])
    })

    it('is kept from being changed or deleted, by anybody', async () => {
      await agree(store, await offered(store, 'kept'), NOON)
      const before = await linesOf('kept')
      for (const statement of ['update ledger set amount_usd = 1', 'delete from ledger', 'truncate ledger'])
        await expect(rawQuery(store, statement), statement).rejects.toThrow('append-only')
      expect(await linesOf('kept')).toEqual(before)
      expect(before).toHaveLength(2)
    })

    it('takes nothing that a job without a price would post, and no line of nothing', async () => {
      const job = await offered(store, 'unpriced')
      const hold = { kind: 'hold', from: 'budget', to: 'held', amountUsd: 5, countedAt: NOON } as const
      const next = { ...job, version: job.version + 1 }
      const { chose, confirmed } = sampleEvents()
      await expect(async () => store.save(job, next, chose, null, [hold])).rejects.toThrow('no agreed price')
      const agreed = { ...sampleJob('confirmed'), id: job.id, version: job.version + 1 }
      const nothing = store.save(job, agreed, confirmed, null, [{ ...hold, amountUsd: 0 }])
      await expect(nothing).rejects.toThrow('amount_usd')
      expect(await store.get(job.id)).toEqual(job)
      expect(await store.history(job.id)).toHaveLength(2)
    })

    it('agrees with every job, whatever happens to them', { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(walks(30), async steps => {
          const id = `walk${++made}`
          await store.create({ ...steps[0]!.before, id, version: 1 }, `event of ${id}`)
          for (const { before, next, event, postings } of steps)
            expect(await store.save({ ...before, id }, { ...next, id }, event, null, postings)).toBe(true)
          const sums = new Map<number, Record<string, number>>()
          const lines = await rawQuery(store, `select * from ledger where job_id = '${id}'`)
          for (const { counted_at, account, amount_usd } of lines) {
            const at = Number(counted_at)
            const purse = sums.get(at) ?? { budget: 0, held: 0, maybe: 0, spent: 0 }
            sums.set(at, { ...purse, [String(account)]: purse[String(account)]! + Number(amount_usd) })
          }
          const standings = standingsOf(steps.at(-1)!.next)
          for (const [at, { budget, ...purse }] of sums) {
            expect(purse).toEqual(standings.get(at) ?? { held: 0, maybe: 0, spent: 0 })
            expect(budget! + totalOf(purse as Standing)).toBe(0)
          }
          for (const at of standings.keys()) expect(sums.has(at)).toBe(true)
        }),
        { numRuns: 60 },
      )
      expect(await store.books.check()).toEqual([])
    })

    it('adds up what each person has spent in a time, the largest spender first', async () => {
      const day = Date.UTC(2028, 1, 29)
      const spend = async (person: string, priceUsd: number, at: number, ...events: JobEvent[]) => {
        const id = `month${++made}`
        await agree(store, await offered(store, id, { community: 'books', person, priceUsd }), at)
        for (const event of events) await move(store, id, event, at)
      }
      await spend('small', 5, day, submitting, accepted)
      await spend('large', 3, day)
      await spend('large', 30, day + HOUR, submitting, answer_lost)
      await spend('large', 300, day + 2 * HOUR, submitting, accepted)
      await spend('back', 3000, day, submitting, failed)
      await spend('small', 50_000, day + 24 * HOUR)
      await spend('small', 50_000, day - 1)
      expect(await store.books.spent('somewhere', 'books', day, day + 24 * HOUR)).toEqual([
        { requesterId: 'large', jobs: 3, standing: { held: 3, maybe: 30, spent: 300 } },
        { requesterId: 'small', jobs: 1, standing: { held: 0, maybe: 0, spent: 5 } },
      ])
      expect(await store.books.spent('elsewhere', 'books', 0, day * 2)).toEqual([])
    })

    it('knows how much it holds', async () => {
      const [{ jobs, lines }] = (await rawQuery(
        store,
        'select count(distinct job_id)::int as jobs, count(*)::int as lines from ledger',
      )) as [{ jobs: number; lines: number }]
      const [{ all }] = (await rawQuery(store, 'select count(*)::int as all from jobs')) as [{ all: number }]
      expect(await store.books.size()).toEqual({ jobs: all, known: jobs, lines })
      expect(all).toBeGreaterThan(jobs)
      expect(lines).toBeGreaterThan(100)
    })

    // The last one: what is wrong with the books stays so.
    it('finds everything that can be wrong with it, and names the job', async () => {
      for (const id of ['lacks', 'overdrawn', 'unequal', 'others', 'late', 'split', 'misnamed', 'unheard-of'])
        await agree(store, await offered(store, id), NOON)
      for (const id of ['overdrawn', 'unequal', 'others', 'late', 'split', 'misnamed'])
        await rawQuery(
          store,
          `insert into job_events (job_id, version, at, to_state, event)
           select '${id}', version, 1, 'confirmed', '{}' from generate_series(4, 5) as version`,
        )
      await offered(store, 'unagreed')
      const line = (
        id: string,
        version: number,
        leg: number,
        account: string,
        usd: number,
        { person = 'p1', at = NOON, kind = 'hold' } = {},
      ) =>
        rawQuery(
          store,
          `insert into ledger (at, counted_at, job_id, version, leg, kind, account, amount_usd, platform, community_id, requester_id)
           values (1, ${at}, '${id}', ${version}, ${leg}, '${kind}', '${account}', ${usd}, 'somewhere', 'c1', '${person}')`,
        )
      await rawQuery(store, `update jobs set data = data || '{"agreedUsd": 250000}' where id = 'lacks'`)
      await line('overdrawn', 4, 0, 'spent', -7, { kind: 'refund' })
      await line('overdrawn', 4, 1, 'budget', 7, { kind: 'refund' })
      await line('overdrawn', 5, 0, 'spent', 7, { kind: 'settle' })
      await line('overdrawn', 5, 1, 'budget', -7, { kind: 'settle' })
      await line('unequal', 4, 0, 'budget', -1)
      await line('others', 4, 0, 'budget', -1, { person: 'somebody else' })
      await line('others', 4, 1, 'held', 1, { person: 'somebody else' })
      await line('others', 5, 0, 'held', -1, { person: 'somebody else', kind: 'release' })
      await line('others', 5, 1, 'budget', 1, { person: 'somebody else', kind: 'release' })
      await line('unagreed', 2, 0, 'budget', -9)
      await line('unagreed', 2, 1, 'held', 9)
      // As much as it should be, of another time.
      await line('late', 4, 0, 'held', -PRICE, { kind: 'release' })
      await line('late', 4, 1, 'budget', PRICE, { kind: 'release' })
      await line('late', 4, 2, 'held', PRICE, { at: NOON + HOUR })
      await line('late', 4, 3, 'budget', -PRICE, { at: NOON + HOUR })
      await line('split', 4, 0, 'held', -1)
      await line('split', 4, 1, 'budget', 1, { at: NOON + HOUR })
      await line('misnamed', 4, 0, 'held', -1, { kind: 'refund' })
      await line('misnamed', 4, 1, 'budget', 1, { kind: 'refund' })
      await line('misnamed', 5, 0, 'budget', -1)
      await line('misnamed', 5, 1, 'held', 1)
      // As much given back as charged, at a step that never was.
      await line('unheard-of', 99, 0, 'budget', -PRICE, { kind: 'settle' })
      await line('unheard-of', 99, 1, 'spent', PRICE, { kind: 'settle' })
      await line('unheard-of', 99, 2, 'spent', -PRICE, { kind: 'refund' })
      await line('unheard-of', 99, 3, 'budget', PRICE, { kind: 'refund' })
      await line('nobody', 1, 0, 'budget', -9)
      await line('nobody', 1, 1, 'held', 9)
      expect(await store.books.check()).toEqual([
        'Job split: the lines of version 4 that count at 2026-11-22T12:00:00.000Z add up to -$0.000001 instead of nothing.',
        'Job split: the lines of version 4 that count at 2026-11-22T13:00:00.000Z add up to $0.000001 instead of nothing.',
        'Job unequal: the lines of version 4 that count at 2026-11-22T12:00:00.000Z add up to -$0.000001 instead of nothing.',
        'Job misnamed: line 0 of version 4 is called a "refund", but moves money from "held" to "budget".',
        'Job split: line 0 of version 4 has no other that takes the same from one account and gives it to another.',
        'Job unequal: line 0 of version 4 has no other that takes the same from one account and gives it to another.',
        'Job unheard-of: 4 of its lines are of version 99, which its history does not have.',
        'Job overdrawn: at version 4 its account "spent" is at -$0.000007.',
        'Job nobody: it has 2 lines in the ledger, but there is no such job.',
        'Job lacks: it is confirmed, so $0.250000 should be "held", but its lines add up to $0.100000.',
        'Job late: $0.100000 of it should count as "held" at 2026-11-22T12:00:00.000Z, but its lines there add up to $0.000000.',
        'Job late: $0.000000 of it should count as "held" at 2026-11-22T13:00:00.000Z, but its lines there add up to $0.100000.',
        'Job others: 4 of its lines name another community or requester than it does.',
        'Job split: it is confirmed, so $0.100000 should be "held", but its lines add up to $0.099999.',
        'Job unagreed: it was never agreed to, but it has 2 lines in the ledger.',
      ])
    })
  })
}
