import { type Client, DiscordAPIError, Events, type Interaction, MessageFlags, Routes } from 'discord.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { once, openStage, type Stage } from './sandbox-discord.kit.ts'

const V2 = MessageFlags.IsComponentsV2
const button = (more: object = {}) => ({ type: 2, style: 1, label: 'Go', custom_id: 'go', ...more })
const row = (...components: object[]) => ({ type: 1, components })
const text = (content: string) => ({ type: 10, content })
const options = (count: number) => Array.from({ length: count }, (_, n) => ({ label: `${n}`, value: `${n}` }))
const select = (count: number) => row({ type: 3, custom_id: 'pick', options: options(count) })
const gallery = (url: string) => ({ type: 12, items: [{ media: { url } }] })

/** Bodies that Discord refuses: what is wrong, the body, where in `errors` it is told. */
const BAD_MESSAGES: [what: string, body: object, where: string][] = [
  ['content of 2001 characters', { content: 'x'.repeat(2001) }, 'content'],
  [
    'a button without label and emoji',
    { components: [row(button({ label: undefined }))] },
    'components.0.components.0.label',
  ],
  [
    'a label of 81 characters',
    { components: [row(button({ label: 'x'.repeat(81) }))] },
    'components.0.components.0.label',
  ],
  [
    'a custom_id of 101 characters',
    { components: [row(button({ custom_id: 'x'.repeat(101) }))] },
    'components.0.components.0.custom_id',
  ],
  [
    'a button without custom_id',
    { components: [row(button({ custom_id: undefined }))] },
    'components.0.components.0.custom_id',
  ],
  [
    'the same custom_id twice',
    { components: [row(button(), button())] },
    'components.0.components.1.custom_id',
  ],
  [
    'a link button without url',
    { components: [row({ type: 2, style: 5, label: 'Open' })] },
    'components.0.components.0.url',
  ],
  [
    'a link of 513 characters',
    { components: [row({ type: 2, style: 5, label: 'Open', url: `https://a.example/${'x'.repeat(495)}` })] },
    'components.0.components.0.url',
  ],
  [
    'a link button with custom_id',
    { components: [row({ ...button(), style: 5, url: 'https://a.example' })] },
    'components.0.components.0.custom_id',
  ],
  [
    'six buttons in a row',
    { components: [row(...Array.from({ length: 6 }, (_, n) => button({ custom_id: `b${n}` })))] },
    'components.0.components',
  ],
  [
    'a select beside a button',
    { components: [row(button(), { type: 3, custom_id: 'pick', options: options(2) })] },
    'components.0.components',
  ],
  ['26 options in a select', { components: [select(26)] }, 'components.0.components.0.options'],
  ['an empty row', { components: [row()] }, 'components.0.components'],
  [
    'six rows without the V2 flag',
    { components: Array.from({ length: 6 }, (_, n) => row(button({ custom_id: `r${n}` }))) },
    'components',
  ],
  ['a V2 component without the V2 flag', { components: [text('hello')] }, 'components.0'],
  ['the V2 flag with content', { flags: V2, content: 'hello', components: [text('hello')] }, 'content'],
  [
    'the V2 flag with embeds',
    { flags: V2, embeds: [{ title: 'hello' }], components: [text('hello')] },
    'embeds',
  ],
  [
    'a text over 4000 characters',
    { flags: V2, components: [text('x'.repeat(4001))] },
    'components.0.content',
  ],
  [
    'texts over 4000 characters together',
    { flags: V2, components: [text('x'.repeat(3000)), text('x'.repeat(1001))] },
    'components',
  ],
  [
    '41 components together',
    { flags: V2, components: [{ type: 17, components: Array.from({ length: 40 }, () => text('x')) }] },
    'components',
  ],
  ['an empty text', { flags: V2, components: [text('')] }, 'components.0.content'],
  [
    'an attachment that was not uploaded',
    { flags: V2, components: [gallery('attachment://nowhere.mp4')] },
    'components.0.items.0.media.url',
  ],
  [
    'a media address that is none',
    { flags: V2, components: [gallery('file:///etc/passwd')] },
    'components.0.items.0.media.url',
  ],
  [
    'a file component with an outside address',
    { flags: V2, components: [{ type: 13, file: { url: 'https://a.example/b.mp4' } }] },
    'components.0.file.url',
  ],
  [
    'a container in a container',
    { flags: V2, components: [{ type: 17, components: [{ type: 17, components: [text('x')] }] }] },
    'components.0.components.0',
  ],
  ['a gallery without items', { flags: V2, components: [{ type: 12, items: [] }] }, 'components.0.items'],
  ['a component of no known type', { flags: V2, components: [{ type: 99 }] }, 'components.0'],
  [
    'users both parsed and listed',
    { content: 'x', allowed_mentions: { parse: ['users'], users: ['1'.repeat(18)] } },
    'allowed_mentions',
  ],
  ['an attachment id of no file', { content: 'x', attachments: [{ id: '4' }] }, 'attachments.0.id'],
  ['eleven embeds', { embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) }, 'embeds'],
]

