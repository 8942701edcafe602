import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { closingOf, hear, MANAGER, type Person, type Seen } from '../../src/sandbox/person.ts'
import { openStore } from '../../src/store/index.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { openStage, type Stage } from '../kit/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ env: { CAP_PERSON_DAY_USD: '0.10' } })
})
afterAll(async () => stage[Symbol.asyncDispose]())

/** A clip that costs $0.039 at 2x. */
async function askFor(person: Person): Promise<Seen> {
  const bytes = await readFile(clipPath(clips.mp4Sound))
  return person.ask({ way: 'command', clip: { bytes, name: 'clip.mp4' }, factor: 2 })
}
const sent = () => stage.sandbox.venice.book().queue_requests.length
async function upscaled(person: Person): Promise<void> {
  const card = await askFor(person)
  await person.press(card, 'Confirm')
  expect((await closingOf(person, card)).text).toContain('your video is ready')
}

describe.each(['discord', 'slack'] as const)('spending on %s', platform => {
  let mira: Person
  let ada: Person
  beforeAll(async () => {
    mira = await stage.person(platform, 'Mira')
    ada = await stage.person(platform, MANAGER)
    await mira.botOnline()
  })

  it('what would pass a cap is said with numbers, nothing is sent, and the offer stays open', async () => {
    await upscaled(mira)
    await upscaled(mira)
    const before = sent()
    const card = await askFor(mira)
    const whisper = await hear(mira, () => mira.press(card, 'Confirm'))
    expect(whisper.text).toMatch(/\$0\.04 would pass .*\$0\.10.* by \$0\.02/)
    expect(whisper.text).toContain('00:00 UTC')
    expect(whisper.text).toContain('Nothing was charged by this press.')
    expect(mira.now(card).buttons.map(b => b.label)).toContain('Confirm $0.04')
    expect(sent()).toBe(before)
    // The cap is each person's own.
    const jonas = await stage.person(platform, 'Jonas')
    await upscaled(jonas)
  })

  it('one word of who runs the place stops all new spending, and another one allows it again', async () => {
    const jonas = await stage.person(platform, 'Jonas')
    const open = await askFor(jonas)
    const before = sent()
    expect((await ada.admin('freeze')).text).toMatch(/stopped/i)
    const whisper = await hear(jonas, () => jonas.press(open, 'Confirm'))
    expect(whisper.text).toContain(`@${MANAGER}`)
    expect(whisper.text).toContain('Nothing was charged by this press.')
    expect((await askFor(jonas)).text).toContain('All spending is stopped here')
    expect(sent()).toBe(before)

    await ada.admin('unfreeze')
    await jonas.press(open, 'Confirm')
    expect((await closingOf(jonas, open)).text).toContain('your video is ready')
  })

  it('who runs the place sees who spent what', async () => {
    const books = (await ada.admin('spend')).text
    expect(books).toMatch(/Mira[^\n]*\$0\.08/)
    expect(books).toMatch(/Jonas[^\n]*\$0\.08/)
    expect(books).toContain('$0.16')
  })
})

it('in the end the books agree with every job', async () => {
  await stage.app.close()
  const log = createLog({ level: 'warn', secrets: [], write: () => {} })
  await using store = await openStore({ dataDir: stage.dataDir, databaseUrl: null, log, clock: Date.now })
  expect(await store.books.check()).toEqual([])
})
