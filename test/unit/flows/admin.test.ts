import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ADMIN_ACTS } from '../../../src/core/admin.ts'
import { type AdminRequest, ChatError } from '../../../src/core/chat.ts'
import type { Job, Place, State } from '../../../src/core/job.ts'
import { onAdmin } from '../../../src/flows/admin.ts'
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
  stage.at(NOON)
  stage.world.caps = NO_CAPS
  place = { ...sampleJob('quoted').place, communityId: `community ${++made}` }
})

/** "freeze everywhere": a word, and flags. */
const ask = (typed: string, over: Partial<AdminRequest> = {}) => {
  const [word = null, ...flags] = typed.split(' ').filter(Boolean)
  const options = Object.fromEntries(flags.map(flag => [flag, 'yes']))
  return onAdmin(
    stage.world,
    stage.admin({ word, options }, { communityId: place.communityId, eventId: `event ${++made}`, ...over }),
  )
}
const OPERATOR = { personId: '1000', manages: async () => false }
const said = () => stage.whispers.flatMap(linesOf).join('\n')
const put = (state: State, over: Partial<Pick<Job, 'requesterId' | 'place'>> = {}) =>
  stage.put(state, { place, ...over })
const frozen = () => stage.world.books.frozen('somewhere', place.communityId)

describe('the command for those in charge', () => {
  it.each([...ADMIN_ACTS, ''])('"%s" is theirs alone', async act => {
    await ask(act, { manages: async () => false })
    await ask(act, { manages: () => Promise.reject(new ChatError('unavailable', 'no')) })
    expect(stage.whispers).toHaveLength(2)
    expect(wordsOf(stage.whispers[0])).toContain('Only whoever manages this place can do this.')
    expect(wordsOf(stage.whispers[1])).toContain('could not find out just now')
    expect(await frozen()).toBeNull()
  })

  it('with another word says which there are', async () => {
    await ask('nonsense')
    for (const act of ADMIN_ACTS) expect(said()).toContain(`\n${act} `)
  })

  it('with an option that makes no sense changes nothing, and says what would', async () => {
    await ask('freeze now')
    expect(said()).toBe('freeze takes no now; it takes everywhere. Nothing was changed.')
    expect(await frozen()).toBeNull()
  })

  it('is not for who runs the bot, where they do not manage the place', async () => {
    for (const act of ADMIN_ACTS) await ask(act, OPERATOR)
    expect(stage.whispers.map(linesOf)).toEqual(ADMIN_ACTS.map(() => [notInCharge]))
    expect(await frozen()).toBeNull()
  })
})
const notInCharge = 'Only whoever manages this place can do this. Nothing was changed.'

describe('freeze', () => {
  it('takes back what was not sent, lists what was, and tells the people', async () => {
    const waiting = await put('confirmed')
    const sent = await put('processing')
    const lost = await put('unconfirmed')
    await put('delivered')
    const elsewhere = await stage.put('confirmed')
    await ask('freeze')
    expect(await frozen()).toEqual({ scope: 'community', by: '99', at: NOON })
    expect(said()).toContain('1 upscale for $0.16 was not sent yet and will not be')
    expect(said()).toContain('2 upscales were sent before')
    expect(said()).toContain(': $0.16 charged, up to $0.16 that may have been charged.')
    expect(await stage.job(waiting.id)).toMatchObject({
      state: 'failed',
      failure: { code: 'frozen', charged: 'no' },
    })
    expect(wordsOf(stage.shown(`${waiting.id}-failure-0`)?.view)).toContain('All spending was stopped')
    for (const job of [sent, lost, elsewhere])
      expect(await stage.job(job.id)).toMatchObject({ state: job.state, version: job.version })
  })

  it('is lifted by unfreeze, and a second one changes nothing', async () => {
    await ask('freeze')
    await ask('freeze', { personId: '98' })
    expect(await frozen()).toMatchObject({ by: '99' })
    await ask('unfreeze')
    expect(await frozen()).toBeNull()
    await ask('unfreeze')
    expect(wordsOf(stage.whispers[2])).toContain('Spending is allowed here again.')
    expect(wordsOf(stage.whispers[3])).toContain('was not stopped here')
  })

  it('that comes again takes back nothing that was agreed to since it was lifted', async () => {
    await ask('freeze', { eventId: 'a freeze' })
    await ask('unfreeze', { eventId: 'an unfreeze' })
    const job = await put('confirmed')
    await Promise.all([
      ask('freeze', { eventId: 'a freeze' }),
      ask('unfreeze', { eventId: 'an unfreeze' }),
      ask('freeze', { eventId: 'a freeze' }),
    ])
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', version: job.version })
    expect(await frozen()).toBeNull()
    for (const view of stage.whispers.slice(2))
      expect(linesOf(view)).toEqual([
        'This command was carried out before, so nothing was changed now. Spending is not stopped here.',
      ])
  })

  it('that comes again while it holds says how it stands, and so does an unfreeze that comes again', async () => {
    await ask('unfreeze', { eventId: 'an old unfreeze' })
    await ask('freeze', { eventId: 'a freeze that holds' })
    const job = await put('confirmed')
    await ask('freeze', { eventId: 'a freeze that holds' })
    await ask('unfreeze', { eventId: 'an old unfreeze' })
    expect(await frozen()).toMatchObject({ by: '99' })
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed' })
    expect(linesOf(stage.whispers[2])[0]).toContain('All new spending here is stopped. @99 stopped')
    expect(linesOf(stage.whispers[3])).toEqual([
      'This command was carried out before, so nothing was changed now. @99 stopped all spending here on #.',
    ])
  })

  it('leaves what waits for approval, and says how much of that there is', async () => {
    const waiting = await put('awaiting_approval')
    await stage.put('awaiting_approval')
    await ask('freeze')
    expect(said()).toContain("1 upscale waits for approval, and can't be approved while spending is stopped")
    expect(await stage.job(waiting.id)).toMatchObject({
      state: 'awaiting_approval',
      version: waiting.version,
    })
  })
})

