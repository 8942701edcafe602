import { type Client, Events, GatewayIntentBits, type Interaction, MessageFlags, Routes } from 'discord.js'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { SandboxMessage } from '../../src/sandbox/control.ts'
import type { SandboxOptions } from '../../src/sandbox/server.ts'
import { once, openStage, type Stage } from './sandbox-discord.kit.ts'

const command = { name: 'hello', description: 'Says hello' }

/** A stage with a clock in the test's hand, a logged-in client and one command. */
async function openClocked(options: SandboxOptions = {}) {
  const time = { now: Date.parse('2026-11-22T12:00:00Z') }
  const stage = await openStage({ ...options, discord: { clock: () => time.now, ...options.discord } })
  const client = await stage.login()
  await client.application.commands.set([command])
  return { time, stage, client, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() }
}

const useHello = (stage: Stage) => ({
  user_id: stage.user('Mira'),
  channel_id: stage.channel('general'),
  name: 'hello',
  options: {},
})

async function slash(stage: Stage, client: Client): Promise<Interaction> {
  const arrived = once(client, Events.InteractionCreate)
  await stage.act('/discord/slash', useHello(stage))
  return (await arrived)[0]
}

const callback = (stage: Stage, { id, token }: Interaction, body: object) =>
  stage.rest.post(Routes.interactionCallback(id, token), { auth: false, body })

describe('the life of an interaction', () => {
  test('an answer after 3 s comes too late and the member is told that the application did not respond', async () => {
    await using opened = await openClocked()
    const { stage, client, time } = opened
    const interaction = await slash(stage, client)
    const failed = stage.event('interaction')
    time.now += 3001
    await expect(callback(stage, interaction, { type: 5 })).rejects.toMatchObject({
      status: 404,
      code: 10062,
    })
    expect(await failed).toMatchObject({ id: interaction.id, status: 'failed', callback_type: null })
  })

  test('an answer at 3 s counts', async () => {
    await using opened = await openClocked()
    const { stage, client, time } = opened
    const interaction = await slash(stage, client)
    const acknowledged = stage.event('interaction')
    time.now += 3000
    await callback(stage, interaction, { type: 5 })
    expect(await acknowledged).toMatchObject({ status: 'acknowledged', ms: 3000, callback_type: 5 })
  })

  test('when no bot answers, the failure is told without anybody asking', async () => {
    await using opened = await openClocked()
    const { stage, client } = opened
    const failed = stage.event('interaction')
    const interaction = await slash(stage, client)
    expect(await failed).toMatchObject({ id: interaction.id, status: 'failed' })
    await expect(callback(stage, interaction, { type: 5 })).rejects.toMatchObject({ code: 10062 })
  })

  test('after 15 minutes the token is worth nothing, but the message can be edited with the bot token', async () => {
    await using opened = await openClocked()
    const { stage, client, time } = opened
    const interaction = await slash(stage, client)
    await callback(stage, interaction, { type: 4, data: { content: 'one' } })
    const original = Routes.webhookMessage(interaction.applicationId, interaction.token)
    time.now += 15 * 60_000
    const { id } = (await stage.rest.patch(original, { auth: false, body: { content: 'two' } })) as {
      id: string
    }
    time.now += 1
    const late = stage.rest.patch(original, { auth: false, body: { content: 'three' } })
    await expect(late).rejects.toMatchObject({ status: 401, code: 50027 })
    await stage.rest.patch(Routes.channelMessage(stage.channel('general'), id), {
      body: { content: 'three' },
    })
    expect(stage.message(id)?.content).toBe('three')
  })

  test('of two answers at once one wins', async () => {
    await using opened = await openClocked()
    const { stage, client } = opened
    const interaction = await slash(stage, client)
    const both = await Promise.allSettled([
      callback(stage, interaction, { type: 4, data: { content: 'one' } }),
      callback(stage, interaction, { type: 4, data: { content: 'two' } }),
    ])
    expect(both.map(result => result.status).sort()).toEqual(['fulfilled', 'rejected'])
    const texts = stage.sandbox.discord.state().messages.map(message => message.content)
    expect(texts.filter(text => text === 'one' || text === 'two')).toHaveLength(1)
  })

  test('the first follow-up fills in a deferred answer and keeps it as private as it was', async () => {
    await using opened = await openClocked()
    const { stage, client } = opened
    const interaction = await slash(stage, client)
    await callback(stage, interaction, { type: 5, data: { flags: MessageFlags.Ephemeral } })
    const thinking = stage.sandbox.discord.state().messages.at(-1)!
    const hook = Routes.webhook(interaction.applicationId, interaction.token)
    const filled = (await stage.rest.post(hook, { auth: false, body: { content: 'there' } })) as {
      id: string
    }
    expect(filled.id).toBe(thinking.id)
    expect(stage.message(filled.id)).toMatchObject({ loading: false, ephemeral_for: stage.user('Mira') })
  })
})

