import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Chat, ChatError, type Press } from '../../../src/core/chat.ts'
import type { Factor } from '../../../src/core/clip.ts'
import type { Job, JobIn, Place } from '../../../src/core/job.ts'
import type { Approval } from '../../../src/core/rules.ts'
import { onPress } from '../../../src/flows/answer.ts'
import { commit } from '../../../src/flows/commit.ts'
import { onLeft } from '../../../src/flows/leave.ts'
import { sweep } from '../../../src/flows/sweep.ts'
import { NO_CAPS } from '../../kit/caps.ts'
import { NOON, sampleApproval, sampleJob } from '../../kit/jobs.ts'
import { linesOf } from '../../kit/plain.ts'
import { labelsOf, openWorld, type TestWorld } from '../../kit/world.ts'

let stage: TestWorld
let place: Place
let made = 0
let chat: Chat
beforeAll(async () => {
  stage = await openWorld()
  chat = stage.world.chats.get('somewhere')!
}, 60_000)
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(async () => {
  stage.whispers.length = 0
  // Within the minute in which prices are not asked for again.
  stage.at(NOON + 30_000)
  stage.world.caps = NO_CAPS
  place = { ...sampleJob('quoted').place, communityId: `community ${++made}` }
  await rule(sampleApproval())
})

const rule = (approval: Approval | null) =>
  stage.world.rulebook.set('somewhere', place.communityId, '99', 'approval', approval)
const press = (...args: Parameters<TestWorld['press']>) => onPress(stage.world, stage.press(...args))
const said = () => stage.whispers.flatMap(linesOf).join('\n')
const stateOf = async ({ id }: Job) => (await stage.job(id)).state
const spent = async () =>
  (await stage.world.books.spent('somewhere', place.communityId, 0, NOON * 2))[0]?.standing

/** Somebody else than the requester. */
const by = (
  presserId: string,
  { manages = false, isIn = [] as string[] } = {},
): Partial<Press> & { presserId: string } => ({
  presserId,
  presserManages: async () => manages,
  presserIsIn: async groups => groups.some(group => isIn.includes(group)),
})
const approver = by('88')

async function confirmed(): Promise<JobIn<'awaiting_approval'>> {
  const job = await stage.put('quoted', { place })
  await press(job, 'confirm')
  const next = await stage.job(job.id)
  if (next.state !== 'awaiting_approval') throw new Error(`expected it to wait, it is ${next.state}`)
  return next
}
const card = (job: Job) => stage.shown(`card-${job.id}`)!.view
const question = (job: Job, askedAt = NOON + 30_000) => stage.shown(`${job.id}-approval-${askedAt}`)!.view
const ending = (job: Job) => linesOf(question(job)).at(-1)

/** The rule is changed while a press waits for the provider. */
async function rulesChange(to: Approval | null, pressing: () => Promise<void>): Promise<void> {
  const { balance } = stage.upscaler
  stage.upscaler.balance = async () => {
    stage.upscaler.balance = balance
    await rule(to)
    return balance()
  }
  await pressing()
}

/** What every size costs from now on. */
function costs(usd: number) {
  stage.at(NOON + 5 * 60_000)
  stage.upscaler.quote = async () => ({
    kind: 'exact',
    prices: new Map([1, 2, 4].map(f => [f as Factor, usd])),
  })
}

describe('Confirm', () => {
  it('above the amount holds nothing yet: the card waits with a Cancel, and whoever approves is asked', async () => {
    const job = await confirmed()
    expect(await spent()).toBeUndefined()
    expect(stage.whispers).toEqual([])
    expect(labelsOf(card(job))).toEqual(['Cancel'])
    expect(linesOf(card(job)).at(-1)).toContain('Above $0.10 somebody else has to agree here')
    expect(labelsOf(question(job))).toEqual(['Approve $0.16', 'Decline'])
    expect(question(job)).toMatchObject({ notifies: ['88'], notifiesGroups: ['approvers'] })
  })

  it('of the amount itself needs nobody else', async () => {
    await rule(sampleApproval({ aboveUsd: 156_000 }))
    const job = await stage.put('quoted', { place })
    await press(job, 'confirm')
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed' })
  })

  it('of what passes a cap is not even asked about', async () => {
    stage.world.caps = { ...NO_CAPS, jobUsd: 100_000 }
    const job = await stage.put('quoted', { place })
    await press(job, 'confirm')
    expect(await stateOf(job)).toBe('quoted')
    expect(said()).toContain('$0.16 would pass the $0.10')
  })

  it('pressed twice at once asks once', async () => {
    const job = await stage.put('quoted', { place })
    await Promise.all([press(job, 'confirm'), press(job, 'confirm')])
    expect(await stage.job(job.id)).toMatchObject({ state: 'awaiting_approval', version: job.version + 1 })
    expect(said()).toContain('It waits for somebody else to agree')
    expect(stage.whispers).toHaveLength(1)
  })
})

