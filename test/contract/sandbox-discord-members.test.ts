import {
  type Client,
  Events,
  type Interaction,
  type PermissionsString,
  type RawFile,
  Routes,
} from 'discord.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { InteractionTicket } from '../../src/sandbox/control.ts'
import { once, openStage, type Stage } from './sandbox-discord.kit.ts'

const select = (more: object = {}) => ({
  type: 1,
  components: [
    {
      type: 3,
      custom_id: 'factor',
      options: ['1', '2', '4'].map(value => ({ label: `${value}x`, value })),
      ...more,
    },
  ],
})
const commands = [
  { name: 'card', description: 'Shows a card' },
  {
    name: 'murano',
    description: 'Settings',
    options: [
      {
        type: 1,
        name: 'cap',
        description: 'The most to spend',
        options: [{ type: 10, name: 'usd', description: 'Dollars', required: true, min_value: 0 }],
      },
      {
        type: 1,
        name: 'ask',
        description: 'Whom to ask',
        options: [
          { type: 8, name: 'role', description: 'A role' },
          { type: 6, name: 'user', description: 'A person' },
          { type: 5, name: 'loud', description: 'With a ping' },
        ],
      },
    ],
  },
  { name: 'admin', description: 'For few', default_member_permissions: '32' },
]

describe('what members can do in the Discord stand-in', () => {
  let stage: Stage
  let client: Client<true>
  const acts = (name: string) => ({ user_id: stage.user(name), channel_id: stage.channel('clips') })

  beforeAll(async () => {
    stage = await openStage()
    client = await stage.login()
    await stage.rest.put(Routes.applicationCommands(client.application.id), { body: commands })
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  async function slash(name: string, options: object = {}): Promise<Interaction> {
    const arrived = once(client, Events.InteractionCreate)
    expect((await stage.act('/discord/slash', { ...acts('Mira'), name, options })).status).toBe(200)
    return (await arrived)[0]
  }

  /** Answers a fresh /card with these components; the id of the message. */
  async function show(data: object): Promise<string> {
    const { id, token } = await slash('card')
    const query = new URLSearchParams({ with_response: 'true' })
    const body = { type: 4, data }
    const answer = await stage.rest.post(Routes.interactionCallback(id, token), { auth: false, query, body })
    return (answer as { resource: { message: { id: string } } }).resource.message.id
  }

  test('picking from a select gives the bot the values, and only those that are offered', async () => {
    const message = await show({ content: 'How much?', components: [select()] })
    const pick = (values: string[]) =>
      stage.act('/discord/press', { ...acts('Jonas'), message_id: message, custom_id: 'factor', values })
    expect((await pick(['3'])).status).toBe(400)
    expect((await pick(['1', '2'])).status).toBe(400)
    const arrived = once(client, Events.InteractionCreate)
    expect((await pick(['4'])).status).toBe(200)
    const [interaction] = await arrived
    if (!interaction.isStringSelectMenu()) throw new Error('not a select')
    expect(interaction.values).toEqual(['4'])
    expect(interaction.user.id).toBe(stage.user('Jonas'))
    await interaction.deferUpdate()
    await interaction.editReply({ content: 'Four times.', components: [] })
    expect(stage.message(message)).toMatchObject({ content: 'Four times.', components: [], edits: 1 })
  })

  test('every press says what its presser may do there, and the owner of the server may do everything', async () => {
    const message = await show({ content: 'How much?', components: [select()] })
    const mayIn = async (name: string) => {
      const arrived = once(client, Events.InteractionCreate)
      const pick = { ...acts(name), message_id: message, custom_id: 'factor', values: ['1'] }
      await stage.act('/discord/press', pick)
      const [{ memberPermissions }] = await arrived
      return ['ManageGuild', 'Administrator', 'SendMessages'].map(
        bit => memberPermissions?.has(bit as PermissionsString, false) ?? null,
      )
    }
    expect(await mayIn('Jonas')).toEqual([false, false, true])
    expect(await mayIn('Ada')).toEqual([true, true, true])
  })

  test('a message for one member can be used by nobody else', async () => {
    const message = await show({ content: 'psst', flags: 64, components: [select()] })
    const pick = (name: string) =>
      stage.act('/discord/press', { ...acts(name), message_id: message, custom_id: 'factor', values: ['1'] })
    expect((await pick('Jonas')).status).toBe(404)
    const arrived = once(client, Events.InteractionCreate)
    expect((await pick('Mira')).status).toBe(200)
    const [interaction] = await arrived
    if (!interaction.isMessageComponent()) throw new Error('not a component')
    await interaction.update({ content: 'one', components: [] })
    expect(stage.message(message)).toMatchObject({ content: 'one', ephemeral_for: stage.user('Mira') })
  })

  test('a subcommand is named after its command', async () => {
    const interaction = await slash('murano cap', { usd: 2.5 })
    if (!interaction.isChatInputCommand()) throw new Error('not a command')
    expect(interaction.options.getSubcommand()).toBe('cap')
    expect(interaction.options.getNumber('usd')).toBe(2.5)
    await interaction.reply('ok')
    const wrong = [
      { name: 'murano', options: {} },
      { name: 'murano cap', options: { usd: -1 } },
      { name: 'murano cap', options: { usd: 'two' } },
    ]
    for (const use of wrong)
      expect((await stage.act('/discord/slash', { ...acts('Mira'), ...use })).status).toBe(400)
  })

  test('a person and a role that are filled in come with what they are, and only those of the server can be', async () => {
    const { roles } = stage.sandbox.discord.state()
    const role = roles.find(({ name }) => name === 'Approvers')!.id
    const interaction = await slash('murano ask', { role, user: stage.user('Jonas'), loud: true })
    if (!interaction.isChatInputCommand()) throw new Error('not a command')
    const { options } = interaction
    expect(options.getRole('role')).toMatchObject({ id: role, name: 'Approvers', mentionable: true })
    expect(options.getUser('user')).toMatchObject({ globalName: 'Jonas' })
    expect(options.getMember('user')).toMatchObject({ user: { globalName: 'Jonas' } })
    expect(options.getBoolean('loud')).toBe(true)
    expect(options.resolved?.members?.first()).toBeDefined()
    await interaction.reply('ok')
    const wrong = [{ role: stage.user('Jonas') }, { role: 'Approvers' }, { user: role }, { loud: 'yes' }]
    for (const options of wrong) {
      const use = { ...acts('Mira'), name: 'murano ask', options }
      expect((await stage.act('/discord/slash', use)).status).toBe(400)
    }
  })

  test('the members of a role have it in every event that they cause', async () => {
    const rolesOf = async (name: string) => {
      const arrived = once(client, Events.InteractionCreate)
      await stage.act('/discord/slash', { ...acts(name), name: 'card', options: {} })
      const [interaction] = await arrived
      if (!interaction.inCachedGuild()) throw new Error('not in the server')
      return interaction.member.roles.cache.map(({ name }) => name).filter(name => name !== '@everyone')
    }
    expect(await rolesOf('Jonas')).toEqual(['Approvers'])
    expect(await rolesOf('Mira')).toEqual(['Animators'])
  })

  test('a command for those who manage the server is kept from the others', async () => {
    const use = (name: string) => stage.act('/discord/slash', { ...acts(name), name: 'admin', options: {} })
    expect((await use('Mira')).status).toBe(403)
    const arrived = once(client, Events.InteractionCreate)
    const ticket = (await (await use('Ada')).json()) as InteractionTicket
    expect((await arrived)[0].id).toBe(ticket.id)
  })

  test('a modal is taken as the first answer', async () => {
    const { id, token } = await slash('card')
    const acknowledged = stage.event('interaction', event => event.id === id)
    const input = { type: 4, custom_id: 'why', style: 1, label: 'Why?' }
    const data = { custom_id: 'reason', title: 'Tell us', components: [{ type: 1, components: [input] }] }
    await stage.rest.post(Routes.interactionCallback(id, token), { auth: false, body: { type: 9, data } })
    expect(await acknowledged).toMatchObject({ status: 'acknowledged', callback_type: 9 })
  })

  test('what was refused is told to those who watch, with the reason and without any token', async () => {
    const { id, token } = await slash('card')
    const refused = stage.event('refused')
    const body = { type: 4, data: { content: 'x'.repeat(2001) } }
    await expect(
      stage.rest.post(Routes.interactionCallback(id, token), { auth: false, body }),
    ).rejects.toThrow()
    expect(await refused).toEqual({
      type: 'refused',
      method: 'POST',
      path: `/v10/interactions/${id}/:token/callback`,
      status: 400,
      code: 50035,
      message: 'Invalid Form Body; data.content: Must be 2000 or fewer in length.',
    })
  })

  test('a body that is not JSON is refused as an error that can be read', async () => {
    const headers = { 'content-type': 'application/json' }
    for (const route of ['discord/slash', 'faults']) {
      const answer = await fetch(`${stage.sandbox.url}/sandbox/${route}`, {
        method: 'POST',
        headers,
        body: '{',
      })
      expect([answer.status, await answer.json()]).toEqual([400, { error: expect.stringContaining('JSON') }])
    }
    expect((await stage.act('/nowhere', {})).status).toBe(404)
  })
})

test.each([
  [0, 10],
  [2, 50],
] as const)('at boost tier %i the bot may send files of %i MiB', async (premiumTier, mebibytes) => {
  await using stage = await openStage({ discord: { premiumTier } })
  const send = (size: number) => {
    const files: RawFile[] = [{ name: 'result.mp4', data: Buffer.alloc(size) }]
    return stage.rest.post(Routes.channelMessages(stage.channel('general')), { body: {}, files })
  }
  const limit = mebibytes * 1024 * 1024
  await send(limit)
  await expect(send(limit + 1)).rejects.toMatchObject({ status: 413, code: 40005 })
})

test('an edit keeps the files that `attachments` lists and drops the others', async () => {
  await using stage = await openStage()
  const general = stage.channel('general')
  const files: RawFile[] = ['a.txt', 'b.txt'].map(name => ({ name, data: Buffer.from(name) }))
  const made = (await stage.rest.post(Routes.channelMessages(general), { body: {}, files })) as {
    id: string
    attachments: { id: string; filename: string }[]
  }
  expect(made.attachments.map(file => file.filename)).toEqual(['a.txt', 'b.txt'])
  const address = Routes.channelMessage(general, made.id)
  const names = () => stage.message(made.id)?.attachments.map(file => file.filename)
  await stage.rest.patch(address, { body: { content: 'both' } })
  expect(names()).toEqual(['a.txt', 'b.txt'])
  // The number form is the one of Discord's own examples.
  const more: RawFile[] = [{ name: 'c.txt', data: Buffer.from('c') }]
  const attachments = [{ id: made.attachments[1]!.id }, { id: 0, description: 'third' }]
  await stage.rest.patch(address, { body: { attachments }, files: more })
  expect(names()).toEqual(['b.txt', 'c.txt'])
})
