import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Caps } from '../../../src/core/caps.ts'
import type { Job, JobIn, Place } from '../../../src/core/job.ts'
import { postingsOf, standingOf } from '../../../src/core/ledger.ts'
import { onPress } from '../../../src/flows/answer.ts'
import { commit } from '../../../src/flows/commit.ts'
import { onRequest } from '../../../src/flows/request.ts'
import { NO_CAPS } from '../../kit/caps.ts'
import { NOON, sampleJob } from '../../kit/jobs.ts'
import { linesOf } from '../../kit/plain.ts'
import { openWorld, type TestWorld, wordsOf } from '../../kit/world.ts'

let stage: TestWorld
let place: Place
let made = 0
beforeAll(async () => {
  stage = await openWorld()
}, 60_000)
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => {
  stage.whispers.length = 0
  // Within the minute in which prices are not asked for again.
  stage.at(NOON + 30_000)
  place = { ...sampleJob('quoted').place, communityId: `community ${++made}` }
  caps({})
})

const caps = (some: Partial<Caps>) => {
  stage.world.caps = { ...NO_CAPS, ...some }
}
const offer = (over: Partial<JobIn<'quoted'>> = {}) => stage.put('quoted', { place, ...over })
const press = (...args: Parameters<TestWorld['press']>) => onPress(stage.world, stage.press(...args))
const said = () => stage.whispers.flatMap(linesOf).join('\n')
const stateOf = async ({ id }: Job) => (await stage.job(id)).state
const spent = () => stage.world.books.spent('somewhere', place.communityId, 0, NOON * 2)

describe('Confirm', () => {
  it('within the caps holds the price in the books', async () => {
    caps({ personDayUsd: 156_000, communityMonthUsd: 156_000, jobUsd: 156_000, jobsAtOnce: 1 })
    const job = await offer()
    await press(job, 'confirm')
    expect(await stateOf(job)).toBe('confirmed')
    expect(await spent()).toEqual([
      { requesterId: '77', jobs: 1, standing: { held: 156_000, maybe: 0, spent: 0 } },
    ])
  })

  it('that would pass a cap is not spent: it says by how much, and the offer stays as it is', async () => {
    caps({ personDayUsd: 300_000 })
    await press(await offer(), 'confirm')
    const job = await offer()
    await press(job, 'confirm')
    expect(await stage.job(job.id)).toMatchObject({ state: 'quoted', version: job.version })
    expect(said()).toContain(
      '$0.16 would pass your $0.30 for today by $0.02; it resets at 00:00 UTC, in 12 h. Nothing was charged by this press. Your offer stays open',
    )
    expect((await spent())[0]?.standing.held).toBe(156_000)

    // The same card, once there is room.
    caps({})
    await press(job, 'confirm')
    expect(await stateOf(job)).toBe('confirmed')
  })

  it('of the next day finds the day’s cap unused', async () => {
    caps({ personDayUsd: 156_000 })
    await press(await offer(), 'confirm')
    const tomorrow = NOON + 24 * 3_600_000
    stage.at(tomorrow)
    const fresh = { ...sampleJob('quoted').offer, quotedAt: tomorrow, expiresAt: tomorrow + 60_000 }
    const job = await offer({ offer: fresh })
    await press(job, 'confirm')
    expect(await stateOf(job)).toBe('confirmed')
  })

  it('of more at once than one person may have waits until one has ended', async () => {
    caps({ jobsAtOnce: 1 })
    const first = await offer()
    await press(first, 'confirm')
    const second = await offer()
    await press(second, 'confirm')
    expect(said()).toContain('You have 1 upscale running')
    const other = await offer({ requesterId: '78' })
    await press(other, 'confirm')
    expect(await stateOf(other)).toBe('confirmed')
    await press(await stage.job(first.id), 'cancel')
    await press(second, 'confirm')
    expect(await stateOf(second)).toBe('confirmed')
  })

  it('pressed on many cards at once passes no cap', async () => {
    caps({ communityMonthUsd: 3 * 156_000 })
    const jobs = await Promise.all(Array.from({ length: 8 }, () => offer()))
    await Promise.all(jobs.map(job => press(job, 'confirm')))
    const states = await Promise.all(jobs.map(stateOf))
    expect(states.filter(state => state === 'confirmed')).toHaveLength(3)
    expect(stage.whispers).toHaveLength(5)
  })

  it('that would pass what this place has set for itself, or its pool, says so with numbers', async () => {
    const { rulebook } = stage.world
    const set = rulebook.set.bind(rulebook, 'somewhere', place.communityId, '99')
    await set('pool', { amountUsd: 300_000, perHeadUsd: 200_000, since: NOON })
    await press(await offer(), 'confirm')
    const second = await offer()
    await press(second, 'confirm')
    expect(said()).toContain(
      "$0.16 is too much for you: you may draw $0.20 from this place's pool and have used $0.16. Nothing was charged",
    )
    const other = await offer({ requesterId: '78' })
    await press(other, 'confirm')
    expect(said()).toContain("$0.16 is more than the $0.14 that is left in this place's pool.")
    await set('pool', null)
    await set('jobUsd', 100_000)
    await press(other, 'confirm')
    expect(said()).toContain('$0.16 would pass the $0.10 that one upscale may cost here by $0.06.')
    expect(await stateOf(other)).toBe('quoted')
  })

  it('that comes again was answered already', async () => {
    caps({ jobUsd: 1 })
    const job = await offer()
    await press(job, 'confirm', { redelivered: true })
    expect(stage.whispers).toEqual([])
    expect(await stateOf(job)).toBe('quoted')
  })
})