describe('everywhere', () => {
  afterEach(() => stage.world.books.unfreeze('somewhere', null, randomUUID()))

  it('is for whoever runs the bot, whoever manages this place', async () => {
    await ask('freeze everywhere')
    await ask('unfreeze everywhere')
    await ask('spend everywhere')
    for (const view of stage.whispers) {
      expect(linesOf(view)[0]).toContain(
        'Only whoever runs this bot can do this everywhere. Nothing was changed.',
      )
      expect(linesOf(view)[0]).toContain('OPERATORS; there you would be somewhere:99.')
    }
    expect(await frozen()).toBeNull()
    await ask('freeze everywhere\u200b')
    expect(linesOf(stage.whispers[3])[0]).toContain('Only whoever runs this bot can do this everywhere')
    // The same id on another platform is somebody else.
    stage.world.operators = new Set(['elsewhere:99'])
    await ask('freeze everywhere')
    stage.world.operators = new Set(['somewhere:1000'])
    expect(await frozen()).toBeNull()
  })

  it('takes back what was not sent in all places, and sums what was sent in the others', async () => {
    const here = await put('confirmed')
    const there = { ...place, communityId: `community ${++made}` }
    const other = await stage.put('confirmed', { place: there })
    await put('processing')
    const before = (
      await stage.world.store.list(['submitting', 'unconfirmed', 'processing', 'saving'])
    ).filter(job => job.place.communityId !== place.communityId)
    await stage.put('processing', { place: there })
    await ask('freeze everywhere', OPERATOR)
    expect(await frozen()).toEqual({ scope: 'all', by: '1000', at: NOON })
    for (const { id } of [here, other]) {
      expect(await stage.job(id)).toMatchObject({
        state: 'failed',
        failure: { code: 'frozen', charged: 'no' },
      })
      expect(wordsOf(stage.shown(`${id}-failure-0`)?.view)).toContain('All spending was stopped')
    }
    const lines = linesOf(stage.whispers[0])
    expect(lines[0]).toBe(
      'All new spending in all places of this bot is stopped. Whoever runs this bot stopped all spending on #.',
    )
    expect(lines.join('\n')).toContain(`${before.length + 2} upscales were sent before and can't be stopped`)
    expect(lines.join('\n')).toMatch(
      new RegExp(`\n${before.length + 1} upscales? of (another place|\\d+ other places) · `),
    )
    expect(lines.filter(one => one.startsWith('clip.mp4 for @77'))).toHaveLength(1)
    expect(lines.at(-1)).toBe('/upscale-admin unfreeze everywhere allows spending again.')
  })

  it('is not lifted by a community, which hears what became of its own stop', async () => {
    await ask('freeze everywhere', OPERATOR)
    await ask('unfreeze')
    await ask('freeze')
    await ask('unfreeze')
    const still =
      'Nothing can be spent here yet: whoever runs this bot stopped all spending on #, and only they can allow it again. '
    const [, first, second, third] = stage.whispers.map(view => linesOf(view))
    expect(first).toEqual([`${still}This place had not stopped it itself, so nothing has changed.`])
    expect(second).toContain("This place's own stop is set too, and stays when that one is lifted.")
    expect(third).toEqual([`${still}This place's own stop is lifted.`])
    expect(await frozen()).toMatchObject({ scope: 'all' })
  })

  it('is lifted by whoever runs the bot, but for the places that have stopped it themselves', async () => {
    await ask('freeze')
    await ask('freeze everywhere', OPERATOR)
    await ask('unfreeze everywhere', OPERATOR)
    expect(await frozen()).toMatchObject({ scope: 'community', by: '99' })
    expect(linesOf(stage.whispers[2])[0]).toMatch(
      /^Spending is allowed again in all places .* Here it still is stopped: @99 stopped all spending here on #\.$/,
    )
    await ask('unfreeze everywhere', OPERATOR)
    expect(linesOf(stage.whispers[3])[0]).toContain('was not stopped everywhere, so nothing has changed.')
  })
})

describe('spend', () => {
  it('shows this month and the last of this community, by person, and what the caps leave', async () => {
    stage.world.caps = { ...NO_CAPS, communityMonthUsd: 50_000_000, personDayUsd: 5_000_000 }
    await put('processing')
    await put('processing', { requesterId: '78' })
    await put('confirmed', { requesterId: '78' })
    await put('failed')
    await stage.put('processing', { place, queuedAt: Date.UTC(2026, 9, 31, 23, 59) })
    await stage.put('processing', { place, queuedAt: Date.UTC(2026, 10, 1) })
    await stage.put('processing', { place: { ...place, communityId: 'another' } })
    await ask('spend')
    const text = said()
    const [november, october] = text.split('October 2026')
    expect(november).toContain('Spending in November 2026')
    expect(november).toContain('$0.78 for 5 upscales')
    expect(november).toContain('@78 · $0.32 · 2 upscales ($0.16 charged, $0.16 agreed to')
    expect(october).toContain('$0.16 for 1 upscale')
    expect(october).toContain('this place and month: $0.78 of $50.00 used, $49.22 left')
    expect(october).toContain('one person and day: $5.00; used today: @')
    expect(stage.whispers[0]?.notifies).toEqual([])
  })

  it('says that spending is stopped', async () => {
    await stage.world.books.freeze('somewhere', place.communityId, '99', randomUUID())
    await ask('spend')
    expect(said()).toContain('Stopped. @99 stopped')
    expect(said()).toContain('Nothing was spent.')
  })
})
