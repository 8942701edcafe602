import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { call } from '../../src/sandbox/member.ts'
import { buttonNamed, closingOf, hear, type Person, type Seen } from '../../src/sandbox/person.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { openStage, type Stage } from '../kit/stage.ts'

const MINUTE = 60_000

let stage: Stage
/** Paid requests that were there before the test, and what they have cost. */
let before = { sent: 0, accepted: 0, chargedUsd: 0 }
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => stage[Symbol.asyncDispose]())
afterEach(async () => {
  const on = stage.sandbox.venice.faults.list().filter(f => f.on)
  for (const { name } of on) await stage.fault(name, false)
  await credit(100)
  await prices(1)
})

const credit = (usd: number) => call(stage.sandbox.url, 'POST', '/sandbox/venice/credit', { usd })

const prices = (times: number) => call(stage.sandbox.url, 'POST', '/sandbox/venice/prices', { times })

function paid() {
  const { queue_requests, jobs } = stage.sandbox.venice.book()
  return {
    sent: queue_requests.length - before.sent,
    accepted: queue_requests.filter(r => r.queue_id !== null).length - before.accepted,
    chargedUsd: Number(
      (jobs.reduce((sum, j) => sum + j.charged_usd - j.refunded_usd, 0) - before.chargedUsd).toFixed(6),
    ),
  }
}

/** A clip that costs $0.04 at 2x. */
async function askForClip(person: Person): Promise<Seen> {
  const bytes = await readFile(clipPath(clips.mp4Sound))
  return person.ask({ way: 'command', clip: { bytes, name: 'clip.mp4' }, factor: 2 })
}
const found = (person: Person, card: Seen, text: string) =>
  person.until(text, () => person.thread(card).find(m => m.text.includes(text)), 60_000)
const answered = (person: Person, message: Seen, text: string) =>
  person.until(text, () => {
    const newest = person.now(message)
    return newest.text.includes(text) && newest.buttons.length === 0 && newest
  })