describe('Approve', () => {
  it.each([
    ['is named', by('88')],
    ['is in a group that is named', by('90', { isIn: ['approvers'] })],
    ['manages the place', by('91', { manages: true })],
  ])('by somebody who %s holds the price, and all messages say who', async (_who, presser) => {
    const job = await confirmed()
    await press(job, 'approve', presser)
    const name = presser.presserId
    expect(await stage.job(job.id)).toMatchObject({
      state: 'confirmed',
      approvedBy: name,
      agreedUsd: 156_000,
    })
    expect(await spent()).toEqual({ held: 156_000, maybe: 0, spent: 0 })
    expect(linesOf(card(job)).at(-1)).toBe(`@77 confirmed 2x for $0.16, approved by @${name} at #.`)
    expect(labelsOf(card(job))).toEqual([])
    expect(labelsOf(question(job))).toEqual([])
    expect(ending(job)).toBe(`Approved by @${name} at #.`)
  })

  it('by anybody else does nothing, and says who may', async () => {
    const job = await confirmed()
    await press(job, 'approve', by('92', { isIn: ['others'] }))
    await press(job, 'decline', by('92'))
    expect(await stateOf(job)).toBe('awaiting_approval')
    expect(said()).toContain('Only @approvers, @88 or whoever manages this place can answer this.')
  })

  it('by the requester is refused, even if they are in the group and manage the place', async () => {
    await rule(sampleApproval({ people: ['77'] }))
    const job = await confirmed()
    expect(question(job).notifies).toEqual([])
    await press(job, 'approve', by('77', { manages: true, isIn: ['approvers'] }))
    await press(job, 'decline', by('77', { manages: true, isIn: ['approvers'] }))
    expect(await stateOf(job)).toBe('awaiting_approval')
    expect(said()).toContain('Nobody approves their own')
  })

  it('where it can not be found out who presses does nothing and says so, unless another way tells', async () => {
    const job = await confirmed()
    const unknown = () => Promise.reject(new ChatError('unavailable', 'no'))
    await press(job, 'approve', { ...by('92'), presserIsIn: unknown })
    expect(await stateOf(job)).toBe('awaiting_approval')
    expect(said()).toContain('I could not find out just now whether that is you')
    await press(job, 'approve', { ...by('92', { isIn: ['approvers'] }), presserManages: unknown })
    expect(await stateOf(job)).toBe('confirmed')
  })

  it('goes by the rule of now, and by the one of then where it was taken off', async () => {
    const first = await confirmed()
    await rule(sampleApproval({ groups: [], people: ['89'] }))
    await press(first, 'approve', approver)
    expect(await stateOf(first)).toBe('awaiting_approval')
    await press(first, 'approve', by('89'))
    expect(await stateOf(first)).toBe('confirmed')

    await rule(sampleApproval())
    const second = await confirmed()
    await rule(null)
    await press(second, 'approve', by('89'))
    expect(await stateOf(second)).toBe('awaiting_approval')
    await press(second, 'approve', approver)
    expect(await stateOf(second)).toBe('confirmed')
  })

  it.each([
    [
      'by somebody who is not named any more does nothing',
      sampleApproval({ groups: [], people: ['55'] }),
      null,
    ],
    ['by somebody who still is named goes on', sampleApproval({ people: ['55', '88'] }), '88'],
  ] as const)('%s, where the rule changes while its price is asked for', async (_how, to, approvedBy) => {
    const job = await confirmed()
    await rulesChange(to, () => press(job, 'approve', approver))
    if (approvedBy) return expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', approvedBy })
    expect(await stage.job(job.id)).toMatchObject({ state: 'awaiting_approval', version: job.version })
    expect(said()).toBe('Only @55 or whoever manages this place can answer this. Your press did nothing.')
  })

  it('pressed twice, or by two people at once, pays once, and the other is told who did', async () => {
    const job = await confirmed()
    await Promise.all([
      press(job, 'approve', approver),
      press(job, 'approve', approver),
      press(job, 'approve', by('91', { manages: true })),
    ])
    const next = (await stage.job(job.id)) as JobIn<'confirmed'>
    expect(next).toMatchObject({ state: 'confirmed', version: job.version + 1 })
    expect(await spent()).toEqual({ held: 156_000, maybe: 0, spent: 0 })
    expect(stage.whispers).toHaveLength(2)
    for (const whisper of stage.whispers)
      expect(linesOf(whisper)[0]).toBe(
        `@${next.approvedBy} approved this already. Your press did nothing more.`,
      )
  })

  it('that would pass a cap, or while spending is stopped, spends nothing, and the question stays open', async () => {
    const job = await confirmed()
    stage.world.caps = { ...NO_CAPS, personDayUsd: 100_000 }
    await press(job, 'approve', approver)
    expect(said()).toContain('$0.16 would pass the $0.10 of @77 for today by $0.06')
    expect(said()).toContain('The question stays open until #.')
    stage.world.caps = NO_CAPS
    await stage.world.books.freeze('somewhere', place.communityId, '99', randomUUID())
    await press(job, 'approve', approver)
    expect(said()).toContain('@99 stopped all spending here')
    expect(await stage.job(job.id)).toEqual(
      expect.objectContaining({ state: job.state, version: job.version }),
    )
    await stage.world.books.unfreeze('somewhere', place.communityId, randomUUID())
    await press(job, 'approve', approver)
    expect(await stateOf(job)).toBe('confirmed')
  })

  it('of what became cheaper pays the lower price', async () => {
    const job = await confirmed()
    costs(120_000)
    await press(job, 'approve', approver)
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', agreedUsd: 120_000 })
    expect(linesOf(question(job))[0]).toContain('for $0.16')
  })

  it('of what became dearer asks the requester again first, and tells them', async () => {
    const job = await confirmed()
    costs(200_000)
    await press(job, 'approve', approver)
    const again = await stage.job(job.id)
    expect(again.state).toBe('quoted')
    expect(said()).toContain('2x costs $0.20 now, was $0.16. Nothing was charged by this press. @77 is asked')
    expect(linesOf(card(job)).join('\n')).toContain('2x costs $0.20 now, was $0.16.')
    expect(labelsOf(card(job))).toContain('Confirm $0.20')
    expect(ending(job)).toContain('The price went up to $0.20')
    expect(labelsOf(question(job))).toEqual([])
    const news = stage.shown(`${job.id}-approval-${job.askedAt}-news`)
    expect(news?.view.notifies).toEqual(['77'])

    // Confirmed anew it is asked about anew, and the old question can't be pressed any more.
    await press(again, 'confirm')
    const asked = (await stage.job(job.id)) as JobIn<'awaiting_approval'>
    expect(labelsOf(question(job, asked.askedAt))).toEqual(['Approve $0.20', 'Decline'])
    await press(job, 'approve', approver)
    expect(said()).toContain('This card has changed since')
    await press(asked, 'approve', approver)
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', agreedUsd: 200_000 })
    expect(linesOf(question(job, asked.askedAt)).at(-1)).toBe('Approved by @88 at #.')
    expect(ending(job)).toContain('The price went up to $0.20')
  })
})

