import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebClient } from '@slack/web-api'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { openPeople, type People } from './sandbox-slack-people.kit.ts'

const slash = (people: People, text = 'hello', more: object = {}) =>
  people.done('slash', { ...people.who('Mira'), command: '/upscale', text, ...more })
const mention = async (people: People, more: object = {}) => {
  const text = `<@${bot(people)}> this one`
  return (await people.done('message', { ...people.who('Mira'), text, ...more })).ticket
}
const bot = (people: People) => people.sandbox.slack.state().workspaces[0]!.bot_user_id

interface Envelope {
  envelope_id: string
  type: string
  payload: { event_id: string }
  accepts_response_payload: boolean
  retry_attempt?: number
  retry_reason?: string
}

/** A connection of our own, to see what Bolt does not show. */
async function openSocket(people: People) {
  const { SLACK_APP_TOKEN, SLACK_API_URL } = people.sandbox.env
  const client = new WebClient(SLACK_APP_TOKEN, { slackApiUrl: SLACK_API_URL, retryConfig: { retries: 0 } })
  const { url } = await client.apps.connections.open()
  const socket = new WebSocket(url!)
  const waiting: ((frame: never) => void)[] = []
  const frames: unknown[] = []
  socket.on('message', raw => {
    const frame: unknown = JSON.parse(String(raw))
    const next = waiting.shift()
    if (next) next(frame as never)
    else frames.push(frame)
  })
  const next = <T = Envelope>(): Promise<T> =>
    frames.length > 0 ? Promise.resolve(frames.shift() as T) : new Promise(resolve => waiting.push(resolve))
  onTestFinished(() => socket.terminate())
  return {
    socket,
    url: url!,
    next,
    ack: (envelope: Envelope) => socket.send(JSON.stringify({ envelope_id: envelope.envelope_id })),
  }
}