const chat = (more: object) => ({ name: 'good', description: 'Fine', ...more })
const option = (more: object) => ({ type: 3, name: 'one', description: 'Fine', ...more })

const BAD_COMMANDS: [what: string, body: object[], where: string][] = [
  ['an upper-case name', [chat({ name: 'Upscale' })], '0.name'],
  ['a name with a space', [chat({ name: 'up scale' })], '0.name'],
  ['a name of 33 characters', [chat({ name: 'x'.repeat(33) })], '0.name'],
  ['no description', [{ name: 'good' }], '0.description'],
  ['a description of 101 characters', [chat({ description: 'x'.repeat(101) })], '0.description'],
  [
    'a required option after an optional one',
    [chat({ options: [option({}), option({ name: 'two', required: true })] })],
    '0.options.1',
  ],
  ['an option name twice', [chat({ options: [option({}), option({})] })], '0.options.1'],
  ['an option in upper case', [chat({ options: [option({ name: 'ONE' })] })], '0.options.0.name'],
  [
    '26 options',
    [chat({ options: Array.from({ length: 26 }, (_, n) => option({ name: `o${n}` })) })],
    '0.options',
  ],
  [
    '26 choices',
    [
      chat({
        options: [
          option({ choices: Array.from({ length: 26 }, (_, n) => ({ name: `${n}`, value: `${n}` })) }),
        ],
      }),
    ],
    '0.options.0.choices',
  ],
  [
    'a context menu command with a description',
    [{ type: 3, name: 'Upscale video', description: 'No' }],
    '0.description',
  ],
  [
    'a context menu command with options',
    [{ type: 3, name: 'Upscale video', options: [option({})] }],
    '0.description',
  ],
  ['a context menu name of 33 characters', [{ type: 3, name: 'x'.repeat(33) }], '0.name'],
  ['a context menu name of spaces', [{ type: 3, name: '  ' }], '0.name'],
  ['two commands of one name', [chat({}), chat({})], '1'],
]

/** The node of the errors tree at a dotted path. */
function problemAt(error: unknown, where: string): unknown {
  if (!(error instanceof DiscordAPIError)) throw error
  let node: unknown = (error.rawError as { errors?: unknown }).errors
  for (const key of where.split('.')) node = (node as Record<string, unknown> | undefined)?.[key]
  return (node as { _errors?: unknown } | undefined)?._errors
}

