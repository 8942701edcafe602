import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Logger, LogLevel, WebClient } from '@slack/web-api'
import {
  MOUNT,
  type SlackFile,
  type SlackFileKind,
  type SlackMessage,
  type SlackSandboxEvent,
  type SlackState,
  type SlackTicket,
} from '../../src/sandbox/control.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts'

/** A sandbox with the hands of its people and Slack's own WebClient on the other side. */
export interface Stage extends AsyncDisposable {
  sandbox: Sandbox
  /** Slack's own client with the token of The Reel Room, without retries. */
  web: WebClient
  /** The same with another token, or with none. */
  client(token?: string): WebClient
  /** POSTs to a control route. */
  act(path: string, body: unknown): Promise<Response>
  /** The same; throws where the route refuses. */
  done<T = SlackTicket>(path: string, body: unknown): Promise<T>
  upload(
    filename: string,
    bytes: Uint8Array<ArrayBuffer>,
    by?: { user?: string; kind?: SlackFileKind },
  ): Promise<SlackFile>
  /** The next event that fits. */
  event<T extends SlackSandboxEvent['type']>(
    type: T,
    fits?: (event: Extract<SlackSandboxEvent, { type: T }>) => boolean,
  ): Promise<Extract<SlackSandboxEvent, { type: T }>>
  state(): SlackState
  channel(name: string): string
  user(name: string): string
  team(name: string): string
  message(channel: string, ts: string): SlackMessage | undefined
}

/** Refusals are what the tests are about: Slack's client would write every one of them to stderr. */
const SILENT: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}

/** The project's manifest, asking for these scopes besides, and for some of its own not. */
export async function manifestWith(scopes: readonly string[], without: readonly string[] = []): Promise<URL> {
  const file = join(await mkdtemp(join(tmpdir(), 'manifest-')), 'slack-manifest.yaml')
  const own = await readFile(new URL('../../slack-manifest.yaml', import.meta.url), 'utf8')
  const less = own.replace(/^ *- (\w+:\w+)\n/gm, (line, scope: string) =>
    without.includes(scope) ? '' : line,
  )
  await writeFile(file, less.replace(/^( *)- commands$/m, ['', ...scopes].join('\n$1- ').concat('\n$&')))
  return pathToFileURL(file)
}

/** The app here may look at channels too, which shows the tests what has happened in them. */
export async function openStage(options: SandboxOptions = {}): Promise<Stage> {
  const manifest = await manifestWith(['channels:read', 'groups:read'])
  const sandbox = await startSandbox({ playground: false, ...options, slack: { manifest, ...options.slack } })
  const { slack, env, url } = sandbox
  const client = (token?: string) =>
    new WebClient(token, {
      slackApiUrl: env.SLACK_API_URL,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: SILENT,
    })
  const named = <T extends { id: string }>(list: T[], fits: (item: T) => boolean): string => {
    const found = list.find(fits)
    if (!found) throw new Error('not in the seed world')
    return found.id
  }
  const act = (path: string, body: unknown) =>
    fetch(`${url}${MOUNT.control}/slack${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const user = (name: string) => named(slack.state().users, one => one.real_name === name)
  return {
    sandbox,
    web: client(slack.botToken),
    client,
    act,
    async done<T>(path: string, body: unknown) {
      const answer = await act(path, body)
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
      return (answer.status === 204 ? undefined : await answer.json()) as T
    },
    async upload(filename, bytes, by = {}) {
      const user_id = by.user ?? user('Mira')
      const { team_id } = slack.state().users.find(({ id }) => id === user_id)!
      const query = new URLSearchParams({ filename, user_id, team_id, kind: by.kind ?? 'hosted' })
      const answer = await fetch(`${url}${MOUNT.control}/slack/files?${query}`, {
        method: 'POST',
        body: bytes,
      })
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
      return (await answer.json()) as SlackFile
    },
    event: (type, fits = () => true) =>
      new Promise(resolve => {
        const stop = slack.on(event => {
          const wanted = event as Extract<SlackSandboxEvent, { type: typeof type }>
          if (event.type !== type || !fits(wanted)) return
          stop()
          resolve(wanted)
        })
      }),
    state: () => slack.state(),
    channel: name => named(slack.state().channels, one => one.name === name),
    user,
    team: name => named(slack.state().workspaces, one => one.name === name),
    message: (channel, ts) =>
      slack.state().messages.find(message => message.channel === channel && message.ts === ts),
    async [Symbol.asyncDispose]() {
      await sandbox.close()
    },
  }
}

/** What a call is refused with: Slack's word for it, and the lines that name the place. */
export async function refusalOf(call: Promise<unknown>): Promise<{ error: string; messages: string[] }> {
  try {
    await call
  } catch (error) {
    const { data } = error as { data?: { error: string; response_metadata?: { messages?: string[] } } }
    if (!data) throw error
    return { error: data.error, messages: data.response_metadata?.messages ?? [] }
  }
  throw new Error('the call was carried out')
}

/** A person installs the app by hand: the page is answered, and the code exchanged. Returns what oauth.v2.access said. */
export async function installByHand(stage: Stage, place: string) {
  const { slack, url } = stage.sandbox
  const { clientId, clientSecret } = slack.oauthApp
  const redirect_uri = 'http://127.0.0.1:1/back'
  const query = new URLSearchParams({
    client_id: clientId,
    scope: SCOPES.join(','),
    redirect_uri,
    state: 's',
  })
  const answer = await fetch(`${url}${MOUNT.slackOauth}/v2/authorize?${query}`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ place, choice: 'allow' }),
  })
  const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
  return await stage
    .client()
    .oauth.v2.access({ client_id: clientId, client_secret: clientSecret, code, redirect_uri })
}

/** What the manifest of the stage asks for. */
export const SCOPES = [
  'app_mentions:read',
  'channels:history',
  'chat:write',
  'channels:read',
  'groups:read',
  'commands',
  'files:read',
  'files:write',
  'groups:history',
  'usergroups:read',
  'users:read',
]

/** An app on Socket Mode that acknowledges everything, and what it was sent. */
export interface Listening extends AsyncDisposable {
  payloads: Record<string, unknown>[]
  /** The trigger_id of the payload that came last. */
  trigger(): string
}

/** Opens a socket as the app; closed by `await using`. */
export async function listen(stage: Stage): Promise<Listening> {
  const { url } = await stage.client(stage.sandbox.slack.appToken).apps.connections.open()
  const socket = new WebSocket(url ?? '')
  const payloads: Record<string, unknown>[] = []
  const greeted = Promise.withResolvers<void>()
  socket.onmessage = ({ data }) => {
    const { type, envelope_id, payload } = JSON.parse(String(data)) as Record<string, unknown>
    if (type === 'hello') return greeted.resolve()
    payloads.push(payload as Record<string, unknown>)
    socket.send(JSON.stringify({ envelope_id }))
  }
  await greeted.promise
  return {
    payloads,
    trigger: () => String(payloads.at(-1)?.trigger_id),
    async [Symbol.asyncDispose]() {
      const closed = new Promise(resolve => {
        socket.onclose = resolve
      })
      socket.close()
      await closed
    },
  }
}
