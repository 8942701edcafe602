import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  App,
  ExpressReceiver,
  type ExpressReceiverOptions,
  type Logger,
  LogLevel,
  SocketModeReceiver,
} from '@slack/bolt'
import {
  MOUNT,
  type SlackFile,
  type SlackMessage,
  type SlackSandboxEvent,
} from '../../src/sandbox/control.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import type { SlackOptions } from '../../src/sandbox/slack/index.ts'

type Of<T extends SlackSandboxEvent['type']> = Extract<SlackSandboxEvent, { type: T }>

/** Time that goes on with the real one, and by leaps where a test wants it; timers go off only in a leap. */
export class Leaps {
  #offset = 0
  readonly #timers = new Set<{ ms: number; at: number; act: () => void }>()
  readonly #asked = new Set<{ ms: number; tell: () => void }>()

  readonly clock = (): number => Date.now() + this.#offset
  readonly after = (ms: number, act: () => void): (() => void) => {
    const timer = { ms, at: this.clock() + ms, act }
    this.#timers.add(timer)
    for (const asked of this.#asked) if (asked.ms === ms) asked.tell()
    return () => void this.#timers.delete(timer)
  }

  /** How long the timers are that run now, in ms, the shortest first. */
  get running(): number[] {
    return [...this.#timers].map(timer => timer.ms).sort((a, b) => a - b)
  }

  /** Resolves when a timer of so many ms runs. */
  async started(ms: number): Promise<void> {
    if (this.running.includes(ms)) return
    await new Promise<void>(tell => {
      const asked = { ms, tell }
      this.#asked.add(asked)
    })
  }

  leap(ms: number): void {
    this.#offset += ms
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.clock())) {
      this.#timers.delete(timer)
      timer.act()
    }
  }
}

/** The stand-in with the hands of its people, and real Bolt apps on the other side. */
export interface People extends AsyncDisposable {
  sandbox: Sandbox
  time: Leaps
  /** A Bolt app with the first workspace's token, over Socket Mode; not started yet. */
  socketApp(): App
  /**
   * A Bolt app on a port of its own, for the stand-in to POST to; `url` is its request URL. `more` is told the origin,
   * which the addresses of an installation have to name. With OAuth options it knows no token but those it is given.
   */
  httpApp(
    more?: (origin: string) => Partial<ExpressReceiverOptions>,
  ): Promise<{ app: App; origin: string; url: string }>
  act(path: string, body: unknown): Promise<Response>
  /** The same, for what must go well. */
  done<T = { ticket: string }>(path: string, body: unknown): Promise<T>
  upload(filename: string, options?: { bytes?: number; by?: string; kind?: string }): Promise<SlackFile>
  event<T extends SlackSandboxEvent['type']>(type: T, fits?: (event: Of<T>) => boolean): Promise<Of<T>>
  user(name: string): string
  channel(name: string): string
  /** Ids of somebody in a channel, as acts want them. */
  who(name: string, channel?: string): { user_id: string; channel_id: string }
  message(ts: string): SlackMessage | undefined
}

export async function openPeople(options: SlackOptions = {}): Promise<People> {
  const time = new Leaps()
  const slackOptions = { clock: time.clock, after: time.after, rateLimits: false, ...options }
  const sandbox = await startSandbox({ playground: false, slack: slackOptions })
  const { slack, env, url } = sandbox
  const apps: App[] = []
  const servers: Server[] = []
  const clientOptions = () => ({ slackApiUrl: env.SLACK_API_URL, retryConfig: { retries: 0 } })
  const act: People['act'] = (path, body) =>
    fetch(`${url}${MOUNT.control}/slack/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const idOf = (list: { id: string }[], fits: (item: never) => boolean): string => {
    const found = list.find(item => fits(item as never))
    if (!found) throw new Error('not in the seed world')
    return found.id
  }
  const people: People = {
    sandbox,
    time,
    socketApp() {
      const receiver = new SocketModeReceiver({
        appToken: env.SLACK_APP_TOKEN,
        clientPingTimeout: 1000,
        logger: quiet,
        installerOptions: { clientOptions: clientOptions() },
      })
      const app = new App({
        token: env.SLACK_BOT_TOKEN,
        receiver,
        logger: quiet,
        clientOptions: clientOptions(),
      })
      apps.push(app)
      return app
    },
    async httpApp(more = () => ({})) {
      const server = createServer((request, response) => receiver.app(request, response))
      servers.push(server)
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const receiver = new ExpressReceiver({
        signingSecret: slack.oauthApp.signingSecret,
        logger: quiet,
        ...more(origin),
      })
      const token = receiver.installer ? {} : { token: env.SLACK_BOT_TOKEN }
      const app = new App({ receiver, logger: quiet, clientOptions: clientOptions(), ...token })
      app.error(async () => {})
      return { app, origin, url: `${origin}/slack/events` }
    },
    act,
    async done(path, body) {
      const answer = await act(path, body)
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
      return text === '' ? undefined : JSON.parse(text)
    },
    async upload(filename, { bytes = 10, by = 'Mira', kind = 'hosted' } = {}) {
      const user_id = people.user(by)
      const team_id = slack.state().users.find(user => user.id === user_id)!.team_id
      const query = new URLSearchParams({ filename, user_id, team_id, kind })
      const answer = await fetch(`${url}${MOUNT.control}/slack/files?${query}`, {
        method: 'POST',
        body: new Uint8Array(bytes).fill(7),
      })
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
      return (await answer.json()) as SlackFile
    },
    event: (type, fits = () => true) =>
      new Promise(resolve => {
        const stop = slack.on(event => {
          if (event.type !== type || !fits(event as Of<typeof type>)) return
          stop()
          resolve(event as Of<typeof type>)
        })
      }),
    user: name => idOf(slack.state().users, ({ real_name }: { real_name: string }) => real_name === name),
    channel: name => idOf(slack.state().channels, (channel: { name: string }) => channel.name === name),
    who: (name, channel = 'clips') => ({ user_id: people.user(name), channel_id: people.channel(channel) }),
    message: ts => slack.state().messages.find(message => message.ts === ts),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(apps.map(app => app.stop()))
      await sandbox.close()
      for (const server of servers) server.close()
    },
  }
  return people
}

/** Bolt says on the console what it refuses; here that is what is wanted. */
const quiet: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}