describe('the gateway', () => {
  test('a cut session resumes and is told what it missed', async () => {
    await using stage = await openStage()
    const client = await stage.login()
    await client.application.commands.set([command])
    const resumed = once(client, Events.ShardResume)
    const online = stage.event('bot', event => event.online)
    const offline = stage.event('bot', event => !event.online)
    const arrived = once(client, Events.InteractionCreate)
    await stage.act('/faults', { name: 'gateway-drop', on: true })
    await offline
    const ticket = (await (await stage.act('/discord/slash', useHello(stage))).json()) as { id: string }
    const [, replayed] = await resumed
    expect(replayed).toBeGreaterThan(0)
    expect((await arrived)[0].id).toBe(ticket.id)
    await online
    const faults = stage.sandbox.discord.faults.list()
    expect(faults.find(fault => fault.name === 'gateway-drop')?.on).toBe(false)
  })

  test('a drop that is asked for before there is a connection cuts the first one, and the client still gets ready', async () => {
    await using stage = await openStage({ faults: ['gateway-drop'] })
    const cut = stage.event('bot', event => !event.online)
    const client = await stage.login()
    await cut
    expect(client.guilds.cache.size).toBe(1)
  })

  test('it closes on a wrong token, on a privileged intent and on an unknown API version', async () => {
    await using stage = await openStage()
    const { env, url } = stage.sandbox
    const gateway = `${url.replace('http', 'ws')}/discord/gateway`
    const closeCode = (query: string, token: string, intents: number) =>
      new Promise(resolve => {
        const socket = new WebSocket(`${gateway}?${query}`)
        socket.on('message', () =>
          socket.send(JSON.stringify({ op: 2, d: { token, intents, properties: {} } })),
        )
        socket.on('close', resolve)
      })
    const query = 'v=10&encoding=json'
    expect(await closeCode(query, 'wrong', 1)).toBe(4004)
    expect(await closeCode(query, env.DISCORD_TOKEN, GatewayIntentBits.MessageContent)).toBe(4014)
    expect(await closeCode('v=8&encoding=json', env.DISCORD_TOKEN, 1)).toBe(4012)
  })

  test('messages are told only to those who asked for them', async () => {
    await using stage = await openStage()
    const general = stage.channel('general')
    const listening = await stage.login([GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages])
    const quiet = await stage.login()
    const seen: string[] = []
    quiet.on(Events.MessageCreate, message => seen.push(message.id))
    const arrived = once(listening, Events.MessageCreate)
    await stage.rest.post(Routes.channelMessages(general), { body: { content: 'hello' } })
    expect((await arrived)[0].content).toBe('hello')
    const after = once(quiet, Events.ChannelUpdate)
    await stage.act('/discord/permissions', { channel_id: general, deny: ['SPEAK'] })
    await after
    expect(seen).toEqual([])
  })
})

