import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebClient } from '@slack/web-api'
import express from 'express'
import { afterAll } from 'vitest'
import { createSlack, type SlackAdapter, type SlackOptions } from '../../adapters/slack/index.ts'
import type { AdminRequest, Inbox, Press, UpscaleRequest } from '../../src/core/chat.ts'
import type { FileHosts, Installations, Log, Postings } from '../../src/core/ports.ts'
import type { Part, View } from '../../src/core/view.ts'
import type {
  SlackChannel,
  SlackFile,
  SlackMessage,
  SlackSandboxEvent,
  SlackTicket,
  SlackView,
} from '../../src/sandbox/control.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import type { SlackOptions as StandInOptions } from '../../src/sandbox/slack/index.ts'
import { createDoor } from '../../src/sources/index.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { createVault } from '../../src/vault/index.ts'
import { pgliteFolder } from '../kit/backends.ts'

export const text = (words: string, rest: Partial<View> = {}, more: Part[] = []): View => ({
  tone: 'asking',
  parts: [{ kind: 'text', text: [words] }, ...more],
  controls: [],
  notifies: [],
  summary: words,
  ...rest,
})

export const withButton = (words: string, jobId = 'j1'): View =>
  text(words, {
    controls: [
      [{ kind: 'button', label: 'Cancel', look: 'plain', action: { name: 'cancel', jobId, version: 1 } }],
    ],
  })

/** What reached the inbox, and a way to wait for the next of it. */
export interface Recorder extends Inbox {
  requests: UpscaleRequest[]
  presses: Press[]
  admins: AdminRequest[]
  lefts: string[]
  /** What the inbox does with an event after noting it. */
  behave: () => Promise<void>
  count(): number
  reached(count: number): Promise<void>
}

