import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BotProcess, startBotProcess } from '../../src/sandbox/bot-process.ts'
import { call, joinAs, type Member } from '../../src/sandbox/member.ts'
import { buttonNamed, buttonsOf, videoOf } from '../../src/sandbox/readable.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { pgliteFolder } from '../kit/backends.ts'
import { aloud, ask, now, pressNamed, threadOf } from '../kit/stage.ts'

const clip = { path: clipPath(clips.mp4Sound), name: 'clip.mp4' }

let sandbox: Sandbox
let folder: { path: string; remove(): void }
let bot: BotProcess
let mira: Member

/** The world goes on while the bot is dead: the sandbox is another process's business, here the test's own. */
beforeEach(async () => {
  sandbox = await startSandbox({ playground: false, venice: { processingMs: 4_000 } })
  folder = await pgliteFolder()
  mira = await joinAs(sandbox.url)
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
async function killAndRestart() {
  await bot.kill()
  await mira.until('the bot to be gone', () => !mira.state().bot_online)
  await start()
}
const fault = (name: string, on: boolean) => call(sandbox.url, 'POST', '/sandbox/faults', { name, on })
/** Looks at the other side's book until something is so. */
const bookUntil = async (what: string, look: (book: Awaited<ReturnType<Member['book']>>) => boolean) => {
  for (let tries = 0; tries < 600; tries++) {
    const book = await mira.book()
    if (look(book)) return book
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`the book never showed ${what}`)
}
const result = (card: Parameters<typeof threadOf>[1]) =>
  mira.until('the result', () => threadOf(mira, card).find(m => videoOf(m)), 90_000)

describe('kill -9', () => {
  it('while a job is processing: the restarted bot goes on and delivers, with one paid request in the book', async () => {
    const card = await ask(mira, clip)
    await pressNamed(mira, card, 'Confirm')
    await bookUntil('a poll', book => (book.jobs[0]?.retrieves ?? 0) > 0)
    await killAndRestart()
    await result(card)
    const book = await mira.book()
    expect(book.queue_requests.length).toBe(1)
    expect(book.jobs.length).toBe(1)
    expect(threadOf(mira, card).filter(m => videoOf(m)).length).toBe(1)
  })

  it('between the paid answer and its note: no second request; people are asked', async () => {
    // Accepted and billed, and the answer never comes: from the bot's side the same as dying before it is written down.
    await fault('held-answer', true)
    const card = await ask(mira, clip)
    await pressNamed(mira, card, 'Confirm')
    await bookUntil('the accepted job', book => book.jobs.length === 1)
    await killAndRestart()
    const question = await mira.until('the question', () =>
      threadOf(mira, card).find(m => buttonNamed(m, 'Give up')),
    )
    expect(aloud(mira, question)).toContain("don't know whether Venice accepted")
    expect((await mira.book()).queue_requests.length).toBe(1)
  })

  it('with an offer open: its buttons act, once, when the bot is back', async () => {
    const card = await ask(mira, clip)
    await killAndRestart()
    await pressNamed(mira, card, 'Confirm', 3)
    await result(card)
    expect((await mira.book()).queue_requests.length).toBe(1)
    expect(buttonsOf(now(mira, card))).toEqual([])
  })

  it('at a random moment after the press: it is delivered or asked about, never paid twice, never silent', async () => {
    for (const waitMs of [0, 40, 120, 300, 700]) {
      const card = await ask(mira, clip)
      const paidBefore = (await mira.book()).queue_requests.length
      await pressNamed(mira, card, 'Confirm')
      await new Promise(resolve => setTimeout(resolve, waitMs))
      await killAndRestart()
      const pressed = await mira.until('the card to be answered, or still open', () => now(mira, card))
      // Killed before the press was noted: the offer is still open, and pressing again is right.
      if (buttonNamed(pressed, 'Confirm')) await pressNamed(mira, pressed, 'Confirm').catch(() => {})
      await mira.until(
        `an end after ${waitMs} ms`,
        () => threadOf(mira, card).find(m => videoOf(m) || buttonNamed(m, 'Give up')),
        90_000,
      )
      expect((await mira.book()).queue_requests.length - paidBefore).toBeLessThanOrEqual(1)
    }
  })
})

describe('a second process', () => {
  it('on the same folder is turned away, with the reason, and the first goes on', async () => {
    const second = await startBotProcess({ sandbox: sandbox.env, dataDir: folder.path })
    expect(await second.exited).toBe(1)
    expect(second.output().join('\n')).toContain(String(bot.process.pid))
    const card = await ask(mira, clip)
    expect(buttonNamed(card, 'Confirm')).toBeTruthy()
  })
})
