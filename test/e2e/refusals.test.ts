import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RefusalCode } from '../../src/core/errors.ts'
import { refusalView } from '../../src/core/messages/refusals.ts'
import { call, type Member } from '../../src/sandbox/member.ts'
import { buttonsOf } from '../../src/sandbox/readable.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { hostileFiles } from '../kit/hostile.ts'
import { aloud, ask, openStage, type Stage } from '../kit/stage.ts'

let stage: Stage
let mira: Member
let dir: string

beforeAll(async () => {
  stage = await openStage()
  mira = await stage.join()
  dir = await mkdtemp(join(tmpdir(), 'murano-hostile-'))
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

const good = { path: clipPath(clips.silent), name: 'good.mp4' }

/** What the bot noted of the newest refusal. */
function lastRefusal(): { refusal: RefusalCode; facts: Record<string, string | number> } {
  const lines = stage.logs.map(
    line => JSON.parse(line) as { msg: string; refusal: RefusalCode; facts: Record<string, string> },
  )
  return lines.findLast(line => line.msg === 'refused')!
}

/** Nothing of a refused request may be left anywhere. */
async function expectNothingLeft() {
  expect(await stage.keptFiles()).toEqual([])
  const book = await mira.book()
  expect(book.queue_requests).toEqual([])
  expect(book.credit_usd).toBe(100)
}

describe('a clip that can’t be taken', () => {
  it('is answered with its sentence and leaves no file and no charge, for every hostile file', async () => {
    const files = await hostileFiles(dir)
    expect(files.length).toBeGreaterThanOrEqual(20)
    for (const file of files) {
      // The picker lets only names through that look like videos; what is inside is the bot's to find out.
      const name = /\.(mp4|mov|webm)$/.test(file.path) ? basename(file.path) : `${basename(file.path)}.mp4`
      const answer = await ask(mira, { bytes: await readFile(file.path), name })
      const { refusal, facts } = lastRefusal()
      expect(refusal, file.name).toBe(file.refusal)
      const { summary } = refusalView({ code: refusal, facts }, { provider: 'Venice', creditsUrl: '' })
      const text = aloud(mira, answer)
      expect(text.replaceAll('\n', ' '), file.name).toBe(summary)
      expect(text).toContain('Nothing was charged.')
      expect(buttonsOf(answer)).toEqual([])
    }
    await expectNothingLeft()
  })
})

describe('a request that comes at a bad time', () => {
  const faulty = async (fault: string) => {
    await stage.fault(fault, true)
    try {
      return aloud(mira, await ask(mira, good))
    } finally {
      await stage.fault(fault, false)
    }
  }
  beforeEach(expectNothingLeft)

  it.each([
    ['clip-vanished', 'can no longer be downloaded', 'Post it again'],
    ['cannot-consume', 'The balance at Venice is empty', 'add credits at https://venice.ai'],
    ['down', 'can’t be reached right now', 'Try again in a few minutes'],
    ['500', 'can’t be reached right now', 'Try again in a few minutes'],
  ])('while "%s" is refused in plain words, with the cure', async (fault, what, cure) => {
    const text = (await faulty(fault)).replaceAll("'", '’')
    expect(text).toContain(what)
    expect(text).toContain(cure)
    expect(text).toContain('Nothing was charged')
    await expectNothingLeft()
  })

  it('without a permission names the permission', async () => {
    const channel = mira.state().channels.find(c => c.name === 'general')!
    const deny = (names: string[]) =>
      call(stage.sandbox.url, 'POST', '/sandbox/discord/permissions', { channel_id: channel.id, deny: names })
    await deny(['ATTACH_FILES', 'CREATE_PUBLIC_THREADS'])
    const text = aloud(mira, await ask(mira, good, { channelId: channel.id }))
    await deny([])
    expect(text).toContain('Attach Files')
    expect(text).toContain('Create Public Threads')
    expect(text).toContain('Nothing was charged')
    await expectNothingLeft()
  })

  it('is quoted from the price list where only the quote fails', async () => {
    await stage.fault('quote-down', true)
    const card = await ask(mira, good)
    await stage.fault('quote-down', false)
    expect(aloud(mira, card)).toContain('Estimated from Venice')
    await mira.press(card, buttonsOf(card).find(b => b.label === 'Cancel')!.custom_id!)
    await mira.until(
      'the source to be removed',
      () => buttonsOf(mira.messages().find(m => m.id === card.id)!).length === 0,
    )
  })
})
