import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Unavailable } from '../../../src/core/errors.ts'
import type { ChargeLine, Job, JobIn } from '../../../src/core/job.ts'
import type { SubmitOutcome } from '../../../src/core/ports.ts'
import { onPress } from '../../../src/flows/answer.ts'
import { commit } from '../../../src/flows/commit.ts'
import { submit } from '../../../src/flows/submit.ts'
import { sweep } from '../../../src/flows/sweep.ts'
import { NOON } from '../../kit/jobs.ts'
import { labelsOf, openWorld, type TestWorld, wordsOf } from '../../kit/world.ts'

let stage: TestWorld
beforeAll(async () => {
  stage = await openWorld()
}, 60_000)
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.at(NOON))

const charge = (usd: number, queueId: string | null): ChargeLine => ({
  at: NOON,
  usd,
  what: `upscale ${queueId}`,
  queueId,
})
const question = (job: Job, of = 1) => stage.shown(`${job.id}-question-${of}`)

/** Sent, and the answer was lost. */
async function lost(): Promise<JobIn<'unconfirmed'>> {
  const sent = await stage.put('submitting')
  return (await commit(stage.world, sent, { type: 'answer_lost', why: 'cut' })) as JobIn<'unconfirmed'>
}

describe('the question about a lost answer', () => {
  it('is posted once, and each look at the billing is written into it', async () => {
    const ours = await stage.put('submitting')
    const receipt = { model: 'm', queueId: 'ours' }
    await commit(stage.world, ours, { type: 'accepted', provider: receipt, expected: null })
    const job = await lost()
    expect(question(job)).toMatchObject({ edits: 0 })

    const windows: [number, number][] = []
    stage.upscaler.charges = async (from, to) => {
      windows.push([from - NOON, to - NOON])
      return [charge(156_000, 'ours'), charge(156_000, 'lost')]
    }
    stage.at(NOON + 3_000)
    await sweep(stage.world)
    const text = wordsOf(question(job)?.view)
    expect(windows).toEqual([[-900_000, 3_000]])
    expect(text).toContain('upscale lost')
    expect(text).toContain('this may be it')
    expect(text).not.toContain('upscale ours')
    expect(question(job)).toMatchObject({ edits: 1 })
    expect(labelsOf(question(job)?.view)).toEqual(['Retry (may be charged twice)', 'Give up'])
    expect(await stage.job(job.id)).toMatchObject({ state: 'unconfirmed', evidence: { looks: 1 } })

    // Not before its time.
    await sweep(stage.world)
    expect(windows).toHaveLength(1)
    stage.at(NOON + 63_000)
    await sweep(stage.world)
    expect(windows).toHaveLength(2)
    expect(question(job)).toMatchObject({ posts: 1, edits: 2 })
  })

  it('that could not be said before is said later, without a look that is not due', async () => {
    const job = await stage.put('unconfirmed', { evidence: { at: NOON, lines: [], looks: 4 } })
    stage.upscaler.charges = async () => []
    stage.at(NOON + 60 * 60_000)
    await sweep(stage.world)
    expect(wordsOf(question(job)?.view)).toContain('it is not looked at again')
    expect(await stage.job(job.id)).toMatchObject({ version: job.version, evidence: { looks: 4 } })
  })

  it('says where the billing could not be read', async () => {
    const job = await lost()
    stage.upscaler.charges = async () => {
      throw new Unavailable('provider_unreachable', 'no')
    }
    stage.at(NOON + 3_000)
    await sweep(stage.world)
    expect(wordsOf(question(job)?.view)).toContain('could not be read')
  })

  it('at a higher price stays open with the new price on its button', async () => {
    const job = await lost()
    stage.at(NOON + 120_000)
    stage.upscaler.quote = async () => ({
      kind: 'exact',
      prices: new Map([1, 2, 4].map(f => [f as 1 | 2 | 4, 300_000])),
    })
    await onPress(stage.world, stage.press(job, 'retry'))
    expect(await stage.job(job.id)).toMatchObject({ state: 'unconfirmed', agreedUsd: 156_000 })
    expect(labelsOf(question(job)?.view)[0]).toBe('Retry for $0.30 (may be charged twice)')
  })

  it('is a new one for each lost answer, and the old one is answered', async () => {
    const job = await lost()
    await onPress(stage.world, stage.press(job, 'retry'))
    stage.upscaler.submit = async () => ({ kind: 'unknown', why: 'cut again' })
    await stage.work(job.id)
    expect(wordsOf(question(job, 1)?.view)).toContain('Sent again on request of')
    expect(labelsOf(question(job, 1)?.view)).toEqual([])
    expect(wordsOf(question(job, 2)?.view)).toContain('up to 2 may have been charged')
  })
})

describe('a receipt that comes after the answer was given up', () => {
  /** The paid request is on its way; `answer` lets its answer come. */
  async function sent() {
    const outcome = Promise.withResolvers<SubmitOutcome>()
    const left = Promise.withResolvers<void>()
    stage.upscaler.submit = () => {
      left.resolve()
      return outcome.promise
    }
    const job = await stage.put('confirmed')
    const submitting = submit(stage.world, job)
    await left.promise
    const now = (await stage.job(job.id)) as JobIn<'submitting'>
    const asked = await commit(stage.world, now, { type: 'answer_lost', why: 'given up' })
    const answer = async (queueId: string) => {
      outcome.resolve({ kind: 'accepted', provider: { model: 'm', queueId } })
      await submitting
    }
    return { job: asked as JobIn<'unconfirmed'>, answer }
  }

  it('withdraws the question, and the job goes on', async () => {
    const { job, answer } = await sent()
    await answer('q-late')
    expect(await stage.job(job.id)).toMatchObject({ state: 'processing', provider: { queueId: 'q-late' } })
    expect(wordsOf(question(job)?.view)).toContain('only its answer was late')
  })

  it('and after people gave it up tells them what it costs', async () => {
    const { job, answer } = await sent()
    await onPress(stage.world, stage.press(job, 'giveup'))
    await answer('q-late')
    const text = wordsOf(stage.shown(`${job.id}-accepted-q-late`)?.view)
    expect(text).toContain('It is charged ($0.16).')
    expect(text).toContain('{"code":"q-late"}')
    expect(await stage.job(job.id)).toMatchObject({ state: 'failed' })
  })

  it('and while a retry waits to be sent takes its place: nothing is paid twice', async () => {
    const { job, answer } = await sent()
    await onPress(stage.world, stage.press(job, 'retry'))
    await answer('q-late')
    const now = await stage.job(job.id)
    expect(now).toMatchObject({ state: 'processing', provider: { queueId: 'q-late' } })
    expect(now).toMatchObject({ lost: [{ settled: true }] })
    expect(wordsOf(question(job)?.view)).toContain('only its answer was late')
  })

  it('is not taken for the answer of a later request', async () => {
    const { job, answer } = await sent()
    stage.at(NOON + 10_000)
    await onPress(stage.world, stage.press(job, 'retry'))
    const again = (await commit(stage.world, await stage.job(job.id), { type: 'submitting' }))!
    await commit(stage.world, again, { type: 'answer_lost', why: 'cut' })
    await answer('q-first')
    expect(await stage.job(job.id)).toMatchObject({ state: 'unconfirmed' })
    expect(stage.shown(`${job.id}-accepted-q-first`)).toBeDefined()
  })
})
