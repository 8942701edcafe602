import { writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ChatError } from '../../../src/core/chat.ts'
import { Ended, Unavailable } from '../../../src/core/errors.ts'
import type { PollOutcome } from '../../../src/core/ports.ts'
import { onPress } from '../../../src/flows/answer.ts'
import { createPolls, type Polls } from '../../../src/flows/poll.ts'
import { recover, sweep } from '../../../src/flows/sweep.ts'
import { NOON, sampleClip, sampleOffer } from '../../kit/jobs.ts'
import { openWorld, type TestWorld, wordsOf } from '../../kit/world.ts'

const HOUR = 60 * 60_000
const DAY = 24 * HOUR

let stage: TestWorld
let polls: Polls
beforeEach(async () => {
  stage = await openWorld()
  polls = createPolls(stage.world)
  stage.upscaler.grantPolls = async wanted => wanted
})
afterEach(async () => stage[Symbol.asyncDispose]())

const answers = (outcome: PollOutcome) => {
  stage.upscaler.poll = async () => outcome
}
async function round(): Promise<number> {
  const asked = await polls.round()
  await polls.settle()
  return asked
}
const limited = { kind: 'unavailable', why: 'resting', retryAfterMs: 1_000, limited: true } as const
const down = { kind: 'unavailable', why: 'HTTP 503', retryAfterMs: null, limited: false } as const

describe('a paid job after days without us', () => {
  it('is not given up because of our own limit, nor because of one outage', async () => {
    const job = await stage.put('processing', { submittedAt: NOON, attempts: 0 })
    stage.at(NOON + 3 * DAY)
    await recover(stage.world)
    answers(limited)
    await round()
    stage.at(NOON + 3 * DAY + 2_000)
    answers(down)
    await round()
    expect(await stage.job(job.id)).toMatchObject({ state: 'processing' })
  })

  it('is given up once it was asked for some times in vain', async () => {
    const job = await stage.put('processing', { submittedAt: NOON, attempts: 4 })
    stage.at(NOON + 3 * DAY)
    answers(down)
    await round()
    expect(await stage.job(job.id)).toMatchObject({ state: 'failed', failure: { code: 'never_finished' } })
  })

  it('is not old where the provider says that it has run for seconds: then our clock was wrong', async () => {
    const job = await stage.put('processing', { submittedAt: NOON })
    stage.at(NOON + 25 * HOUR)
    answers({ kind: 'processing', averageMs: 100_000, elapsedMs: 20_000 })
    await round()
    expect(await stage.job(job.id)).toMatchObject({ state: 'processing' })
  })

  it('is not sent any more where it had not been sent: its price is old', async () => {
    const job = await stage.put('confirmed', { queuedAt: NOON })
    stage.at(NOON + 3 * DAY)
    await recover(stage.world)
    await stage.work(job.id)
    expect(await stage.job(job.id)).toMatchObject({
      state: 'failed',
      failure: { code: 'too_late', charged: 'no' },
    })
  })
})

describe('a poll that hangs', () => {
  it('keeps nobody else from being asked for', async () => {
    const stuck = Promise.withResolvers<PollOutcome>()
    stage.upscaler.poll = () => stuck.promise
    await stage.put('processing')
    expect(await polls.round()).toBe(1)
    answers({ kind: 'finished', url: null })
    const other = await stage.put('processing')
    expect(await polls.round()).toBe(1)
    stuck.resolve(limited)
    await polls.settle()
    expect(await stage.job(other.id)).toMatchObject({ state: 'saving' })
  })
})

describe('a key that is refused while a job runs', () => {
  it('is said in the progress, is no lateness, and ends with the next answer', async () => {
    const job = await stage.put('processing', { submittedAt: NOON })
    stage.at(NOON + 2 * HOUR)
    answers({ ...down, refused: true })
    await round()
    expect(await stage.job(job.id)).toMatchObject({ refused: true, late: false })
    const text = () => wordsOf(stage.shown(`${job.id}-progress`)?.view)
    await expect.poll(text).toContain('refuses our key')
    stage.at(NOON + 2 * HOUR + 11 * 60_000)
    answers({ kind: 'processing', averageMs: null, elapsedMs: null })
    await round()
    expect(await stage.job(job.id)).toMatchObject({ refused: false })
  })
})

