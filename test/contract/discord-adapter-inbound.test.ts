import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { createDiscord } from '../../adapters/discord/index.ts'
import { encodeAction } from '../../src/core/action.ts'
import { ADMIN_ACTS } from '../../src/core/admin.ts'
import type { Found } from '../../src/core/chat.ts'
import { openScene, recorder, recordingLog, text } from './discord-adapter-kit.ts'

const action = { name: 'confirm' as const, jobId: 'k3j9x2m4q8', version: 3 }
const asking = text('Upscale it?', {
  controls: [
    {
      kind: 'select',
      placeholder: 'Change the size',
      action: { ...action, name: 'factor' },
      options: [2, 4].map(n => ({ value: `${n}`, label: `${n}x`, description: '', chosen: n === 2 })),
    },
    [{ kind: 'button', label: 'Confirm', look: 'primary', action }],
  ],
})

describe('starting', () => {
  it('registers the commands where they are missing or differ, and leaves them alone where they are as wanted', async () => {
    await using scene = await openScene()
    const writes = () => scene.events.filter(event => event.type === 'commands').length
    expect(writes()).toBe(1)
    expect(scene.sandbox.discord.state().commands).toMatchObject([
      {
        name: 'upscale',
        type: 1,
        contexts: [0],
        integration_types: [0],
        options: [
          { type: 11, required: false, file_types: ['video'] },
          { type: 3, required: false },
          { type: 4 },
        ],
      },
      { name: 'Upscale video', type: 3, contexts: [0], integration_types: [0], description: '' },
      {
        name: 'upscale-admin',
        type: 1,
        contexts: [0],
        integration_types: [0],
        default_member_permissions: '32',
        options: ADMIN_ACTS.map(name => ({ type: 1, name })),
      },
    ])
    const again = async () => {
      const { DISCORD_TOKEN: token, DISCORD_API_URL: apiUrl } = scene.sandbox.env
      const other = createDiscord({ token, apiUrl, log: recordingLog(), clock: Date.now })
      await other.start(recorder())
      await other.stop()
    }
    await again()
    expect(writes()).toBe(1)

    const { application_id } = scene.sandbox.discord.state()
    const body = [{ name: 'upscale', type: 1, description: 'An older one' }]
    await scene.rest.put(`/applications/${application_id}/commands`, { body })
    await again()
    expect(writes()).toBe(3)
    expect(scene.sandbox.discord.state().commands).toMatchObject([
      { contexts: [0], options: [{}, {}, {}] },
      { type: 3 },
      { name: 'upscale-admin' },
    ])
  })

  it('says in plain words that the token is wrong, and what to do', async () => {
    await using scene = await openScene({ start: false, adapter: { token: 'bm9ib2R5.x.y' } })
    await expect(scene.adapter.start(scene.inbox)).rejects.toThrow(
      /does not accept DISCORD_TOKEN.*discord\.com\/developers/,
    )
  })

  it('says that Discord can not be reached, and where it was looked for', async () => {
    const adapter = createDiscord({
      token: 'a.b.c',
      apiUrl: 'http://127.0.0.1:9/api',
      log: recordingLog(),
      clock: Date.now,
    })
    await expect(adapter.start(recorder())).rejects.toMatchObject({
      code: 'discord_unreachable',
      message: expect.stringContaining('http://127.0.0.1:9/api'),
    })
    await adapter.stop()
  })
})

