import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Found } from '../../src/core/chat.ts'
import { openScene, type Scene, text } from './discord-adapter-kit.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'murano-menu-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Mira picks the command from the menu of a message that Jonas posted. */
async function picked(scene: Scene, message: Parameters<Scene['post']>[0] = { files: ['fox walk.mp4'] }) {
  const { id } = await scene.post(message)
  await scene.menu(id)
  await scene.inbox.reached(1)
  return { id, ...scene.inbox.last() }
}

const messagesAfter = (scene: Scene, messageId: string) =>
  scene.sandbox.discord.state().messages.filter(message => BigInt(message.id) > BigInt(messageId))

describe('"Upscale video" in the menu of a message', () => {
  it('reaches the inbox with everything that is known of it', async () => {
    await using scene = await openScene()
    const { id } = await scene.post({ content: 'The fox', files: ['storyboard.png', 'fox walk.mp4'] })
    const ticket = await scene.menu(id)
    await scene.inbox.reached(1)
    expect(scene.inbox.requests).toEqual([
      {
        platform: 'discord',
        eventId: `discord:${ticket}`,
        place: {
          communityId: scene.ids.guild,
          channelId: scene.ids.lab,
          isThread: false,
          anchor: { channelId: scene.ids.lab, messageId: id },
        },
        requesterId: scene.ids.mira,
        factor: 2,
        fileName: 'fox walk.mp4',
        found: {
          clip: {
            url: expect.stringMatching(/\/discord\/cdn\/attachments\/\d+\/\d+\/fox_walk\.mp4\?ex=/),
            fileName: 'fox walk.mp4',
            origin: 'discord',
            access: null,
          },
          problem: null,
        },
        reply: expect.objectContaining({ of: 'menu', interactionId: ticket, token: expect.any(String) }),
        replySeenBy: 'requester',
      },
    ])
    expect((await fetch((scene.inbox.requests[0]!.found as Found).clip!.url)).status).toBe(200)
  })

  it('is acknowledged in time, and so that only the requester sees it', async () => {
    await using scene = await openScene()
    const gate = Promise.withResolvers<void>()
    scene.inbox.behave = () => gate.promise
    const { id } = await scene.post({ files: ['a.mp4'] })
    const acknowledged = scene.seen('interaction')
    const thinking = scene.seen('message')
    await scene.menu(id)
    expect(await acknowledged).toMatchObject({ status: 'acknowledged', callback_type: 5 })
    expect((await thinking).message).toMatchObject({ loading: true, ephemeral_for: scene.ids.mira })
    gate.resolve()
  })

  it.each<[string, (scene: Scene) => Promise<string>, object | null]>([
    [
      'a forward',
      async scene => {
        const original = await scene.post({ files: ['fox.mov'] })
        return (await scene.post({ forwardOf: original.id })).id
      },
      { origin: 'discord', fileName: 'fox.mov' },
    ],
    [
      'a forward whose original is gone',
      async scene => {
        const original = await scene.post({ files: ['fox.mov'] })
        const { id } = await scene.post({ forwardOf: original.id })
        await scene.control('delete', { user_id: scene.ids.jonas, message_id: original.id })
        return id
      },
      { origin: 'discord', fileName: 'fox.mov' },
    ],
    [
      'a link that Discord shows',
      async scene => (await scene.post({ content: 'Look: https://a.example/reel/fox.webm' })).id,
      { origin: 'link', fileName: 'fox.webm', url: 'https://a.example/reel/fox.webm' },
    ],
    [
      'a result of ours, shown by a component',
      async scene => {
        const path = join(folder, 'result.mp4')
        await writeFile(path, new Uint8Array(2000))
        const view = text('done', {}, [{ kind: 'file', fileName: 'fox 2x.mp4', description: '' }])
        const file = { path, fileName: 'fox 2x.mp4', contentType: 'video/mp4', sizeBytes: 2000 }
        return (await scene.adapter.chat.post(scene.ids.lab, view, { key: 'result', file })).messageId
      },
      { origin: 'discord', fileName: 'fox_2x.mp4' },
    ],
    ['nothing but words', async scene => (await scene.post({ content: 'No fox here' })).id, null],
    ['a picture', async scene => (await scene.post({ files: ['fox.png'] })).id, null],
  ])('finds the clip in %s', async (_, post, clip) => {
    await using scene = await openScene()
    await scene.menu(await post(scene))
    await scene.inbox.reached(1)
    const { request } = scene.inbox.last()
    if (clip === null) expect(request).toMatchObject({ found: { clip: null, problem: { code: 'no_clip' } } })
    else expect(request).toMatchObject({ found: { clip, problem: null } })
  })

  it('in a thread stays there', async () => {
    await using scene = await openScene()
    const { request } = await picked(scene, { channel: scene.ids.thread, files: ['a.mp4'] })
    expect(request.place).toEqual({
      communityId: scene.ids.guild,
      channelId: scene.ids.thread,
      isThread: true,
    })
  })

  it('names the permissions that are missing', async () => {
    await using scene = await openScene()
    await scene.control('permissions', { channel_id: scene.ids.lab, deny: ['CREATE_PUBLIC_THREADS'] })
    const { request } = await picked(scene)
    expect((request.found as Found).problem).toEqual({
      code: 'missing_permission',
      facts: { permissions: 'Create Public Threads' },
    })
  })

  it('delivered three times reaches the inbox as the same event', async () => {
    await using scene = await openScene()
    const { id } = await scene.post({ files: ['a.mp4'] })
    const ticket = await scene.menu(id, 3)
    await scene.inbox.reached(3)
    expect(scene.inbox.requests.map(request => request.eventId)).toEqual(Array(3).fill(`discord:${ticket}`))
    expect(messagesAfter(scene, id)).toHaveLength(1)
  })

  it('is answered with an apology to the requester alone when the inbox breaks', async () => {
    await using scene = await openScene()
    scene.inbox.behave = () => Promise.reject(new Error('the database is away'))
    const { id } = await scene.post({ files: ['a.mp4'] })
    const said = scene.seen('message', ({ message }) => message.ephemeral_for !== null && !message.loading)
    await scene.menu(id)
    const { message } = await said
    expect(message.ephemeral_for).toBe(scene.ids.mira)
    expect(JSON.stringify(message.components)).toContain('asking charges nothing')
  })
})

