import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Enclosure } from '../../src/core/view.ts'
import { openScene, type Scene, text, withButton } from './slack-adapter-kit.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'murano-slack-files-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function video(sizeBytes: number): Promise<{ file: Enclosure; bytes: Buffer }> {
  const bytes = randomBytes(sizeBytes)
  const path = join(folder, `${sizeBytes}.bin`)
  await writeFile(path, bytes)
  return { file: { path, fileName: 'fox walk 2x.mp4', contentType: 'video/mp4', sizeBytes }, bytes }
}

/** The handle of a press on a card of ours. */
async function pressed(scene: Scene, where = 'clips', by = 'Mira') {
  const { messageId } = await scene.adapter.chat.post(scene.at(where), withButton('card'), { key: 'pressed' })
  const before = scene.inbox.count()
  await scene.press(messageId, 'u1:cancel:j1:1', { in: where, by })
  await scene.inbox.reached(before + 1)
  return scene.inbox.presses.at(-1)!.reply
}

const callsOf = (scene: Scene, method: string) =>
  scene.sandbox.slack.calls().filter(call => call.method === method)

describe('answering one person', () => {
  it('goes by the response_url, five times, then as an ephemeral message', async () => {
    await using scene = await openScene()
    const { chat } = scene.adapter
    const reply = await pressed(scene)
    for (let i = 0; i < 6; i += 1) await chat.whisper(reply, text(`only you ${i}`))
    const whispers = scene.messages('clips').filter(m => m.ephemeral_for === scene.user('Mira'))
    expect(whispers).toHaveLength(6)
    expect(callsOf(scene, 'chat.postEphemeral')).toHaveLength(1)
    expect(await chat.reply(reply, text('and once more'))).toBeNull()
  })

  it('does not ask a response_url whose half hour has passed', async () => {
    await using scene = await openScene()
    const reply = await pressed(scene)
    scene.time.leap(31 * 60_000)
    await scene.adapter.chat.whisper(reply, text('late'))
    expect(scene.events.filter(event => event.type === 'refused')).toEqual([])
    expect(callsOf(scene, 'chat.postEphemeral')).toHaveLength(1)
  })

  it('stays in the thread where they are', async () => {
    await using scene = await openScene()
    const thread = await scene.say({ text: 'the reel' })
    const at = scene.at('clips', thread)
    const { messageId } = await scene.adapter.chat.post(at, withButton('card'), { key: 'card' })
    await scene.press(messageId, 'u1:cancel:j1:1')
    await scene.inbox.reached(1)
    const { reply, message } = scene.inbox.presses[0]!
    expect(message).toEqual({ channelId: at, messageId })
    await scene.adapter.chat.whisper(reply, text('here'))
    expect(scene.messages('clips').find(m => m.ephemeral_for)?.thread_ts).toBe(thread)
  })

  it('works where the bot is no member', async () => {
    await using scene = await openScene()
    const ts = await scene.say({ in: 'festival-jury', by: 'Ada', text: 'https://a.example/b.mp4' })
    await scene.shortcut(ts, { in: 'festival-jury', by: 'Ada' })
    await scene.inbox.reached(1)
    const { reply, place } = scene.inbox.requests[0]!
    const { chat } = scene.adapter
    const refusal = await chat.post(place.channelId, text('card'), { key: 'k' }).catch(error => error)
    expect(refusal).toMatchObject({ code: 'hidden', facts: { invite: '/invite @murano' } })
    await chat.reply(reply!, text('invite me'))
    expect(scene.messages('festival-jury').at(-1)).toMatchObject({ ephemeral_for: scene.user('Ada') })
  })

  it('says nothing to an address that is not Slack', async () => {
    await using scene = await openScene()
    let heard = 0
    const stranger = createServer((_, response) => {
      heard += 1
      response.end()
    })
    await new Promise<void>(resolve => stranger.listen(0, '127.0.0.1', resolve))
    const { port } = stranger.address() as AddressInfo
    const handle = { ...(await pressed(scene)), responseUrl: `http://127.0.0.1:${port}/slack/response/T1/x` }
    const before = callsOf(scene, 'chat.postEphemeral').length
    await scene.adapter.chat.whisper(handle, text('x'))
    stranger.close()
    expect(heard).toBe(0)
    expect(callsOf(scene, 'chat.postEphemeral')).toHaveLength(before + 1)
  })
})