describe('a result', () => {
  it('that was kept by a process that died before it noted it is not fetched again', async () => {
    const job = await stage.put('saving')
    const scratch = await stage.world.files.scratch()
    await writeFile(scratch, 'a video')
    await stage.world.files.keep(scratch, `results/${job.id}.mp4`)
    stage.world.media.probeFile = async () => sampleClip()
    await recover(stage.world)
    await stage.work(job.id)
    expect(await stage.job(job.id)).toMatchObject({ result: { key: `results/${job.id}.mp4` } })
  })

  it('that turns out to have failed with its price given back says so, and not that it was charged', async () => {
    const job = await stage.put('saving')
    stage.upscaler.fetchResult = () =>
      Promise.reject(new Ended({ code: 'provider_failed', charged: 'refunded' }))
    await recover(stage.world)
    await stage.work(job.id)
    expect(await stage.job(job.id)).toMatchObject({ failure: { charged: 'refunded' } })
  })

  it('that can not be fetched yet says so, and when it is tried again', async () => {
    const job = await stage.put('saving')
    stage.upscaler.fetchResult = () => Promise.reject(new Unavailable('result_unavailable', '503'))
    await recover(stage.world)
    await stage.work(job.id)
    await sweep(stage.world)
    expect(wordsOf(stage.shown(`${job.id}-progress`)?.view)).toContain('could not be fetched whole yet')
  })
})

describe('a message with buttons', () => {
  it('whose edit was lost is drawn again when somebody presses an old button', async () => {
    const job = await stage.put('unconfirmed', { evidence: { at: NOON, lines: [], looks: 9 } })
    const again = { ...job, version: job.version + 1, offer: { ...sampleOffer(), wasUsd: 1 } }
    await stage.world.store.save(job, again, { type: 'requoted', offer: again.offer }, null, [])
    await stage.world.store.markTold(job.id, again.version)
    await onPress(stage.world, stage.press(job, 'giveup'))
    expect(JSON.stringify(stage.shown(`${job.id}-question-${job.lost.length}`)?.view.controls)).toContain(
      `"version":${again.version}`,
    )
  })

  it('that was posted by a process that died before it noted it is closed when it is pressed', async () => {
    const job = await stage.put('failed', {
      failure: { code: 'provider_failed', charged: 'refunded' },
      retryUntil: NOON + DAY,
      offer: { ...sampleOffer(), quotedAt: NOON },
    })
    const message = { channelId: 'thread', messageId: 'unnoted' }
    await onPress(stage.world, stage.press(job, 'retry', { message }))
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed' })
    expect(wordsOf(stage.shown('unnoted')?.view)).toContain('chose to try again')
    expect(stage.shown('unnoted')?.view.controls).toEqual([])
  })

  it('that somebody has deleted is posted once more, because it asks for an answer', async () => {
    const job = await stage.put('unconfirmed', { evidence: null })
    stage.upscaler.charges = async () => []
    const chat = stage.world.chats.get('somewhere')!
    const key = `${job.id}-question-${job.lost.length}`
    await stage.world.store.notePosts(job.id, {
      question: { channelId: 'thread', messageId: `m-${key}` },
      questionOf: job.lost.length,
    })
    const { edit } = chat
    chat.edit = (message, view) =>
      message.messageId === `m-${key}`
        ? Promise.reject(new ChatError('gone', 'deleted'))
        : edit(message, view)
    stage.at(NOON + 10_000)
    await sweep(stage.world)
    expect(stage.shown(`${key}-again`)).toBeDefined()
  })
})