export function recorder(): Recorder {
  const waiting = new Set<() => void>()
  const note = () => {
    for (const check of waiting) check()
    return inbox.behave()
  }
  const inbox: Recorder = {
    requests: [],
    presses: [],
    admins: [],
    lefts: [],
    behave: async () => {},
    count: () => [inbox.requests, inbox.presses, inbox.admins, inbox.lefts].flat().length,
    reached: count =>
      new Promise(resolve => {
        const check = () => {
          if (inbox.count() < count) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    request(request) {
      inbox.requests.push(request)
      return note()
    },
    press(press) {
      inbox.presses.push(press)
      return note()
    },
    admin(request) {
      inbox.admins.push(request)
      return note()
    },
    left(platform, communityId) {
      inbox.lefts.push(`${platform}:${communityId}`)
      return note()
    },
  }
  return inbox
}

export interface LogLine {
  level: keyof Log
  facts: object
  message: string
}

/** `seen` resolves with the first line, past or to come, that says this. */
export function recordingLog(): Log & { lines: LogLine[]; seen(words: RegExp): Promise<LogLine> } {
  const lines: LogLine[] = []
  const waiting = new Set<() => void>()
  const at = (level: keyof Log) => (facts: object, message: string) => {
    lines.push({ level, facts, message })
    for (const check of waiting) check()
  }
  return {
    lines,
    seen: words =>
      new Promise(resolve => {
        const check = () => {
          const line = lines.find(({ message }) => words.test(message))
          if (!line) return
          waiting.delete(check)
          resolve(line)
        }
        waiting.add(check)
        check()
      }),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  }
}

/** Clocks go on by leaps; waits are noted, and cut short. */
export interface Time {
  now: () => number
  leap(ms: number): void
  waits: number[]
  wait: (ms: number) => Promise<void>
}

export function leapingTime(): Time {
  let ahead = 0
  const waits: number[] = []
  return {
    now: () => Date.now() + ahead,
    leap: ms => {
      ahead += ms
    },
    waits,
    async wait(ms) {
      waits.push(ms)
      // Long enough for what the stand-in, which lives in this process, does "a moment later".
      await new Promise(resolve => setTimeout(resolve, Math.min(ms, 40)))
    },
  }
}

export type Way = Pick<SlackOptions, 'workspace' | 'events'>

export interface Scene extends AsyncDisposable {
  sandbox: Sandbox
  adapter: SlackAdapter
  inbox: Recorder
  log: ReturnType<typeof recordingLog>
  time: Time
  postings: Postings
  installations: Installations
  /** A second hand on the bot's token of the first workspace, to look and to prepare. */
  web: WebClient
  /** Where our web face is reached. */
  publicUrl: string
  /** Another process's adapter on the same database. */
  second(more?: Partial<SlackOptions>): Promise<{ adapter: SlackAdapter; inbox: Recorder; publicUrl: string }>
  events: SlackSandboxEvent[]
  seen<T extends SlackSandboxEvent['type']>(
    type: T,
    fits?: (event: Extract<SlackSandboxEvent, { type: T }>) => boolean,
  ): Promise<Extract<SlackSandboxEvent, { type: T }>>
  channel(name: string): SlackChannel
  /** "T…/C…" */
  at(name: string, threadTs?: string): string
  user(name: string): string
  messages(channelName: string): SlackMessage[]
  views(): SlackView[]
  upload(fileName?: string, options?: { kind?: string; by?: string; bytes?: number }): Promise<SlackFile>
  /** A message of somebody, with files; its ts. */
  say(options: {
    by?: string
    in?: string
    text?: string
    files?: SlackFile[]
    thread?: string
    deliveries?: number
  }): Promise<string>
  slash(words: string, options?: { by?: string; in?: string; deliveries?: number }): Promise<string>
  shortcut(ts: string, options?: { by?: string; in?: string; deliveries?: number }): Promise<string>
  press(
    ts: string,
    actionId: string,
    options?: { by?: string; in?: string; deliveries?: number; value?: string },
  ): Promise<string>
  redeliver(ticket: string, retry: 1 | 2 | 3): Promise<void>
  control<T = SlackTicket>(path: string, body: Uint8Array<ArrayBuffer> | object): Promise<T>
  fault(name: string, on: boolean): void
}

export interface SceneOptions {
  standIn?: StandInOptions
  adapter?: Partial<SlackOptions>
  /** Which way the bot is set up (default: one workspace, by a socket). */
  way?: { workspace?: 'one' | 'many'; events?: 'socket' | 'http' }
  /** Start the adapter at once (default true). */
  start?: boolean
}

const KEY = Buffer.alloc(32, 7).toString('base64')
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

let shared: Promise<{ store: Store; close(): Promise<void> }> | null = null
let scenes = 0

/** Opening a database takes longer than anything else here, so a file's tests share one. */
function sharedStore() {
  shared ??= (async () => {
    const folder = await pgliteFolder()
    const store = await openStore({ dataDir: folder.path, databaseUrl: null, log: silent, clock: Date.now })
    const close = async () => {
      await store.close()
      await folder.remove()
    }
    return { store, close }
  })()
  return shared
}
afterAll(async () => (await shared)?.close())

/** The real adapter on the real stand-in and a real database, over real sockets. */
export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const time = leapingTime()
  const { store } = await sharedStore()
  scenes += 1
  const scene = scenes
  const postings: Postings = {
    begin: key => store.postings.begin(`${scene}/${key}`),
    note: (key, facts) => store.postings.note(`${scene}/${key}`, facts),
  }
  const sandbox = await startSandbox({
    playground: false,
    slack: { clock: time.now, rateLimits: false, ...options.standIn },
  })
  const { slack, env, url } = sandbox
  const installations = store.installations(createVault({ current: KEY, old: [] }))
  for (const tenant of await installations.list('slack')) await installations.remove('slack', tenant)
  const log = recordingLog()
  const inbox = recorder()

  const servers: Server[] = []
  const adapters: SlackAdapter[] = []
  const doors: ReturnType<typeof createDoor>[] = []
  const { workspace = 'one', events = 'socket' } = options.way ?? {}
  const make = async (more: Partial<SlackOptions> = {}) => {
    const face = express()
    const server = createServer(face)
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const hosts = new Map<string, FileHosts>()
    const door = createDoor({ hosts, trusted: [], log })
    doors.push(door)
    const adapter = createSlack({
      door,
      apiUrl: env.SLACK_API_URL,
      workspace:
        workspace === 'one'
          ? { kind: 'one', botToken: env.SLACK_BOT_TOKEN }
          : { kind: 'many', ...slack.oauthApp },
      events:
        events === 'socket'
          ? { kind: 'socket', appToken: env.SLACK_APP_TOKEN }
          : { kind: 'http', signingSecret: slack.oauthApp.signingSecret },
      publicUrl,
      stateSecret: 'a secret of this test',
      installations: workspace === 'many' ? installations : null,
      postings,
      log,
      clock: time.now,
      wait: time.wait,
      ...options.adapter,
      ...more,
    })
    hosts.set('slack', { ...adapter.files, origins: [new URL(env.SLACK_API_URL).origin] })
    adapters.push(adapter)
    if (adapter.http) face.use(adapter.http)
    return { adapter, publicUrl }
  }
  const { adapter, publicUrl } = await make()
  const noted: SlackSandboxEvent[] = []
  slack.on(event => void noted.push(event))
  if (options.start !== false) await adapter.start(inbox)
  if (events === 'http' && options.start !== false) await slack.setRequestUrl(`${publicUrl}/slack/events`)

  const { state } = slack
  const control: Scene['control'] = async <T>(path: string, body: Uint8Array<ArrayBuffer> | object) => {
    const response = await fetch(`${url}/sandbox/slack/${path}`, {
      method: 'POST',
      ...(body instanceof Uint8Array
        ? { body }
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const answer = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${answer}`)
    return (answer === '' ? undefined : JSON.parse(answer)) as T
  }
  const channel: Scene['channel'] = name => state().channels.find(c => c.name === name)!
  const user: Scene['user'] = name => state().users.find(u => u.real_name === name)!.id
  const who = ({ by = 'Mira', in: where = 'clips' }: { by?: string; in?: string }) => ({
    user_id: user(by),
    channel_id: channel(where).id,
  })
  const given = (fields: object) =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return {
    sandbox,
    adapter,
    inbox,
    log,
    time,
    postings,
    installations,
    web: new WebClient(env.SLACK_BOT_TOKEN, {
      slackApiUrl: env.SLACK_API_URL,
      retryConfig: { retries: 0 },
    }),
    publicUrl,
    async second(more) {
      const { adapter: other, publicUrl: otherUrl } = await make(more)
      const otherInbox = recorder()
      await other.start(otherInbox)
      return { adapter: other, inbox: otherInbox, publicUrl: otherUrl }
    },
    events: noted,
    control,
    channel,
    user,
    at: (name, threadTs) => {
      const { id, team_id } = channel(name)
      return `${team_id}/${id}${threadTs ? `/${threadTs}` : ''}`
    },
    messages: name => state().messages.filter(m => m.channel === channel(name).id && !m.deleted),
    views: () => state().views,
    seen: (type, fits = () => true) =>
      new Promise(resolve => {
        const stop = slack.on(event => {
          const typed = event as Extract<SlackSandboxEvent, { type: typeof type }>
          if (event.type !== type || !fits(typed)) return
          stop()
          resolve(typed)
        })
      }),
    upload(fileName = 'fox walk.mp4', { kind = 'hosted', by = 'Mira', bytes = 2000 } = {}) {
      const team = state().users.find(u => u.real_name === by)!.team_id
      const query = new URLSearchParams({ filename: fileName, user_id: user(by), team_id: team, kind })
      return control<SlackFile>(`files?${query}`, new Uint8Array(bytes))
    },
    async say({ text: words, files = [], thread, deliveries, ...place }) {
      const message = await control<SlackMessage>('message', {
        ...who(place),
        file_ids: files.map(file => file.id),
        ...given({ text: words, thread_ts: thread, deliveries }),
      })
      return message.ts
    },
    async slash(words, { deliveries, ...place } = {}) {
      const use = { ...who(place), command: '/upscale', text: words, ...given({ deliveries }) }
      return (await control('slash', use)).ticket
    },
    async shortcut(ts, { deliveries, ...place } = {}) {
      const use = { ...who(place), message_ts: ts, callback_id: 'upscale_video', ...given({ deliveries }) }
      return (await control('shortcut', use)).ticket
    },
    async press(ts, actionId, { deliveries, value, ...place } = {}) {
      const use = { ...who(place), message_ts: ts, action_id: actionId, ...given({ deliveries, value }) }
      return (await control('press', use)).ticket
    },
    redeliver: (ticket, retry) => control('redeliver', { ticket, retry }),
    fault: (name, on) => void slack.faults.set(name, on),
    async [Symbol.asyncDispose]() {
      await Promise.all(adapters.map(a => a.stop()))
      await Promise.all(doors.map(door => door.close()))
      await sandbox.close()
      for (const server of servers) server.closeAllConnections()
      await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
    },
  }
}

/** A request as Slack signs it (docs: authentication/verifying-requests-from-slack). `at`: seconds. */
export function sendSigned(
  scene: Pick<Scene, 'sandbox' | 'publicUrl'>,
  body: string,
  {
    type = 'application/x-www-form-urlencoded',
    secret = scene.sandbox.slack.oauthApp.signingSecret,
    at = Math.floor(Date.now() / 1000),
  },
): Promise<Response> {
  const signature = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex')
  return fetch(`${scene.publicUrl}/slack/events`, {
    method: 'POST',
    body,
    headers: {
      'content-type': type,
      'x-slack-request-timestamp': `${at}`,
      'x-slack-signature': `v0=${signature}`,
    },
  })
}
