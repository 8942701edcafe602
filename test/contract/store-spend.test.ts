import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Caps } from '../../src/core/caps.ts'
import type { JobIn } from '../../src/core/job.ts'
import type { Store } from '../../src/store/index.ts'
import { NOON, sampleEvents } from '../kit/jobs.ts'
import { openAt, rawQuery, STORES, type StorePlace } from '../kit/stores.ts'
import { agree, count, move, type Outcome, offered, PRICE } from './store-spend.kit.ts'
import { allAtOnce, startSpender } from './store-spenders.kit.ts'

const DAY = 24 * 60 * 60_000
const { submitting, accepted, answer_lost } = sampleEvents()
const failed = (charged: 'no' | 'refunded') =>
  ({ type: 'failed', failure: { code: 'provider_failed', charged } }) as const

for (const backend of STORES) {
  describe.skipIf(backend.missing)(`agreeing to pay, on ${backend.name}`, () => {
    let store: Store
    let place: StorePlace
    let stop: () => Promise<void>
    let made = 0
    /** A community that nobody has spent in. */
    let community: string

    beforeAll(async () => {
      const started = await backend.start()
      stop = started.stop
      place = started.place
      store = await openAt(place, () => NOON)
    })
    afterAll(async () => {
      await store?.close()
      await stop?.()
    })
    beforeEach(() => {
      community = `c${++made}`
    })

    const offer = (person = 'p1', priceUsd = PRICE) =>
      offered(store, `job${++made}`, { community, person, priceUsd })
    const linesOf = (id: string) => rawQuery(store, `select * from ledger where job_id = '${id}'`)

    /** Makes whoever would write this job wait, on a server; returns what lets them go on. */
    async function holdUp(id: string): Promise<() => Promise<void>> {
      const client = new pg.Client(place.databaseUrl!)
      await client.connect()
      await client.query('begin')
      await client.query('select from jobs where id = $1 for update', [id])
      const letGo = () => client.end()
      onTestFinished(letGo)
      return letGo
    }

    /** Until somebody waits for such a lock, in the server's own words. */
    const waitsFor = (lock: 'transactionid' | 'advisory') =>
      expect
        .poll(() => rawQuery(store, `select from pg_stat_activity where wait_event = '${lock}'`), {
          timeout: 10_000,
        })
        .toHaveLength(1)

    async function someOffers(howMany: number): Promise<JobIn<'quoted'>[]> {
      const jobs: JobIn<'quoted'>[] = []
      for (let i = 0; i < howMany; i++) jobs.push(await offer(`p${i % 7}`))
      return jobs
    }

    /** What came of `howMany` who agree at once where 40 fit: exactly 40 must go, with the money of 40. */
    async function expectForty(outcomes: Outcome[], ids: string[], caps: Partial<Caps>) {
      const howMany = ids.length
      expect([count(outcomes, 'saved'), count(outcomes, 'breach')]).toEqual([40, howMany - 40])
      const [cap] = Object.keys(caps)
      for (const outcome of outcomes.filter(o => o !== 'saved'))
        expect(outcome).toMatchObject({ breach: { cap, limit: 40 * PRICE, used: 40 * PRICE, wanted: PRICE } })
      const spenders = await store.books.spent('somewhere', community, NOON, NOON + 1)
      expect(spenders.reduce((sum, { standing }) => sum + standing.held, 0)).toBe(40 * PRICE)
      expect(spenders.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(40)
      for (const [i, outcome] of outcomes.entries()) {
        expect((await store.get(ids[i]!))?.state).toBe(outcome === 'saved' ? 'confirmed' : 'quoted')
        expect(await store.history(ids[i]!)).toHaveLength(outcome === 'saved' ? 3 : 2)
      }
      const lines = await rawQuery(store, `select from ledger where community_id = '${community}'`)
      expect(lines).toHaveLength(2 * 40)
      expect(await store.books.check()).toEqual([])
    }

    it('lets exactly 40 of 50 go that agree at once, where the cap fits 40', async () => {
      const caps = { communityMonthUsd: 40 * PRICE }
      const jobs = await someOffers(50)
      const outcomes = await Promise.all(jobs.map(job => agree(store, job, NOON, caps)))
      await expectForty(
        outcomes,
        jobs.map(job => job.id),
        caps,
      )
    })

    if (backend.shared) {
      it('lets exactly 40 of 200 go that agree at once in five processes, where the cap fits 40', async () => {
        const caps = { communityMonthUsd: 40 * PRICE }
        const jobs = await someOffers(200)
        const children = [0, 1, 2, 3, 4].map(i =>
          startSpender(
            place,
            jobs.slice(i * 40, (i + 1) * 40).map(job => job.id),
            caps,
          ),
        )
        const outcomes = await allAtOnce(children)
        // Several of them came through: it was not one that was done before the others began.
        expect(outcomes.filter(list => count(list, 'saved') > 0).length).toBeGreaterThan(1)
        await expectForty(
          outcomes.flat(),
          jobs.map(job => job.id),
          caps,
        )
      })

      it('goes on, within seconds, when a process has stopped in the middle of it', async () => {
        const [theirs, ours] = await Promise.all([offer(), offer()])
        const letGo = await holdUp(theirs.id)
        const { child, lines } = startSpender(place, [theirs.id], {})
        expect((await lines.next()).value).toBe('ready')
        child.stdin.write('go\n')
        await waitsFor('transactionid')
        // It has the lock, and when its statement is done it will not say what comes next.
        child.kill('SIGSTOP')
        await letGo()
        expect(await agree(store, ours, NOON)).toBe('saved')
        expect(await store.get(theirs.id)).toEqual(theirs)
      })

      it('is over for whoever was at it when a freeze returns', async () => {
        const job = await offer()
        const letGo = await holdUp(job.id)
        const spend = agree(store, job, NOON)
        await waitsFor('transactionid')
        const freeze = store.books
          .freeze('somewhere', community, 'admin', randomUUID())
          .then(() => store.get(job.id))
        await waitsFor('advisory')
        await letGo()
        expect(await freeze).toMatchObject({ state: 'confirmed' })
        expect(await spend).toBe('saved')
        expect(await agree(store, await offer(), NOON)).toMatchObject({ frozen: { by: 'admin' } })
      })
    }

    it('takes of all caps or of none', async () => {
      const caps = { personDayUsd: 3 * PRICE, communityMonthUsd: 4 * PRICE, totalMonthUsd: 1e12 }
      for (let i = 0; i < 3; i++) expect(await agree(store, await offer('p1'), NOON, caps)).toBe('saved')
      // Fits the community, not the person; then the other way round.
      const mine = await offer('p1')
      expect(await agree(store, mine, NOON, caps)).toMatchObject({ breach: { cap: 'personDayUsd' } })
      expect(await agree(store, await offer('p2', 2 * PRICE), NOON, caps)).toEqual({
        breach: {
          cap: 'communityMonthUsd',
          limit: 4 * PRICE,
          used: 3 * PRICE,
          wanted: 2 * PRICE,
          resetsAt: Date.UTC(2026, 11, 1),
        },
      })
      // Neither has used anything up.
      expect(await agree(store, await offer('p2'), NOON, caps)).toBe('saved')
      expect(await linesOf(mine.id)).toEqual([])
      expect(await store.get(mine.id)).toEqual(mine)
      expect(await store.history(mine.id)).toHaveLength(2)
    })

    it('counts everything of the installation against its own cap, wherever it was', async () => {
      const month = Date.UTC(2031, 4, 9)
      const caps = { totalMonthUsd: 2 * PRICE }
      for (const other of ['x', 'y']) {
        const job = await offered(store, `job${++made}`, { community: `${community}${other}` })
        expect(await agree(store, job, month, caps)).toBe('saved')
      }
      const third = await offer()
      expect(await agree(store, third, month, caps)).toMatchObject({
        breach: { cap: 'totalMonthUsd', used: 2 * PRICE },
      })
      expect(await agree(store, third, Date.UTC(2031, 5, 1), caps)).toBe('saved')
    })

    it('counts a person’s day and a community’s month in UTC, from their first millisecond to their last', async () => {
      const caps = { personDayUsd: PRICE, communityMonthUsd: 3 * PRICE }
      const midnight = Date.UTC(2026, 10, 30)
      expect(await agree(store, await offer(), midnight, caps)).toBe('saved')
      const refused = await agree(store, await offer(), midnight + DAY - 1, caps)
      expect(refused).toMatchObject({ breach: { cap: 'personDayUsd', resetsAt: midnight + DAY } })
      expect(await agree(store, await offer(), midnight - 1, caps)).toBe('saved')
      // Another person, another community: their own day and month.
      expect(await agree(store, await offer('p2'), midnight, caps)).toBe('saved')
      expect(await agree(store, await offer('p3'), midnight, caps)).toMatchObject({
        breach: { cap: 'communityMonthUsd', resetsAt: Date.UTC(2026, 11, 1) },
      })
      const elsewhere = await offered(store, `job${++made}`, { community: `${community}x`, person: 'p1' })
      expect(await agree(store, elsewhere, midnight, caps)).toBe('saved')
      expect(await agree(store, await offer(), midnight + DAY, caps)).toBe('saved')
    })

    it('counts what is held, what was spent and what may have been charged, and not what was given back', async () => {
      const caps = { personDayUsd: 4 * PRICE }
      const jobs = [await offer(), await offer(), await offer(), await offer()]
      for (const job of jobs) expect(await agree(store, job, NOON, caps)).toBe('saved')
      const [spent, maybe, released] = jobs as [JobIn<'quoted'>, JobIn<'quoted'>, JobIn<'quoted'>]
      for (const job of [spent, maybe, released]) await move(store, job.id, submitting, NOON)
      await move(store, spent.id, accepted, NOON)
      await move(store, maybe.id, answer_lost, NOON)
      const next = await offer()
      expect(await agree(store, next, NOON, caps)).toMatchObject({ breach: { used: 4 * PRICE } })
      await move(store, released.id, failed('no'), NOON)
      expect(await agree(store, next, NOON, caps)).toBe('saved')
      expect(await agree(store, await offer(), NOON, caps)).toMatchObject({ breach: { used: 4 * PRICE } })
    })

    it.each([
      ['release', 'no'],
      ['refund', 'refunded'],
    ] as const)(
      'gives money back to the day that it was taken from: a %s of yesterday leaves today as it is',
      async (_, charged) => {
        const caps = { personDayUsd: PRICE }
        const yesterday = await offer()
        expect(await agree(store, yesterday, NOON - DAY, caps)).toBe('saved')
        await move(store, yesterday.id, submitting, NOON - DAY)
        if (charged === 'refunded') await move(store, yesterday.id, accepted, NOON - DAY)
        expect(await agree(store, await offer(), NOON, caps)).toBe('saved')
        const more = await offer()
        expect(await agree(store, more, NOON - DAY + 1, caps)).toMatchObject({ breach: { used: PRICE } })
        await move(store, yesterday.id, failed(charged), NOON)
        expect(await agree(store, await offer(), NOON, caps)).toMatchObject({ breach: { used: PRICE } })
        expect(await agree(store, more, NOON - DAY + 1, caps)).toBe('saved')
        expect(await store.books.check()).toEqual([])
      },
    )

    it('counts another try on the day that somebody asks for it', async () => {
      const caps = { personDayUsd: PRICE }
      const job = await offer()
      await agree(store, job, NOON - DAY, caps)
      await move(store, job.id, submitting, NOON - DAY)
      const lost = (await move(store, job.id, answer_lost, NOON - DAY)) as JobIn<'unconfirmed'>
      expect(await agree(store, lost, NOON - DAY + 1, caps)).toMatchObject({ breach: { used: PRICE } })
      expect(await agree(store, lost, NOON, caps)).toBe('saved')
      const [yesterday] = await store.books.spent('somewhere', community, NOON - DAY, NOON)
      const [today] = await store.books.spent('somewhere', community, NOON, NOON + DAY)
      expect(yesterday?.standing).toEqual({ held: 0, maybe: PRICE, spent: 0 })
      expect(today?.standing).toEqual({ held: PRICE, maybe: 0, spent: 0 })
    })

    it('lets a person have so many jobs at once, in all states that are on their way', async () => {
      const caps = { jobsAtOnce: 2 }
      const first = await offer()
      expect(await agree(store, first, NOON, caps)).toBe('saved')
      expect(await agree(store, await offer(), NOON, caps)).toBe('saved')
      const third = await offer()
      const full = { breach: { cap: 'jobsAtOnce', limit: 2, used: 2, wanted: 1, resetsAt: null } }
      expect(await agree(store, third, NOON, caps)).toEqual(full)
      expect(await agree(store, await offer('p2'), NOON, caps)).toBe('saved')
      const { finished, saved, delivered } = sampleEvents()
      for (const event of [submitting, accepted, finished, saved]) {
        await move(store, first.id, event, NOON)
        expect(await agree(store, third, NOON, caps)).toEqual(full)
      }
      await move(store, first.id, delivered, NOON)
      expect(await agree(store, third, NOON, caps)).toBe('saved')
    })

    it('stops at once where it is frozen, says by whom and since when, and goes on when it is not any more', async () => {
      const { books } = store
      const [job, other] = [await offer(), await offered(store, `job${++made}`, { community: 'another' })]
      await books.freeze('somewhere', community, 'admin', randomUUID())
      const freeze = { scope: 'community', by: 'admin', at: NOON }
      expect(await agree(store, job, NOON)).toEqual({ frozen: freeze })
      expect(await store.get(job.id)).toEqual(job)
      expect(await agree(store, other, NOON)).toBe('saved')
      // The first word counts: who stopped it, and when.
      await books.freeze('somewhere', community, 'another admin', randomUUID())
      expect(await books.frozen('somewhere', community)).toEqual(freeze)

      await books.freeze('somewhere', null, 'owner', randomUUID())
      expect(await agree(store, job, NOON)).toEqual({
        frozen: { ...freeze, scope: 'all', by: 'owner', own: true },
      })
      expect(await books.frozen('elsewhere', 'anybody')).toEqual({ ...freeze, scope: 'all', by: 'owner' })
      await books.unfreeze('somewhere', null, randomUUID())
      expect(await agree(store, job, NOON)).toEqual({ frozen: freeze })
      await books.unfreeze('somewhere', community, randomUUID())
      expect(await books.frozen('somewhere', community)).toBeNull()
      expect(await agree(store, job, NOON)).toBe('saved')
    })

    it('is stopped and let go once for each event, however often and in however many processes it comes', async () => {
      const { books } = store
      const [stop, go] = [randomUUID(), randomUUID()]
      const first = await Promise.all(
        [1, 2, 3].map(() => books.freeze('somewhere', community, 'admin', stop)),
      )
      expect(first.sort()).toEqual([false, false, true])
      expect(await books.unfreeze('somewhere', community, go)).toBe(true)
      expect(await books.freeze('somewhere', community, 'admin', stop)).toBe(false)
      expect(await books.frozen('somewhere', community)).toBeNull()
      expect(await books.freeze('somewhere', community, 'admin', randomUUID())).toBe(true)
      expect(await books.unfreeze('somewhere', community, go)).toBe(false)
      expect(await books.frozen('somewhere', community)).toMatchObject({ by: 'admin' })
      await books.unfreeze('somewhere', community, randomUUID())
    })

    it('lets nothing through that was not agreed to when the freeze was there, however many are at it', async () => {
      const jobs = await someOffers(30)
      const outcomes: Promise<Outcome>[] = jobs.slice(0, 20).map(job => agree(store, job, NOON))
      await store.books.freeze('somewhere', community, 'admin', randomUUID())
      const agreed = await rawQuery(store, `select from ledger where community_id = '${community}'`)
      outcomes.push(...jobs.slice(20).map(job => agree(store, job, NOON)))
      const saved = (await Promise.all(outcomes)).filter(outcome => outcome === 'saved')
      expect(saved.length * 2).toBe(agreed.length)
      expect(saved.length).toBeLessThan(30)
      await store.books.unfreeze('somewhere', community, randomUUID())
    })

    it('acts once on presses that come at once, and tells the others nothing of caps that the first has used up', async () => {
      const job = await offer()
      const caps = { personDayUsd: PRICE, jobsAtOnce: 1 }
      const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => agree(store, job, NOON, caps)))
      expect(outcomes.sort()).toEqual(['raced', 'raced', 'raced', 'raced', 'saved'])
      expect(await linesOf(job.id)).toHaveLength(2)
    })

    it('lets everything else go on meanwhile', async () => {
      const jobs = await someOffers(20)
      const spends = jobs.map(job => agree(store, job, NOON, { communityMonthUsd: 9 * PRICE }))
      const others = jobs.map((job, i) => store.notePosts(job.id, { threadId: `t${i}` }))
      await Promise.all([...others, ...spends])
      for (const [i, job] of jobs.entries())
        expect((await store.get(job.id))?.posts).toEqual({ threadId: `t${i}` })
    })
  })
}
