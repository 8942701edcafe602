import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { call } from '../../src/sandbox/member.ts'
import { buttonNamed, hear, MANAGER, type Person, type Seen } from '../../src/sandbox/person.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { openStage, type Stage } from '../kit/stage.ts'

const MINUTE = 60_000

let stage: Stage
let sentBefore = 0
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => stage[Symbol.asyncDispose]())
beforeEach(async () => {
  await prices(1)
  sentBefore = stage.sandbox.venice.book().queue_requests.length
})

const prices = (times: number) => call(stage.sandbox.url, 'POST', '/sandbox/venice/prices', { times })
const sent = () => stage.sandbox.venice.book().queue_requests.length - sentBefore

/** Jonas is one of @Approvers and manages nothing, Mira is neither, Ada is both. */
describe.each(['discord', 'slack'] as const)('above one cent on %s', platform => {
  let mira: Person
  let jonas: Person
  let ada: Person
  beforeAll(async () => {
    mira = await stage.person(platform, 'Mira')
    jonas = await stage.person(platform, 'Jonas')
    ada = await stage.person(platform, MANAGER)
    await mira.botOnline()
    await ada.admin('approval above 0.01 group @Approvers')
  })

  /** A clip that costs $0.04 at 2x, confirmed by who asks for it. */
  async function confirmed(person: Person): Promise<{ card: Seen; question: Seen }> {
    const bytes = await readFile(clipPath(clips.mp4Sound))
    const card = await person.ask({ way: 'command', clip: { bytes, name: 'clip.mp4' }, factor: 2 })
    await person.press(card, 'Confirm $0.04')
    return { card, question: await asked(person, card, 'Approve $0.04') }
  }
  const asked = (person: Person, card: Seen, label: string) =>
    person.until(label, () => person.thread(card).find(message => buttonNamed(message, label)))
  /** The same message, before somebody else. */
  const inFrontOf = (person: Person, message: Seen) =>
    person.until('the same message', () => person.messages().find(({ key }) => key === message.key))
  const comes = (person: Person, card: Seen, text: string) =>
    person.until(text, () => person.thread(card).find(m => m.mentionsMe && m.text.includes(text)))
  const reads = (person: Person, message: Seen, text: string) =>
    person.until(text, () => person.messages().find(m => m.key === message.key && m.text.includes(text)))

  it('the card waits, those who may are notified, and one press of theirs pays exactly once', async () => {
    const { card, question } = await confirmed(mira)
    expect(question.text).toMatch(/@approvers/i)
    expect(question.text).toContain('$0.01')
    expect((await inFrontOf(jonas, question)).mentionsMe).toBe(true)
    const waiting = await reads(mira, card, 'somebody else has to agree')
    expect(waiting.buttons.map(button => button.label)).toEqual(['Cancel'])
    expect(waiting.menu).toEqual([])
    expect(sent()).toBe(0)

    await jonas.press(question, 'Approve $0.04', 3)
    expect((await comes(mira, card, 'your video is ready')).text).toContain('approved by @Jonas')
    expect(sent()).toBe(1)
    const answered = await reads(mira, question, 'Approved by @Jonas')
    expect(answered.buttons).toEqual([])
    expect(answered.text).toContain('2x of clip.mp4 for $0.04')
    expect((await reads(mira, card, 'approved by @Jonas')).buttons).toEqual([])
  })

  it('who is no approver is turned away, and so is an approver from their own; a refusal charges nothing', async () => {
    const { card, question } = await confirmed(jonas)
    await inFrontOf(mira, question)
    expect((await hear(mira, () => mira.press(question, 'Approve'))).text).toMatch(/Only @approvers/i)
    expect((await hear(jonas, () => jonas.press(question, 'Approve'))).text).toContain(
      'Nobody approves their own',
    )
    await ada.press(await inFrontOf(ada, question), 'Decline')
    await reads(jonas, question, `Declined by @${MANAGER}`)
    expect((await reads(jonas, card, `Declined by @${MANAGER}`)).buttons).toEqual([])
    expect((await comes(jonas, card, 'declined clip.mp4')).text).toContain('Nothing was charged.')
    expect(sent()).toBe(0)
  })

  it('its requester can take it back', async () => {
    const { card, question } = await confirmed(mira)
    await mira.press(await reads(mira, card, 'somebody else has to agree'), 'Cancel')
    await reads(mira, card, 'Cancelled.')
    expect((await reads(mira, question, 'Taken back')).buttons).toEqual([])
    expect(sent()).toBe(0)
  })

  it('what became dearer is asked of its requester again, and then of who approves', async () => {
    const { card, question } = await confirmed(mira)
    stage.skip(2 * MINUTE)
    await prices(1.5)
    await inFrontOf(jonas, question)
    const whisper = await hear(jonas, () => jonas.press(question, 'Approve $0.04'))
    expect(whisper.text).toContain('Nothing was charged by this press.')
    await reads(mira, question, 'The price went up to $0.06')
    await comes(mira, card, 'went up to $0.06 before')
    const dearer = await reads(mira, card, 'was $0.04')
    await mira.press(dearer, 'Confirm $0.06')
    const again = await asked(mira, card, 'Approve $0.06')
    await jonas.press(await inFrontOf(jonas, again), 'Approve $0.06')
    const done = await comes(mira, card, 'your video is ready')
    expect(done.text).toContain('$0.06')
    expect(sent()).toBe(1)
  })

  it('ends with its offer', async () => {
    const { card, question } = await confirmed(mira)
    stage.skip(16 * MINUTE)
    await reads(mira, card, 'The offer has ended')
    expect((await reads(mira, question, 'nobody had answered')).buttons).toEqual([])
    expect(sent()).toBe(0)
  })
})
