import { existsSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ChatError } from '../../../src/core/chat.ts'
import type { Factor } from '../../../src/core/clip.ts'
import { Unavailable } from '../../../src/core/errors.ts'
import type { JobIn } from '../../../src/core/job.ts'
import { onPress } from '../../../src/flows/answer.ts'
import { commit } from '../../../src/flows/commit.ts'
import { sweep } from '../../../src/flows/sweep.ts'
import { NOON } from '../../kit/jobs.ts'
import { linesOf } from '../../kit/plain.ts'
import { labelsOf, openWorld, type TestWorld, wordsOf } from '../../kit/world.ts'

const LATER = NOON + 5 * 60_000

let stage: TestWorld
let asked: { quotes: number; balances: number }
beforeAll(async () => {
  stage = await openWorld()
}, 60_000)
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => {
  asked = { quotes: 0, balances: 0 }
  stage.whispers.length = 0
  stage.at(LATER)
  costs(156_000)
  stage.upscaler.balance = async () => {
    asked.balances++
    return { kind: 'ok', leftUsd: null }
  }
})

/** What every size costs from now on. */
function costs(usd: number) {
  stage.upscaler.quote = async () => {
    asked.quotes++
    return { kind: 'exact', prices: new Map([1, 2, 4].map(f => [f as Factor, usd])) }
  }
}
const silent =
  (retryAfterMs: number | null = null) =>
  async () => {
    throw new Unavailable('provider_unreachable', 'no', { retryAfterMs })
  }
const press = (...args: Parameters<TestWorld['press']>) => onPress(stage.world, stage.press(...args))
const said = () => stage.whispers.map(wordsOf).join('\n')

describe('Confirm', () => {
  it('within a minute takes the price as it was shown, and still looks whether it can be paid', async () => {
    stage.at(NOON + 60_000)
    const job = await stage.put('quoted')
    await press(job, 'confirm')
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', agreedUsd: 156_000 })
    expect(asked).toEqual({ quotes: 0, balances: 1 })
  })

  it('later takes a price that went down, and the card says so', async () => {
    costs(120_000)
    const job = await stage.put('quoted')
    await press(job, 'confirm')
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', agreedUsd: 120_000 })
    expect(said()).toBe('')
    expect(wordsOf(stage.shown(`card-${job.id}`)?.view)).toContain('2x for $0.12')
  })

  it('of a price that went up asks again, and the next press pays the new one', async () => {
    costs(200_000)
    const job = await stage.put('quoted')
    await press(job, 'confirm')
    expect(await stage.job(job.id)).toMatchObject({ state: 'quoted', version: job.version + 1 })
    const card = stage.shown(`card-${job.id}`)
    expect(wordsOf(card?.view)).toContain('costs $0.20 now, was $0.16.')
    expect(labelsOf(card?.view)).toContain('Confirm $0.20')
    expect(said()).toContain('Nothing was charged by this press.')

    await press(job, 'confirm')
    expect(said()).toContain('This card has changed since')
    await press(await stage.job(job.id), 'confirm')
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', agreedUsd: 200_000 })
    expect(asked.quotes).toBe(1)
  })

  it.each([
    ['empty', { kind: 'empty' }, 'is empty, and this costs $0.16'],
    ['too little', { kind: 'ok', leftUsd: 100_000 }, 'has $0.10 left, and this costs $0.16'],
    ['refused', { kind: 'refused', code: 'key_refused' }, 'refuses our key'],
  ] as const)('with an account that is "%s" says so, and the offer stays open', async (_n, balance, text) => {
    stage.upscaler.balance = async () => balance
    const job = await stage.put('quoted')
    await press(job, 'confirm')
    expect(await stage.job(job.id)).toMatchObject({ state: 'quoted', version: job.version })
    expect(said()).toContain(text)
  })

  it('where nobody answers says when to press again, and is not spent', async () => {
    stage.upscaler.quote = silent(10_000)
    stage.upscaler.balance = silent(30_000)
    const job = await stage.put('quoted')
    await press(job, 'confirm')
    expect(await stage.job(job.id)).toEqual(expect.objectContaining({ state: 'quoted' }))
    expect(said()).toContain(`press again at ",{"time":${LATER + 30_000}`)
  })

  it('goes on where only the balance is not to be had', async () => {
    costs(156_000)
    stage.upscaler.balance = silent()
    const job = await stage.put('quoted')
    await press(job, 'confirm')
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', agreedUsd: 156_000 })
  })

  it('is not spent where the price that was shown is old and the one of now is not to be had', async () => {
    stage.upscaler.quote = silent()
    const job = await stage.put('quoted')
    await press(job, 'confirm')
    expect(await stage.job(job.id)).toMatchObject({ state: 'quoted', version: job.version })
    expect(said()).toContain('Nothing was charged by this press.')
  })

  it('pressed twice at once is spent once', async () => {
    const job = await stage.put('quoted')
    await Promise.all([press(job, 'confirm'), press(job, 'confirm')])
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', version: job.version + 1 })
    expect(stage.whispers).toHaveLength(1)
    expect(said()).toContain('It is confirmed')
  })

  it('does nothing where the offer ended while the price was asked for', async () => {
    const job = await stage.put('quoted')
    stage.upscaler.balance = async () => {
      stage.at(job.offer.expiresAt)
      return null
    }
    await press(job, 'confirm')
    expect(await stage.job(job.id)).toMatchObject({ state: 'expired' })
    expect(said()).toContain('This offer has ended')
  })
})