describe('permissions', () => {
  const cases: [denied: string, code: number, call: (stage: Stage, channel: string) => Promise<unknown>][] = [
    ['VIEW_CHANNEL', 50001, (stage, channel) => stage.rest.get(Routes.channel(channel))],
    [
      'SEND_MESSAGES',
      50013,
      (stage, channel) => stage.rest.post(Routes.channelMessages(channel), { body: { content: 'x' } }),
    ],
    [
      'ATTACH_FILES',
      50013,
      (stage, channel) =>
        stage.rest.post(Routes.channelMessages(channel), {
          files: [{ name: 'a.txt', data: Buffer.from('x') }],
        }),
    ],
    [
      'EMBED_LINKS',
      50013,
      (stage, channel) =>
        stage.rest.post(Routes.channelMessages(channel), { body: { embeds: [{ title: 'x' }] } }),
    ],
    [
      'CREATE_PUBLIC_THREADS',
      50013,
      (stage, channel) => stage.rest.post(Routes.threads(channel), { body: { name: 'x', type: 11 } }),
    ],
    [
      'READ_MESSAGE_HISTORY',
      50013,
      (stage, channel) => {
        const message = stage.sandbox.discord
          .state()
          .messages.find(candidate => candidate.channel_id === channel)!
        return stage.rest.get(Routes.channelMessage(channel, message.id))
      },
    ],
    [
      'SEND_MESSAGES_IN_THREADS',
      50013,
      stage =>
        stage.rest.post(Routes.channelMessages(stage.channel('The 1978 puppet short')), {
          body: { content: 'x' },
        }),
    ],
  ]
  test.each(cases)('without %s the bot is refused with %i, and with it not', async (denied, code, call) => {
    await using stage = await openStage()
    const lab = stage.channel('upscale-lab')
    await stage.act('/discord/permissions', { channel_id: lab, deny: [denied] })
    await expect(call(stage, lab)).rejects.toMatchObject({ status: 403, code })
    await stage.act('/discord/permissions', { channel_id: lab, deny: [] })
    await call(stage, lab)
  })

  test('an interaction says what the bot may do in that channel, and is answered even where it may not talk', async () => {
    await using stage = await openStage()
    const client = await stage.login()
    await client.application.commands.set([command])
    const general = stage.channel('general')
    await stage.act('/discord/permissions', { channel_id: general, deny: ['SEND_MESSAGES'] })
    const interaction = await slash(stage, client)
    // Who may not talk may not attach either, though nobody denied that.
    expect(interaction.appPermissions.toArray()).not.toContain('AttachFiles')
    expect(interaction.appPermissions.has('ViewChannel')).toBe(true)
    await callback(stage, interaction, { type: 4, data: { content: 'I cannot talk here.' } })
    const refused = await stage.act('/discord/permissions', { channel_id: general, deny: ['FLY'] })
    expect(refused.status).toBe(400)
  })
})

