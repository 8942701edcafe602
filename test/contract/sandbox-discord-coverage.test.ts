import { ChannelType, MessageFlags, Routes } from 'discord.js'
import { expect, test } from 'vitest'
import { openStage } from './sandbox-discord.kit.ts'

const chat = (name: string) => ({ name, description: `About ${name}`, type: 1 })

test('the coverage names exactly the routes that the router has', async () => {
  await using stage = await openStage()
  const { api, coverage } = stage.sandbox.discord
  const real = api.stack.flatMap(layer =>
    layer.route ? layer.route.stack.map(step => `${step.method.toUpperCase()} ${layer.route?.path}`) : [],
  )
  const told = coverage.routes.map(route => `${route.method} /v10${route.path}`)
  expect(real.length).toBeGreaterThan(30)
  expect(told.toSorted()).toEqual(real.toSorted())
})

test('every route of the coverage answers the real discord.js REST client with what was asked for', async () => {
  await using stage = await openStage()
  const { rest, sandbox } = stage
  const state = sandbox.discord.state()
  const [app, guild, mira, lab] = [
    state.application_id,
    state.guild.id,
    stage.user('Mira'),
    stage.channel('upscale-lab'),
  ]
  const old = stage.channel('The 1978 puppet short')
  const client = await stage.login()
  const interactions: { id: string; token: string }[] = []
  client.on('interactionCreate', ({ id, token }) => interactions.push({ id, token }))
  const ids: Record<string, string> = {}
  const open = { auth: false } as const
  const idOf = (value: unknown) => (value as { id: string }).id

  const commandCalls = (base: string, list: `/${string}`): [string, () => Promise<unknown>, unknown][] => [
    [`PUT ${base}`, () => rest.put(list, { body: [chat('one')] }), [{ name: 'one' }]],
    [
      `POST ${base}`,
      async () => {
        const made = await rest.post(list, { body: chat('two') })
        ids[base] = idOf(made)
        return made
      },
      { name: 'two', description: 'About two' },
    ],
    [`GET ${base}`, () => rest.get(list), [{ name: 'one' }, { name: 'two' }]],
    [`GET ${base}/:command`, () => rest.get(`${list}/${ids[base]}`), { name: 'two' }],
    [
      `PATCH ${base}/:command`,
      () => rest.patch(`${list}/${ids[base]}`, { body: { description: 'New' } }),
      { description: 'New' },
    ],
    [`DELETE ${base}/:command`, () => rest.delete(`${list}/${ids[base]}`), undefined],
  ]
  const hook = () => Routes.webhookMessage(app, interactions[0]!.token)
  const calls: [route: string, call: () => Promise<unknown>, expected: unknown][] = [
    ['GET /gateway', () => rest.get(Routes.gateway()), { url: expect.stringMatching(/^ws:/) }],
    [
      'GET /gateway/bot',
      () => rest.get(Routes.gatewayBot()),
      { shards: 1, session_start_limit: { remaining: 999 } },
    ],
    ['GET /users/@me', () => rest.get(Routes.user()), { username: 'Murano', bot: true }],
    ['GET /users/:user', () => rest.get(Routes.user(mira)), { global_name: 'Mira' }],
    ['GET /applications/@me', () => rest.get(Routes.currentApplication()), { id: app }],
    ['GET /oauth2/applications/@me', () => rest.get(Routes.oauth2CurrentApplication()), { id: app }],
    ['GET /guilds/:guild', () => rest.get(Routes.guild(guild)), { name: 'The Reel Room' }],
    [
      'GET /guilds/:guild/channels',
      () => rest.get(Routes.guildChannels(guild)),
      [{ name: 'general' }, {}, {}],
    ],
    [
      'GET /guilds/:guild/threads/active',
      () => rest.get(Routes.guildActiveThreads(guild)),
      { threads: [{ id: old }] },
    ],
    [
      'GET /guilds/:guild/roles',
      () => rest.get(Routes.guildRoles(guild)),
      [
        { name: '@everyone' },
        { permissions: '309237763072' },
        { name: 'Approvers', mentionable: true },
        { name: 'Animators', mentionable: false },
      ],
    ],
    [
      'GET /guilds/:guild/members/:user',
      () => rest.get(Routes.guildMember(guild, mira)),
      { user: { id: mira } },
    ],
    ...commandCalls(
      '/applications/:application/guilds/:guild/commands',
      Routes.applicationGuildCommands(app, guild),
    ),
    ...commandCalls('/applications/:application/commands', Routes.applicationCommands(app)),
    [
      'POST /interactions/:interaction/:token/callback',
      async () => {
        await stage.act('/discord/slash', { user_id: mira, channel_id: lab, name: 'one', options: {} })
        await expect.poll(() => interactions.length).toBe(1)
        const { id, token } = interactions[0]!
        const query = new URLSearchParams({ with_response: 'true' })
        return rest.post(Routes.interactionCallback(id, token), { ...open, query, body: { type: 5 } })
      },
      { interaction: { response_message_loading: true }, resource: { type: 5 } },
    ],
    [
      'PATCH /webhooks/:application/:token/messages/:message',
      () => rest.patch(hook(), { ...open, body: { content: 'first' } }),
      { content: 'first' },
    ],
    [
      'GET /webhooks/:application/:token/messages/:message',
      () => rest.get(hook(), open),
      { content: 'first' },
    ],
    [
      'POST /webhooks/:application/:token',
      () =>
        rest.post(Routes.webhook(app, interactions[0]!.token), {
          ...open,
          body: { content: 'more', flags: MessageFlags.Ephemeral },
        }),
      { content: 'more', flags: MessageFlags.Ephemeral },
    ],
    ['DELETE /webhooks/:application/:token/messages/:message', () => rest.delete(hook(), open), undefined],
    [
      'POST /channels/:channel/messages',
      async () => {
        const made = await rest.post(Routes.channelMessages(lab), { body: { content: 'hello' } })
        ids.message = idOf(made)
        return made
      },
      { content: 'hello', author: { id: app } },
    ],
    [
      'PATCH /channels/:channel/messages/:message',
      () => rest.patch(Routes.channelMessage(lab, ids.message!), { body: { content: 'hi' } }),
      { content: 'hi' },
    ],
    [
      'GET /channels/:channel/messages/:message',
      () => rest.get(Routes.channelMessage(lab, ids.message!)),
      { content: 'hi' },
    ],
    [
      'GET /channels/:channel/messages',
      () => rest.get(Routes.channelMessages(lab), { query: new URLSearchParams({ limit: '1' }) }),
      [{ content: 'hi' }],
    ],
    ['POST /channels/:channel/typing', () => rest.post(Routes.channelTyping(lab)), undefined],
    [
      'POST /channels/:channel/messages/:message/threads',
      () => rest.post(Routes.threads(lab, ids.message), { body: { name: 'on it' } }),
      { type: 11, name: 'on it' },
    ],
    [
      'POST /channels/:channel/threads',
      async () => {
        const made = await rest.post(Routes.threads(lab), {
          body: { name: 'alone', type: ChannelType.PublicThread },
        })
        ids.thread = idOf(made)
        return made
      },
      { parent_id: lab, owner_id: app },
    ],
    ['GET /channels/:channel', () => rest.get(Routes.channel(ids.thread!)), { name: 'alone' }],
    [
      'PATCH /channels/:channel',
      () => rest.patch(Routes.channel(ids.thread!), { body: { name: 'named' } }),
      { name: 'named' },
    ],
    [
      'PUT /channels/:channel/thread-members/:user',
      () => rest.put(Routes.threadMembers(ids.thread!, mira)),
      undefined,
    ],
    [
      'GET /channels/:channel/thread-members',
      () => rest.get(Routes.threadMembers(ids.thread!)),
      [{ user_id: app }, { user_id: mira }],
    ],
    [
      'DELETE /channels/:channel/messages/:message',
      () => rest.delete(Routes.channelMessage(lab, ids.message!)),
      undefined,
    ],
  ]

  const told = sandbox.discord.coverage.routes.map(route => `${route.method} ${route.path}`)
  expect(calls.map(([route]) => route).toSorted()).toEqual(told.toSorted())
  for (const [route, call, expected] of calls) {
    const answer = await call().catch((error: Error) => {
      throw new Error(`${route}: ${error.message}`, { cause: error })
    })
    // discord.js gives an empty ArrayBuffer for a 204.
    if (expected === undefined) expect((answer as ArrayBuffer).byteLength, route).toBe(0)
    else expect(answer, route).toMatchObject(expected as object)
  }
})

test('what is not covered answers 404, and a wrong token 401', async () => {
  await using stage = await openStage()
  await expect(stage.rest.get('/guilds/1/audit-logs')).rejects.toMatchObject({ status: 404 })
  const api = `${stage.sandbox.env.DISCORD_API_URL}/v10/users/@me`
  const answer = await fetch(api, { headers: { authorization: 'Bot not.the.token' } })
  expect([answer.status, await answer.json()]).toEqual([401, { message: '401: Unauthorized', code: 0 }])
})