describe('Decline', () => {
  it('ends it with nothing charged, says by whom, and tells the requester once', async () => {
    const job = await confirmed()
    await press(job, 'decline', approver)
    const declined = await stage.job(job.id)
    expect(declined).toMatchObject({ state: 'declined', by: '88' })
    expect(await spent()).toBeUndefined()
    expect(linesOf(card(job)).at(-1)).toBe('Declined by @88. Nothing was charged.')
    expect([...labelsOf(card(job)), ...labelsOf(question(job))]).toEqual([])
    expect(ending(job)).toBe('Declined by @88 at #. Nothing was charged.')
    const key = `${job.id}-approval-${job.askedAt}-news`
    expect(stage.shown(key)).toMatchObject({ posts: 1, view: { notifies: ['77'] } })
    await press(job, 'approve', by('91', { manages: true }))
    expect(said()).toBe('@88 declined this already. Nothing was charged. Your press did nothing more.')
    expect(stage.shown(key)?.posts).toBe(1)
  })
})

describe('what waits for approval', () => {
  it('can be taken back by its requester alone', async () => {
    const job = await confirmed()
    await press(job, 'cancel', by('88', { manages: true }))
    expect(await stateOf(job)).toBe('awaiting_approval')
    expect(said()).toContain('Only @77, who asked for it, can press this.')
    await press(job, 'cancel')
    expect(await stateOf(job)).toBe('cancelled')
    expect(ending(job)).toBe('Taken back at #. Nothing was charged.')
    expect(linesOf(card(job)).at(-1)).toBe('Cancelled. Nothing was charged.')
    await press(job, 'approve', approver)
    expect(said()).toContain('@77 took this back.')
  })

  it('ends with its offer, by itself or by a press that comes too late', async () => {
    const [one, other] = [await confirmed(), await confirmed()]
    stage.at(one.offer.expiresAt)
    await press(one, 'approve', approver)
    expect(said()).toContain('This offer has ended.')
    await sweep(stage.world)
    for (const job of [one, other]) {
      expect(await stateOf(job)).toBe('expired')
      expect(ending(job)).toContain('The offer has ended')
      expect(linesOf(card(job)).at(-1)).toContain('The offer has ended.')
      const news = stage.shown(`${job.id}-approval-${job.askedAt}-news`)
      expect(news).toMatchObject({ posts: 1, view: { notifies: ['77'] } })
      expect(linesOf(news?.view)[0]).toContain('ended before somebody approved it')
    }
    expect(await spent()).toBeUndefined()
  })

  it('that went back to its requester, who lets it end, is said to have become dearer and no more', async () => {
    const job = await confirmed()
    costs(200_000)
    await press(job, 'approve', approver)
    stage.at(NOON + 60 * 60_000)
    await sweep(stage.world)
    expect(await stateOf(job)).toBe('expired')
    const news = stage.shown(`${job.id}-approval-${job.askedAt}-news`)
    expect(news?.posts).toBe(1)
    expect(linesOf(news?.view)[0]).toContain('went up to $0.20')
  })

  it('ends while its price is asked for', async () => {
    const job = await confirmed()
    const { balance } = stage.upscaler
    stage.upscaler.balance = async () => {
      stage.at(job.offer.expiresAt)
      return null
    }
    await press(job, 'approve', approver)
    stage.upscaler.balance = balance
    expect(await stateOf(job)).toBe('expired')
  })

  it('ends where the community removes the bot', async () => {
    const job = await confirmed()
    await onLeft(stage.world, 'somewhere', place.communityId)
    expect(await stateOf(job)).toBe('cancelled')
    await press(job, 'approve', approver)
    expect(said()).toBe(
      'The community removed me before this was answered. Nothing was charged. Your press did nothing more.',
    )
    expect(ending(job)).toContain('The community removed me')
  })
})

