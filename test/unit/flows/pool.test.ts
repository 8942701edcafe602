import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Job, Place } from '../../../src/core/job.ts'
import { totalOf } from '../../../src/core/ledger.ts'
import { onAdmin } from '../../../src/flows/admin.ts'
import { onPress } from '../../../src/flows/answer.ts'
import { NO_CAPS } from '../../kit/caps.ts'
import { NOON, sampleJob } from '../../kit/jobs.ts'
import { linesOf } from '../../kit/plain.ts'
import { openWorld, type TestWorld } from '../../kit/world.ts'

const AT = NOON + 30_000
const PRICE = 156_000

let stage: TestWorld
let place: Place
let made = 0
beforeAll(async () => {
  stage = await openWorld()
}, 60_000)
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(anew)

function anew() {
  stage.whispers.length = 0
  stage.at(AT)
  stage.world.caps = NO_CAPS
  place = { ...sampleJob('quoted').place, communityId: `community ${++made}` }
}

const offer = (requesterId = '77') => stage.put('quoted', { place, requesterId })
const confirm = (job: Job) => onPress(stage.world, stage.press(job, 'confirm'))
const confirmed = async (jobs: Job[]) => {
  const states = await Promise.all(jobs.map(async ({ id }) => (await stage.job(id)).state))
  return states.filter(state => state === 'confirmed').length
}
const said = () => stage.whispers.flatMap(linesOf).join('\n')
const set = (options: Record<string, string>) =>
  onAdmin(
    stage.world,
    stage.admin({ word: 'pool', options }, { communityId: place.communityId, eventId: `pool ${++made}` }),
  )
async function pressed(howMany: number, requesterId?: string): Promise<Job[]> {
  const jobs: Job[] = []
  for (let i = 0; i < howMany; i++) {
    jobs.push(await offer(requesterId))
    await confirm(jobs.at(-1)!)
  }
  return jobs
}

/** What was agreed to from the beginning of the pool on, as the books have it. */
async function drawn(): Promise<number> {
  const { pool } = await stage.world.rulebook.of('somewhere', place.communityId)
  const spent = await stage.world.books.spent('somewhere', place.communityId, pool!.since, NOON * 2)
  return spent.reduce((sum, { standing }) => sum + totalOf(standing), 0)
}

it.each([
  ['for everybody', { amount: '0.20' }, "$0.04 that is left in this place's pool"],
  ['for each', { amount: '9', each: '0.20' }, 'you may draw $0.20'],
] as const)(
  'six confirms on their way while a pool is put aside are held to it, %s',
  async (_, pool, text) => {
    const jobs: Job[] = []
    for (let i = 0; i < 6; i++) jobs.push(await offer())
    const { store } = stage.world
    const [all, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let waiting = 0
    // Their time is taken, and they wait for the one before them.
    stage.world.store = {
      ...store,
      async spend(...args) {
        if (++waiting === 6) all.resolve()
        await go.promise
        return store.spend(...args)
      },
    }
    const confirms = jobs.map(confirm)
    await all.promise
    stage.world.store = store
    stage.at(AT + 1)
    await set(pool)
    go.resolve()
    await Promise.all(confirms)
    expect(await confirmed(jobs)).toBe(1)
    expect(await drawn()).toBe(PRICE)
    expect(said()).toContain(text)
  },
)

it.each([
  ['the pool', { amount: '0.20' }],
  ['what one person may draw', { amount: '9', each: '0.20' }],
])(
  'a clock that is a second behind passes %s no more than others, nor a new pool after it',
  async (_, pool) => {
    await set(pool)
    stage.at(AT - 1_000)
    expect(await confirmed(await pressed(3))).toBe(1)
    expect(await drawn()).toBe(PRICE)
    stage.at(AT + 10_000)
    await set(pool)
    stage.at(AT + 9_000)
    expect(await confirmed(await pressed(3))).toBe(1)
    expect(await drawn()).toBe(PRICE)
  },
)

it('what was agreed to before is not drawn from it, though that clock was a minute ahead', async () => {
  stage.at(NOON + 60_000)
  expect(await confirmed(await pressed(2))).toBe(2)
  stage.at(NOON)
  await set({ amount: '0.20' })
  expect(await drawn()).toBe(0)
  expect(await confirmed(await pressed(2))).toBe(1)
  expect(await drawn()).toBe(PRICE)
})

it('another try is drawn from it, and its attempts are told apart', async () => {
  await set({ amount: '0.40' })
  stage.at(AT - 1_000)
  const [job] = await pressed(1)
  await onPress(stage.world, stage.press(await stage.job(job!.id), 'cancel'))
  expect(await drawn()).toBe(0)
  await onPress(stage.world, stage.press(await stage.job(job!.id), 'retry'))
  const now = await stage.job(job!.id)
  expect(now).toMatchObject({ state: 'confirmed', queuedAt: AT + 1, earlier: [{ queuedAt: AT }] })
  expect(await drawn()).toBe(PRICE)
  expect(await stage.world.books.check()).toEqual([])
})

it('whatever the clocks say, within a minute, exactly what is agreed to after it is drawn from it', async () => {
  const steps = fc.array(
    fc.record({
      clock: fc.nat({ max: 60_000 }),
      act: fc.constantFrom('confirm', 'confirm', 'confirm', 'set'),
    }),
    { maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(steps, async acts => {
      anew()
      await set({ amount: '0.50' })
      let since = 0
      for (const { clock, act } of acts) {
        stage.at(NOON + clock)
        if (act === 'set') await set({ amount: '0.50' })
        if (act === 'set') since = 0
        else since += await confirmed(await pressed(1))
        expect(since).toBeLessThanOrEqual(3)
        expect(await drawn()).toBe(since * PRICE)
      }
      const tries = acts.length - 1 - acts.findLastIndex(({ act }) => act === 'set')
      expect(since).toBe(Math.min(tries, 3))
    }),
    { numRuns: 40 },
  )
}, 120_000)
