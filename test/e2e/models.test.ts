import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readClipFacts } from '../../src/sandbox/clip-facts.ts'
import { closingOf, type Person, resultUrl } from '../../src/sandbox/person.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { openStage, type Stage } from '../kit/stage.ts'

let stage: Stage
let mira: Person
beforeAll(async () => {
  stage = await openStage({ env: { VENICE_MODEL: 'topaz-video-precision' } })
  mira = await stage.person('discord', 'Mira')
  await mira.botOnline()
})
afterAll(async () => stage[Symbol.asyncDispose]())

const askFor = async (factor: number) =>
  mira.ask({
    way: 'command',
    clip: { bytes: await readFile(clipPath(clips.mp4Sound)), name: 'clip.mp4' },
    factor,
  })

it('the successor model: its prices on the card and in the books, H.264 in the result, sound put back', async () => {
  const card = await askFor(4)
  // 3 seconds to 1280 x 720: 0.0125 a second, not 0.013.
  expect(card.text).toContain('$0.04')
  await mira.press(card, 'Confirm')
  const result = await closingOf(mira, card)
  expect(result.text).toContain('your video is ready')
  expect(result.text).toContain('H.264, with your sound put back')
  const path = join(stage.dataDir, 'precision.mp4')
  await writeFile(path, new Uint8Array(await (await fetch(resultUrl(result)!)).arrayBuffer()))
  expect(await readClipFacts(path)).toMatchObject({ width: 1280, height: 720, hasAudio: true })
  expect(stage.sandbox.venice.book().jobs).toMatchObject([
    { model: 'topaz-video-precision', charged_usd: 0.0375 },
  ])
})

it('how long it takes is on the next card, once a clip of that size has come back', async () => {
  const card = await askFor(4)
  expect(card.text).toMatch(/Upscaling it takes about \d+ (s|min)/)
})

it('a Venice that fails again and again is let alone before it blocks the key, and people hear for how long', async () => {
  await stage.fault('500', true)
  let said = ''
  for (let tries = 0; tries < 8 && !/Try again in \d+ s/.test(said); tries++) said = (await askFor(2)).text
  expect(said).toMatch(/Try again in \d+ s/)
  expect(said).toContain('Nothing was charged')
  const failures = stage.sandbox.venice.book().requests.filter(r => r.status >= 400)
  expect(failures.length).toBeLessThanOrEqual(15)
  expect(failures.filter(r => r.status === 429)).toEqual([])
})
