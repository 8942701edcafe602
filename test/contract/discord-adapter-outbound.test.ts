import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MuranoError } from '../../src/core/errors.ts'
import type { Enclosure } from '../../src/core/view.ts'
import { discordPerson } from '../../src/sandbox/person-discord.ts'
import { openScene, type Scene, text } from './discord-adapter-kit.ts'

const MIB = 1024 * 1024
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'murano-discord-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function video(
  sizeBytes: number,
  fileName = 'fox walk 2x.mp4',
): Promise<Enclosure & { bytes: Buffer }> {
  const bytes = randomBytes(sizeBytes)
  const path = join(folder, `${sizeBytes}.bin`)
  await writeFile(path, bytes)
  return { path, fileName, contentType: 'video/mp4', sizeBytes, bytes }
}

/** The handle of a command that was acknowledged. */
async function asked(scene: Scene, channel = scene.ids.lab) {
  const before = scene.inbox.count()
  await scene.slash({ channel })
  await scene.inbox.reached(before + 1)
  return scene.inbox.last().reply
}

describe('answering', () => {
  it('fills in the acknowledged answer and says where it stands', async () => {
    await using scene = await openScene()
    const ref = await scene.adapter.chat.reply(await asked(scene), text('the card'))
    expect(ref!.channelId).toBe(scene.ids.lab)
    expect(scene.message(ref!.messageId)).toMatchObject({ loading: false, flags: 1 << 15 })
  })

  it('is over after 15 minutes, whichever side looks first', async () => {
    let ahead = 0
    let adapterAhead = 0
    await using scene = await openScene({
      sandbox: { discord: { clock: () => Date.now() + ahead } },
      adapter: { clock: () => Date.now() + adapterAhead },
    })
    const reply = await asked(scene)
    ahead = 16 * 60_000
    await expect(scene.adapter.chat.reply(reply, text('late'))).rejects.toMatchObject({ code: 'expired' })
    expect(scene.events).toContainEqual(expect.objectContaining({ type: 'refused' }))
    const asking = scene.events.length
    adapterAhead = ahead
    await expect(scene.adapter.chat.reply(reply, text('late'))).rejects.toMatchObject({ code: 'expired' })
    expect(scene.events).toHaveLength(asking)
    // A dead interaction token must not cost us the bot's own.
    await scene.adapter.chat.post(scene.ids.lab, text('still here'), { key: 'after' })
  })

  it('whispers to the presser alone, and refuses where that would be public', async () => {
    await using scene = await openScene()
    const { chat } = scene.adapter
    const view = text('?', {
      controls: [
        [{ kind: 'button', label: 'x', look: 'plain', action: { name: 'cancel', jobId: 'j1', version: 1 } }],
      ],
    })
    const card = await chat.post(scene.ids.lab, view, { key: 'card' })
    await scene.press(card.messageId, 'u1:cancel:j1:1')
    await scene.inbox.reached(1)
    const whispered = scene.seen('message')
    await chat.whisper(scene.inbox.presses[0]!.reply, text('only you'))
    expect((await whispered).message).toMatchObject({ ephemeral_for: scene.ids.jonas })
    await expect(chat.whisper(await asked(scene), text('only you'))).rejects.toMatchObject({
      code: 'refused',
    })
  })
})