describe('its answer', () => {
  it('is seen by the requester alone, may be written anew, and can not be found again by anybody else', async () => {
    await using scene = await openScene()
    const { id, reply } = await picked(scene)
    const { chat } = scene.adapter
    expect(await chat.reply(reply, text('one moment'))).toBeNull()
    expect(await chat.reply(reply, text('see the thread'))).toBeNull()
    const said = messagesAfter(scene, id)
    expect(said).toMatchObject([{ ephemeral_for: scene.ids.mira, loading: false, edits: 1 }])
    expect(JSON.stringify(said[0]!.components)).toContain('see the thread')
  })

  it('may have more said after it, to the same person', async () => {
    await using scene = await openScene()
    const { id, reply } = await picked(scene)
    await scene.adapter.chat.reply(reply, text('see the thread'))
    await scene.adapter.chat.whisper(reply, text('and one more thing'))
    expect(messagesAfter(scene, id).map(message => message.ephemeral_for)).toEqual([
      scene.ids.mira,
      scene.ids.mira,
    ])
  })

  it('is over after 15 minutes', async () => {
    let ahead = 0
    const clock = () => Date.now() + ahead
    await using scene = await openScene({ sandbox: { discord: { clock } }, adapter: { clock } })
    const { reply } = await picked(scene)
    ahead = 16 * 60_000
    await expect(scene.adapter.chat.reply(reply, text('late'))).rejects.toMatchObject({ code: 'expired' })
  })
})

describe('the thread of the message that holds the clip', () => {
  it('is opened on it, and found again', async () => {
    await using scene = await openScene()
    const { id, request } = await picked(scene)
    const { chat } = scene.adapter
    const thread = await chat.openThread(request.place.anchor!, 'Upscale fox walk.mp4')
    expect(scene.message(id).thread_id).toBe(thread)
    expect(await chat.openThread(request.place.anchor!, 'again')).toBe(thread)
    expect((await chat.post(thread, text('the card'), { key: 'card' })).channelId).toBe(thread)
  })

  it('is the one that people have opened on it before', async () => {
    await using scene = await openScene()
    const { id } = await scene.post({ files: ['a.mp4'] })
    await scene.rest.post(`/channels/${scene.ids.lab}/messages/${id}/threads`, {
      body: { name: 'What a fox' },
    })
    await scene.rest.patch(`/channels/${id}`, { body: { archived: true } })
    await scene.menu(id)
    await scene.inbox.reached(1)
    const { chat } = scene.adapter
    const thread = await chat.openThread(scene.inbox.last().request.place.anchor!, 'Upscale a.mp4')
    await chat.post(thread, text('the card'), { key: 'card' })
    const threads = scene.sandbox.discord.state().channels.filter(channel => channel.id === thread)
    expect(threads).toMatchObject([{ name: 'What a fox', archived: false }])
  })

  it('can not be opened once the message is gone', async () => {
    await using scene = await openScene()
    const { id, request } = await picked(scene)
    await scene.control('delete', { user_id: scene.ids.jonas, message_id: id })
    await expect(scene.adapter.chat.openThread(request.place.anchor!, 'x')).rejects.toMatchObject({
      name: 'ChatError',
      code: 'gone',
    })
  })
})
