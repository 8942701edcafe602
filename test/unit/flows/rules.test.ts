import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AdminAsk } from '../../../src/core/admin.ts'
import type { AdminRequest } from '../../../src/core/chat.ts'
import { NO_RULES } from '../../../src/core/rules.ts'
import { onAdmin } from '../../../src/flows/admin.ts'
import { NO_CAPS } from '../../kit/caps.ts'
import { NOON, sampleJob } from '../../kit/jobs.ts'
import { linesOf } from '../../kit/plain.ts'
import { openWorld, type TestWorld } from '../../kit/world.ts'

let stage: TestWorld
let communityId: string
let made = 0
beforeAll(async () => {
  stage = await openWorld()
}, 60_000)
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => {
  stage.whispers.length = 0
  stage.at(NOON)
  stage.world.caps = NO_CAPS
  communityId = `community ${++made}`
})

/** Answers what is said to who asked. */
async function ask(
  word: string,
  options: Record<string, string> = {},
  over: Partial<AdminAsk> & Partial<Pick<AdminRequest, 'eventId' | 'personId'>> = {},
): Promise<string> {
  const { groups = [], people = [], ...request } = over
  stage.whispers.length = 0
  await onAdmin(
    stage.world,
    stage.admin({ word, options, groups, people }, { communityId, eventId: `event ${++made}`, ...request }),
  )
  expect(stage.whispers).toHaveLength(1)
  return linesOf(stage.whispers[0]).join('\n')
}
const rules = () => stage.world.rulebook.of('somewhere', communityId)
const FROM_NOW = 'This holds from now on. Nothing was charged by it.'
const put = (state: 'processing' | 'confirmed', requesterId: string, at = NOON) =>
  stage.put(state, {
    place: { ...sampleJob('quoted').place, communityId },
    requesterId,
    queuedAt: at,
  })

describe('caps', () => {
  it('are shown, and nothing is changed by that', async () => {
    stage.world.caps = { ...NO_CAPS, jobUsd: 2_000_000 }
    const said = await ask('caps')
    expect(said).toContain('One upscale (upscale): $2.00, by the settings of whoever runs this bot')
    expect(said).not.toContain(FROM_NOW)
    expect(await rules()).toEqual(NO_RULES)
  })

  it('are set, each by itself, and taken away', async () => {
    const said = await ask('caps', { 'person-day': '5', 'at-once': '2' })
    expect(said).toContain(FROM_NOW)
    expect(said).toContain('One person and day (person-day): $5.00, set by this place')
    await ask('caps', { month: '100' })
    expect(await rules()).toEqual({
      ...NO_RULES,
      personDayUsd: 5_000_000,
      jobsAtOnce: 2,
      communityMonthUsd: 100_000_000,
    })
    expect(await ask('caps', { 'person-day': 'off' })).toContain('One person and day (person-day): no cap')
    expect(await rules()).toMatchObject({ personDayUsd: null, jobsAtOnce: 2 })
  })

  it('above those of the installation are kept, and said to have no effect', async () => {
    stage.world.caps = { ...NO_CAPS, jobUsd: 2_000_000 }
    expect(await ask('caps', { upscale: '3' })).toContain(
      '$2.00, by the settings of whoever runs this bot; the $3.00 of this place',
    )
    expect(await rules()).toMatchObject({ jobUsd: 3_000_000 })
  })

  it('of which one makes no sense are all left as they were', async () => {
    const said = await ask('caps', { 'person-day': '5', month: 'much' })
    expect(said).toContain('month was given as much')
    expect(said).toContain('Nothing was changed.')
    expect(await rules()).toEqual(NO_RULES)
  })

  it('are those of one place', async () => {
    await ask('caps', { upscale: '3' })
    communityId = `${communityId} b`
    expect(await rules()).toEqual(NO_RULES)
  })
})

describe('what was not set, or was so already', () => {
  const NONE = 'Nothing was set here, so nothing has changed.'
  const SAME = 'It was set like this already, so nothing has changed.'

  it.each([
    ['caps', { month: 'off', 'at-once': 'off' }],
    ['approval', { above: 'off' }],
    ['pool', { amount: 'off' }],
  ])('is said to be unchanged where %s is switched off', async (word, options) => {
    const said = await ask(word, options as Record<string, string>)
    expect(said).toContain(NONE)
    expect(said).not.toContain(FROM_NOW)
    expect(said).not.toContain(SAME)
  })

  it.each([
    ['caps', { month: '5', 'at-once': '2' }],
    ['approval', { above: '2' }],
  ])('is said to be unchanged where %s is set again', async (word, options) => {
    expect(await ask(word, options as Record<string, string>)).toContain(FROM_NOW)
    const said = await ask(word, options as Record<string, string>)
    expect(said).toContain(SAME)
    expect(said).not.toContain(FROM_NOW)
  })

  it('hides no change that came with it', async () => {
    expect(await ask('caps', { month: 'off', 'at-once': '2' })).toContain(FROM_NOW)
    expect(await ask('caps', { 'at-once': 'off' })).toContain(FROM_NOW)
    expect(await ask('pool', { amount: '5', each: '1' })).toContain(FROM_NOW)
    expect(await ask('pool', { each: '1' })).toContain(SAME)
  })
})