describe.each(['discord', 'slack'] as const)('money on %s', platform => {
  let mira: Person
  beforeAll(async () => {
    mira = await stage.person(platform, 'Mira')
    await mira.botOnline()
  })
  beforeEach(() => {
    before = { sent: 0, accepted: 0, chargedUsd: 0 }
    before = paid()
  })

  const askFor = () => askForClip(mira)
  const inThread = (card: Seen, text: string) => found(mira, card, text)
  const isAnswered = (message: Seen, text: string) => answered(mira, message, text)
  /** Where the press comes while it is just being tried, it is too late for that time; then it waits again. */
  async function cancelled(card: Seen): Promise<Seen> {
    const end = () => mira.thread(card).find(m => m.text.includes('Cancelled before it was sent'))
    const tooLate = () => mira.messages().filter(m => m.onlyMe && m.text.includes("can't stop")).length
    for (;;) {
      const waiting = await mira.until('a Cancel to press', () =>
        mira.thread(card).find(m => m.text.includes('did not take it yet') && buttonNamed(m, 'Cancel')),
      )
      const heard = tooLate()
      await mira.press(waiting, 'Cancel')
      const ended = await mira.until('what became of it', () => end() ?? (tooLate() > heard && 'too late'))
      if (ended !== 'too late') return ended
    }
  }
  const result = (card: Seen) => inThread(card, 'your video is ready')

  it('a price that went up before the press is shown and asked again; nothing is sent meanwhile', async () => {
    const card = await askFor()
    stage.skip(2 * MINUTE)
    await prices(1.5)
    const whisper = await hear(mira, () => mira.press(card, 'Confirm $0.04'))
    expect(whisper.text).toContain('Nothing was charged by this press.')
    const asked = await mira.until('the new price', () => {
      const newest = mira.now(card)
      return buttonNamed(newest, 'Confirm $0.06') && newest
    })
    expect(asked.text).toContain('$0.04')
    expect(paid().sent).toBe(0)

    await mira.press(asked, 'Confirm $0.06')
    expect((await result(card)).text).toContain('$0.06 at Venice')
    expect(paid()).toEqual({ sent: 1, accepted: 1, chargedUsd: 0.0585 })
  })

  it('a price that went down is taken, without another question', async () => {
    const card = await askFor()
    stage.skip(2 * MINUTE)
    await prices(0.5)
    await mira.press(card, 'Confirm $0.04')
    expect((await result(card)).text).toContain('$0.02 at Venice')
    await isAnswered(card, 'confirmed 2x for $0.02')
    expect(paid()).toEqual({ sent: 1, accepted: 1, chargedUsd: 0.0195 })
  })

  it('an account that can not pay is said before the press is spent, and the same card works later', async () => {
    const card = await askFor()
    await credit(0.01)
    const whisper = await hear(mira, () => mira.press(card, 'Confirm'))
    expect(whisper.text).toContain('has $0.01 left, and this costs $0.04')
    expect(whisper.text).toContain('Nothing was charged by this press.')
    expect(whisper.text).toContain('Your offer stays open until')
    expect(paid().sent).toBe(0)
    await credit(100)
    await mira.press(card, 'Confirm')
    await result(card)
    expect(paid().accepted).toBe(1)
  })

  it('a failure that cost nothing is tried again by one press', async () => {
    const card = await askFor()
    await stage.fault('failed-job', true)
    await mira.press(card, 'Confirm')
    const failure = await closingOf(mira, card)
    expect(failure.text).toContain('gave it back')
    expect(failure.buttons.map(b => b.label)).toEqual(['Try again for $0.04'])
    await stage.fault('failed-job', false)

    await mira.press(failure, 'Try again')
    await result(card)
    const answered = await isAnswered(failure, '@Mira chose to try again')
    expect(answered.text).toContain('gave it back')
    expect(paid()).toMatchObject({ accepted: 2, chargedUsd: 0.039 })
  })

  it('a failure that may have been charged says so on its button, and the result says it too', async () => {
    const card = await askFor()
    await stage.fault('gone', true)
    await mira.press(card, 'Confirm')
    const failure = await closingOf(mira, card)
    expect(failure.text).toContain('may have been charged')
    expect(failure.buttons.map(b => b.label)).toEqual(['Try again for $0.04 (may be charged twice)'])
    await stage.fault('gone', false)
    await mira.press(failure, 'Try again')
    expect((await result(card)).text).toMatch(/earlier|before/i)
    expect(paid()).toMatchObject({ accepted: 2, chargedUsd: 0.078 })
  })

  it('a clip that is refused for what it shows can not be tried again, and says what was charged', async () => {
    const card = await askFor()
    await stage.fault('no-refund', true)
    await mira.press(card, 'Confirm')
    const failure = await closingOf(mira, card)
    expect(failure.text).toContain('has charged $0.04')
    expect(failure.buttons).toEqual([])
    expect(paid()).toMatchObject({ accepted: 1, chargedUsd: 0.039 })
  })

  it('what waits to be sent can be taken back, and is not sent afterwards', async () => {
    const card = await askFor()
    await stage.fault('429', true)
    await mira.press(card, 'Confirm')
    const ended = await cancelled(card)
    expect(ended.text).toContain('Nothing was charged.')
    await stage.fault('429', false)
    const { sent } = paid()
    stage.skip(10 * MINUTE)
    // Whoever asks for another clip meanwhile gets it: the queue is alive.
    const other = await askFor()
    await mira.press(other, 'Confirm')
    await result(other)
    expect(paid()).toMatchObject({ sent: sent + 1, accepted: 1 })
  })

  it('what Venice has can not be stopped, and the card says so', async () => {
    const card = await askFor()
    await stage.fault('slow', true)
    await mira.press(card, 'Confirm')
    const running = await inThread(card, 'is upscaling it')
    expect(running.text).toContain("can't stop a job once it has it")
    expect(running.buttons).toEqual([])
    await stage.fault('slow', false)
  })
})
