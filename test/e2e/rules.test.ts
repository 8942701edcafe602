import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closingOf, hear, MANAGER, type Person, type Seen } from '../../src/sandbox/person.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { openStage, type Stage } from '../kit/stage.ts'

/** A clip that costs $0.039 at 2x. */
async function askFor(person: Person): Promise<Seen> {
  const bytes = await readFile(clipPath(clips.mp4Sound))
  return person.ask({ way: 'command', clip: { bytes, name: 'clip.mp4' }, factor: 2 })
}
async function upscaled(person: Person, card?: Seen): Promise<void> {
  const asked = card ?? (await askFor(person))
  await person.press(asked, 'Confirm')
  expect((await closingOf(person, asked)).text).toContain('your video is ready')
}
/** What a Confirm that is not spent is answered with. */
async function refused(person: Person, card: Seen): Promise<string> {
  const { text } = await hear(person, () => person.press(card, 'Confirm'))
  expect(text).toContain('Nothing was charged by this press.')
  return text
}

/** Who runs the bot in the sandbox, on that platform: the same ids at every start. */
async function operatorOn(platform: string): Promise<string> {
  await using sandbox = await startSandbox({ playground: false })
  return sandbox.env.OPERATORS.split(',').find(one => one.startsWith(`${platform}:`))!
}

describe.each([
  ['discord', 'slack'],
  ['slack', 'discord'],
] as const)('the rules of a community on %s', (platform, other) => {
  let stage: Stage
  let mira: Person
  let jonas: Person
  let ada: Person
  beforeAll(async () => {
    stage = await openStage({ env: { OPERATORS: await operatorOn(platform) } })
    mira = await stage.person(platform, 'Mira')
    jonas = await stage.person(platform, 'Jonas')
    ada = await stage.person(platform, MANAGER)
    await mira.botOnline()
  })
  afterAll(() => stage[Symbol.asyncDispose]())
  const sent = () => stage.sandbox.venice.book().queue_requests.length

  it('a cap that who runs the place sets is held from then on, and said with numbers', async () => {
    const said = (await ada.admin('caps person-day 0.05')).text
    expect(said).toContain('This holds from now on. Nothing was charged by it.')
    expect(said).toMatch(
      /One person and day .*\$0\.05, set by this place; the settings of whoever runs this bot have none/,
    )
    await upscaled(mira)
    const before = sent()
    const card = await askFor(mira)
    expect(await refused(mira, card)).toMatch(
      /\$0\.04 would pass your \$0\.05 for today by \$0\.03; it resets/,
    )
    expect(sent()).toBe(before)
    expect((await ada.admin('caps person-day off')).text).toMatch(/One person and day .*no cap/)
    await upscaled(mira, card)
  })

  it('a pool is drawn by everybody, by head and in all, until more is put into it', async () => {
    expect((await ada.admin('pool 0.10 each 0.05')).text).toContain('$0.00 of it drawn, $0.10 left.')
    await upscaled(mira)
    expect(await refused(mira, await askFor(mira))).toContain(
      "$0.04 is too much for you: you may draw $0.05 from this place's pool and have used $0.04.",
    )
    await upscaled(jonas)
    const card = await askFor(ada)
    expect(await refused(ada, card)).toContain(
      "$0.04 is more than the $0.02 that is left in this place's pool.",
    )
    const shown = (await ada.admin('pool')).text
    expect(shown).toContain('$0.08 of it drawn, $0.02 left.')
    expect(shown).toMatch(/@Mira · \$0\.04 drawn · \$0\.01 of their own left/)
    expect(shown).toMatch(/@Jonas · \$0\.04 drawn/)
    expect((await ada.admin('pool add 0.05', 3)).text).toMatch(/\$0\.15 for everybody here.*\$0\.07 left\./)
    await upscaled(ada, card)
    expect((await ada.admin('pool off')).text).toContain('Nothing is put aside here')
  })

  it('what makes no sense is said with what was given and what is wanted, and changes nothing', async () => {
    const before = (await ada.admin('caps')).text
    expect((await ada.admin('caps person-day five upscale 3')).text).toContain(
      'person-day was given as five; it takes dollars above 0, or off, such as /upscale-admin caps person-day 5. Nothing was changed.',
    )
    expect((await ada.admin('pool add 5')).text).toContain('There is no pool here to change.')
    expect((await ada.admin('pool 5 add 5')).text).toContain("amount and add can't go together")
    expect((await ada.admin('caps')).text).toBe(before)
  })

  it('whoever runs the bot stops all places of it, and who manages one of them does not', async () => {
    const elsewhere = await stage.person(other, MANAGER)
    await elsewhere.botOnline()
    const turnedAway = (await elsewhere.admin('freeze everywhere')).text
    expect(turnedAway).toContain('Only whoever runs this bot can do this everywhere. Nothing was changed.')
    expect(turnedAway).toContain(`${other}:`)
    const stranger = await stage.person(other, 'Jonas')
    const cards = [await askFor(jonas), await askFor(stranger)] as const
    const before = sent()

    const said = (await ada.admin('freeze everywhere')).text
    expect(said).toContain('All new spending in all places of this bot is stopped.')
    expect(await refused(jonas, cards[0])).toContain('Whoever runs this bot stopped all spending')
    expect(await refused(stranger, cards[1])).toContain('Whoever runs this bot stopped all spending')
    expect((await elsewhere.admin('unfreeze')).text).toContain('whoever runs this bot stopped all spending')
    await refused(stranger, cards[1])
    expect(sent()).toBe(before)

    expect((await ada.admin('unfreeze everywhere')).text).toContain('Spending is allowed again in all places')
    await upscaled(jonas, cards[0])
    await upscaled(stranger, cards[1])
  })
})
