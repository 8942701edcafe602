import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { JobIn } from '../../src/core/job.ts'
import { NO_RULES, type Rules } from '../../src/core/rules.ts'
import type { Store } from '../../src/store/index.ts'
import { NOON, sampleApproval, sampleEvents } from '../kit/jobs.ts'
import { openAt, rawQuery, STORES, type StorePlace } from '../kit/stores.ts'
import { agree, count, move, type Outcome, offered, PRICE } from './store-spend.kit.ts'
import { allAtOnce, startSpender } from './store-spenders.kit.ts'

const DAY = 24 * 60 * 60_000
const { submitting, approval_asked } = sampleEvents()
const failed = { type: 'failed', failure: { code: 'provider_failed', charged: 'no' } } as const

for (const backend of STORES) {
  describe.skipIf(backend.missing)(`what a community has set for itself, on ${backend.name}`, () => {
    let store: Store
    let place: StorePlace
    let stop: () => Promise<void>
    let made = 0
    /** A community that nobody has spent in, and that has set nothing. */
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
    const set = <K extends keyof Rules>(rule: K, value: Rules[K], eventId?: string) =>
      store.rulebook.set('somewhere', community, 'admin', rule, value, eventId)
    const rules = () => store.rulebook.of('somewhere', community)
    const pool = (amountUsd: number, perHeadUsd: number | null = null, since = NOON) => ({
      amountUsd,
      perHeadUsd,
      since,
    })
    const linesHere = () => rawQuery(store, `select from ledger where community_id = '${community}'`)

    it('is nothing at first, then the newest of each rule, whatever the others are', async () => {
      expect(await rules()).toEqual(NO_RULES)
      await set('personDayUsd', 5_000_000)
      await set('jobsAtOnce', 1)
      await set('approval', sampleApproval())
      await set('personDayUsd', 4_000_000)
      await set('jobsAtOnce', null)
      expect(await rules()).toEqual({ ...NO_RULES, personDayUsd: 4_000_000, approval: sampleApproval() })
    })

    it('keeps every change with who made it and when, and lets nobody change or delete one', async () => {
      await set('jobUsd', 1)
      await store.rulebook.set('somewhere', community, 'another', 'jobUsd', null)
      const kept = () =>
        rawQuery(
          store,
          `select rule, value, set_by, at from rule_changes where community_id = '${community}' order by id`,
        )
      const changes = [
        { rule: 'jobUsd', value: 1, set_by: 'admin', at: String(NOON) },
        { rule: 'jobUsd', value: null, set_by: 'another', at: String(NOON) },
      ]
      expect(await kept()).toEqual(changes)
      for (const statement of [
        'update rule_changes set value = null',
        'delete from rule_changes',
        'truncate rule_changes',
      ])
        await expect(rawQuery(store, statement), statement).rejects.toThrow('rule_changes is append-only')
      expect(await kept()).toEqual(changes)
    })

    it('never touches another community, nor one of the same name elsewhere', async () => {
      await set('communityMonthUsd', 0)
      await store.rulebook.set('elsewhere', 'neighbours', 'admin', 'communityMonthUsd', 0)
      expect(await store.rulebook.of('somewhere', 'neighbours')).toEqual(NO_RULES)
      const theirs = await offered(store, `job${++made}`, { community: 'neighbours' })
      expect(await agree(store, theirs, NOON)).toBe('saved')
      expect(await agree(store, await offer(), NOON)).toMatchObject({ breach: { limit: 0 } })
    })

    it('lowers a cap of the installation and never raises one', async () => {
      await set('personDayUsd', 3 * PRICE)
      const over = await offer('p1', 4 * PRICE)
      const lowered = { breach: { cap: 'personDayUsd', limit: 3 * PRICE } }
      expect(await agree(store, over, NOON, { personDayUsd: 9 * PRICE })).toMatchObject(lowered)
      expect(await agree(store, over, NOON)).toMatchObject(lowered)
      const kept = { breach: { cap: 'personDayUsd', limit: 2 * PRICE } }
      expect(await agree(store, over, NOON, { personDayUsd: 2 * PRICE })).toMatchObject(kept)
      await set('personDayUsd', null)
      expect(await agree(store, over, NOON)).toBe('saved')
    })

    it('holds whoever agrees after it was set, however many are at it', async () => {
      const jobs = await Promise.all(Array.from({ length: 30 }, (_, i) => offer(`p${i}`)))
      const outcomes: Promise<Outcome>[] = jobs.slice(0, 20).map(job => agree(store, job, NOON))
      await set('communityMonthUsd', PRICE)
      const before = (await linesHere()).length
      outcomes.push(...jobs.slice(20).map(job => agree(store, job, NOON)))
      const all = await Promise.all(outcomes)
      // At most the one that fits has come after it.
      expect(await linesHere()).toHaveLength(Math.max(before, 2))
      expect(count(all, 'saved') + count(all, 'breach')).toBe(30)
      for (const outcome of all.slice(20))
        if (outcome !== 'saved')
          expect(outcome).toMatchObject({ breach: { cap: 'communityMonthUsd', limit: PRICE } })
      expect(count(all.slice(20), 'breach')).toBeGreaterThanOrEqual(9)
    })

    describe('approval', () => {
      it('is asked for above the amount, not at it, and nothing is written until somebody gives it', async () => {
        const approval = sampleApproval({ aboveUsd: PRICE })
        await set('approval', approval)
        expect(await agree(store, await offer(), NOON)).toBe('saved')
        const dear = await offer('p1', PRICE + 1)
        expect(await agree(store, dear, NOON)).toEqual({ needsApproval: approval })
        expect(await store.get(dear.id)).toEqual(dear)
        expect(await linesHere()).toHaveLength(2)
        expect(await agree(store, dear, NOON, {}, approval)).toBe('saved')
        expect(await store.get(dear.id)).toMatchObject({ state: 'confirmed' })
      })

      it('is not asked for what is stopped or does not fit anyway', async () => {
        await set('approval', sampleApproval({ aboveUsd: 0 }))
        await set('jobUsd', PRICE - 1)
        const job = await offer()
        expect(await agree(store, job, NOON)).toMatchObject({ breach: { cap: 'jobUsd' } })
        await store.books.freeze('somewhere', community, 'admin', randomUUID())
        expect(await agree(store, job, NOON)).toHaveProperty('frozen')
        await store.books.unfreeze('somewhere', community, randomUUID())
        await set('jobUsd', null)
        expect(await agree(store, job, NOON)).toHaveProperty('needsApproval')
      })

      it('is changed by several at once without taking anything back that another has named', async () => {
        const { changeApproval } = store.rulebook
        const change = (how: Parameters<typeof changeApproval>[3], eventId?: string) =>
          changeApproval('somewhere', community, 'admin', how, eventId)
        await change({ aboveUsd: 9, people: ['ann'] }, 'e1')
        expect((await rules()).approval).toEqual({ aboveUsd: 9, groups: [], people: ['ann'] })
        for (let i = 0; i < 5; i++) {
          await Promise.all([
            change({ aboveUsd: PRICE, people: [`bob${i}`] }),
            change({ aboveUsd: PRICE, groups: [`group${i}`] }),
            change({ aboveUsd: PRICE }),
          ])
          const named = { groups: [`group${i}`], people: [`bob${i}`] }
          expect((await rules()).approval).toEqual({ aboveUsd: PRICE, ...named })
        }
        await change({ aboveUsd: 9, people: ['ann'] }, 'e1')
        expect((await rules()).approval?.people).toEqual(['bob4'])
      })

      it('does not lift a cap: what fitted when it was asked for may not fit when it is given', async () => {
        const approval = sampleApproval({ aboveUsd: 0 })
        await set('approval', approval)
        await set('jobsAtOnce', 1)
        const asked = await offer()
        expect(await agree(store, asked, NOON)).toHaveProperty('needsApproval')
        const waiting = (await move(store, asked.id, approval_asked, NOON)) as JobIn<'awaiting_approval'>
        // What waits for approval is not at it yet.
        const other = await offer()
        expect(await agree(store, other, NOON, {}, approval)).toBe('saved')
        expect(await agree(store, waiting, NOON, {}, approval)).toMatchObject({
          breach: { cap: 'jobsAtOnce' },
        })
        await move(store, other.id, failed, NOON)
        expect(await agree(store, waiting, NOON, {}, approval)).toBe('saved')
        expect(await store.get(asked.id)).toMatchObject({ state: 'confirmed', approvedBy: '88' })
        expect(await agree(store, waiting, NOON, {}, approval)).toBe('raced')
      })

      it('given by a rule that has changed since is looked at again, and nothing is written', async () => {
        const approval = sampleApproval({ aboveUsd: PRICE - 1 })
        await set('approval', approval)
        const asked = await offer()
        const waiting = (await move(store, asked.id, approval_asked, NOON)) as JobIn<'awaiting_approval'>
        const now = sampleApproval({ aboveUsd: PRICE - 1, people: ['89'] })
        await set('approval', now)
        expect(await agree(store, waiting, NOON, {}, approval)).toBe('other_rule')
        // Also where it asks for nobody any more, or there is none, or one where there was none.
        await set('approval', sampleApproval({ aboveUsd: 9 * PRICE }))
        expect(await agree(store, waiting, NOON, {}, now)).toBe('other_rule')
        await set('approval', null)
        expect(await agree(store, waiting, NOON, {}, now)).toBe('other_rule')
        await set('approval', now)
        expect(await agree(store, waiting, NOON, {}, null)).toBe('other_rule')
        expect(await store.get(asked.id)).toEqual(waiting)
        expect(await linesHere()).toEqual([])
        // The same rule, set again.
        await set('approval', { people: now.people, groups: now.groups, aboveUsd: now.aboveUsd })
        expect(await agree(store, waiting, NOON, {}, now)).toBe('saved')
      })

      it('is asked for another try by the price of that try alone', async () => {
        await set('approval', sampleApproval({ aboveUsd: PRICE }))
        const job = await offer()
        await agree(store, job, NOON)
        const again = (await move(store, job.id, failed, NOON)) as JobIn<'failed'>
        expect(await agree(store, again, NOON)).toBe('saved')
        await set('approval', sampleApproval({ aboveUsd: PRICE - 1 }))
        const third = (await move(store, job.id, failed, NOON)) as JobIn<'failed'>
        expect(await agree(store, third, NOON)).toHaveProperty('needsApproval')
      })
    })

    describe('a pool', () => {
      it('is all that may be spent, and of it so much by each', async () => {
        await set('pool', pool(5 * PRICE, 3 * PRICE))
        for (let i = 0; i < 3; i++) expect(await agree(store, await offer('p1'), NOON)).toBe('saved')
        expect(await agree(store, await offer('p1'), NOON)).toEqual({
          breach: {
            cap: 'poolHeadUsd',
            limit: 3 * PRICE,
            used: 3 * PRICE,
            wanted: PRICE,
            resetsAt: null,
          },
        })
        expect(await agree(store, await offer('p2', 3 * PRICE), NOON)).toEqual({
          breach: { cap: 'poolUsd', limit: 5 * PRICE, used: 3 * PRICE, wanted: 3 * PRICE, resetsAt: null },
        })
        expect(await agree(store, await offer('p2', 2 * PRICE), NOON)).toBe('saved')
        // It does not fill up by itself, in no month.
        expect(await agree(store, await offer('p3'), NOON + 400 * DAY)).toMatchObject({
          breach: { cap: 'poolUsd' },
        })
      })

      it('does not pay for what was agreed to before it was there, and gets back what is given back', async () => {
        await agree(store, await offer(), NOON - 1)
        await set('pool', pool(PRICE))
        const job = await offer()
        expect(await agree(store, job, NOON)).toBe('saved')
        const other = await offer('p2')
        expect(await agree(store, other, NOON)).toMatchObject({ breach: { cap: 'poolUsd', used: PRICE } })
        await move(store, job.id, submitting, NOON)
        await move(store, job.id, failed, NOON)
        expect(await agree(store, other, NOON)).toBe('saved')
      })

      it('is not passed by who agreed before it was there and comes after: they are told when it begins', async () => {
        await set('pool', pool(PRICE))
        const job = await offer()
        expect(await agree(store, job, NOON - 1)).toEqual({ behind: NOON })
        expect(await store.get(job.id)).toEqual(job)
        expect(await linesHere()).toEqual([])
        expect(await agree(store, job, NOON)).toBe('saved')
        expect(await agree(store, await offer('p2'), NOON - 60_000)).toEqual({ behind: NOON })
        expect(await agree(store, await offer('p2'), NOON)).toMatchObject({ breach: { cap: 'poolUsd' } })
      })

      it('begins after all that was agreed to before it, also by a clock that is ahead', async () => {
        for (const at of [NOON + 60_000, NOON, NOON - 60_000])
          expect(await agree(store, await offer(), at)).toBe('saved')
        await set('pool', pool(PRICE, PRICE))
        const since = NOON + 60_001
        expect((await rules()).pool).toEqual(pool(PRICE, PRICE, since))
        expect(await agree(store, await offer(), NOON)).toEqual({ behind: since })
        expect(await agree(store, await offer(), since)).toBe('saved')
        expect(await agree(store, await offer('p2'), since)).toMatchObject({ breach: { cap: 'poolUsd' } })
        // The next one neither.
        await set('pool', pool(PRICE))
        expect((await rules()).pool).toEqual(pool(PRICE, null, since + 1))
      })

      it('does not wait for what a wrong clock has agreed to in days to come, and pays for it too', async () => {
        expect(await agree(store, await offer(), NOON + DAY)).toBe('saved')
        await set('pool', pool(PRICE))
        expect((await rules()).pool).toEqual(pool(PRICE))
        expect(await agree(store, await offer(), NOON)).toMatchObject({ breach: { cap: 'poolUsd' } })
      })

      it('counts what two put into it at the same time, and changes nothing where there is none', async () => {
        const change = (how: { add?: number; each?: number | null }) =>
          store.rulebook.changePool('somewhere', community, 'admin', how)
        expect(await change({ add: PRICE })).toBeNull()
        expect(await rules()).toEqual(NO_RULES)
        await set('pool', pool(PRICE, 5))
        await Promise.all(Array.from({ length: 10 }, () => change({ add: PRICE })))
        expect((await rules()).pool).toEqual(pool(11 * PRICE, 5))
        expect(await change({ each: null })).toEqual(pool(11 * PRICE, null))
        expect(await change({ add: 1, each: 7 })).toEqual(pool(11 * PRICE + 1, 7))
        await set('pool', null)
        expect(await change({ add: PRICE })).toBeNull()
      })

      it('is changed once by an event that comes three times, whatever came between', async () => {
        const add = (eventId: string) =>
          store.rulebook.changePool('somewhere', community, 'admin', { add: PRICE }, eventId)
        await set('pool', pool(PRICE), 'e1')
        await add('e2')
        await set('pool', pool(PRICE), 'e1')
        expect(await Promise.all([add('e2'), add('e2')])).toEqual([pool(2 * PRICE), pool(2 * PRICE)])
        expect(await add('e3')).toEqual(pool(3 * PRICE))
        // One event may set several rules, and other communities have events of their own.
        await set('jobUsd', PRICE, 'e1')
        expect(await rules()).toMatchObject({ pool: pool(3 * PRICE), jobUsd: PRICE })
      })
    })

    if (backend.shared) {
      it('lets 40 of 200 draw on a pool of 40, six each at most, who agree at once in five processes', async () => {
        await set('pool', pool(40 * PRICE, 6 * PRICE))
        const jobs: JobIn<'quoted'>[] = []
        for (let i = 0; i < 200; i++) jobs.push(await offer(`p${i % 7}`))
        const ids = jobs.map(job => job.id)
        const spenders = [0, 1, 2, 3, 4].map(i => startSpender(place, ids.slice(i * 40, (i + 1) * 40), {}))
        const outcomes = await allAtOnce(spenders)
        expect(outcomes.filter(list => count(list, 'saved') > 0).length).toBeGreaterThan(1)
        expect([count(outcomes.flat(), 'saved'), count(outcomes.flat(), 'breach')]).toEqual([40, 160])
        const spent = await store.books.spent('somewhere', community, NOON, NOON + 1)
        expect(spent.reduce((sum, { standing }) => sum + standing.held, 0)).toBe(40 * PRICE)
        for (const { standing } of spent) expect(standing.held).toBeLessThanOrEqual(6 * PRICE)
        expect(await store.books.check()).toEqual([])
      })
    }
  })
}
