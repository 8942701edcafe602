import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BotProcess, startBotProcess } from '../../src/sandbox/bot-process.ts'
import type { SandboxMessage } from '../../src/sandbox/control.ts'
import { call, joinAs, type Member } from '../../src/sandbox/member.ts'
import { buttonNamed, buttonsOf, videoOf } from '../../src/sandbox/readable.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { pgliteFolder } from '../kit/backends.ts'
import { aloud, ask, now, pressNamed, threadOf } from '../kit/stage.ts'

const clip = { path: clipPath(clips.mp4Sound), name: 'clip.mp4' }
const TOO_LONG_MS = 10 * 60_000

let sandbox: Sandbox
let folder: { path: string; remove(): void }
let bot: BotProcess
let mira: Member
/** How far the sandbox's clock is ahead. */
let ahead = 0
/** What became of each press and command. */
let answers: Map<string, 'acknowledged' | 'failed'>

beforeEach(async () => {
  ahead = 0
  sandbox = await startSandbox({
    playground: false,
    venice: { processingMs: 500 },
    discord: { clock: () => Date.now() + ahead },
  })
  folder = await pgliteFolder()
  mira = await joinAs(sandbox.url)
  answers = new Map()
  mira.on(event => {
    if (event.type === 'interaction') answers.set(event.id, event.status)
  })
  await start()
})
afterEach(async () => {
  mira.close()
  await bot.kill()
  await sandbox.close()
  folder.remove()
})

async function start() {
  bot = await startBotProcess({ sandbox: sandbox.env, dataDir: folder.path })
  await mira.until('the bot', () => mira.state().bot_online && mira.state().commands.length > 0, 60_000)
}
async function kill() {
  await bot.kill()
  await mira.until('the bot to be gone', () => !mira.state().bot_online)
}
const told = (interaction: string, status: 'acknowledged' | 'failed') =>
  mira.until(`the answer "${status}"`, () => answers.get(interaction) === status)
const fault = (name: string, on: boolean) => call(sandbox.url, 'POST', '/sandbox/faults', { name, on })
const resultOf = (card: SandboxMessage) =>
  mira.until('the result', () => threadOf(mira, card).find(m => videoOf(m)), 90_000)
const paid = async () => (await mira.book()).queue_requests.length

describe('buttons pressed while the bot is down', () => {
  it('act once when it is back, however often they were pressed and whatever Discord said meanwhile', async () => {
    const card = await ask(mira, clip)
    await kill()
    const presses = [await pressNamed(mira, card, 'Confirm'), await pressNamed(mira, card, 'Confirm', 3)]
    for (const press of presses) await told(press, 'failed')
    await start()
    await resultOf(card)
    expect(await paid()).toBe(1)
    expect(buttonsOf(now(mira, card))).toEqual([])
    expect(aloud(mira, now(mira, card))).toContain('confirmed')
    expect(threadOf(mira, card).filter(m => videoOf(m)).length).toBe(1)
  })

  it('act in the order in which they were pressed: Cancel, and Confirm after it, is a Cancel', async () => {
    const card = await ask(mira, clip)
    await kill()
    await pressNamed(mira, card, 'Cancel')
    await told(await pressNamed(mira, card, 'Confirm'), 'failed')
    await start()
    const closed = await mira.until('the card to be closed', () => {
      const newest = now(mira, card)
      return buttonsOf(newest).length === 0 && newest
    })
    expect(aloud(mira, closed)).toContain('Cancelled. Nothing was charged.')
    expect(await paid()).toBe(0)
  })

  it('act before anything is paid: Confirm, and Cancel after it, is a Cancel too', async () => {
    const card = await ask(mira, clip)
    await kill()
    await pressNamed(mira, card, 'Confirm')
    await told(await pressNamed(mira, card, 'Cancel'), 'failed')
    await start()
    const end = await mira.until('an end', () =>
      threadOf(mira, card).find(m => videoOf(m) || aloud(mira, m).includes('Nothing was charged.')),
    )
    expect(aloud(mira, end)).toContain('Cancelled before it was sent')
    expect(await paid()).toBe(0)
  })

  it('act also when the bot was asked to stop, and when it is killed again right after it has come back', async () => {
    const card = await ask(mira, clip)
    await bot.stop()
    await mira.until('the bot to be gone', () => !mira.state().bot_online)
    await told(await pressNamed(mira, card, 'Confirm'), 'failed')
    for (const _ of [1, 2]) {
      await start()
      await kill()
    }
    await start()
    await resultOf(card)
    expect(await paid()).toBe(1)
  })

  it('do nothing after so long that Discord has forgotten, and then work when they are pressed again', async () => {
    const card = await ask(mira, clip)
    await kill()
    await pressNamed(mira, card, 'Confirm')
    ahead = TOO_LONG_MS
    await start()
    expect(buttonNamed(now(mira, card), 'Confirm')).toBeTruthy()
    await told(await pressNamed(mira, card, 'Confirm'), 'acknowledged')
    await resultOf(card)
    expect(await paid()).toBe(1)
  })
})

it('a press in whose middle the bot is killed acts, once, when it is back', async () => {
  const card = await ask(mira, clip)
  // Acknowledged at Discord, and the bot has not heard of that yet: nothing has been done about it.
  await fault('discord-slow', true)
  await told(await pressNamed(mira, card, 'Confirm'), 'acknowledged')
  await kill()
  await fault('discord-slow', false)
  expect(await paid()).toBe(0)
  await start()
  await resultOf(card)
  expect(await paid()).toBe(1)
})

it('a clip that is sent while the bot is down gets its card when it is back', async () => {
  await ask(mira, clip)
  await kill()
  const file = await mira.upload(new Uint8Array([1, 2, 3]), 'no-video.mp4')
  await told(await mira.slash('upscale', { video: file.id }), 'failed')
  await start()
  const answer = await mira.until('an answer', () =>
    mira.messages().find(m => m.author.bot && !m.interaction && aloud(mira, m).includes('no-video.mp4')),
  )
  expect(buttonsOf(answer)).toEqual([])
})
