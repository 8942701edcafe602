import type {
  Attachment,
  DiscordEvent,
  DiscordState,
  MemberPost,
  MessageCommandUse,
  SandboxMessage,
  SandboxUser,
  VeniceBook,
} from './control.ts'
import { followEvents, untilSo } from './event-stream.ts'

/** Somebody in the sandbox's server, driven by a program: does what a person does, and sees what a person sees. */
export interface Member {
  user: SandboxUser
  /** Everything that this member can see now, oldest first. */
  messages(): SandboxMessage[]
  state(): DiscordState
  upload(bytes: Uint8Array, fileName: string): Promise<Attachment>
  /** Uses a slash command in a channel (#clips unless another is named). Returns the interaction's id. */
  slash(
    name: string,
    options: Record<string, string | number | boolean>,
    where?: { channelId?: string; deliveries?: number },
  ): Promise<string>
  press(
    message: SandboxMessage,
    customId: string,
    more?: { values?: string[]; deliveries?: number },
  ): Promise<string>
  /** Posts a message in a channel (#clips unless another is named): uploads by their ids, or a forward of a message. */
  post(
    content: string,
    more?: { files?: string[]; forwardOf?: SandboxMessage; channelId?: string },
  ): Promise<SandboxMessage>
  /** Picks a command from the menu of a message. Returns the interaction's id. */
  messageCommand(message: SandboxMessage, name: string, more?: { deliveries?: number }): Promise<string>
  /** Waits until something that this member can see is so. @throws after `timeoutMs`, naming `what` */
  until<T>(what: string, look: () => T | undefined | null | false, timeoutMs?: number): Promise<T>
  /** Every event as it comes. */
  on(listener: (event: DiscordEvent) => void): void
  book(): Promise<VeniceBook>
  close(): void
}

/** Joins the sandbox at `url` as one of its members. */
export async function joinAs(url: string, name = 'Mira'): Promise<Member> {
  const stop = new AbortController()
  const listeners = new Set<(event: DiscordEvent) => void>()
  const changed = new Set<() => void>()
  const messages = new Map<string, SandboxMessage>()
  const pending: DiscordEvent[] = []
  let state: DiscordState | null = null

  function apply(event: DiscordEvent): void {
    if (!state) return void pending.push(event)
    if (event.type === 'message') messages.set(event.message.id, event.message)
    if (event.type === 'message_deleted') messages.delete(event.id)
    if (event.type === 'commands') state.commands = event.commands
    if (event.type === 'bot') state.bot_online = event.online
    if (event.type === 'channel') {
      state.channels = [...state.channels.filter(c => c.id !== event.channel.id), event.channel]
    }
    for (const listener of [...listeners]) listener(event)
    for (const check of [...changed]) check()
  }

  // Events first, then the state: nothing that happens in between is missed.
  const stream = await fetch(`${url}/sandbox/discord/events`, { signal: stop.signal })
  void followEvents(stream, apply).catch(() => {})
  const first = await call<DiscordState>(url, 'GET', '/sandbox/discord/state')
  for (const message of first.messages) messages.set(message.id, message)
  state = first
  for (const event of pending.splice(0)) apply(event)

  const user = first.users.find(
    u => !u.bot && (u.global_name ?? u.username).toLowerCase() === name.toLowerCase(),
  )
  if (!user) throw new Error(`nobody here is called ${name}`)
  const home = first.channels.find(c => c.name === 'clips') ?? first.channels.find(c => c.type === 0)!
  const visible = () =>
    [...messages.values()]
      .filter(m => m.ephemeral_for === null || m.ephemeral_for === user.id)
      .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))

  return {
    user,
    messages: visible,
    state: () => state!,
    async upload(bytes, fileName) {
      const path = `/sandbox/discord/attachments?filename=${encodeURIComponent(fileName)}&user_id=${user.id}`
      return call(url, 'POST', path, bytes)
    },
    async slash(command, options, where = {}) {
      const { channelId = home.id, deliveries = 1 } = where
      const use = { user_id: user.id, channel_id: channelId, name: command, options, deliveries }
      return (await call<{ id: string }>(url, 'POST', '/sandbox/discord/slash', use)).id
    },
    async press(message, customId, more = {}) {
      const use = { user_id: user.id, message_id: message.id, custom_id: customId, ...more }
      return (await call<{ id: string }>(url, 'POST', '/sandbox/discord/press', use)).id
    },
    async post(content, { files, forwardOf, channelId = home.id } = {}) {
      const post: MemberPost = {
        user_id: user.id,
        channel_id: channelId,
        ...(content && { content }),
        ...(files && { attachment_ids: files }),
        ...(forwardOf && { forward_of: forwardOf.id }),
      }
      return call(url, 'POST', '/sandbox/discord/message', post)
    },
    async messageCommand(message, name, more = {}) {
      const use: MessageCommandUse = { user_id: user.id, message_id: message.id, name, ...more }
      return (await call<{ id: string }>(url, 'POST', '/sandbox/discord/message-command', use)).id
    },
    until: (what, look, timeoutMs = 60_000) => untilSo(what, look, timeoutMs, changed),
    on: listener => void listeners.add(listener),
    book: () => call(url, 'GET', '/sandbox/venice/book'),
    close: () => stop.abort(),
  }
}

/** The control routes' one manner of speaking. @throws with the route's own sentence */
export async function call<T>(url: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const raw = body instanceof Uint8Array
  const init: RequestInit = { method }
  if (body !== undefined) {
    init.headers = { 'content-type': raw ? 'application/octet-stream' : 'application/json' }
    init.body = raw ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body)
  }
  const response = await fetch(url.replace(/\/$/, '') + path, init)
  const text = await response.text()
  const parsed: unknown = text === '' ? null : JSON.parse(text)
  if (!response.ok)
    throw new Error((parsed as { error?: string } | null)?.error ?? `${path} answered ${response.status}`)
  return parsed as T
}