describe('approval', () => {
  it('is set, shown and ended; who was named stays where nobody is named', async () => {
    expect(await ask('approval')).toContain('Nobody else has to agree here')
    expect(await ask('approval', { above: '3' })).toContain(
      'somebody else has to agree too: whoever manages this place.',
    )
    expect(await ask('approval', { above: '3' }, { groups: ['g'], people: ['p'] })).toContain(
      '@g, @p, or whoever',
    )
    const said = await ask('approval', { above: '1' })
    expect(said).toContain('Above $1.00')
    expect(said).toContain('@g, @p, or whoever manages this place.')
    expect(said).toContain(FROM_NOW)
    expect(await rules()).toMatchObject({ approval: { aboveUsd: 1_000_000, groups: ['g'], people: ['p'] } })
    expect(await ask('approval')).not.toContain(FROM_NOW)
    await ask('approval', { above: '1' }, { people: ['q'] })
    expect(await rules()).toMatchObject({ approval: { groups: [], people: ['q'] } })
    expect(await ask('approval', { above: 'off' })).toContain('Nobody else has to agree here')
    expect(await rules()).toEqual(NO_RULES)
  })
})

it('approval that two set at the same time is what both have said', async () => {
  await ask('approval', { above: '3' }, { people: ['ann'] })
  const { rulebook } = stage.world
  const [read, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  // Whatever the first one has read before it writes is old by then.
  stage.world.rulebook = {
    ...rulebook,
    async of(...where) {
      const found = await rulebook.of(...where)
      read.resolve()
      await go.promise
      return found
    },
  }
  const first = onAdmin(
    stage.world,
    stage.admin({ word: 'approval', options: { above: '5' } }, { communityId, eventId: `event ${++made}` }),
  )
  await read.promise
  stage.world.rulebook = rulebook
  await ask('approval', { above: '1' }, { people: ['bob'] })
  go.resolve()
  await first
  expect((await rules()).approval?.people).toEqual(['bob'])
})

describe('the pool', () => {
  it('begins now: what was agreed to before is not drawn from it', async () => {
    await put('processing', '77', NOON - 1)
    const said = await ask('pool', { amount: '20', each: '5' })
    expect(said).toContain('$20.00 for everybody here, since #: $0.00 of it drawn, $20.00 left.')
    expect(said).toContain('One person may draw $5.00 of it.')
    expect(said).toContain(FROM_NOW)
    expect(await rules()).toMatchObject({
      pool: { amountUsd: 20_000_000, perHeadUsd: 5_000_000, since: NOON },
    })
  })

  it('shows what everybody and each has drawn, and what is left', async () => {
    await ask('pool', { amount: '1', each: '0.40' })
    await put('processing', '77')
    await put('confirmed', '77')
    await put('processing', '78')
    const said = await ask('pool')
    expect(said).toContain('$0.47 of it drawn, $0.53 left')
    expect(said).toContain('@77 · $0.32 drawn · $0.08 of their own left')
    expect(said).toContain('@78 · $0.16 drawn · $0.24 of their own left')
    expect(said).not.toContain(FROM_NOW)
  })

  it('is filled and shared out anew, and goes on', async () => {
    await ask('pool', { amount: '20', each: '5' })
    stage.at(NOON + 60_000)
    expect(await ask('pool', { add: '10' })).toContain('$30.00 for everybody here')
    expect(await ask('pool', { each: 'off' })).toContain('One person may draw all of it.')
    expect(await rules()).toMatchObject({ pool: { amountUsd: 30_000_000, perHeadUsd: null, since: NOON } })
    await ask('pool', { amount: '7' })
    expect(await rules()).toMatchObject({ pool: { amountUsd: 7_000_000, since: NOON + 60_000 } })
    expect(await ask('pool', { amount: 'off' })).toContain('Nothing is put aside here')
    expect(await rules()).toEqual(NO_RULES)
  })

  it('is filled once by an event that is delivered twice', async () => {
    await ask('pool', { amount: '20' })
    const eventId = `event ${++made}`
    await ask('pool', { add: '5' }, { eventId })
    expect(await ask('pool', { add: '5' }, { eventId })).toContain('$25.00 for everybody here')
  })

  it('that is not there can not be filled', async () => {
    for (const options of [{ add: '10' }, { each: '5' }] as Record<string, string>[])
      expect(await ask('pool', options)).toContain('There is no pool here to change.')
    expect(await rules()).toEqual(NO_RULES)
  })
})
