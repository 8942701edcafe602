import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readClipFacts } from '../../src/sandbox/clip-facts.ts'
import {
  buttonNamed,
  closingOf,
  type Person,
  resultUrl,
  type Seen,
  type Way,
} from '../../src/sandbox/person.ts'
import { type Clip, clipPath, clips } from '../fixtures/clips/clips.ts'
import { hasChromium, openBrowser } from '../kit/browser.ts'
import { browserPerson } from '../kit/browser-person.ts'
import { openStage, type Stage } from '../kit/stage.ts'

/** One bot, on both platforms at once. */
let stage: Stage
let browser: Browser | null = null
beforeAll(async () => {
  stage = await openStage({ playground: true })
})
afterAll(async () => {
  await browser?.close()
  await stage[Symbol.asyncDispose]()
})

/** Who does it: a program that speaks to the platform, or somebody at the playground page. */
const DRIVERS = [
  ['discord', 'by its events'],
  ['slack', 'by its events'],
  ['discord', 'in a browser'],
  ['slack', 'in a browser'],
] as const

async function joined(platform: Person['platform'], how: string, name: string): Promise<Person> {
  if (how !== 'in a browser') return stage.person(platform, name)
  browser ??= await openBrowser()
  return browserPerson(browser, stage.sandbox.url, platform, name)
}

const bytesOf = (clip: Clip) => readFile(clipPath(clip))