describe('posting', () => {
  it('twice with the same key makes one message, in a row, at once, and from another process', async () => {
    await using scene = await openScene()
    const { chat } = scene.adapter
    const post = () => chat.post(scene.at('clips'), text('once'), { key: 'job1-card' })
    const [first, second] = await Promise.all([post(), post()])
    expect([await post(), second]).toEqual([first, first])
    const other = await scene.second()
    expect(await other.adapter.chat.post(scene.at('clips'), text('once'), { key: 'job1-card' })).toEqual(
      first,
    )
    expect(scene.messages('clips').filter(m => m.text === 'once')).toHaveLength(1)
    // What is known needs no looking for.
    expect(callsOf(scene, 'conversations.history')).toEqual([])
  })

  it.each([
    ['a channel', null],
    ['a thread', 'the reel'],
  ])('in %s makes one message where the answer of the first attempt is lost', async (_, parent) => {
    await using scene = await openScene()
    const thread = parent ? await scene.say({ text: parent }) : undefined
    scene.fault('slack-post-lost', true)
    const at = scene.at('clips', thread)
    const { messageId } = await scene.adapter.chat.post(at, text('once'), { key: 'job2-card' })
    expect(
      scene
        .messages('clips')
        .filter(m => m.text === 'once')
        .map(m => m.ts),
    ).toEqual([messageId])
  })

  it('that was begun by a process which died is found, or else done', async () => {
    await using scene = await openScene()
    const { chat } = scene.adapter
    await scene.postings.begin('died-early')
    await chat.post(scene.at('clips'), text('early'), { key: 'died-early' })
    await scene.postings.begin('died-late')
    const metadata = { event_type: 'murano_message', event_payload: { key: 'died-late' } }
    const { ts } = await scene.web.chat.postMessage({
      channel: scene.channel('clips').id,
      text: 'late',
      metadata,
    })
    expect(await chat.post(scene.at('clips'), text('late'), { key: 'died-late' })).toEqual({
      channelId: scene.at('clips'),
      messageId: ts,
    })
    expect(scene.messages('clips').filter(m => /early|late/.test(m.text))).toHaveLength(2)
  })

  it('is done again after a 500, and after a pause that Slack asks for', async () => {
    await using scene = await openScene()
    scene.fault('slack-500', true)
    await scene.adapter.chat.post(scene.at('clips'), text('a'), { key: 'a' })
    scene.fault('slack-500', false)
    scene.fault('slack-ratelimited', true)
    await scene.adapter.chat.post(scene.at('clips'), text('b'), { key: 'b' })
    expect(scene.messages('clips').filter(m => ['a', 'b'].includes(m.text))).toHaveLength(2)
    expect(scene.time.waits).toContain(1000)
  })

  it.each([
    ['archived', { archived: true }, 'channel', { code: 'archived' }],
    ['closed to us', { posting: 'admins_only' }, 'channel', { code: 'forbidden' }],
    [
      'one we were thrown out of',
      { bot: false },
      'membership',
      { code: 'not_member', facts: { invite: '/invite @murano' } },
    ],
  ])('in a channel that is %s has its own code', async (_, change, path, refusal) => {
    await using scene = await openScene()
    await scene.control(path, { channel_id: scene.channel('clips').id, ...change })
    const post = scene.adapter.chat.post(scene.at('clips'), text('x'), { key: 'x' })
    await expect(post).rejects.toMatchObject(refusal)
  })

  it('our own mistakes are not taken for a Slack that is away, which would be tried again for ever', async () => {
    await using scene = await openScene({ start: false })
    const { chat } = scene.adapter
    await expect(chat.reply({ kind: 'discord' }, text('x'))).rejects.toThrow(TypeError)
    expect(() => chat.post('C1', text('x'), { key: 'x' })).toThrow(TypeError)
    const file = {
      path: join(folder, 'nowhere.mp4'),
      fileName: 'a.mp4',
      contentType: 'video/mp4',
      sizeBytes: 1,
    }
    const post = chat.post(scene.at('clips'), text('x'), { key: 'nowhere', file })
    await expect(post).rejects.not.toMatchObject({ name: 'ChatError' })
  })
})

