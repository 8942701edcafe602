import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { closingOf, hear, MANAGER, type Person, resultUrl, type Seen } from '../../src/sandbox/person.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { openStage, type Stage } from '../kit/stage.ts'

const MINUTE = 60_000

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ venice: { processingMs: 0 } })
})
afterAll(async () => stage[Symbol.asyncDispose]())
afterEach(async () => {
  const on = stage.sandbox.venice.faults.list().filter(f => f.on)
  for (const { name } of on) await stage.fault(name, false)
})

const accepted = () => stage.sandbox.venice.book().queue_requests.filter(r => r.queue_id !== null).length

async function confirmed(person: Person): Promise<Seen> {
  const bytes = await readFile(clipPath(clips.mp4Sound))
  const card = await person.ask({ way: 'command', clip: { bytes, name: 'clip.mp4' }, factor: 2 })
  await person.press(card, 'Confirm')
  return card
}

describe.each(['discord', 'slack'] as const)('a request whose answer was lost, on %s', platform => {
  let mira: Person
  let jonas: Person
  let ada: Person
  beforeAll(async () => {
    mira = await stage.person(platform, 'Mira')
    jonas = await stage.person(platform, 'Jonas')
    ada = await stage.person(platform, MANAGER)
    await mira.botOnline()
  })

  it('is asked about with the billing beside it; who runs the place may answer, others may not', async () => {
    const before = accepted()
    await stage.fault('lost-answer', true)
    const card = await confirmed(mira)
    const question = await closingOf(mira, card)
    expect(question.text).toContain("don't know whether Venice accepted")
    const seenBy = (who: Person) =>
      who.until('the billing beside the question', () =>
        who
          .messages()
          .find(m => m.key === question.key && m.text.includes('this may be it') && m.buttons.length > 0),
      )
    expect((await seenBy(mira)).text).toContain('$0.04')

    const whisper = await hear(jonas, async () => jonas.press(await seenBy(jonas), 'Give up'))
    expect(whisper.text).toContain('@Mira')
    await ada.press(await seenBy(ada), 'Give up')
    await mira.until('the question to be answered', () => {
      const newest = mira.now(question)
      return newest.text.includes(`Given up on request of @${MANAGER}.`) && newest.buttons.length === 0
    })
    await mira.until('the end', () =>
      mira.thread(card).find(m => m.key !== question.key && m.text.includes('It may have been charged')),
    )
    expect(accepted()).toBe(before + 1)
  })

  it('has no line in the billing where nothing was accepted, and Retry pays once', async () => {
    const before = accepted()
    await stage.fault('queue-500', true)
    const card = await confirmed(mira)
    const question = await closingOf(mira, card)
    const looked = await mira.until('a look at the billing', () => {
      const newest = mira.now(question)
      return /no line/i.test(newest.text) && newest
    })
    await stage.fault('queue-500', false)
    await mira.press(looked, 'Retry')
    const result = await mira.until('the result', () => mira.thread(card).find(m => resultUrl(m) !== null))
    expect(result.text).toContain('your video is ready')
    expect(accepted()).toBe(before + 1)
  })
})

// Last, because from here on the clocks of the bot and of Venice differ.
describe.each(['discord', 'slack'] as const)('a job that takes far longer than usual, on %s', platform => {
  it('is said to be late once, looked at again every hour, and not sent again', async () => {
    const mira = await stage.person(platform, 'Mira')
    await mira.botOnline()
    const before = accepted()
    await stage.fault('stuck', true)
    const card = await confirmed(mira)
    await mira.until('it to be upscaled', () =>
      mira.thread(card).find(m => m.text.includes('is upscaling it')),
    )
    stage.skip(25 * MINUTE)
    const late = await closingOf(mira, card)
    expect(late.text).toContain('is much later than usual')
    expect(late.text).toContain('It is paid for ($0.04)')
    await stage.fault('stuck', false)
    stage.skip(61 * MINUTE)
    await mira.until('the result', () => mira.thread(card).find(m => resultUrl(m) !== null))
    expect(mira.thread(card).filter(m => m.text.includes('is much later than usual'))).toHaveLength(1)
    expect(accepted()).toBe(before + 1)
  })
})