describe('Socket Mode', () => {
  test('a command reaches the app whole, and what the app acknowledges it with is shown to the person', async () => {
    await using people = await openPeople()
    const app = people.socketApp()
    let seen: Record<string, string> = {}
    app.command('/upscale', async ({ command, ack }) => {
      seen = command as never
      await ack('Working on it.')
    })
    const online = people.event('bot')
    await app.start()
    expect(await online).toEqual({ type: 'bot', online: true })
    const shown = people.event('message')
    const acknowledged = people.event('interaction')
    const { ticket } = await slash(people, 'https://a.b/c?d=1&e=2 4x')
    expect(await acknowledged).toMatchObject({ ticket, status: 'acknowledged' })
    expect((await shown).message).toMatchObject({
      text: 'Working on it.',
      ephemeral_for: people.user('Mira'),
      user: bot(people),
    })
    expect(seen).toEqual({
      token: expect.any(String),
      team_id: 'T0REELROOM1',
      team_domain: 'the-reel-room',
      channel_id: people.channel('clips'),
      channel_name: 'clips',
      user_id: people.user('Mira'),
      user_name: 'mira',
      api_app_id: 'A0MURANO001',
      is_enterprise_install: 'false',
      command: '/upscale',
      text: 'https://a.b/c?d=1&e=2 4x',
      response_url: expect.stringContaining('/slack/response/T0REELROOM1/'),
      trigger_id: expect.any(String),
    })
  })

  test('each payload goes to one of several connections', async () => {
    await using people = await openPeople()
    const [one, two] = [await openSocket(people), await openSocket(people)]
    expect(await one.next()).toMatchObject({ type: 'hello', num_connections: 1 })
    expect(await two.next()).toMatchObject({ type: 'hello', num_connections: 2 })
    await slash(people, 'first')
    await slash(people, 'second')
    expect([await one.next(), await two.next()]).toMatchObject([
      { type: 'slash_commands', accepts_response_payload: true, payload: { text: 'first' } },
      { type: 'slash_commands', accepts_response_payload: true, payload: { text: 'second' } },
    ])
  })

  test('a ticket opens one connection, and an invented one none', async () => {
    await using people = await openPeople()
    const { url, next } = await openSocket(people)
    await next()
    for (const address of [url, url.replace(/ticket=.*/, 'ticket=made-up')]) {
      const again = new WebSocket(address)
      const [error] = await once(again, 'error')
      expect(error.message).toContain('401')
    }
  })

  test('the eleventh connection of an app is sent away', async () => {
    await using people = await openPeople()
    for (let count = 1; count <= 10; count += 1) await (await openSocket(people)).next()
    const eleventh = await openSocket(people)
    expect(await eleventh.next()).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' })
  })

  test('a command that nobody answers has failed after 3 seconds and is not sent again', async () => {
    await using people = await openPeople()
    const { next, socket } = await openSocket(people)
    await next()
    const failed = people.event('interaction')
    const { ticket } = await slash(people)
    await next()
    people.time.leap(2900)
    expect(people.time.running).toContain(3000)
    people.time.leap(100)
    expect(await failed).toMatchObject({ ticket, status: 'failed', ms: expect.closeTo(3000, -3) })
    expect(people.time.running.filter(ms => ms < 600_000)).toEqual([])
    expect(socket.readyState).toBe(WebSocket.OPEN)
  })

  test('with nobody connected a command fails at once', async () => {
    await using people = await openPeople()
    const failed = people.event('interaction')
    const { ticket } = await slash(people)
    expect(await failed).toMatchObject({ ticket, status: 'failed' })
  })

  test('an event that is not acknowledged comes again at once, after a minute and after five, as the same event', async () => {
    await using people = await openPeople()
    const { next, ack } = await openSocket(people)
    await next()
    await mention(people)
    const envelopes = [await next()]
    for (const wait of [0, 60_000, 300_000]) {
      people.time.leap(3000)
      await people.time.started(wait)
      people.time.leap(wait)
      envelopes.push(await next())
    }
    expect(envelopes.map(({ retry_attempt, retry_reason }) => [retry_attempt, retry_reason])).toEqual([
      [0, ''],
      [1, 'timeout'],
      [2, 'timeout'],
      [3, 'timeout'],
    ])
    expect(new Set(envelopes.map(({ payload }) => payload.event_id)).size).toBe(1)
    expect(new Set(envelopes.map(({ envelope_id }) => envelope_id)).size).toBe(4)
    expect(envelopes[0]).toMatchObject({ type: 'events_api', accepts_response_payload: false })
    // There is no fourth.
    people.time.leap(3000)
    ack(envelopes[3]!)
    await slash(people)
    expect(await next()).toMatchObject({ type: 'slash_commands' })
    expect(people.time.running.filter(ms => ms < 600_000)).toEqual([3000])
  })

  test('an event that is acknowledged the second time does not come a third time', async () => {
    await using people = await openPeople()
    const { next, ack } = await openSocket(people)
    await next()
    await mention(people)
    await next()
    people.time.leap(3000)
    await people.time.started(0)
    people.time.leap(0)
    ack(await next())
    const answered = people.event('interaction', event => event.status === 'acknowledged')
    await slash(people)
    ack(await next())
    await answered
    expect(people.time.running.filter(ms => ms < 600_000)).toEqual([])
  })

  test('the same payload comes as often as asked, and again by its ticket as a retry', async () => {
    await using people = await openPeople()
    const app = people.socketApp()
    const seen: { id: string; retry: unknown }[] = []
    let arrived = () => {}
    app.event('app_mention', async ({ body, context }) => {
      seen.push({ id: body.event_id, retry: context.retryNum })
      arrived()
    })
    await app.start()
    const count = (wanted: number) =>
      new Promise<void>(resolve => {
        arrived = () => seen.length >= wanted && resolve()
        arrived()
      })
    const ticket = await mention(people, { deliveries: 3 })
    await count(3)
    await people.done('redeliver', { ticket, retry: 2 })
    await count(4)
    expect(new Set(seen.map(({ id }) => id)).size).toBe(1)
    expect(seen.map(({ retry }) => retry)).toEqual([0, 0, 0, 2])
    expect((await people.act('redeliver', { ticket: 'Tk0', retry: 1 })).status).toBe(404)
  })

  test('a cut connection is opened anew by the app, and so is one that Slack replaces', async () => {
    await using people = await openPeople()
    const app = people.socketApp()
    app.command('/upscale', ({ ack }) => ack())
    await app.start()
    const again = async (cut: () => void) => {
      const gone = people.event('bot', ({ online }) => !online)
      const back = people.event('bot', ({ online }) => online)
      cut()
      await gone
      await back
      const answered = people.event('interaction')
      await slash(people)
      expect((await answered).status).toBe('acknowledged')
    }
    const { faults } = people.sandbox.slack
    await again(() => faults.set('slack-socket-drop', true))
    expect(faults.list().find(({ name }) => name === 'slack-socket-drop')?.on).toBe(false)
    await again(() => people.time.leap(6 * 3600_000))
  })

  test('closing lets the app say goodbye and does not wait for long', async () => {
    const people = await openPeople()
    const { socket, next } = await openSocket(people)
    await next()
    const closed = once(socket, 'close')
    await people[Symbol.asyncDispose]()
    expect((await closed)[0]).toBe(1000)
  })
})