describe('/upscale', () => {
  it('reaches the inbox with everything that is known of it', async () => {
    await using scene = await openScene()
    const before = Date.now()
    const id = await scene.slash({ factor: 4, fileName: 'лиса идёт.mp4' })
    await scene.inbox.reached(1)
    expect(scene.inbox.requests).toEqual([
      {
        platform: 'discord',
        eventId: `discord:${id}`,
        place: { communityId: scene.ids.guild, channelId: scene.ids.lab, isThread: false },
        requesterId: scene.ids.mira,
        factor: 4,
        fileName: 'лиса идёт.mp4',
        found: {
          clip: {
            url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/discord\/cdn\//),
            fileName: 'лиса идёт.mp4',
            origin: 'discord',
            access: null,
          },
          problem: null,
        },
        reply: {
          kind: 'discord',
          of: 'command',
          applicationId: scene.sandbox.discord.state().application_id,
          interactionId: id,
          token: expect.any(String),
          at: expect.any(Number),
        },
        replySeenBy: 'everybody',
      },
    ])
    expect(scene.inbox.last().reply.at).toBeGreaterThanOrEqual(before)
  })

  it('asks for twice the size where nobody says, and knows a thread for one', async () => {
    await using scene = await openScene()
    await scene.slash({ channel: scene.ids.thread })
    await scene.inbox.reached(1)
    expect(scene.inbox.requests[0]).toMatchObject({
      factor: 2,
      place: { channelId: scene.ids.thread, isThread: true },
    })
  })

  it('takes a link instead of a file', async () => {
    await using scene = await openScene()
    await scene.slash({ fileName: null, url: ' https://a.example/reel/fox%20walk.mp4?k=1 ', factor: 4 })
    await scene.inbox.reached(1)
    expect(scene.inbox.requests[0]).toMatchObject({
      fileName: 'fox walk.mp4',
      found: {
        clip: {
          url: 'https://a.example/reel/fox%20walk.mp4?k=1',
          fileName: 'fox walk.mp4',
          origin: 'link',
          access: null,
        },
        problem: null,
      },
      factor: 4,
    })
  })

  it.each([
    ['neither a file nor a link', { fileName: null }, 'no_clip'],
    ['a file and a link', { url: 'https://a.example/fox.mp4' }, 'two_clips'],
    ['something that is no link', { fileName: null, url: 'fox.mp4' }, 'link_invalid'],
    ['a link to somewhere else than the web', { fileName: null, url: 'file:///etc/passwd' }, 'link_invalid'],
  ])('with %s says so', async (_, options, code) => {
    await using scene = await openScene()
    await scene.slash(options)
    await scene.inbox.reached(1)
    expect(scene.inbox.requests[0]).toMatchObject({ found: { clip: null, problem: { code, facts: {} } } })
  })

  it('is acknowledged in time however long the inbox takes', async () => {
    await using scene = await openScene()
    const gate = Promise.withResolvers<void>()
    scene.inbox.behave = () => gate.promise
    const acknowledged = scene.seen('interaction')
    await scene.slash()
    expect(await acknowledged).toMatchObject({ status: 'acknowledged', callback_type: 5 })
    gate.resolve()
  })

  it('that was taken is waited for by stop(), which takes no more', async () => {
    await using scene = await openScene()
    const gate = Promise.withResolvers<void>()
    scene.inbox.behave = () => gate.promise
    await scene.slash()
    await scene.inbox.reached(1)
    let stopped = false
    const stopping = scene.adapter.stop().then(() => {
      stopped = true
    })
    const unheard = scene.seen('interaction', event => event.status === 'failed')
    await scene.slash()
    await unheard // three seconds later
    expect(scene.inbox.count()).toBe(1)
    expect(stopped).toBe(false)
    const answer = await scene.adapter.chat.reply(scene.inbox.last().reply, text('done'))
    expect(scene.message(answer!.messageId).loading).toBe(false)
    gate.resolve()
    await stopping
  })

  it('names the permissions that are missing as the settings page does, those of a thread in a thread', async () => {
    await using scene = await openScene()
    const deny = [
      'SEND_MESSAGES',
      'SEND_MESSAGES_IN_THREADS',
      'CREATE_PUBLIC_THREADS',
      'READ_MESSAGE_HISTORY',
    ]
    await scene.control('permissions', { channel_id: scene.ids.lab, deny })
    await scene.slash()
    await scene.inbox.reached(1)
    await scene.slash({ channel: scene.ids.thread })
    await scene.inbox.reached(2)
    const missing = (...permissions: string[]) => ({
      code: 'missing_permission',
      facts: { permissions: permissions.join(', ') },
    })
    expect(scene.inbox.requests.map(({ found }) => (found as Found).problem)).toEqual([
      missing(
        'Send Messages',
        'Send Messages in Threads',
        'Create Public Threads',
        // Who can't talk can neither embed nor attach.
        'Embed Links',
        'Attach Files',
        'Read Message History',
      ),
      missing('Send Messages in Threads', 'Embed Links', 'Attach Files', 'Read Message History'),
    ])
  })

  it('delivered three times reaches the inbox as the same event', async () => {
    await using scene = await openScene()
    const id = await scene.slash({ deliveries: 3 })
    await scene.inbox.reached(3)
    expect(scene.inbox.requests.map(request => request.eventId)).toEqual(Array(3).fill(`discord:${id}`))
    expect(scene.sandbox.discord.state().messages.filter(message => message.loading)).toHaveLength(1)
  })

  it('is answered with an apology when the inbox breaks, and the process lives on', async () => {
    await using scene = await openScene()
    scene.inbox.behave = () => Promise.reject(new Error('the database is away'))
    const filled = scene.seen('message', ({ message }) => message.interaction !== null && !message.loading)
    await scene.slash()
    expect(JSON.stringify((await filled).message.components)).toContain('asking charges nothing')
    expect(scene.log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringMatching(/could not be dealt with/) }),
    )

    scene.inbox.behave = async () => {}
    await scene.slash()
    await scene.inbox.reached(2)
  })

  it('is not overwritten by the apology for a later delivery of it', async () => {
    await using scene = await openScene()
    const broken = Promise.withResolvers<void>()
    scene.inbox.behave = async () => {
      if (scene.inbox.count() === 1) return
      broken.resolve()
      throw new Error('the database is away')
    }
    await scene.slash({ deliveries: 2 })
    await broken.promise
    const answer = await scene.adapter.chat.reply(scene.inbox.requests[0]!.reply!, text('the card'))
    const { messageId } = answer!
    await scene.adapter.stop()
    expect(JSON.stringify(scene.message(messageId).components)).toContain('the card')
    expect(scene.message(messageId).edits).toBeLessThanOrEqual(1)
  })
})