describe('sending', () => {
  const send = (stage: Stage, body: object, channel = stage.channel('general')) =>
    stage.rest.post(Routes.channelMessages(channel), { body }) as Promise<{
      id: string
      mentions: { id: string }[]
      mention_roles: string[]
      mention_everyone: boolean
    }>

  test('two requests at once with one nonce and a file make one message', async () => {
    await using stage = await openStage()
    const { env } = stage.sandbox
    // Not through discord.js, which sends one after the other.
    const post = async () => {
      const body = new FormData()
      body.set('payload_json', JSON.stringify({ nonce: 'job-1', enforce_nonce: true }))
      body.set('files[0]', new Blob([new Uint8Array(2_000_000)]), 'clip.bin')
      const address = `${env.DISCORD_API_URL}/v10/channels/${stage.channel('general')}/messages`
      const headers = { authorization: `Bot ${env.DISCORD_TOKEN}` }
      return (await (await fetch(address, { method: 'POST', headers, body })).json()) as { id: string }
    }
    const sent = await Promise.all([post(), post(), post()])
    expect(new Set(sent.map(message => message.id)).size).toBe(1)
  })

  test('the same nonce makes one message for five minutes where that is asked for', async () => {
    await using opened = await openClocked()
    const { stage, time } = opened
    const body = { content: 'once', nonce: 'job-1', enforce_nonce: true }
    const one = await send(stage, body)
    expect((await send(stage, body)).id).toBe(one.id)
    expect((await send(stage, { ...body, enforce_nonce: false })).id).not.toBe(one.id)
    time.now += 5 * 60_000 + 1
    expect((await send(stage, body)).id).not.toBe(one.id)
  })

  test('a text pings only whom allowed_mentions lets it ping', async () => {
    await using stage = await openStage()
    const [mira, jonas] = [stage.user('Mira'), stage.user('Jonas')]
    const content = `<@${mira}> <@${jonas}> @everyone`
    const pinged = async (allowed?: object) =>
      (await send(stage, { content, ...(allowed ? { allowed_mentions: allowed } : {}) })).mentions.map(
        user => user.id,
      )
    expect(await pinged()).toEqual([mira, jonas])
    expect(await pinged({ parse: [] })).toEqual([])
    expect(await pinged({ users: [jonas] })).toEqual([jonas])
    expect(await pinged({ parse: ['users'] })).toEqual([mira, jonas])
  })

  test('a text pings of the roles only those that can be mentioned, and only where allowed_mentions lets it', async () => {
    await using stage = await openStage()
    const [approvers, animators] = ['Approvers', 'Animators'].map(
      name => stage.sandbox.discord.state().roles.find(role => role.name === name)!.id,
    ) as [string, string]
    const content = `<@&${approvers}> <@&${animators}> @everyone`
    const pinged = async (allowed?: object) => {
      const sent = await send(stage, { content, ...(allowed ? { allowed_mentions: allowed } : {}) })
      expect(sent.mention_everyone).toBe(false)
      return sent.mention_roles
    }
    // The bot lacks MENTION_EVERYONE, as its installation asks for it.
    expect(await pinged()).toEqual([approvers])
    expect(await pinged({ parse: [] })).toEqual([])
    expect(await pinged({ parse: ['users', 'everyone'] })).toEqual([])
    expect(await pinged({ roles: [approvers, animators] })).toEqual([approvers])
    expect(await pinged({ parse: ['roles'] })).toEqual([approvers])
    await expect(pinged({ parse: ['roles'], roles: [approvers] })).rejects.toThrow('mutually exclusive')
    // The owner may mention all.
    const post = { user_id: stage.user('Ada'), channel_id: stage.channel('clips'), content }
    const own = (await (await stage.act('/discord/message', post)).json()) as SandboxMessage
    expect(own.mention_roles).toEqual([approvers, animators])
  })

  test('the sixth message to a channel within 5 s is refused with 429, and the headers say how many are left', async () => {
    await using stage = await openStage()
    const { env } = stage.sandbox
    const post = (channel: string) =>
      fetch(`${env.DISCORD_API_URL}/v10/channels/${channel}/messages`, {
        method: 'POST',
        headers: { authorization: `Bot ${env.DISCORD_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ content: 'again' }),
      })
    const general = stage.channel('general')
    const left: (string | null)[] = []
    for (let n = 0; n < 5; n += 1) left.push((await post(general)).headers.get('x-ratelimit-remaining'))
    expect(left).toEqual(['4', '3', '2', '1', '0'])
    const refused = await post(general)
    expect(refused.status).toBe(429)
    const body = (await refused.json()) as { retry_after: number }
    expect(body).toMatchObject({ global: false, message: 'You are being rate limited.' })
    expect(body.retry_after).toBeGreaterThan(0)
    expect(body.retry_after).toBeLessThanOrEqual(5)
    expect((await post(stage.channel('clips'))).status).toBe(200)
  })
})

describe('faults', () => {
  test('an unknown name is refused with the names that there are', async () => {
    await using stage = await openStage()
    const answer = await stage.act('/faults', { name: 'nope', on: true })
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ error: expect.stringContaining('discord-500') })
    await expect(openStage({ faults: ['nope'] })).rejects.toThrow('There is no fault "nope"')
  })

  test('discord-500 fails every POST once without doing it; discord-lost-answer does it and fails', async () => {
    await using stage = await openStage()
    const general = stage.channel('general')
    const post = () => stage.rest.post(Routes.channelMessages(general), { body: { content: 'counted' } })
    const count = () =>
      stage.sandbox.discord.state().messages.filter(message => message.content === 'counted').length
    await stage.act('/faults', { name: 'discord-500', on: true })
    await expect(post()).rejects.toMatchObject({ status: 500 })
    expect(count()).toBe(0)
    await post()
    expect(count()).toBe(1)
    await stage.act('/faults', { name: 'discord-500', on: false })
    await stage.act('/faults', { name: 'discord-lost-answer', on: true })
    await expect(post()).rejects.toMatchObject({ status: 500 })
    expect(count()).toBe(2)
  })

  test('discord-slow answers after 2 s, with the work done at once', async () => {
    await using stage = await openStage({ faults: ['discord-slow'] })
    const done = stage.event('message')
    const started = performance.now()
    const sent = stage.rest.post(Routes.channelMessages(stage.channel('general')), {
      body: { content: 'slow' },
    })
    await done
    const doneAfter = performance.now() - started
    await sent
    expect(performance.now() - started).toBeGreaterThanOrEqual(1990)
    expect(doneAfter).toBeLessThan(performance.now() - started - 1000)
  })

  test('clip-vanished takes the file of a slash command away, and its link is good again afterwards', async () => {
    await using stage = await openStage({ faults: ['clip-vanished'] })
    const { url } = await stage.upload('a.mp4', new Uint8Array(10))
    expect((await fetch(url)).status).toBe(404)
    await stage.act('/faults', { name: 'clip-vanished', on: false })
    expect((await fetch(url)).status).toBe(200)
  })

  test('cdn-slow sends at about 100 kB/s, in ranges too', async () => {
    await using stage = await openStage({ faults: ['cdn-slow'] })
    const bytes = Buffer.alloc(60_000, 'murano')
    const { url } = await stage.upload('a.mp4', new Uint8Array(bytes))
    const started = performance.now()
    const part = await fetch(url, { headers: { range: 'bytes=1-40000' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 1-40000/60000'])
    expect(await part.text()).toBe(bytes.toString('utf8', 1, 40_001))
    expect(performance.now() - started).toBeGreaterThan(300)
    expect((await fetch(url, { headers: { range: 'bytes=60000-' } })).status).toBe(416)
  })
})

describe('the CDN', () => {
  test('a link is good for a day, and for nothing once a letter of it is changed', async () => {
    await using opened = await openClocked()
    const { stage, time } = opened
    const { url } = await stage.upload('a.mp4', new Uint8Array(10))
    expect((await fetch(url)).headers.get('content-type')).toBe('video/mp4')
    expect((await fetch(url.replace(/ex=[0-9a-f]/, 'ex=f'))).status).toBe(403)
    expect((await fetch(url.split('?')[0]!)).status).toBe(403)
    time.now += 24 * 3600_000 + 1000
    expect((await fetch(url)).status).toBe(404)
  })

  test('a file over the member limit is refused, however it is sent', async () => {
    await using stage = await openStage({ discord: { memberUploadLimit: 1000 } })
    await stage.upload('fits.mp4', new Uint8Array(1000))
    await expect(stage.upload('big.mp4', new Uint8Array(1001))).rejects.toThrow('413')
    const chunks = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(600))
        controller.enqueue(new Uint8Array(600))
        controller.close()
      },
    })
    const address = `${stage.sandbox.url}/sandbox/discord/attachments?filename=big.mp4`
    const streamed = await fetch(address, { method: 'POST', body: chunks, duplex: 'half' } as RequestInit)
    expect(streamed.status).toBe(413)
  })
})