test('an app that stops and a stand-in that closes right after leave no process hanging, nor does an event in vain', async () => {
  const program = `
    import { App } from '@slack/bolt'
    import { startSandbox } from './src/sandbox/server.ts'
    const sandbox = await startSandbox({ playground: false })
    const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_API_URL } = sandbox.env
    const clientOptions = { slackApiUrl: SLACK_API_URL }
    const app = new App({ token: SLACK_BOT_TOKEN, appToken: SLACK_APP_TOKEN, socketMode: true, clientOptions })
    const [{ bot_user_id }] = sandbox.slack.state().workspaces
    const channel = sandbox.slack.state().channels.find(({ name }) => name === 'clips')
    const mention = { user_id: channel.members[0], channel_id: channel.id, text: \`<@\${bot_user_id}>\` }
    const headers = { 'content-type': 'application/json' }
    const address = sandbox.url + '/sandbox/slack/message'
    const said = await fetch(address, { method: 'POST', headers, body: JSON.stringify(mention) })
    if (!(await said.json()).ticket) throw new Error('nothing was sent')
    await app.start()
    await app.stop()
    await sandbox.close()
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' })
  // Bolt itself waits for 30 s where its goodbye is not answered.
  const late = setTimeout(() => child.kill(), 20_000)
  const [code] = await once(child, 'exit')
  clearTimeout(late)
  expect(code).toBe(0)
}, 30_000)

interface Reply {
  status: number
  headers?: object
}

/** A request URL of our own that answers as it is told. */
async function openEndpoint(answer: () => Reply | Promise<Reply>) {
  const got: { headers: IncomingMessage['headers']; body: string }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    if (body.includes('url_verification')) return void response.end(JSON.parse(body).challenge)
    got.push({ headers: request.headers, body })
    const { status, headers } = await answer()
    response.writeHead(status, { ...headers }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => server.closeAllConnections())
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, got }
}

describe('request URLs', () => {
  test('an address is taken when it answers the challenge, and then gets what sockets got before', async () => {
    await using people = await openPeople()
    const { slack } = people.sandbox
    const { app, url } = await people.httpApp()
    app.command('/upscale', ({ ack }) => ack({ response_type: 'in_channel', text: 'Seen by all.' }))
    const online = people.event('bot')
    await slack.setRequestUrl(url)
    expect(await online).toEqual({ type: 'bot', online: true })
    const shown = people.event('message')
    await slash(people, 'a+b & ü')
    expect((await shown).message).toMatchObject({ text: 'Seen by all.', ephemeral_for: null })
    const offline = people.event('bot')
    await slack.setRequestUrl(null)
    expect(await offline).toEqual({ type: 'bot', online: false })
  })

  test('an address that does not answer the challenge is refused', async () => {
    await using people = await openPeople()
    const { slack } = people.sandbox
    const stranger = await people.httpApp(() => ({ signingSecret: 'another' }))
    await expect(slack.setRequestUrl(stranger.url)).rejects.toThrow(/challenge: status 401/)
    await expect(slack.setRequestUrl('http://127.0.0.1:1/')).rejects.toThrow(/challenge: connection_failed/)
    expect(slack.state().bot_online).toBe(false)
  })

  test('a payload whose signature is wrong is refused by the app, and an event comes again with its number', async () => {
    await using people = await openPeople()
    let secret = people.sandbox.slack.oauthApp.signingSecret
    const good = secret
    const { app, url } = await people.httpApp(() => ({ signingSecret: async () => secret }))
    const seen = new Promise(resolve => {
      app.event('app_mention', async ({ body, context, event }) =>
        resolve({ id: body.event_id, num: context.retryNum, reason: context.retryReason, text: event.text }),
      )
    })
    app.command('/upscale', ({ ack }) => ack())
    await people.sandbox.slack.setRequestUrl(url)
    secret = 'another'
    const failed = people.event('interaction')
    await slash(people)
    expect((await failed).status).toBe('failed')
    const lost = people.event('interaction')
    await mention(people)
    expect((await lost).status).toBe('failed')
    await people.time.started(0)
    secret = good
    people.time.leap(0)
    expect(await seen).toEqual({
      id: expect.stringMatching(/^Ev/),
      num: 1,
      reason: 'http_error',
      text: expect.stringContaining('this one'),
    })
  })

  test('the app can ask for no further attempts', async () => {
    await using people = await openPeople()
    let noRetry = '1'
    const { url, got } = await openEndpoint(() => ({ status: 500, headers: { 'x-slack-no-retry': noRetry } }))
    await people.sandbox.slack.setRequestUrl(url)
    const failed = () => people.event('interaction', event => event.status === 'failed')
    const first = failed()
    await mention(people)
    await first
    expect(people.time.running).toEqual([])
    noRetry = '0'
    const second = failed()
    await mention(people)
    await second
    await people.time.started(0)
    expect(got).toHaveLength(2)
    expect(got[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-slack-signature': expect.stringMatching(/^v0=[0-9a-f]{64}$/),
    })
    expect(got[0]?.headers).not.toHaveProperty('x-slack-retry-num')
  })

  test('an app that takes longer than 3 seconds has not answered, and is told so with the next attempt', async () => {
    await using people = await openPeople()
    const held: (() => void)[] = []
    const { url, got } = await openEndpoint(() => new Promise(() => held.shift()?.()))
    await people.sandbox.slack.setRequestUrl(url)
    const asked = () => new Promise<void>(resolve => held.push(resolve))
    const first = asked()
    const failed = people.event('interaction')
    await mention(people)
    await first
    people.time.leap(3000)
    expect((await failed).status).toBe('failed')
    await people.time.started(0)
    const second = asked()
    people.time.leap(0)
    await second
    expect(got[1]?.headers).toMatchObject({
      'x-slack-retry-num': '1',
      'x-slack-retry-reason': 'http_timeout',
    })
    expect(got[1]?.body).toBe(got[0]?.body)
  })

  test('what people do with messages arrives whole, whatever is written in them', async () => {
    await using people = await openPeople()
    const { app, url } = await people.httpApp()
    const used = new Promise(resolve =>
      app.shortcut('upscale_video', async ({ shortcut, ack }) => {
        await ack()
        resolve(shortcut)
      }),
    )
    await people.sandbox.slack.setRequestUrl(url)
    const text = '100% + 1 = ü & "fox"'
    const { ts } = await people.done<{ ts: string }>('message', { ...people.who('Mira'), text })
    const shortcut = { ...people.who('Mira'), message_ts: ts, callback_id: 'upscale_video' }
    const answered = people.event('interaction')
    await people.done('shortcut', shortcut)
    expect(await used).toMatchObject({ message: { text: '100% + 1 = ü &amp; "fox"' } })
    expect((await answered).status).toBe('acknowledged')
  })
})