it('a command that is no longer ours is said to be one, to the member alone', async () => {
  await using scene = await openScene()
  const { application_id } = scene.sandbox.discord.state()
  const body = { name: 'old', type: 1, description: 'From another time' }
  await scene.rest.post(`/applications/${application_id}/commands`, { body })
  const said = scene.seen('message')
  await scene.control('slash', {
    user_id: scene.ids.mira,
    channel_id: scene.ids.lab,
    name: 'old',
    options: {},
  })
  const { message } = await said
  expect(message.ephemeral_for).toBe(scene.ids.mira)
  expect(JSON.stringify(message.components)).toContain('older version')
  expect(scene.inbox.count()).toBe(0)
})

describe('a press', () => {
  it('is acknowledged without a new message and reaches the inbox with its action', async () => {
    await using scene = await openScene()
    const { messageId } = await scene.adapter.chat.post(scene.ids.lab, asking, { key: 'k' })
    const before = scene.sandbox.discord.state().messages.length
    const acknowledged = scene.seen('interaction')
    const id = await scene.press(messageId, encodeAction(action))
    expect(await acknowledged).toMatchObject({ status: 'acknowledged', callback_type: 6 })
    await scene.inbox.reached(1)
    expect(scene.inbox.presses).toEqual([
      {
        platform: 'discord',
        eventId: `discord:${id}`,
        presserId: scene.ids.jonas,
        presserManages: expect.any(Function),
        presserIsIn: expect.any(Function),
        message: { channelId: scene.ids.lab, messageId },
        redelivered: false,
        action,
        value: null,
        reply: expect.objectContaining({ of: 'press', interactionId: id }),
      },
    ])
    await scene.press(messageId, encodeAction({ ...action, name: 'factor' }), { values: ['4'] })
    await scene.inbox.reached(2)
    expect(scene.inbox.presses[1]).toMatchObject({ action: { name: 'factor' }, value: '4' })
    expect(scene.sandbox.discord.state().messages).toHaveLength(before)
  })

  it('on a control that is not ours reaches the inbox without an action', async () => {
    await using scene = await openScene()
    const body = {
      content: 'old',
      components: [{ type: 1, components: [{ type: 2, style: 1, label: 'x', custom_id: 'u0:x' }] }],
    }
    const old = (await scene.rest.post(`/channels/${scene.ids.lab}/messages`, { body })) as { id: string }
    await scene.press(old.id, 'u0:x')
    await scene.inbox.reached(1)
    expect(scene.inbox.presses[0]?.action).toBeNull()
  })

  it('that breaks is answered to the presser alone', async () => {
    await using scene = await openScene()
    const { messageId } = await scene.adapter.chat.post(scene.ids.lab, asking, { key: 'k' })
    scene.inbox.behave = () => Promise.reject(new Error('the database is away'))
    const said = scene.seen('message', ({ message }) => message.ephemeral_for !== null)
    await scene.press(messageId, encodeAction(action))
    const { message } = await said
    expect(message.ephemeral_for).toBe(scene.ids.jonas)
    expect(JSON.stringify(message.components)).toContain('may not have counted')
  })
})

describe('the connection', () => {
  it('comes back after a cut and goes on', async () => {
    await using scene = await openScene()
    const gone = scene.seen('bot', event => !event.online)
    const back = scene.seen('bot', event => event.online)
    scene.sandbox.discord.faults.set('gateway-drop', true)
    await gone
    await back
    // A cut that shows as ECONNRESET makes discord.js begin a new session, which Discord rations to one in 5 s.
    await vi.waitUntil(() => scene.adapter.isConnected(), { timeout: 30_000 })
    await scene.slash()
    await scene.inbox.reached(1)
  })

  it('takes nothing after stop(), which may be called again', async () => {
    await using scene = await openScene()
    expect(scene.adapter.isConnected()).toBe(true)
    await Promise.all([scene.adapter.stop(), scene.adapter.stop()])
    await scene.adapter.stop()
    expect(scene.adapter.isConnected()).toBe(false)
    expect(scene.sandbox.discord.state().bot_online).toBe(false)
  })

  it('leaves nothing behind that keeps the process alive', async () => {
    await using scene = await openScene({ start: false })
    const script = `
      import { createDiscord } from './adapters/discord/index.ts'
      const quiet = () => {}
      const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
      const { DISCORD_TOKEN: token, DISCORD_API_URL: apiUrl } = process.env
      const adapter = createDiscord({ token, apiUrl, log, clock: Date.now })
      await adapter.start({ request: async () => {}, press: async () => {}, left: async () => {} })
      await adapter.stop()
      console.log('stopped')`
    const env = { ...process.env, ...scene.sandbox.env, NODE_OPTIONS: '' }
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env,
      timeout: 30_000,
    })
    expect((await run).stdout).toBe('stopped\n')
  })
})
