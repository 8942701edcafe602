import { REST } from 'discord.js'
import { createDiscord, type DiscordOptions } from '../../adapters/discord/index.ts'
import type { Adapter, AdminRequest, Inbox, Press, UpscaleRequest } from '../../src/core/chat.ts'
import type { ReplyHandle } from '../../src/core/job.ts'
import type { Log } from '../../src/core/ports.ts'
import type { Part, View } from '../../src/core/view.ts'
import type {
  Attachment,
  DiscordEvent,
  InteractionTicket,
  SandboxMessage,
} from '../../src/sandbox/control.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts'

export const text = (words: string, rest: Partial<View> = {}, more: Part[] = []): View => ({
  tone: 'asking',
  parts: [{ kind: 'text', text: [words] }, ...more],
  controls: [],
  notifies: [],
  summary: words,
  ...rest,
})

/** What reached the inbox, and a way to wait for the next of it. */
export interface Recorder extends Inbox {
  requests: UpscaleRequest[]
  presses: Press[]
  admins: AdminRequest[]
  /** The communities that have removed the bot. */
  leavings: { platform: string; communityId: string }[]
  /** What the inbox does with an event after noting it. */
  behave: () => Promise<void>
  count(): number
  reached(count: number): Promise<void>
  /** The newest request and its handle, which on Discord is always there. */
  last(): { request: UpscaleRequest; reply: ReplyHandle }
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
    leavings: [],
    behave: async () => {},
    count: () => [inbox.requests, inbox.presses, inbox.admins, inbox.leavings].flat().length,
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
      inbox.leavings.push({ platform, communityId })
      return note()
    },
    last() {
      const request = inbox.requests.at(-1)!
      return { request, reply: request.reply! }
    },
  }
  return inbox
}

export interface LogLine {
  level: keyof Log
  facts: object
  message: string
}

export function recordingLog(): Log & { lines: LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: keyof Log) => (facts: object, message: string) =>
    void lines.push({ level, facts, message })
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export interface Scene extends AsyncDisposable {
  sandbox: Sandbox
  adapter: Adapter
  inbox: Recorder
  log: ReturnType<typeof recordingLog>
  /** A second hand on the bot's token, to look and to prepare. */
  rest: REST
  ids: { lab: string; thread: string; mira: string; jonas: string; guild: string }
  events: DiscordEvent[]
  seen<T extends DiscordEvent['type']>(
    type: T,
    fits?: (event: Extract<DiscordEvent, { type: T }>) => boolean,
  ): Promise<Extract<DiscordEvent, { type: T }>>
  message(id: string): SandboxMessage
  slash(options?: {
    channel?: string
    factor?: number
    /** Null: no file. */
    fileName?: string | null
    url?: string
    deliveries?: number
  }): Promise<string>
  /** Jonas posts a message: files by their names, or a forward of a message. */
  post(message: {
    channel?: string
    content?: string
    files?: string[]
    forwardOf?: string
  }): Promise<SandboxMessage>
  /** Mira picks "Upscale video" from the menu of a message. */
  menu(messageId: string, deliveries?: number): Promise<string>
  press(messageId: string, customId: string, more?: object): Promise<string>
  control<T>(path: string, body: Uint8Array<ArrayBuffer> | object): Promise<T>
}

export interface SceneOptions {
  sandbox?: SandboxOptions
  adapter?: Partial<DiscordOptions>
  /** Start the adapter at once (default true). */
  start?: boolean
}

/** The real adapter on the real stand-in, over real sockets. */
export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const sandbox = await startSandbox({ playground: false, ...options.sandbox })
  const log = recordingLog()
  const inbox = recorder()
  const adapter = createDiscord({
    token: sandbox.env.DISCORD_TOKEN,
    apiUrl: sandbox.env.DISCORD_API_URL,
    log,
    clock: options.sandbox?.discord?.clock ?? Date.now,
    ...options.adapter,
  })
  const events: DiscordEvent[] = []
  sandbox.discord.on(event => void events.push(event))
  if (options.start !== false) await adapter.start(inbox)

  const { state } = sandbox.discord
  const named = (name: string) => state().channels.find(channel => channel.name === name)!.id
  const person = (name: string) => state().users.find(user => user.username === name)!.id
  const ids = {
    lab: named('upscale-lab'),
    thread: state().channels.find(channel => channel.type === 11)!.id,
    mira: person('mira'),
    jonas: person('jonas.frames'),
    guild: state().guild.id,
  }
  const control: Scene['control'] = async <T>(path: string, body: Uint8Array<ArrayBuffer> | object) => {
    const response = await fetch(`${sandbox.url}/sandbox/discord/${path}`, {
      method: 'POST',
      ...(body instanceof Uint8Array
        ? { body }
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const answer = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${answer}`)
    return (answer === '' ? undefined : JSON.parse(answer)) as T
  }
  const upload = (fileName: string) =>
    control<Attachment>(`attachments?filename=${encodeURIComponent(fileName)}`, new Uint8Array(2000))
  return {
    sandbox,
    adapter,
    inbox,
    log,
    rest: new REST({ api: sandbox.env.DISCORD_API_URL }).setToken(sandbox.env.DISCORD_TOKEN),
    ids,
    events,
    control,
    seen: (type, fits = () => true) =>
      new Promise(resolve => {
        const stop = sandbox.discord.on(event => {
          const typed = event as Extract<DiscordEvent, { type: typeof type }>
          if (event.type !== type || !fits(typed)) return
          stop()
          resolve(typed)
        })
      }),
    message: id => state().messages.find(message => message.id === id)!,
    async slash({ channel = ids.lab, factor, fileName = 'fox walk.mp4', url, deliveries } = {}) {
      const file = fileName === null ? null : await upload(fileName)
      const ticket = await control<InteractionTicket>('slash', {
        user_id: ids.mira,
        channel_id: channel,
        name: 'upscale',
        options: {
          ...(file && { video: file.id }),
          ...(url !== undefined && { url }),
          ...(factor !== undefined && { factor }),
        },
        ...(deliveries === undefined ? {} : { deliveries }),
      })
      return ticket.id
    },
    async post({ channel = ids.lab, content, files = [], forwardOf }) {
      const uploads = await Promise.all(files.map(upload))
      return control<SandboxMessage>('message', {
        user_id: ids.jonas,
        channel_id: channel,
        ...(content && { content }),
        ...(uploads.length > 0 && { attachment_ids: uploads.map(file => file.id) }),
        ...(forwardOf && { forward_of: forwardOf }),
      })
    },
    async menu(messageId, deliveries = 1) {
      const use = { user_id: ids.mira, message_id: messageId, name: 'Upscale video', deliveries }
      return (await control<InteractionTicket>('message-command', use)).id
    },
    async press(messageId, customId, more = {}) {
      const use = { user_id: ids.jonas, message_id: messageId, custom_id: customId, ...more }
      return (await control<InteractionTicket>('press', use)).id
    },
    async [Symbol.asyncDispose]() {
      await adapter.stop()
      await sandbox.close()
    },
  }
}
