import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  type ButtonInteraction,
  ButtonStyle,
  type ChatInputCommandInteraction,
  ContainerBuilder,
  Events,
  MediaGalleryBuilder,
  MessageFlags,
  SlashCommandBuilder,
  TextDisplayBuilder,
  ThreadAutoArchiveDuration,
} from 'discord.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { once, openStage, type Stage } from './sandbox-discord.kit.ts'

const upscale = new SlashCommandBuilder()
  .setName('upscale')
  .setDescription('Make a clip larger')
  .addAttachmentOption(option =>
    option.setName('video').setDescription('The clip').setRequired(true).setFileTypes('video'),
  )
  .addStringOption(option =>
    option.setName('factor').setDescription('How much').addChoices({ name: '2x', value: '2' }),
  )
  .toJSON()

const card = (text: string, disabled = false) => [
  new ContainerBuilder()
    .addTextDisplayComponents(new TextDisplayBuilder().setContent(text))
    .addActionRowComponents(
      new ActionRowBuilder<ButtonBuilder>().addComponents(
        new ButtonBuilder()
          .setCustomId('go')
          .setLabel('Confirm')
          .setStyle(ButtonStyle.Success)
          .setDisabled(disabled),
      ),
    ),
]

describe('the real discord.js on the Discord stand-in', () => {
  let stage: Stage
  let client: Awaited<ReturnType<Stage['login']>>
  let mira: string
  let lab: string

  beforeAll(async () => {
    stage = await openStage()
    client = await stage.login()
    await client.application.commands.set([upscale])
    mira = stage.user('Mira')
    lab = stage.channel('upscale-lab')
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  /** Mira uses /upscale on a small file; the interaction as discord.js hands it out. */
  async function slash(channel = lab): Promise<ChatInputCommandInteraction<'cached'>> {
    const file = await stage.upload('fox walk.mp4', new Uint8Array(64))
    const arrived = once(client, Events.InteractionCreate, interaction => interaction.isChatInputCommand())
    const used = await stage.act('/discord/slash', {
      user_id: mira,
      channel_id: channel,
      name: 'upscale',
      options: { video: file.id },
    })
    expect(used.status).toBe(200)
    return (await arrived)[0] as ChatInputCommandInteraction<'cached'>
  }

  async function press(messageId: string, customId = 'go'): Promise<ButtonInteraction<'cached'>> {
    const arrived = once(client, Events.InteractionCreate, interaction => interaction.isButton())
    const used = await stage.act('/discord/press', {
      user_id: mira,
      message_id: messageId,
      custom_id: customId,
    })
    expect(used.status).toBe(200)
    return (await arrived)[0] as ButtonInteraction<'cached'>
  }

  test('a client logs in and finds itself in the guild with its channels and the open thread', () => {
    expect(client.user.username).toBe('Murano')
    const guild = client.guilds.cache.first()
    expect(guild?.name).toBe('The Reel Room')
    expect(guild?.channels.cache.map(channel => channel.name).sort()).toEqual([
      'The 1978 puppet short',
      'clips',
      'general',
      'upscale-lab',
    ])
    expect(stage.sandbox.discord.state().bot_online).toBe(true)
  })

  test('a command that is registered keeps its id when it is registered again', async () => {
    const before = await client.application.commands.fetch()
    const after = await client.application.commands.set([upscale])
    expect(after.first()?.id).toBe(before.first()?.id)
    expect(after.first()?.version).toBe(before.first()?.version)
  })

  test('a slash command carries what the bot needs to decide: file, limit, permissions, place', async () => {
    const interaction = await slash()
    const file = interaction.options.getAttachment('video', true)
    expect(file).toMatchObject({ name: 'fox_walk.mp4', size: 64, contentType: 'video/mp4', ephemeral: true })
    expect(new URL(file.url).pathname).toBe(
      `/discord/cdn/ephemeral-attachments/${client.application.id}/${file.id}/fox_walk.mp4`,
    )
    expect(interaction.attachmentSizeLimit).toBe(500 * 1024 * 1024)
    expect(interaction.appPermissions.has('AttachFiles')).toBe(true)
    expect(interaction.channel?.id).toBe(lab)
    expect(interaction.member.displayName).toBe('Mira')
    await interaction.reply({ content: 'seen', flags: MessageFlags.Ephemeral })
  })

  test('an answer may be deferred, then filled in with components V2 and edited in place', async () => {
    const interaction = await slash()
    await interaction.deferReply()
    const thinking = stage.sandbox.discord.state().messages.at(-1)
    expect(thinking).toMatchObject({ loading: true, interaction: { name: 'upscale', user_id: mira } })
    const reply = await interaction.editReply({
      flags: MessageFlags.IsComponentsV2,
      components: card('Quote: $0.25'),
    })
    expect(reply.id).toBe(thinking?.id)
    expect(stage.message(reply.id)).toMatchObject({ loading: false, edits: 0, content: '' })
    await interaction.editReply({ components: card('Quote: $0.50') })
    expect(stage.message(reply.id)).toMatchObject({ edits: 1 })
    expect(JSON.stringify(stage.message(reply.id)?.components)).toContain('Quote: $0.50')
    expect((await interaction.fetchReply()).flags.has(MessageFlags.IsComponentsV2)).toBe(true)
  })

  test('pressing a button hands the bot the message and lets it change that message', async () => {
    const asked = await slash()
    await asked.reply({ flags: MessageFlags.IsComponentsV2, components: card('Go?') })
    const original = await asked.fetchReply()
    const button = await press(original.id)
    expect(button.message.id).toBe(original.id)
    expect(button.user.id).toBe(mira)
    await button.update({ components: card('Gone.', true) })
    expect(JSON.stringify(stage.message(original.id)?.components)).toContain('Gone.')
    const again = { user_id: mira, message_id: original.id, custom_id: 'go' }
    expect((await stage.act('/discord/press', again)).status).toBe(400)
    expect((await stage.act('/discord/press', { ...again, custom_id: 'nope' })).status).toBe(404)
  })

  test('a thread opens on the answer, takes messages and a 3 MB file that the CDN serves in ranges', async () => {
    const interaction = await slash()
    await interaction.reply({ flags: MessageFlags.IsComponentsV2, components: card('On its way') })
    const original = await interaction.fetchReply()
    const thread = await original.startThread({
      name: 'fox_walk.mp4',
      autoArchiveDuration: ThreadAutoArchiveDuration.OneDay,
    })
    expect(thread.id).toBe(original.id)
    expect(stage.message(original.id)?.thread_id).toBe(thread.id)
    const bytes = Buffer.alloc(3_000_000, 'murano')
    const sent = await thread.send({
      flags: MessageFlags.IsComponentsV2,
      files: [new AttachmentBuilder(bytes, { name: 'fox_2x.mp4' })],
      components: [
        new TextDisplayBuilder().setContent(`<@${mira}> done`),
        new MediaGalleryBuilder().addItems({ media: { url: 'attachment://fox_2x.mp4' } }),
      ],
      allowedMentions: { users: [mira] },
    })
    expect(sent.mentions.users.map(user => user.id)).toEqual([mira])
    // Files that a component shows are listed nowhere else (discord-api-docs #8277).
    expect(sent.attachments.size).toBe(0)
    const gallery = stage.message(sent.id)?.components[1] as {
      items: { media: { url: string; content_type: string } }[]
    }
    const media = gallery.items[0]!.media
    expect(media.content_type).toBe('video/mp4')
    const whole = await fetch(media.url)
    expect(Buffer.compare(Buffer.from(await whole.arrayBuffer()), bytes)).toBe(0)
    const part = await fetch(media.url, { headers: { range: 'bytes=10-19' } })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe('bytes 10-19/3000000')
    expect(await part.text()).toBe(bytes.toString('utf8', 10, 20))
    const head = await fetch(media.url, { method: 'HEAD' })
    expect(head.headers.get('content-length')).toBe('3000000')
  })

  test('a follow-up may be for one member only', async () => {
    const interaction = await slash()
    await interaction.reply('hello')
    const note = await interaction.followUp({ content: 'between us', flags: MessageFlags.Ephemeral })
    expect(stage.message(note.id)).toMatchObject({ ephemeral_for: mira, content: 'between us' })
    await expect(client.rest.get(`/channels/${lab}/messages/${note.id}`)).rejects.toMatchObject({
      code: 10008,
    })
  })

  test('the same interaction can be delivered three times', async () => {
    const file = await stage.upload('a.mp4', new Uint8Array(8))
    const seen: string[] = []
    const third = once(client, Events.InteractionCreate, interaction => seen.push(interaction.id) === 3)
    await stage.act('/discord/slash', {
      user_id: mira,
      channel_id: lab,
      name: 'upscale',
      options: { video: file.id },
      deliveries: 3,
    })
    const [interaction] = await third
    expect(new Set(seen).size).toBe(1)
    if (interaction.isRepliable()) await interaction.reply('once')
  })
})