describe('who may press', () => {
  const others = (manages: () => Promise<boolean>) => ({ presserId: '88', presserManages: manages })

  it('an offer is its requester’s alone, and nobody is even asked', async () => {
    const job = await stage.put('quoted')
    await press(job, 'confirm', { presserId: '88' })
    expect(await stage.job(job.id)).toMatchObject({ state: 'quoted' })
    expect(said()).toContain('You can ask for your own.')
  })

  it('whoever manages the place may decide about a lost answer, and is named', async () => {
    const job = await stage.put('unconfirmed')
    await press(
      job,
      'giveup',
      others(async () => false),
    )
    expect(said()).toContain('or whoever manages this place')
    await press(
      job,
      'giveup',
      others(async () => true),
    )
    expect(await stage.job(job.id)).toMatchObject({
      state: 'failed',
      lost: [{ answer: { chose: 'giveup', by: '88' } }],
    })
  })

  it('nobody does where that can not be found out', async () => {
    const job = await stage.put('failed')
    const unknown = async () => {
      throw new ChatError('unavailable', 'no')
    }
    await press(job, 'retry', others(unknown))
    expect(await stage.job(job.id)).toMatchObject({ state: 'failed' })
    expect(said()).toContain('could not find out just now')
  })
})

describe('another try that became dearer', () => {
  const manager = { presserId: '88', presserManages: async () => true }

  it.each([
    ['Try again', { type: 'failed', failure: { code: 'provider_busy', charged: 'no' } }],
    ['Retry', { type: 'answer_lost', why: 'cut' }],
  ] as const)(
    '%s is its requester’s to agree to, and who manages the place only hears so',
    async (_b, event) => {
      const job = (await commit(stage.world, await stage.put('submitting'), event))!
      costs(9_000_000)
      for (let i = 0; i < 2; i++) await press(job, 'retry', manager)
      expect(await stage.job(job.id)).toMatchObject({ state: job.state, version: job.version })
      const words = stage.whispers.map(view => linesOf(view).join())
      expect(words[1]).toBe(words[0])
      expect(words[0]).toBe(
        'It costs $9.00 now, not the $0.16 that @77 agreed to. Nothing was charged by this press. Only @77 can agree to that: when they press the button, it shows the new price, and then you can press it too.',
      )

      // Once its requester has had it drawn with that price, it is pressed at that price.
      await press(job, 'retry')
      const dearer = await stage.job(job.id)
      expect(dearer).toMatchObject({ state: job.state, agreedUsd: 156_000, version: job.version + 1 })
      stage.at(LATER + 5 * 60_000)
      costs(10_000_000)
      await press(dearer, 'retry', manager)
      expect(said()).toContain('It costs $10.00 now, not the $9.00 ')
      expect(await stage.job(job.id)).toMatchObject({ version: dearer.version })
      costs(9_000_000)
      await press(dearer, 'retry', manager)
      expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', agreedUsd: 9_000_000 })
      expect(linesOf(stage.shown(`card-${job.id}`)?.view).at(-1)).toContain('Sent again for $9.00 by @88')
    },
  )
})