describe('posting', () => {
  it('notifies whom the View names and nobody else', async () => {
    await using scene = await openScene()
    const { mira, jonas, lab } = scene.ids
    const words = { kind: 'text' as const, text: [{ mention: mira }, ' ', { mention: jonas }, ' @everyone'] }
    const view = { ...text('x'), parts: [words], notifies: [mira] }
    const { messageId } = await scene.adapter.chat.post(lab, view, { key: 'k' })
    expect(scene.message(messageId).mentions.map(user => user.id)).toEqual([mira])
    await scene.adapter.chat.edit({ channelId: lab, messageId }, { ...view, notifies: [] })
    expect(scene.message(messageId).mentions).toEqual([])
  })

  it('notifies the groups that the View names, never everybody, and after an edit nobody any more', async () => {
    await using scene = await openScene()
    const { lab, guild } = scene.ids
    const { roles } = scene.sandbox.discord.state()
    const [approvers, animators] = ['Approvers', 'Animators'].map(
      name => roles.find(role => role.name === name)!.id,
    )
    const groups = [approvers!, animators!, 'everyone', guild]
    const words = { kind: 'text' as const, text: groups.flatMap(group => [{ group }, ' ']) }
    const view = { ...text('x'), parts: [words] }
    const { messageId } = await scene.adapter.chat.post(lab, view, { key: 'quiet' })
    expect(scene.message(messageId)).toMatchObject({ mention_roles: [], mentions: [] })
    const asking = { ...view, notifiesGroups: groups }
    const asked = await scene.adapter.chat.post(lab, asking, { key: 'asking' })
    // Animators can be mentioned by those alone who may mention everyone, and the bot may not.
    expect(scene.message(asked.messageId)).toMatchObject({
      mention_roles: [approvers],
      mention_everyone: false,
    })
    const jonas = await discordPerson(scene.sandbox.url, 'Jonas')
    const mira = await discordPerson(scene.sandbox.url, 'Mira')
    const seenBy = (person: typeof jonas) => person.messages().find(m => m.key === asked.messageId)
    expect(seenBy(jonas)).toMatchObject({ mentionsMe: true })
    expect(seenBy(jonas)!.text).toMatch(/^@Approvers @Animators @everyone/)
    expect(seenBy(mira)).toMatchObject({ mentionsMe: false })
    await scene.adapter.chat.edit(asked, view)
    expect(scene.message(asked.messageId).mention_roles).toEqual([])
    for (const person of [jonas, mira]) person.close()
  })

  it('twice with the same key makes one message, also when the answer of the first was lost', async () => {
    await using scene = await openScene()
    const { chat } = scene.adapter
    const [first, second] = await Promise.all([
      chat.post(scene.ids.lab, text('once'), { key: 'job1-closing' }),
      chat.post(scene.ids.lab, text('once'), { key: 'job1-closing' }),
    ])
    expect(second).toEqual(first)
    scene.sandbox.discord.faults.set('discord-lost-answer', true)
    const count = scene.sandbox.discord.state().messages.length
    await chat.post(scene.ids.lab, text('again'), { key: 'job2-closing' })
    expect(scene.sandbox.discord.state().messages).toHaveLength(count + 1)
  })

  it('uploads a file of 3 MB byte for byte and shows it in the message', async () => {
    await using scene = await openScene()
    const { bytes, ...file } = await video(3_000_000)
    const view = text('done', {}, [{ kind: 'file', fileName: file.fileName, description: '1280x720, 0:12' }])
    const { messageId } = await scene.adapter.chat.post(scene.ids.lab, view, { key: 'result', file })
    const gallery = JSON.stringify(scene.message(messageId).components)
    const url = /"url":"([^"]*fox_walk_2x\.mp4[^"]*)"/.exec(gallery)?.[1]
    expect(gallery).toContain('1280x720, 0:12')
    const kept = Buffer.from(await (await fetch(url!)).arrayBuffer())
    expect(kept.equals(bytes)).toBe(true)

    await scene.adapter.chat.edit({ channelId: scene.ids.lab, messageId }, view)
    expect(JSON.stringify(scene.message(messageId).components)).toContain('fox_walk_2x.mp4')
  })

  it('of a file is not done twice either when the answer is lost', async () => {
    await using scene = await openScene()
    const { bytes: _, ...file } = await video(1_000_000)
    const view = text('done', {}, [{ kind: 'file', fileName: file.fileName, description: '' }])
    scene.sandbox.discord.faults.set('discord-lost-answer', true)
    const count = scene.sandbox.discord.state().messages.length
    const { messageId } = await scene.adapter.chat.post(scene.ids.lab, view, { key: 'result', file })
    expect(scene.sandbox.discord.state().messages).toHaveLength(count + 1)
    expect(JSON.stringify(scene.message(messageId).components)).toContain('fox_walk_2x.mp4')
  })

  it('is told that a file does not fit, by its own code', async () => {
    await using scene = await openScene()
    const { bytes: _, ...file } = await video(11 * MIB)
    const view = text('done', {}, [{ kind: 'file', fileName: file.fileName, description: '' }])
    await expect(scene.adapter.chat.post(scene.ids.lab, view, { key: 'big', file })).rejects.toMatchObject({
      code: 'file_refused',
    })
  })

  it.each([
    [0, 10 * MIB],
    [2, 50 * MIB],
    [3, 100 * MIB],
  ] as const)('knows the limit of a server of tier %i', async (premiumTier, limit) => {
    await using scene = await openScene({ sandbox: { discord: { premiumTier } } })
    const place = { communityId: scene.ids.guild, channelId: scene.ids.lab, isThread: false }
    expect(await scene.adapter.chat.uploadLimit(place)).toBe(limit)
    expect(await scene.adapter.chat.uploadLimit({ ...place, communityId: '1'.repeat(18) })).toBe(10 * MIB)
  })

  it('asks for the limit over REST where there is no gateway', async () => {
    await using scene = await openScene({ start: false, sandbox: { discord: { premiumTier: 2 } } })
    const place = { communityId: scene.ids.guild, channelId: scene.ids.lab, isThread: false }
    expect(await scene.adapter.chat.uploadLimit(place)).toBe(50 * MIB)
  })
})