describe.each(DRIVERS.filter(([, how]) => how !== 'in a browser' || hasChromium()))(
  'the main job on %s, %s',
  (platform, how) => {
    const inBrowser = how === 'in a browser'
    let mira: Person
    let jonas: Person
    beforeAll(async () => {
      mira = await joined(platform, how, 'Mira')
      jonas = await joined(platform, how, 'Jonas')
      await mira.botOnline()
    })

    async function askFor(clip: Clip, way: Way, more: { factor?: number; deliveries?: number } = {}) {
      const bytes = await bytesOf(clip)
      return way === 'link'
        ? mira.ask({ way, link: await stage.web(clip.file, bytes), ...more })
        : mira.ask({ way, clip: { bytes, name: clip.file }, ...more })
    }
    const paidRequests = async () => (await mira.book()).queue_requests.filter(r => r.queue_id).length
    const cards = () => mira.messages().filter(m => m.fromBot && /^Upscale /.test(m.text)).length
    const closed = (card: Seen) =>
      mira.until('the card to close', () => {
        const newest = mira.now(card)
        return newest.menu.length === 0 && !buttonNamed(newest, 'Confirm') && newest
      })

    it.each([
      ['command', clips.mp4Sound, 2],
      ['link', clips.webmVp9, 4],
      ['message', clips.rotatedPhone, 2],
    ] as const)(
      'by %s: the price, Confirm, and the video comes back in the thread, with its sound',
      async (way, clip, factor) => {
        const before = await paidRequests()
        const card = await askFor(clip, way, way === 'message' ? {} : { factor })
        for (const fact of [
          clip.file,
          `${clip.displayWidth}x${clip.displayHeight}`,
          '1x',
          '4x',
          'Quoted by Venice',
          'Nothing is charged before you confirm',
          'Only @Mira can confirm',
        ])
          expect(card.text).toContain(fact)
        expect(card.text).toMatch(/The offer ends (in|at) /)
        expect(card.menu.map(o => o.value)).toEqual(['1', '2', '4'])
        expect(card.menu.find(o => o.chosen)?.value).toBe(String(factor))
        expect(await paidRequests()).toBe(before)

        await mira.press(card, 'Confirm')
        const result = await closingOf(mira, card)
        expect(result.text).toContain('@Mira')
        expect(result.text).toContain('your video is ready')
        const path = join(stage.dataDir, `${platform}-${how}-${way}.mp4`)
        await writeFile(path, new Uint8Array(await (await fetch(resultUrl(result)!)).arrayBuffer()))
        const facts = await readClipFacts(path)
        expect({ width: facts.width, height: facts.height, hasAudio: facts.hasAudio }).toEqual({
          width: clip.displayWidth * factor,
          height: clip.displayHeight * factor,
          hasAudio: clip.hasAudio,
        })
        expect(Math.abs(facts.durationS - clip.durationS)).toBeLessThan(0.1)

        expect((await closed(card)).text).toMatch(/@Mira confirmed [24]x for \$\d/)
        const done = await mira.until('the last progress', () =>
          mira.thread(card).find(m => /Done\./.test(m.text)),
        )
        expect(done.text).toContain(
          'Queued\u00a0✓ › Submitted\u00a0✓ › Upscaling\u00a0✓ › Saving\u00a0✓ › Done',
        )
        expect(mira.thread(card).map(m => m.key)).toEqual([done.key, result.key])
        expect(await paidRequests()).toBe(before + 1)
      },
    )

    it('another size changes the card; cancelled, it keeps its facts, loses its buttons and costs nothing', async () => {
      const before = await paidRequests()
      const card = await askFor(clips.silent, 'command')
      await mira.choose(card, '4')
      const changed = await mira.until('the card to change', () => {
        const newest = mira.now(card)
        return newest.menu.find(o => o.chosen)?.value === '4' && newest
      })
      await mira.press(changed, 'Cancel')
      const ended = await closed(card)
      expect(ended.text).toContain('320x180 · 30 fps')
      expect(ended.text).toContain('Cancelled. Nothing was charged.')
      expect(await paidRequests()).toBe(before)
    })

    it('a press of somebody else does nothing but tell them', async () => {
      const before = await paidRequests()
      const card = await askFor(clips.silent, 'command')
      const seen = await jonas.until('the card', () =>
        jonas.messages().find(m => m.key === card.key && buttonNamed(m, 'Confirm')),
      )
      await jonas.press(seen, 'Confirm')
      const told = await jonas.until('a private line', () =>
        jonas.messages().find(m => m.onlyMe && /Only @Mira/.test(m.text)),
      )
      expect(told.text).toContain('can press this')
      expect(mira.messages().some(m => m.key === told.key)).toBe(false)
      expect(buttonNamed(mira.now(card), 'Confirm')).toBeDefined()
      expect(await paidRequests()).toBe(before)
      await mira.press(card, 'Cancel')
      await closed(card)
    })

    it('a bad file and a bad link are each refused with a reason, a cure, and without a charge', async () => {
      const book = await mira.book()
      const notVideo = await mira.ask({
        way: 'command',
        clip: { bytes: Buffer.from('<html>not a video</html>'), name: 'clip.mp4' },
      })
      expect(notVideo.text).toContain('This file is not a video.')
      const page = await mira.ask({ way: 'link', link: await stage.web('page.html', Buffer.from('<html>')) })
      expect(page.text).toContain('This link leads to something that is not a video file')
      const missing = await mira.ask({ way: 'link', link: `${stage.sandbox.url}/web/no-such-file.mp4` })
      expect(missing.text).toContain('it answers 404')
      const inner = await mira.ask({ way: 'link', link: 'https://169.254.169.254/latest/meta-data/clip.mp4' })
      expect(inner.text).toContain('its address is not on the public internet')
      for (const refusal of [notVideo, page, missing, inner]) {
        expect(refusal.text.replaceAll('\n', ' ')).toContain('Nothing was charged.')
        expect(refusal.buttons).toEqual([])
      }
      expect((await mira.book()).queue_requests).toEqual(book.queue_requests)
    })

    // A page can't repeat what the platform sends.
    if (inBrowser) return
    it.each(['command', 'link', 'message'] as const)(
      'by %s: what is delivered three times, at once and 1 and 5 minutes later, makes one card and one job',
      async way => {
        const before = { paid: await paidRequests(), cards: cards() }
        const card = await askFor(clips.silent, way, { deliveries: 3 })
        for (const [retry, minutes] of [
          [2, 1],
          [3, 5],
        ] as const) {
          stage.skip(minutes * 60_000)
          await mira.again(retry)
        }
        await mira.press(card, 'Confirm', 3)
        for (const retry of [2, 3] as const) await mira.again(retry)
        const result = await closingOf(mira, card)
        for (const retry of [2, 3] as const) await mira.again(retry)
        expect(resultUrl(result)).not.toBeNull()
        await mira.until('the last progress', () => mira.thread(card).find(m => /Done\./.test(m.text)))
        expect(cards()).toBe(before.cards + 1)
        expect(await paidRequests()).toBe(before.paid + 1)
        expect(mira.thread(card).length).toBe(2)
      },
    )
  },
)

it('the logs of all of the above hold no secret', () => {
  const text = stage.logs.join('\n')
  expect(text.length).toBeGreaterThan(1_000)
  const { env } = stage.sandbox
  for (const secret of [env.DISCORD_TOKEN, env.VENICE_API_KEY, env.SLACK_BOT_TOKEN, env.SLACK_APP_TOKEN])
    expect(text).not.toContain(secret)
  expect(text).not.toMatch(/xox[a-z]-|xapp-|Bearer (?!\[)/)
})
