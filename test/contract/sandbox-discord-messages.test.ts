import { type Client, Events, GatewayIntentBits, MessageFlags, Routes } from 'discord.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SandboxMessage } from '../../src/sandbox/control.ts'
import { joinAs } from '../../src/sandbox/member.ts'
import { once, openStage, type Stage } from './sandbox-discord.kit.ts'

const commands = [
  { name: 'card', description: 'Shows a card' },
  { name: 'Upscale video', type: 3 },
  { name: 'Sweep up', type: 3, default_member_permissions: '8192' },
]

describe('messages of members in the Discord stand-in', () => {
  let stage: Stage
  let client: Client<true>
  let clips: string

  beforeAll(async () => {
    stage = await openStage()
    client = await stage.login()
    clips = stage.channel('clips')
    await stage.rest.put(Routes.applicationCommands(client.application.id), { body: commands })
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  const post = (name: string, more: object): Promise<Response> =>
    stage.act('/discord/message', { user_id: stage.user(name), channel_id: clips, ...more })
  async function posted(name: string, more: object): Promise<SandboxMessage> {
    const answer = await post(name, more)
    expect(answer.status).toBe(200)
    return (await answer.json()) as SandboxMessage
  }
  const pick = (name: string, messageId: string, command = 'Upscale video') =>
    stage.act('/discord/message-command', {
      user_id: stage.user(name),
      message_id: messageId,
      name: command,
    })
  /** The interaction of a message command, as discord.js hands it out. */
  async function picked(messageId: string) {
    const arrived = once(client, Events.InteractionCreate)
    expect((await pick('Mira', messageId)).status).toBe(200)
    const [interaction] = await arrived
    if (!interaction.isMessageContextMenuCommand()) throw new Error('not a message command')
    return interaction
  }

  test("a message holds words and files, which are then the message's own and no upload any more", async () => {
    const file = await stage.upload('fox walk.mp4', new Uint8Array(64))
    const told = stage.event('message')
    const message = await posted('Jonas', { content: 'The **fox**', attachment_ids: [file.id] })
    expect((await told).message.id).toBe(message.id)
    expect(message).toMatchObject({
      author: { id: stage.user('Jonas') },
      content: 'The **fox**',
      channel_id: clips,
      attachments: [{ id: file.id, filename: 'fox_walk.mp4', title: 'fox walk.mp4', size: 64 }],
    })
    const [attachment] = message.attachments
    expect(attachment).not.toHaveProperty('ephemeral')
    expect(new URL(attachment!.url).pathname).toBe(
      `/discord/cdn/attachments/${clips}/${file.id}/fox_walk.mp4`,
    )
    expect((await fetch(attachment!.url)).status).toBe(200)
    expect((await fetch(file.url)).status).toBe(404)
    expect((await post('Jonas', { attachment_ids: [file.id] })).status).toBe(400)
  })

  test.each<[string, number, string, () => object]>([
    ['nothing in it', 400, 'Mira', () => ({ content: ' ' })],
    ['too many letters', 400, 'Mira', () => ({ content: 'x'.repeat(2001) })],
    ['a file that nobody uploaded', 400, 'Mira', () => ({ attachment_ids: ['1'] })],
    ['a forward of nothing', 404, 'Mira', () => ({ forward_of: '1' })],
    ['words beside a forward', 400, 'Mira', () => ({ content: 'x', forward_of: '1' })],
    ['a channel that is not there', 404, 'Mira', () => ({ content: 'x', channel_id: '1' })],
    ['the bot for its writer', 400, 'Murano', () => ({ content: 'x' })],
  ])('a message with %s is refused', async (_, status, name, more) => {
    expect((await post(name, more())).status).toBe(status)
  })

  test('a link to a video is shown below the text, unless it is put in angle brackets', async () => {
    const { id } = await posted('Jonas', {
      content: 'https://a.example/fox.mp4?k=1 https://a.example/page <https://a.example/b.mp4>',
    })
    const { targetMessage } = await picked(id)
    expect(targetMessage.embeds.map(embed => embed.video?.url)).toEqual(['https://a.example/fox.mp4?k=1'])
  })

  test('a message command brings the bot the whole message, which its intents would hide', async () => {
    const file = await stage.upload('fox.mp4', new Uint8Array(64))
    const { id } = await posted('Jonas', { content: 'Look', attachment_ids: [file.id] })
    const interaction = await picked(id)
    expect(interaction.targetId).toBe(id)
    expect(interaction.targetMessage).toMatchObject({ id, content: 'Look', channelId: clips })
    expect(interaction.targetMessage.attachments.map(each => each.name)).toEqual(['fox.mp4'])
    expect(interaction.targetMessage.author.id).toBe(stage.user('Jonas'))
    expect(interaction.user.id).toBe(stage.user('Mira'))
    await interaction.deferReply({ flags: MessageFlags.Ephemeral })
    const { id: answer } = await interaction.editReply('for you')
    expect(stage.message(answer)).toMatchObject({
      type: 23,
      content: 'for you',
      ephemeral_for: stage.user('Mira'),
      interaction: { name: 'Upscale video' },
      interaction_metadata: { command_type: 3, target_message_id: id },
      message_reference: { message_id: id },
    })
  })

  test('a forward holds a copy of the other message, which stays when that is gone', async () => {
    const file = await stage.upload('fox.mp4', new Uint8Array(64))
    const original = await posted('Jonas', { content: 'Look', attachment_ids: [file.id] })
    const first = await posted('Ada', { forward_of: original.id })
    const second = await posted('Mira', { forward_of: first.id })
    const remove = { user_id: stage.user('Jonas'), message_id: original.id }
    expect((await stage.act('/discord/delete', remove)).status).toBe(204)
    for (const { id } of [first, second]) {
      const { targetMessage } = await picked(id)
      expect(targetMessage).toMatchObject({ content: '', attachments: { size: 0 } })
      expect(targetMessage.reference?.type).toBe(1)
      const snapshot = targetMessage.messageSnapshots.first()
      expect(snapshot?.content).toBe('Look')
      const url = snapshot?.attachments.first()?.url
      expect((await fetch(url!)).status).toBe(200)
    }
  })

  test('a message command is refused where there is none such, for a private message, and for who may not', async () => {
    const { id } = await posted('Jonas', { content: 'x' })
    expect((await pick('Mira', id, 'card')).status).toBe(404)
    expect((await pick('Mira', id, 'upscale video')).status).toBe(404)
    expect((await pick('Mira', '1')).status).toBe(404)
    expect((await pick('Mira', id, 'Sweep up')).status).toBe(403)
    expect((await pick('Ada', id, 'Sweep up')).status).toBe(200)
    const interaction = await picked(id)
    await interaction.reply({ content: 'psst', flags: MessageFlags.Ephemeral })
    const { id: answer } = await interaction.fetchReply()
    expect((await pick('Mira', answer)).status).toBe(400)
    expect((await pick('Jonas', answer)).status).toBe(404)
  })

  test('members delete their own messages, and those who manage messages any', async () => {
    const remove = (name: string, messageId: string) =>
      stage.act('/discord/delete', { user_id: stage.user(name), message_id: messageId })
    const { id } = await posted('Jonas', { content: 'x' })
    expect((await remove('Mira', id)).status).toBe(403)
    const gone = stage.event('message_deleted')
    expect((await remove('Jonas', id)).status).toBe(204)
    expect(await gone).toEqual({ type: 'message_deleted', id, channel_id: clips })
    expect((await remove('Jonas', id)).status).toBe(404)
    const { id: other } = await posted('Jonas', { content: 'x' })
    expect((await remove('Ada', other)).status).toBe(204)
  })

  test('a message wakes an archived thread, and a locked one takes none', async () => {
    const { id } = await posted('Jonas', { content: 'x' })
    await stage.rest.post(Routes.threads(clips, id), { body: { name: 'on it' } })
    await stage.rest.patch(Routes.channel(id), { body: { archived: true } })
    const archived = () => stage.sandbox.discord.state().channels.find(channel => channel.id === id)?.archived
    await posted('Mira', { content: 'y', channel_id: id })
    expect(archived()).toBe(false)
    await stage.rest.patch(Routes.channel(id), { body: { locked: true } })
    expect((await post('Mira', { content: 'z', channel_id: id })).status).toBe(403)
    expect((await post('Ada', { content: 'z', channel_id: id })).status).toBe(200)
  })

  test('a bot without the message content intent hears that there is a message, but not what is in it', async () => {
    const listener = await stage.login([GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages])
    const file = await stage.upload('fox.mp4', new Uint8Array(64))
    const heard = once(listener, Events.MessageCreate)
    const original = await posted('Jonas', { content: 'secret', attachment_ids: [file.id] })
    const [first] = await heard
    expect(first).toMatchObject({ id: original.id, content: '', attachments: { size: 0 } })
    const again = once(listener, Events.MessageCreate)
    await posted('Jonas', { forward_of: original.id })
    const [second] = await again
    expect(second.messageSnapshots.first()).toMatchObject({ content: '', attachments: { size: 0 } })
  })

  test('a member in a program posts, forwards and picks from menus too', async () => {
    const mira = await joinAs(stage.sandbox.url)
    try {
      const file = await mira.upload(new Uint8Array(64), 'fox.mp4')
      const message = await mira.post('', { files: [file.id], channelId: stage.channel('general') })
      expect(message).toMatchObject({
        channel_id: stage.channel('general'),
        attachments: [{ filename: 'fox.mp4' }],
      })
      const forward = await mira.post('', { forwardOf: message })
      expect(forward.channel_id).toBe(clips)
      const arrived = once(client, Events.InteractionCreate)
      const id = await mira.messageCommand(forward, 'Upscale video')
      expect((await arrived)[0].id).toBe(id)
      await expect(mira.messageCommand(forward, 'nothing')).rejects.toThrow('no command "nothing"')
    } finally {
      mira.close()
    }
  })
})

describe('a bot that is thrown out of the guild of the stand-in', () => {
  const guild = (stage: Stage, body: object) => stage.act('/discord/guild', body)

  test('is told, reaches nothing there any more, and comes back with its role', async () => {
    await using stage = await openStage()
    const client = await stage.login()
    const lab = stage.channel('upscale-lab')
    const { id } = (await stage.rest.post(Routes.channelMessages(lab), { body: { content: 'x' } })) as {
      id: string
    }
    const left = once(client, Events.GuildDelete)
    expect((await guild(stage, { present: false })).status).toBe(204)
    const [gone] = await left
    expect(gone.available).toBe(true)
    const refused = { status: 403, code: 50001 }
    await expect(
      stage.rest.post(Routes.channelMessages(lab), { body: { content: 'x' } }),
    ).rejects.toMatchObject(refused)
    await expect(
      stage.rest.patch(Routes.channelMessage(lab, id), { body: { content: 'y' } }),
    ).rejects.toMatchObject(refused)
    await expect(stage.rest.get(Routes.guild(gone.id))).rejects.toMatchObject({ status: 404, code: 10004 })
    await stage.rest.put(Routes.applicationCommands(client.application.id), { body: [commands[0]] })
    const use = { user_id: stage.user('Mira'), channel_id: lab, name: 'card', options: {} }
    expect((await stage.act('/discord/slash', use)).status).toBe(409)

    const back = once(client, Events.GuildCreate)
    await guild(stage, { present: true })
    expect((await back)[0].id).toBe(gone.id)
    const self = await stage.rest.get(Routes.guildMember(gone.id, client.user.id))
    expect(self).toMatchObject({ roles: [expect.any(String)] })
    await stage.rest.post(Routes.channelMessages(lab), { body: { content: 'x' } })
    expect((await stage.act('/discord/slash', use)).status).toBe(200)
  })

  test('is told of an outage as of one, and hears nothing of the guild until that is over', async () => {
    await using stage = await openStage()
    const client = await stage.login([GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages])
    const heard: string[] = []
    client.on(Events.MessageCreate, message => heard.push(message.id))
    const out = once(client, Events.GuildUnavailable)
    await guild(stage, { present: false, unavailable: true })
    await out
    const lab = stage.channel('upscale-lab')
    const say = async () =>
      ((await stage.rest.post(Routes.channelMessages(lab), { body: { content: 'x' } })) as { id: string }).id
    await say()
    const back = once(client, Events.GuildAvailable)
    await guild(stage, { present: true })
    await back
    const told = once(client, Events.MessageCreate)
    const id = await say()
    await told
    expect(heard).toEqual([id])
  })

  test('finds itself in no guild when it connects again', async () => {
    await using stage = await openStage()
    await guild(stage, { present: false })
    const client = await stage.login()
    expect(client.guilds.cache.size).toBe(0)
  })
})
