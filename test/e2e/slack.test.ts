import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SlackCall, SlackFileKind } from '../../src/sandbox/control.ts'
import { call } from '../../src/sandbox/member.ts'
import { buttonNamed, closingOf, resultUrl } from '../../src/sandbox/person.ts'
import type { SlackPerson } from '../../src/sandbox/person-slack.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { openStage, type Stage } from '../kit/stage.ts'

let stage: Stage
let mira: SlackPerson
let jonas: SlackPerson
let clip: { bytes: Uint8Array; name: string }

beforeAll(async () => {
  stage = await openStage({ env: { DISCORD_TOKEN: '' } })
  mira = await stage.slackPerson('Mira')
  jonas = await stage.slackPerson('Jonas')
  clip = { bytes: await readFile(clipPath(clips.silent)), name: 'fox.mp4' }
  await mira.botOnline()
})
afterAll(async () => stage[Symbol.asyncDispose]())

const control = (path: string, body: object) =>
  call(stage.sandbox.url, 'POST', `/sandbox/slack/${path}`, body)
const calls = () => call<SlackCall[]>(stage.sandbox.url, 'GET', '/sandbox/slack/calls')

describe('asking on Slack', () => {
  it('a mention with a clip is answered in its thread, and the factor in it is taken', async () => {
    const card = await mira.ask({ way: 'mention', clip, factor: 4 })
    expect(card.place).toContain('/')
    expect(card.menu.find(o => o.chosen)?.value).toBe('4')
    await mira.press(card, 'Confirm')
    const result = await closingOf(mira, card)
    expect(resultUrl(result)).not.toBeNull()
    // Clip, card, progress and result: one thread, and nothing of the bot beside it.
    expect(result.place).toBe(card.place)
  })

  it('a mention with a link is taken too; one with neither is told what to give', async () => {
    const card = await mira.ask({ way: 'mention', link: await stage.web('reel.mp4', clip.bytes) })
    expect(card.text).toContain('Upscale reel.mp4')
    await mira.press(card, 'Cancel')
    const told = await mira.ask({ way: 'mention' })
    expect(told.text).toContain('There is no video clip in that.')
  })

  it('the form wants one of file and link, and says so beside the fields without closing', async () => {
    await mira.slash('')
    await mira.until('the form', () => mira.form())
    const empty = await mira.submit({})
    expect(empty.outcome).toBe('errors')
    expect(Object.values(empty.errors).join(' ')).toMatch(/file/i)
    const link = await stage.web('form.mp4', clip.bytes)
    const both = await mira.submit({ file: await mira.upload(clip), link })
    expect(both.outcome).toBe('errors')
    expect(Object.values(both.errors).join(' ')).toMatch(/one|both/i)
    const card = await mira.answerTo(async () => {
      expect((await mira.submit({ link, factor: 1 })).outcome).toBe('closed')
    })
    expect(card.text).toContain('Upscale form.mp4')
    expect(card.menu.find(o => o.chosen)?.value).toBe('1')
    await mira.press(card, 'Cancel')
  })

  it('somebody of another workspace, in a channel that is shared with it, can not press', async () => {
    const ines = await stage.slackPerson('Ines')
    const shared = mira.state().channels.find(c => c.shared_team_ids.length > 0)!
    const card = await mira.ask({ way: 'command', clip, channel: shared.id })
    const seen = await ines.until('the card', () =>
      ines.messages().find(m => m.key === card.key && buttonNamed(m, 'Confirm')),
    )
    await ines.press(seen, 'Confirm')
    await ines.until('a private line', () => ines.messages().find(m => m.onlyMe && /Only @Mira/.test(m.text)))
    expect(buttonNamed(mira.now(card), 'Confirm')).toBeDefined()
    await mira.press(card, 'Cancel')
  })
})