describe('a process that dies', () => {
  /** The row is written, and nobody was told. */
  async function untold(): Promise<JobIn<'awaiting_approval'>> {
    const job = await stage.put('awaiting_approval', { place })
    await stage.world.store.notePosts(job.id, { cardDone: false })
    return job
  }

  it('before it has asked leaves the question to the sweep, which asks once', async () => {
    const job = await untold()
    stage.at(NOON + 60_000)
    await sweep(stage.world)
    stage.at(NOON + 5 * 60_000)
    await sweep(stage.world)
    expect(labelsOf(card(job))).toEqual(['Cancel'])
    expect(stage.shown(`${job.id}-approval-${NOON}`)?.posts).toBe(1)
  })

  it('after it has asked and before it noted that has its message closed by the press on it', async () => {
    const job = await untold()
    await press(job, 'approve', {
      ...approver,
      message: { channelId: 'thread', messageId: `unnoted-${job.id}` },
    })
    expect(await stateOf(job)).toBe('confirmed')
    expect(linesOf(stage.shown(`unnoted-${job.id}`)?.view).at(-1)).toBe('Approved by @88 at #.')
  })

  it('so, of a question that was taken back since, too', async () => {
    const job = await untold()
    await press(job, 'cancel')
    await press(job, 'decline', {
      ...by('92'),
      message: { channelId: 'thread', messageId: `late-${job.id}` },
    })
    expect(linesOf(stage.shown(`late-${job.id}`)?.view).at(-1)).toBe('Taken back at #. Nothing was charged.')
    expect(said()).toContain('@77 took this back.')
  })

  it('after it has closed the card and not the question has that closed by the next press on it', async () => {
    const job = await confirmed()
    const message = { channelId: 'thread', messageId: `m-${job.id}-approval-${job.askedAt}` }
    const { edit } = chat
    chat.edit = (at, view) =>
      at.messageId === message.messageId ? Promise.reject(new ChatError('unavailable', 'no')) : edit(at, view)
    await press(job, 'cancel')
    chat.edit = edit
    expect(labelsOf(question(job))).toEqual(['Approve $0.16', 'Decline'])
    await press(job, 'approve', { ...approver, message })
    expect(labelsOf(question(job))).toEqual([])
    expect(ending(job)).toContain('Taken back')
  })

  it('before it has said how it was answered leaves that to the sweep', async () => {
    const job = await confirmed()
    const { edit } = chat
    chat.edit = () => Promise.reject(new ChatError('unavailable', 'no'))
    await press(job, 'decline', approver)
    chat.edit = edit
    expect(labelsOf(question(job))).toEqual(['Approve $0.16', 'Decline'])
    stage.at(NOON + 5 * 60_000)
    await sweep(stage.world)
    expect(labelsOf(question(job))).toEqual([])
    expect(ending(job)).toContain('Declined by @88')
    expect(linesOf(card(job)).at(-1)).toContain('Declined by @88')
  })
})

