import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Chat } from '../../../src/core/chat.ts'
import { agree, commit } from '../../../src/flows/commit.ts'
import { tell } from '../../../src/flows/notify.ts'
import { labelsOf, openWorld, type TestWorld, wordsOf } from '../../kit/world.ts'

let stage: TestWorld
beforeEach(async () => {
  stage = await openWorld()
})
afterEach(async () => stage[Symbol.asyncDispose]())

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
    const question = stage.posted().find(({ key }) => key.includes('-question-'))!
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
    const failure = stage.posted().find(({ key }) => key.includes('-failure-'))!
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
