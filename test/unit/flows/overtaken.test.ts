import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Chat, ChatError } from '../../../src/core/chat.ts'
import type { Job, JobIn } from '../../../src/core/job.ts'
import { onPress } from '../../../src/flows/answer.ts'
import { agree, commit } from '../../../src/flows/commit.ts'
import { tell } from '../../../src/flows/notify.ts'
import { sweep } from '../../../src/flows/sweep.ts'
import { NOON, sampleApproval } from '../../kit/jobs.ts'
import { labelsOf, openWorld, type TestWorld, wordsOf } from '../../kit/world.ts'

let stage: TestWorld
beforeAll(async () => {
  stage = await openWorld()
}, 60_000)
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.at(NOON))

/** The next edit of this message arrives when it is let go. */
function heldBack(messageId: string): { begun: Promise<void>; letGo: () => void } {
  const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const chat = stage.world.chats.get('somewhere')! as Chat
  const edit = chat.edit
  chat.edit = async (message, view) => {
    if (message.messageId !== messageId) return edit(message, view)
    chat.edit = edit
    begun.resolve()
    await go.promise
    return edit(message, view)
  }
  return { begun: begun.promise, letGo: go.resolve }
}

describe('an edit that arrives after the one of a newer state', () => {
  it('does not bring back the buttons of a question that was answered', async () => {
    const job = await stage.put('unconfirmed')
    await tell(stage.world, job)
    const question = stage.posted().find(({ key }) => key.startsWith(`${job.id}-question-`))!
    expect(labelsOf(question.view).length).toBeGreaterThan(0)
    const { begun, letGo } = heldBack(`m-${question.key}`)
    const late = tell(stage.world, job)
    await begun
    await commit(stage.world, job, {
      type: 'failed',
      failure: { code: 'given_up', charged: 'unknown' },
      by: job.requesterId,
    })
    letGo()
    await late
    const now = stage.shown(question.key)
    expect(labelsOf(now?.view)).toEqual([])
    expect(wordsOf(now?.view)).toContain('Given up')
  })

  it('does not bring back the button of a failure that was tried again', async () => {
    const job = await stage.put('failed', { posts: {} })
    await tell(stage.world, job)
    const failure = stage.posted().find(({ key }) => key.startsWith(`${job.id}-failure-`))!
    expect(labelsOf(failure.view).length).toBeGreaterThan(0)
    const { begun, letGo } = heldBack(`m-${failure.key}`)
    const late = tell(stage.world, job)
    await begun
    await agree(stage.world, job, { type: 'retry_chosen', offer: job.offer, by: job.requesterId })
    letGo()
    await late
    const now = stage.shown(failure.key)
    expect(labelsOf(now?.view)).toEqual([])
    expect(wordsOf(now?.view)).toContain('chose to try again')
  })

  it('does not bring back the buttons of a card that was cancelled', async () => {
    const job = await stage.put('quoted')
    const card = `card-${job.id}`
    const { begun, letGo } = heldBack(card)
    const late = tell(stage.world, job)
    await begun
    await commit(stage.world, job, { type: 'cancelled' })
    letGo()
    await late
    const now = stage.shown(card)
    expect(labelsOf(now?.view)).toEqual([])
    expect(wordsOf(now?.view)).toContain('Cancelled.')
  })
})

/** The next message with such a key arrives when it is let go. */
function postHeldBack(part: string): { begun: Promise<void>; letGo: () => void } {
  const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const chat = stage.world.chats.get('somewhere')! as Chat
  const post = chat.post
  chat.post = async (channelId, view, options) => {
    if (!options.key.includes(part)) return post(channelId, view, options)
    chat.post = post
    begun.resolve()
    await go.promise
    return post(channelId, view, options)
  }
  return { begun: begun.promise, letGo: go.resolve }
}

describe('a message that is answered while it is posted', () => {
  it.each([
    ['taken back', { type: 'cancelled' }, 'Taken back'],
    ['declined', { type: 'declined', by: '88' }, 'Declined'],
    ['over', { type: 'expired' }, 'The offer has ended'],
  ] as const)('loses its buttons: a question to approvers that is %s', async (_how, event, words) => {
    const { begun, letGo } = postHeldBack('-approval-')
    const approval = sampleApproval()
    const quoted = await stage.put('quoted')
    const asking = commit(stage.world, quoted, { type: 'approval_asked', offer: quoted.offer, approval })
    await begun
    await commit(stage.world, await stage.job(quoted.id), event)
    letGo()
    await asking
    const now = stage.shown(`${quoted.id}-approval-${NOON}`)
    expect(labelsOf(now?.view)).toEqual([])
    expect(wordsOf(now?.view)).toContain(words)
  })

  it('loses its buttons: a question about a lost answer that came after all', async () => {
    const { begun, letGo } = postHeldBack('-question-')
    const sent = await stage.put('submitting')
    const asking = commit(stage.world, sent, { type: 'answer_lost', why: 'cut' })
    await begun
    const provider = { model: 'm', queueId: 'late' }
    await commit(stage.world, await stage.job(sent.id), { type: 'accepted', provider, expected: null })
    letGo()
    await asking
    const now = stage.shown(`${sent.id}-question-1`)
    expect(labelsOf(now?.view)).toEqual([])
    expect(wordsOf(now?.view)).toContain('did accept it')
  })

  it('loses its button: a failure that was tried again', async () => {
    const { begun, letGo } = postHeldBack('-failure-')
    const sent = await stage.put('submitting')
    const failure = { code: 'provider_busy', charged: 'no' } as const
    const saying = commit(stage.world, sent, { type: 'failed', failure })
    await begun
    const failed = (await stage.job(sent.id)) as JobIn<'failed'>
    await agree(stage.world, failed, { type: 'retry_chosen', offer: failed.offer, by: '77' })
    letGo()
    await saying
    const now = stage.shown(`${sent.id}-failure-0`)
    expect(labelsOf(now?.view)).toEqual([])
    expect(wordsOf(now?.view)).toContain('chose to try again')
  })
})