describe('posting a file', () => {
  const view = text('done', {}, [{ kind: 'file', fileName: 'fox walk 2x.mp4', description: '1280x720' }])

  it('shares it byte for byte with its words, in the thread', async () => {
    await using scene = await openScene()
    const { file, bytes } = await video(3_000_000)
    const thread = await scene.say({ text: 'the reel' })
    const at = scene.at('clips', thread)
    const { messageId } = await scene.adapter.chat.post(at, view, { key: 'result', file })
    const message = scene.messages('clips').find(m => m.ts === messageId)!
    expect(message.thread_ts).toBe(thread)
    expect(message.files.map(f => f.name)).toEqual(['fox walk 2x.mp4'])
    expect(JSON.stringify(message.blocks)).toContain('done')
    const kept = Buffer.from(await (await fetch(message.files[0]!.sandbox_url)).arrayBuffer())
    expect(kept.equals(bytes)).toBe(true)
  })

  it('once, although it is asked for again, also where the process died between the steps', async () => {
    await using scene = await openScene()
    const { file } = await video(50_000)
    const post = (key: string) => scene.adapter.chat.post(scene.at('clips'), view, { key, file })
    const first = await post('result')
    expect(await post('result')).toEqual(first)
    expect((await scene.postings.begin('result'))?.note).toEqual({
      fileId: expect.stringMatching(/^F/),
      ts: first.messageId,
    })
    // Died after the file was posted, before that was noted.
    const fileId = scene.messages('clips').find(m => m.ts === first.messageId)!.files[0]!.id
    await scene.postings.begin('died-late')
    await scene.postings.note('died-late', { fileId })
    expect(await post('died-late')).toEqual(first)
    // Died after the bytes were sent, before anybody could see them.
    const { upload_url, file_id } = await scene.web.files.getUploadURLExternal({
      filename: 'a.mp4',
      length: 4,
    })
    await fetch(upload_url!, { method: 'POST', body: 'abcd' })
    await scene.postings.begin('died-early')
    await scene.postings.note('died-early', { fileId: file_id! })
    await post('died-early')
    expect(scene.messages('clips').filter(m => m.files.length > 0)).toHaveLength(2)
  })

  it.each(['slack-upload-refused', 'slack-storage-full'])(
    'that is refused (%s) is told by its own code',
    async fault => {
      await using scene = await openScene()
      const { file } = await video(50_000)
      scene.fault(fault, true)
      const post = scene.adapter.chat.post(scene.at('clips'), view, { key: 'big', file })
      await expect(post).rejects.toMatchObject({ code: 'file_refused' })
    },
  )

  it('once, where the answer to its last step is lost', async () => {
    await using scene = await openScene()
    const { file } = await video(50_000)
    scene.fault('slack-post-lost', true)
    const { messageId } = await scene.adapter.chat.post(scene.at('clips'), view, { key: 'lost', file })
    expect(
      scene
        .messages('clips')
        .filter(m => m.files.length > 0)
        .map(m => m.ts),
    ).toEqual([messageId])
  })

  it('where the bot is no member says that', async () => {
    await using scene = await openScene()
    const { file } = await video(50_000)
    await scene.control('membership', { channel_id: scene.channel('clips').id, bot: false })
    const post = scene.adapter.chat.post(scene.at('clips'), view, { key: 'out', file })
    await expect(post).rejects.toMatchObject({ code: 'not_member', facts: { invite: '/invite @murano' } })
  })
})

describe('editing and threads', () => {
  it('changes a message, and opens its thread without a word to Slack', async () => {
    await using scene = await openScene()
    const { chat } = scene.adapter
    const card = await chat.post(scene.at('clips'), withButton('card'), { key: 'card' })
    const before = scene.sandbox.slack.calls().length
    const thread = await chat.openThread(card, 'Upscale fox.mp4')
    expect(scene.sandbox.slack.calls()).toHaveLength(before)
    expect(await chat.openThread(card, 'again')).toBe(thread)
    const inside = await chat.post(thread, text('inside'), { key: 'inside' })
    expect(await chat.openThread(inside, 'one thread is enough')).toBe(thread)
    await chat.edit(inside, text('changed'))
    expect(scene.messages('clips').find(m => m.ts === inside.messageId)).toMatchObject({
      text: 'changed',
      thread_ts: card.messageId,
      edits: 1,
    })
  })

  it('of what is gone says so, and is done again after a 500', async () => {
    await using scene = await openScene()
    const { chat } = scene.adapter
    const card = await chat.post(scene.at('clips'), text('card'), { key: 'card' })
    scene.fault('slack-500', true)
    await chat.edit(card, text('edited'))
    scene.fault('slack-500', false)
    await scene.web.chat.delete({ channel: scene.channel('clips').id, ts: card.messageId })
    await expect(chat.edit(card, text('x'))).rejects.toMatchObject({ code: 'gone' })
    await expect(chat.edit({ ...card, messageId: 'F0123' }, text('x'))).rejects.toMatchObject({
      code: 'gone',
    })
  })

  it('is rationed by workspace: no minute sees more than 40', async () => {
    await using scene = await openScene()
    let now = 0
    const { adapter } = await scene.second({ clock: () => now })
    const card = await adapter.chat.post(scene.at('clips'), text('card'), { key: 'card' })
    const edits: number[] = []
    for (let i = 0; i < 90; i += 1) {
      now += adapter.chat.editWait(card)
      expect(adapter.chat.editWait(card)).toBe(0)
      edits.push(now)
      await adapter.chat.edit(card, text(`step ${i}`))
    }
    for (const at of edits)
      expect(edits.filter(t => t >= at && t < at + 60_000).length).toBeLessThanOrEqual(40)
    expect(edits.at(-1)).toBeLessThan(4 * 60_000)
    // Another workspace has a ration of its own.
    expect(adapter.chat.editWait({ ...card, channelId: 'T0LANTERN01/C0PROJECT01' })).toBe(0)
  })

  it('takes files of a gigabyte', async () => {
    await using scene = await openScene({ start: false })
    const place = { communityId: 'T0REELROOM1', channelId: scene.at('clips'), isThread: false }
    expect(await scene.adapter.chat.uploadLimit(place)).toBe(2 ** 30)
  })
})