it('a question that somebody has deleted is asked once more', async () => {
  const job = await stage.put('awaiting_approval', { place })
  const key = `${job.id}-approval-${NOON}`
  const message = { channelId: 'thread', messageId: `m-${key}` }
  await stage.world.store.notePosts(job.id, { approval: message, approvalOf: NOON })
  const { edit } = chat
  chat.edit = (at, view) =>
    at.messageId === message.messageId ? Promise.reject(new ChatError('gone', 'deleted')) : edit(at, view)
  stage.at(NOON + 60_000)
  await sweep(stage.world)
  chat.edit = edit
  expect(labelsOf(stage.shown(`${key}-again`)?.view)).toEqual(['Approve $0.16', 'Decline'])
})

describe.each([
  ['Retry', async () => stage.put('unconfirmed', { place, evidence: null })],
  [
    'Try again',
    async () => {
      const failure = { code: 'provider_busy', charged: 'no' } as const
      const job = await stage.put('submitting', { place, approvedBy: '88' })
      return (await commit(stage.world, job, { type: 'failed', failure }))!
    },
  ],
] as const)('%s above the amount', (_button, open) => {
  it('is for who approves, and not for the requester, who is told who can', async () => {
    const job = await open()
    await press(job, 'retry')
    expect(await stage.job(job.id)).toMatchObject({ state: job.state, version: job.version })
    expect(said()).toContain(
      'Above $0.10 somebody else than you has to agree here; this can be pressed by @approvers',
    )
    await press(job, 'retry', approver)
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', approvedBy: '88' })
  })

  it.each([
    ['is in the group', by('90', { isIn: ['approvers'] }), 'confirmed'],
    ['manages the place', by('91', { manages: true }), 'confirmed'],
    ['does neither', by('92'), null],
  ] as const)('pressed by somebody who %s', async (_who, presser, state) => {
    const job = await open()
    await press(job, 'retry', presser)
    expect(await stateOf(job)).toBe(state ?? job.state)
  })

  it('is refused who was let in by a rule that changes while its price is asked for', async () => {
    const job = await open()
    await rulesChange(sampleApproval({ groups: [], people: ['55'] }), () => press(job, 'retry', approver))
    expect(await stage.job(job.id)).toMatchObject({ state: job.state, version: job.version })
    stage.whispers.length = 0
    await rule(sampleApproval())
    await rulesChange(null, () => press(job, 'retry', approver))
    expect(await stage.job(job.id)).toMatchObject({ state: job.state, version: job.version })
    expect(said()).toContain('Only @77, who asked for it, or whoever manages this place can press this.')
  })

  it('is again for the requester and whoever manages where no approval is asked for', async () => {
    const job = await open()
    await rule(sampleApproval({ aboveUsd: 156_000 }))
    await press(job, 'retry', by('90', { isIn: ['approvers'] }))
    expect(await stateOf(job)).toBe(job.state)
    await press(job, 'retry')
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', approvedBy: null })
  })
})

it('what its requester took back is tried again by no approver, and by them only below the amount', async () => {
  const asked = await confirmed()
  await press(asked, 'approve', approver)
  await press(await stage.job(asked.id), 'cancel')
  const job = await stage.job(asked.id)
  expect(labelsOf(stage.shown(`${job.id}-failure-0`)?.view)).toEqual([])
  costs(9_000_000)
  for (const presser of [approver, by('91', { manages: true })]) await press(job, 'retry', presser)
  expect(said()).toContain('Only @77, who asked for it and took it back')
  costs(156_000)
  await press(job, 'retry')
  expect(said()).toContain('Ask for the clip again, and they are asked.')
  expect(await stage.job(job.id)).toMatchObject({ state: 'failed', version: job.version })
  await rule(null)
  await press(job, 'retry')
  expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', agreedUsd: 156_000, approvedBy: null })
})

it('Give up stays with the requester and whoever manages the place', async () => {
  const job = await stage.put('unconfirmed', { place, evidence: null })
  await press(job, 'giveup', approver)
  expect(await stateOf(job)).toBe('unconfirmed')
  await press(job, 'giveup')
  expect(await stateOf(job)).toBe('failed')
})