describe('the Discord stand-in refuses what Discord refuses', () => {
  let stage: Stage
  let client: Client<true>
  let lab: string
  let general: string
  const commands = () => Routes.applicationCommands(stage.sandbox.discord.state().application_id)

  beforeAll(async () => {
    stage = await openStage()
    client = await stage.login()
    lab = stage.channel('upscale-lab')
    general = stage.channel('general')
    await stage.rest.put(commands(), { body: [chat({})] })
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  async function slash(): Promise<Interaction> {
    const arrived = once(client, Events.InteractionCreate)
    await stage.act('/discord/slash', {
      user_id: stage.user('Mira'),
      channel_id: lab,
      name: 'good',
      options: {},
    })
    return (await arrived)[0]
  }

  const answer = ({ id, token }: Interaction, data: object) =>
    stage.rest.post(Routes.interactionCallback(id, token), { auth: false, body: { type: 4, data } })
  const fixOriginal = ({ applicationId, token }: Interaction, body: object) =>
    stage.rest.patch(Routes.webhookMessage(applicationId, token), { auth: false, body })

  test.each(BAD_MESSAGES)('a message with %s', async (_what, body, where) => {
    const interaction = await slash()
    const error = await answer(interaction, body).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ status: 400, code: 50035 })
    expect(problemAt(error, `data.${where}`)).toEqual([
      { code: expect.any(String), message: expect.any(String) },
    ])
    // A refused answer is no answer: the next one counts.
    await answer(interaction, { content: 'better' })
  })

  test.each(BAD_COMMANDS)('a command list with %s', async (_what, body, where) => {
    const error = await stage.rest.put(commands(), { body }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ status: 400, code: 50035 })
    expect(problemAt(error, where)).toEqual([expect.objectContaining({ code: expect.any(String) })])
    expect(stage.sandbox.discord.state().commands).toMatchObject([{ name: 'good' }])
  })

  test('an empty message, with a code of its own', async () => {
    await expect(answer(await slash(), {})).rejects.toMatchObject({ status: 400, code: 50006 })
    const send = stage.rest.post(Routes.channelMessages(general), { body: { content: '  ' } })
    await expect(send).rejects.toMatchObject({ code: 50006 })
  })

  test('a channel message over 2000 characters or with a nonce over 25', async () => {
    const send = (body: object) => stage.rest.post(Routes.channelMessages(lab), { body })
    await expect(send({ content: 'x'.repeat(2001) })).rejects.toMatchObject({ code: 50035 })
    await expect(send({ content: 'x', nonce: 'n'.repeat(26) })).rejects.toMatchObject({ code: 50035 })
  })

  test('an edit that takes the V2 flag away or leaves legacy content beside it', async () => {
    const interaction = await slash()
    await answer(interaction, { content: 'plain' })
    const upgrade = { flags: V2, components: [text('rich')] }
    await expect(fixOriginal(interaction, upgrade)).rejects.toMatchObject({ code: 50035 })
    await fixOriginal(interaction, { ...upgrade, content: null })
    await expect(fixOriginal(interaction, { flags: 0 })).rejects.toMatchObject({ code: 50035 })
    await expect(fixOriginal(interaction, { content: 'plain again' })).rejects.toMatchObject({ code: 50035 })
    await fixOriginal(interaction, { components: [text('richer')] })
  })

  test('a second answer, an unknown interaction, and an answer type that does not fit', async () => {
    const interaction = await slash()
    await expect(
      stage.rest.post(Routes.interactionCallback(interaction.id, interaction.token), {
        auth: false,
        body: { type: 7, data: { content: 'x' } },
      }),
    ).rejects.toMatchObject({ code: 50035 })
    await answer(interaction, { content: 'one' })
    await expect(answer(interaction, { content: 'two' })).rejects.toMatchObject({ status: 400, code: 40060 })
    const stranger = { id: interaction.id, token: 'x'.repeat(80) } as Interaction
    await expect(answer(stranger, { content: 'x' })).rejects.toMatchObject({ status: 404, code: 10062 })
  })

  test('a file over 10 MiB with the bot token, while an answer to a member takes what the member may upload', async () => {
    const files = [{ name: 'big.mp4', data: Buffer.alloc(10 * 1024 * 1024 + 1) }]
    const send = stage.rest.post(Routes.channelMessages(general), { body: {}, files })
    await expect(send).rejects.toMatchObject({ status: 413, code: 40005 })
    const interaction = await slash()
    await answer(interaction, { content: 'here' })
    await stage.rest.patch(Routes.webhookMessage(interaction.applicationId, interaction.token), {
      auth: false,
      body: {},
      files,
    })
  })

  test('what is not there: channel, message, and the second thread on one message', async () => {
    const { rest } = stage
    await expect(rest.get(Routes.channel('1'.repeat(18)))).rejects.toMatchObject({ code: 10003 })
    await expect(rest.get(Routes.channelMessage(lab, '1'.repeat(18)))).rejects.toMatchObject({ code: 10008 })
    const made = (await rest.post(Routes.channelMessages(lab), { body: { content: 'start' } })) as {
      id: string
    }
    await rest.post(Routes.threads(lab, made.id), { body: { name: 'one' } })
    const again = rest.post(Routes.threads(lab, made.id), { body: { name: 'two' } })
    await expect(again).rejects.toMatchObject({ status: 400, code: 160004 })
  })

  test('an edit in an archived thread, until a message wakes it', async () => {
    const { rest } = stage
    const thread = (await rest.post(Routes.threads(lab), { body: { name: 'sleepy', type: 11 } })) as {
      id: string
    }
    const made = (await rest.post(Routes.channelMessages(thread.id), { body: { content: 'one' } })) as {
      id: string
    }
    await rest.patch(Routes.channel(thread.id), { body: { archived: true } })
    const edit = () => rest.patch(Routes.channelMessage(thread.id, made.id), { body: { content: 'two' } })
    await expect(edit()).rejects.toMatchObject({ status: 400, code: 50083 })
    await rest.post(Routes.channelMessages(thread.id), { body: { content: 'good morning' } })
    await edit()
    await rest.patch(Routes.channel(thread.id), { body: { archived: true, locked: true } })
    const send = rest.post(Routes.channelMessages(thread.id), { body: { content: 'hello?' } })
    await expect(send).rejects.toMatchObject({ code: 160005 })
  })

  test('a message of somebody else that the bot would change', async () => {
    const theirs = stage.sandbox.discord
      .state()
      .messages.find(message => message.author.id === stage.user('Jonas'))!
    const edit = stage.rest.patch(Routes.channelMessage(theirs.channel_id, theirs.id), {
      body: { content: 'x' },
    })
    await expect(edit).rejects.toMatchObject({ status: 403, code: 50005 })
    const remove = stage.rest.delete(Routes.channelMessage(theirs.channel_id, theirs.id))
    await expect(remove).rejects.toMatchObject({ status: 403, code: 50013 })
  })

  test('a file of a type that the command does not take, by its name alone', async () => {
    const fileOption = {
      type: 11,
      name: 'video',
      description: 'The clip',
      required: true,
      file_types: ['video', '.mkv'],
    }
    await stage.rest.post(commands(), {
      body: { name: 'only-video', description: 'x', options: [fileOption] },
    })
    const use = async (filename: string) => {
      const { id } = await stage.upload(filename, new Uint8Array(4))
      const body = {
        user_id: stage.user('Mira'),
        channel_id: lab,
        name: 'only-video',
        options: { video: id },
      }
      return (await stage.act('/discord/slash', body)).status
    }
    expect(await use('notes.txt')).toBe(400)
    expect(await use('notes.MP4')).toBe(200)
    expect(await use('film.mkv')).toBe(200)
    await stage.rest.put(commands(), { body: [chat({})] })
  })
})

test('at most fifteen commands in the menu of messages, whose names may have spaces and be those of other kinds', async () => {
  await using stage = await openStage()
  const route = Routes.applicationCommands(stage.sandbox.discord.state().application_id)
  const menu = (count: number) => Array.from({ length: count }, (_, n) => ({ type: 3, name: `Do this ${n}` }))
  const put = (count: number) =>
    stage.rest.put(route, { body: [chat({}), { type: 3, name: 'good' }, ...menu(count)] })
  await put(14)
  await expect(put(15)).rejects.toMatchObject({ status: 400, code: 50035 })
  expect(stage.sandbox.discord.state().commands).toHaveLength(16)
})