describe('what stands in the way has its own sentence, with the cure, and costs nothing', () => {
  let before: number
  const paidRequests = async () => (await mira.book()).queue_requests.length
  beforeEach(async () => {
    before = await paidRequests()
  })
  afterEach(async () => {
    expect(await paidRequests()).toBe(before)
  })
  const inChannel = async (name: string, prepare: object, undo: object, path: string) => {
    const channel = mira.channelNamed(name)
    const message = await mira.post({ channel: name, files: [await mira.upload(clip)] })
    await control(path, { channel_id: channel.id, ...prepare })
    try {
      return await mira.answerTo(() => mira.shortcut(message))
    } finally {
      await control(path, { channel_id: channel.id, ...undo })
    }
  }

  it.each([
    [
      'not in the channel',
      'general',
      { bot: false },
      { bot: true },
      'membership',
      /I am not in this channel\.[\s\S]*\/invite @/,
    ],
    ['archived', 'general', { archived: true }, { archived: false }, 'channel', /This channel is archived/],
    [
      'no permission to post',
      'general',
      { posting: 'admins_only' },
      { posting: 'everybody' },
      'channel',
      /not allowed to post in this channel/,
    ],
  ] as const)('%s', async (_, channel, prepare, undo, path, sentence) => {
    const refused = await inChannel(channel, prepare, undo, path)
    expect(refused.text).toMatch(sentence)
    expect(refused.text).toContain('Nothing was charged.')
    expect(refused.onlyMe).toBe(true)
  })

  it('a private channel without the bot', async () => {
    const secret = jonas.state().channels.find(c => c.is_private && c.members.includes(jonas.user.id))!
    const refused = await jonas.ask({ way: 'message', clip, channel: secret.id })
    expect(refused.text).toContain('/invite @murano')
    expect(refused.onlyMe).toBe(true)
  })

  it.each([
    ['external', /lies at another service/],
    ['hidden', /not allowed to see that file/],
    ['gone', /can no longer be downloaded/],
  ] as [SlackFileKind, RegExp][])('a file that is %s', async (kind, sentence) => {
    const message = await mira.post({ files: [await mira.upload(clip, kind)] })
    const refused = await mira.answerTo(() => mira.shortcut(message))
    expect(refused.text).toMatch(sentence)
    expect(refused.text).toContain('Nothing was charged.')
  })

  it.each(['stub', 'scanning'] as SlackFileKind[])(
    'a file that is only a %s at first is taken',
    async kind => {
      const message = await mira.post({ files: [await mira.upload(clip, kind)] })
      const card = await mira.answerTo(() => mira.shortcut(message))
      expect(buttonNamed(card, 'Confirm')).toBeDefined()
      await mira.press(card, 'Cancel')
    },
  )
})

describe('delivery on Slack', () => {
  it('is linked where Slack takes no file', async () => {
    const card = await mira.ask({ way: 'command', clip })
    await stage.fault('slack-upload-refused', true)
    await mira.press(card, 'Confirm')
    const result = await closingOf(mira, card)
    await stage.fault('slack-upload-refused', false)
    expect(result.video).toBeNull()
    const response = await fetch(resultUrl(result)!)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('video/mp4')
  })

  it('where the answer to a post is lost, the message stands there once', async () => {
    const card = await mira.ask({ way: 'command', clip })
    await stage.fault('slack-post-lost', true)
    await mira.press(card, 'Confirm')
    const progress = await mira.until('the progress message', () => mira.thread(card)[0])
    await stage.fault('slack-post-lost', false)
    const result = await closingOf(mira, card)
    await mira.until('the last progress', () => /Done\./.test(mira.now(progress).text))
    expect(mira.thread(card).map(m => m.key)).toEqual([progress.key, result.key])
  })

  it('edits less than 40 times a minute, over all jobs', async () => {
    const before = Date.now()
    const cards = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        const person = i % 2 === 0 ? mira : jonas
        const message = await person.post({
          files: [await person.upload({ ...clip, name: `reel-${i}.mp4` })],
        })
        const ts = message.ts
        await person.shortcut(message)
        return person.until(`card ${i}`, () =>
          person.messages().find(m => m.place.endsWith(`/${ts}`) && buttonNamed(m, 'Confirm')),
        )
      }),
    )
    await Promise.all(cards.map((card, i) => (i % 2 === 0 ? mira : jonas).press(card, 'Confirm')))
    await Promise.all(cards.map((card, i) => closingOf(i % 2 === 0 ? mira : jonas, card)))
    const edits = (await calls()).filter(c => c.method === 'chat.update' && c.at >= before).map(c => c.at)
    expect(edits.length).toBeGreaterThan(6)
    for (const at of edits)
      expect(edits.filter(other => other >= at && other < at + 60_000).length).toBeLessThanOrEqual(40)
    expect((await calls()).filter(c => c.method === 'chat.update' && c.error === 'ratelimited')).toEqual([])
  })
})