describe('Try again', () => {
  it('counts against the caps with what was lost before, and the question stays open', async () => {
    caps({ personDayUsd: 310_000 })
    const job = await stage.put('unconfirmed', { place })
    await press(job, 'retry')
    expect(await stage.job(job.id)).toMatchObject({ state: 'unconfirmed', version: job.version })
    expect(said()).toContain('$0.16 would pass your $0.31 for today by $0.01')
    expect(said()).toContain('The question stays open.')
    caps({ personDayUsd: 312_000 })
    await press(job, 'retry')
    expect(await stateOf(job)).toBe('confirmed')
    expect((await spent())[0]?.standing).toEqual({ held: 156_000, maybe: 156_000, spent: 0 })
  })

  it('of a manager is told whose cap it is', async () => {
    caps({ jobsAtOnce: 1 })
    await press(await offer(), 'confirm')
    const sent = await stage.put('submitting', { place })
    const failure = { code: 'provider_busy', charged: 'no' } as const
    const failed = (await commit(stage.world, sent, { type: 'failed', failure }))!
    await press(failed, 'retry', { presserId: '88', presserManages: async () => true })
    expect(said()).toContain('@77 has 1 upscale running')
    expect(await stateOf(failed)).toBe('failed')
  })
})

describe('while spending is stopped', () => {
  beforeEach(() => stage.world.books.freeze('somewhere', place.communityId, '99', randomUUID()))

  it('no press pays, and it is said who stopped it', async () => {
    const job = await offer()
    await press(job, 'confirm')
    expect(await stage.job(job.id)).toMatchObject({ state: 'quoted', version: job.version })
    expect(said()).toContain('@99 stopped all spending here on #.')
    expect(said()).toContain('Nothing was charged by this press.')
    await stage.world.books.unfreeze('somewhere', place.communityId, randomUUID())
    await press(job, 'confirm')
    expect(await stateOf(job)).toBe('confirmed')
  })

  it('nothing is sent that was agreed to before, and it can be tried again after', async () => {
    const job = await stage.put('confirmed', { place })
    await stage.world.queue.add({ jobId: job.id, version: job.version }, 0)
    await stage.work(job.id)
    expect(await stage.job(job.id)).toMatchObject({
      state: 'failed',
      failure: { code: 'frozen', charged: 'no' },
      retryUntil: expect.any(Number),
    })
    expect(wordsOf(stage.shown(`${job.id}-failure-0`)?.view)).toContain('All spending was stopped')
    expect(await spent()).toEqual([])
  })

  it('a new request is refused before its clip is read', async () => {
    await onRequest(stage.world, {
      platform: 'somewhere',
      eventId: `request ${made}`,
      place,
      requesterId: '77',
      factor: 2,
      fileName: 'clip.mp4',
      found: () => Promise.reject(new Error('not expected to be asked')),
      reply: null,
      replySeenBy: 'everybody',
    })
    const [shown] = stage.posted().slice(-1)
    expect(wordsOf(shown?.view)).toContain('All spending is stopped here, so nothing can be upscaled.')
    expect(wordsOf(shown?.view)).toContain('Nothing was charged.')
  })
})

it('every step writes what it moves', async () => {
  const job = await stage.put('submitting', { place })
  const failure = { code: 'provider_failed', charged: 'refunded' } as const
  const next = (await commit(stage.world, job, { type: 'failed', failure }))!
  expect(postingsOf(job, next).map(posting => posting.kind)).toEqual(['settle', 'refund'])
  expect(standingOf(next)).toEqual({ held: 0, maybe: 0, spent: 0 })
  expect(await spent()).toEqual([])
  expect(await stage.world.books.check()).toEqual([])
})