describe('an older message that can not be edited just now', () => {
  /** Until it is called, edits of that message fail. */
  function closed(key: string): () => void {
    const chat = stage.world.chats.get('somewhere')! as Chat
    const edit = chat.edit
    chat.edit = async (message, view) => {
      if (message.messageId === `m-${key}`) throw new ChatError('unavailable', 'no')
      return edit(message, view)
    }
    return () => {
      chat.edit = edit
    }
  }
  async function later() {
    stage.at(NOON + 5 * 60_000)
    await sweep(stage.world)
  }

  it('keeps no buttons for good when a newer question is asked: not to approvers', async () => {
    const job = await stage.put('quoted')
    const approval = sampleApproval()
    const ask = async (version: Job) => {
      const quoted = version as JobIn<'quoted'>
      return (await commit(stage.world, quoted, { type: 'approval_asked', offer: quoted.offer, approval }))!
    }
    const first = (await ask(job)) as JobIn<'awaiting_approval'>
    const old = `${job.id}-approval-${first.askedAt}`
    const open = closed(old)
    const dearer = (await commit(stage.world, first, { type: 'requoted', offer: first.offer }))!
    stage.at(NOON + 1_000)
    const second = (await ask(dearer)) as JobIn<'awaiting_approval'>
    const newer = `${job.id}-approval-${second.askedAt}`
    expect(labelsOf(stage.shown(newer)?.view)).toEqual(['Approve $0.16', 'Decline'])
    expect(labelsOf(stage.shown(old)?.view)).toEqual(['Approve $0.16', 'Decline'])
    // Nor by a press on the newer one, which is answered meanwhile.
    const message = { channelId: 'thread', messageId: `m-${newer}` }
    const presser = { presserId: '88', presserManages: async () => true, message }
    await onPress(stage.world, stage.press(second, 'approve', presser))
    expect((await stage.job(job.id)).state).toBe('confirmed')
    expect(wordsOf(stage.shown(newer)?.view)).toContain('Approved')
    expect(labelsOf(stage.shown(newer)?.view)).toEqual([])
    open()
    await later()
    expect(labelsOf(stage.shown(old)?.view)).toEqual([])
    expect(wordsOf(stage.shown(old)?.view)).toContain('The price went up')
  })

  it('nor about a lost answer', async () => {
    const lose = async (job: Job) => {
      const sent = (await commit(stage.world, job, { type: 'submitting' }))!
      return (await commit(stage.world, sent, { type: 'answer_lost', why: 'cut' })) as JobIn<'unconfirmed'>
    }
    stage.upscaler.charges = async () => []
    const first = await lose(await stage.put('confirmed'))
    const open = closed(`${first.id}-question-1`)
    const again = await agree(stage.world, first, { type: 'retry_chosen', offer: first.offer, by: '77' })
    await lose(again as Job)
    expect(labelsOf(stage.shown(`${first.id}-question-2`)?.view)).toHaveLength(2)
    open()
    await later()
    expect(labelsOf(stage.shown(`${first.id}-question-1`)?.view)).toEqual([])
    expect(labelsOf(stage.shown(`${first.id}-question-2`)?.view)).toHaveLength(2)
  })

  it('nor when another try failed too', async () => {
    const fail = async (job: Job) => {
      const failure = { code: 'provider_busy', charged: 'no' } as const
      const sent = (await commit(stage.world, job, { type: 'submitting' }))!
      return (await commit(stage.world, sent, { type: 'failed', failure })) as JobIn<'failed'>
    }
    const first = await fail(await stage.put('confirmed'))
    const open = closed(`${first.id}-failure-0`)
    const again = await agree(stage.world, first, { type: 'retry_chosen', offer: first.offer, by: '77' })
    await fail(again as Job)
    expect(labelsOf(stage.shown(`${first.id}-failure-1`)?.view)).toHaveLength(1)
    open()
    await later()
    expect(labelsOf(stage.shown(`${first.id}-failure-0`)?.view)).toEqual([])
    expect(labelsOf(stage.shown(`${first.id}-failure-1`)?.view)).toHaveLength(1)
  })
})