describe('Cancel', () => {
  it('before it is sent takes it back, whatever try its button was drawn at', async () => {
    const job = await stage.put('confirmed')
    await press(job, 'cancel', { version: job.version - 1 })
    expect(await stage.job(job.id)).toMatchObject({
      state: 'failed',
      failure: { code: 'cancelled', charged: 'no' },
    })
    expect(wordsOf(stage.shown(`${job.id}-failure-0`)?.view)).toContain('Cancelled before it was sent.')
  })

  it.each(['confirmed', 'awaiting_approval'] as const)(
    'that comes late, or again, takes back what was %s after its card was drawn',
    async state => {
      const job = await stage.put(state)
      await press(job, 'cancel', { version: job.version - 1, redelivered: true })
      const ended = state === 'confirmed' ? 'failed' : 'cancelled'
      expect(await stage.job(job.id)).toMatchObject({ state: ended })
    },
  )

  it('that comes again takes back no other try, which was agreed to after it', async () => {
    const first = await stage.put('confirmed')
    await press(first, 'cancel')
    const ended = await stage.job(first.id)
    stage.at(LATER + 1)
    await press(ended, 'retry')
    await press(first, 'cancel', { redelivered: true })
    expect(await stage.job(first.id)).toMatchObject({ state: 'confirmed' })
  })

  it('once it is sent says that it is too late', async () => {
    const job = await stage.put('processing')
    await press(job, 'cancel', { version: job.version - 2 })
    expect(await stage.job(job.id)).toMatchObject({ state: 'processing' })
    expect(said()).toContain("can't stop a job once it has it")
  })
})

describe('Try again', () => {
  const failed = async () => {
    const job = await stage.put('submitting')
    const failure = { code: 'balance_empty', charged: 'no' } as const
    return (await commit(stage.world, job, { type: 'failed', failure })) as JobIn<'failed'>
  }
  const source = (job: JobIn<'failed'>) => existsSync(stage.world.files.path(job.sourceKey))

  it('sends it again for the price of now, and the failure keeps its facts', async () => {
    const job = await failed()
    expect(labelsOf(stage.shown(`${job.id}-failure-0`)?.view)).toEqual(['Try again for $0.16'])
    expect(source(job)).toBe(true)
    costs(100_000)
    await press(job, 'retry')
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed', agreedUsd: 100_000 })
    const message = stage.shown(`${job.id}-failure-0`)
    expect(labelsOf(message?.view)).toEqual([])
    expect(wordsOf(message?.view)).toContain('The balance at Acme is empty')
    expect(wordsOf(message?.view)).toContain('chose to try again')
  })

  it('at a higher price asks first, on its own button', async () => {
    const job = await failed()
    costs(200_000)
    await press(job, 'retry')
    expect(await stage.job(job.id)).toMatchObject({ state: 'failed', agreedUsd: 156_000 })
    expect(labelsOf(stage.shown(`${job.id}-failure-0`)?.view)).toEqual(['Try again for $0.20'])
    expect(said()).toContain('was $0.16')
  })

  it('of what its requester took back is for nobody but them', async () => {
    const waiting = await stage.put('confirmed')
    await press(waiting, 'cancel')
    const job = await stage.job(waiting.id)
    await press(job, 'retry', { presserId: '88' })
    expect(await stage.job(job.id)).toMatchObject({ state: 'failed', version: job.version })
    expect(said()).toContain('who asked for it and took it back')
    await press(job, 'retry')
    expect(await stage.job(job.id)).toMatchObject({ state: 'confirmed' })
  })

  it('names the price and who chose it on the card', async () => {
    const job = await failed()
    costs(100_000)
    await press(job, 'retry', { presserId: '88', presserManages: async () => true })
    expect(linesOf(stage.shown(`card-${job.id}`)?.view).at(-1)).toBe(
      '@77 confirmed 2x for $0.16 at #. Sent again for $0.10 by @88 at #.',
    )
  })

  it('that fails too is said in a message of its own', async () => {
    const job = await failed()
    await press(job, 'retry')
    stage.upscaler.submit = async () => ({
      kind: 'rejected',
      failure: { code: 'spend_limit', charged: 'no' },
    })
    await stage.work(job.id)
    expect(await stage.job(job.id)).toMatchObject({ state: 'failed', earlier: [{}] })
    expect(labelsOf(stage.shown(`${job.id}-failure-0`)?.view)).toEqual([])
    const second = stage.shown(`${job.id}-failure-1`)
    expect(wordsOf(second?.view)).toContain('has spent as much as it may')
    expect(labelsOf(second?.view)).toEqual(['Try again for $0.16'])
  })

  it('ends after a day: its button goes, and so does our copy of the clip', async () => {
    const job = await failed()
    stage.at(job.retryUntil!)
    await press(job, 'retry')
    expect(said()).toContain("can't be tried again any more")
    await sweep(stage.world)
    expect(await stage.job(job.id)).toMatchObject({ state: 'failed', retryUntil: null })
    expect(labelsOf(stage.shown(`${job.id}-failure-0`)?.view)).toEqual([])
    expect(source(job)).toBe(false)
  })
})