it('our own mistakes are not taken for a Discord that is away, which would be tried again for ever', async () => {
  await using scene = await openScene({ start: false })
  const { chat } = scene.adapter
  await expect(chat.reply({ kind: 'slack' }, text('x'))).rejects.toThrow(TypeError)
  const file = {
    path: join(folder, 'nowhere.mp4'),
    fileName: 'a.mp4',
    contentType: 'video/mp4',
    sizeBytes: 1,
  }
  await expect(chat.post(scene.ids.lab, text('x'), { key: 'x', file })).rejects.not.toMatchObject({
    name: 'ChatError',
  })
})

describe('editing and threads', () => {
  it('opens a thread on a message, and finds it again', async () => {
    await using scene = await openScene()
    const { chat } = scene.adapter
    const card = await chat.post(scene.ids.lab, text('card'), { key: 'card' })
    const thread = await chat.openThread(card, `Upscale ${'x'.repeat(200)}\n\u202E.mp4`)
    const { name, parent_id } = scene.sandbox.discord.state().channels.find(channel => channel.id === thread)!
    expect({ parent_id, cut: name.endsWith('…'), length: name.length }).toEqual({
      parent_id: scene.ids.lab,
      cut: true,
      length: 100,
    })
    expect(await chat.openThread(card, 'again')).toBe(thread)
    expect((await chat.post(thread, text('inside'), { key: 'inside' })).channelId).toBe(thread)
  })

  it('wakes an archived thread to edit a message in it', async () => {
    await using scene = await openScene()
    const { chat } = scene.adapter
    const card = await chat.post(scene.ids.lab, text('card'), { key: 'card' })
    const thread = await chat.openThread(card, 'a thread')
    const progress = await chat.post(thread, text('10 %'), { key: 'progress' })
    await scene.rest.patch(`/channels/${thread}`, { body: { archived: true } })
    await chat.edit(progress, text('20 %'))
    expect(scene.message(progress.messageId).edits).toBe(1)
    expect(JSON.stringify(scene.message(progress.messageId).components)).toContain('20 %')
  })

  it.each([
    [
      'gone',
      'a message that was deleted',
      (s: Scene) => s.adapter.chat.edit({ channelId: s.ids.lab, messageId: '1'.repeat(18) }, text('x')),
    ],
    [
      'gone',
      'a channel that was deleted',
      (s: Scene) => s.adapter.chat.post('1'.repeat(18), text('x'), { key: 'x' }),
    ],
    [
      'forbidden',
      'a thread in a thread',
      async (s: Scene) =>
        s.adapter.chat.openThread(await s.adapter.chat.post(s.ids.thread, text('x'), { key: 'x' }), 'x'),
    ],
    [
      'forbidden',
      'a channel where the bot may not talk',
      async (s: Scene) => {
        await s.control('permissions', { channel_id: s.ids.lab, deny: ['SEND_MESSAGES'] })
        return s.adapter.chat.post(s.ids.lab, text('x'), { key: 'x' })
      },
    ],
    [
      'refused',
      'a payload that Discord does not take',
      (s: Scene) =>
        s.adapter.chat.post(
          s.ids.lab,
          text('x', {}, [{ kind: 'file', fileName: 'none.mp4', description: '' }]),
          { key: 'x' },
        ),
    ],
    [
      'unavailable',
      'a Discord that does not answer',
      async (s: Scene) => {
        await s.adapter.stop()
        await s.sandbox.close()
        return s.adapter.chat.post(s.ids.lab, text('x'), { key: 'x' })
      },
    ],
  ])('says "%s" of %s', async (code, _, act) => {
    await using scene = await openScene()
    await expect(act(scene)).rejects.toMatchObject({ name: 'ChatError', code })
  })

  it('posts on when Discord answers 500 the first time', async () => {
    await using scene = await openScene()
    scene.sandbox.discord.faults.set('discord-500', true)
    const count = scene.sandbox.discord.state().messages.length
    await scene.adapter.chat.post(scene.ids.lab, text('x'), { key: 'x' })
    expect(scene.sandbox.discord.state().messages).toHaveLength(count + 1)
  })
})

it('a token that is refused while running is fatal, said once and in plain words', async () => {
  const fatal: MuranoError[] = []
  await using scene = await openScene({
    start: false,
    adapter: { token: 'a.b.c', onFatal: e => void fatal.push(e) },
  })
  for (const key of ['1', '2']) {
    await expect(scene.adapter.chat.post(scene.ids.lab, text('x'), { key })).rejects.toMatchObject({
      code: 'unavailable',
    })
  }
  expect(fatal.map(error => error.code)).toEqual(['discord_bad_token'])
})

it('keeps tokens and file contents out of its errors', async () => {
  await using scene = await openScene()
  const reply = await asked(scene)
  await scene.rest.delete(`/webhooks/${reply.applicationId}/${reply.token}/messages/@original`, {
    auth: false,
  })
  const error = await scene.adapter.chat.reply(reply, text('x')).catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'gone' })
  const { cause } = error as Error
  const everything = JSON.stringify([cause, Object.getOwnPropertyDescriptors(cause), String(cause)])
  expect(everything).not.toContain(String(reply.token))
})
