/** What the page knows, and how every event changes it. Pure: no clock, no network, no document. */
import type { DiscordEvent, DiscordState, SandboxMessage } from '../../control.ts'

/** Something that a member did, until the bot answered it. */
export interface Pending {
  /** Given by the page; `id` comes with the ticket. */
  key: string
  id: string | null
  status: 'sending' | 'failed'
  userId: string
  channelId: string
  use:
    | { kind: 'slash'; name: string }
    | { kind: 'message_command'; name: string; messageId: string }
    | { kind: 'press'; messageId: string; customId: string }
}

/** What lies over the chats and asks something about a message. */
export type Dialog =
  /** `to`: the channels and threads that are ticked. */
  { kind: 'forward'; messageId: string; to: readonly string[] } | { kind: 'delete'; messageId: string }

/** The open menu of a message; `up` where there is no room below it. */
export interface Menu {
  messageId: string
  up: boolean
}

export interface Refusal {
  method: string
  path: string
  status: number
  code: number
  message: string
}

export interface PageState {
  connection: 'connecting' | 'live' | 'lost'
  discord: Omit<DiscordState, 'messages'> | null
  messages: ReadonlyMap<string, SandboxMessage>
  actingAs: string | null
  channelId: string | null
  threadId: string | null
  dismissed: ReadonlySet<string>
  pending: readonly Pending[]
  /** How interactions ended whose ticket is not here yet: an event can overtake the answer to its request. */
  early: ReadonlyMap<string, 'acknowledged' | 'failed'>
  /** What Discord refused, newest last. */
  refused: readonly Refusal[]
  /** Channels and threads with something new that was not looked at. */
  unread: ReadonlySet<string>
  menu: Menu | null
  dialog: Dialog | null
}

export type PageAction =
  | DiscordEvent
  | { type: 'loaded'; state: DiscordState }
  | { type: 'connection'; connection: PageState['connection'] }
  | { type: 'act_as'; userId: string }
  | { type: 'open_channel'; channelId: string }
  | { type: 'open_thread'; threadId: string }
  | { type: 'close_thread' }
  | { type: 'dismiss'; id: string }
  | { type: 'used'; pending: Pending }
  | { type: 'ticket'; key: string; id: string }
  | { type: 'use_refused'; key: string }
  | { type: 'menu'; menu: Menu | null }
  | { type: 'dialog'; dialog: Dialog | null }

export const EMPTY_PAGE: PageState = {
  connection: 'connecting',
  discord: null,
  messages: new Map(),
  actingAs: null,
  channelId: null,
  threadId: null,
  dismissed: new Set(),
  pending: [],
  early: new Map(),
  refused: [],
  unread: new Set(),
  menu: null,
  dialog: null,
}

const KEPT = 50

export function reduce(page: PageState, action: PageAction): PageState {
  switch (action.type) {
    case 'loaded':
      return load(page, action.state)
    case 'message': {
      const { message } = action
      const fresh = !page.messages.has(message.id)
      const looked = message.channel_id === page.channelId || message.channel_id === page.threadId
      const hidden = message.ephemeral_for !== null && message.ephemeral_for !== page.actingAs
      return {
        ...page,
        messages: new Map(page.messages).set(message.id, message),
        unread: fresh && !looked && !hidden ? new Set(page.unread).add(message.channel_id) : page.unread,
      }
    }
    case 'message_deleted': {
      const messages = new Map(page.messages)
      messages.delete(action.id)
      return {
        ...page,
        messages,
        menu: page.menu?.messageId === action.id ? null : page.menu,
        dialog: page.dialog?.messageId === action.id ? null : page.dialog,
      }
    }
    case 'channel':
      return withDiscord(page, discord => ({
        channels: [...discord.channels.filter(c => c.id !== action.channel.id), action.channel],
      }))
    case 'commands':
      return withDiscord(page, () => ({ commands: action.commands }))
    case 'bot':
      return withDiscord(page, () => ({ bot_online: action.online }))
    case 'interaction':
      return settle(page, action.id, action.status)
    case 'refused': {
      const { type: _, ...refusal } = action
      return { ...page, refused: [...page.refused, refusal].slice(-KEPT) }
    }
    case 'connection':
      return { ...page, connection: action.connection }
    case 'act_as':
      return { ...page, actingAs: action.userId, menu: null }
    case 'open_channel':
      return {
        ...page,
        channelId: action.channelId,
        threadId: null,
        menu: null,
        unread: read(page, action.channelId),
      }
    case 'open_thread':
      return openThread(page, action.threadId)
    case 'close_thread':
      return { ...page, threadId: null }
    case 'dismiss':
      return {
        ...page,
        dismissed: new Set(page.dismissed).add(action.id),
        pending: page.pending.filter(p => p.key !== action.id),
      }
    case 'used':
      return { ...page, pending: [...withoutFailed(page.pending, action.pending), action.pending] }
    case 'ticket': {
      const pending = page.pending.map(p => (p.key === action.key ? { ...p, id: action.id } : p))
      const early = page.early.get(action.id)
      return early ? settle({ ...page, pending }, action.id, early) : { ...page, pending }
    }
    case 'use_refused':
      return { ...page, pending: page.pending.filter(p => p.key !== action.key) }
    case 'menu':
      return { ...page, menu: action.menu }
    case 'dialog':
      return { ...page, dialog: action.dialog, menu: null }
  }
}

function load(page: PageState, state: DiscordState): PageState {
  const { messages, ...discord } = state
  const members = discord.users.filter(user => !user.bot)
  const texts = discord.channels.filter(channel => channel.type === 0)
  const has = (id: string | null) => discord.channels.some(channel => channel.id === id)
  const home = texts.find(channel => channel.name === 'clips') ?? texts[0]
  return {
    ...page,
    connection: 'live',
    discord,
    messages: new Map(messages.map(message => [message.id, message])),
    actingAs: members.some(user => user.id === page.actingAs) ? page.actingAs : (members[0]?.id ?? null),
    channelId: has(page.channelId) ? page.channelId : (home?.id ?? null),
    threadId: has(page.threadId) ? page.threadId : null,
    menu: null,
    dialog: null,
  }
}

function withDiscord(
  page: PageState,
  change: (discord: NonNullable<PageState['discord']>) => Partial<NonNullable<PageState['discord']>>,
): PageState {
  return page.discord ? { ...page, discord: { ...page.discord, ...change(page.discord) } } : page
}

function settle(page: PageState, id: string, status: 'acknowledged' | 'failed'): PageState {
  if (!page.pending.some(p => p.id === id)) {
    const early = [...page.early, [id, status] as const].slice(-KEPT)
    return { ...page, early: new Map(early) }
  }
  const pending =
    status === 'acknowledged'
      ? page.pending.filter(p => p.id !== id)
      : page.pending.map(p => (p.id === id ? { ...p, status } : p))
  return { ...page, pending }
}

function openThread(page: PageState, threadId: string): PageState {
  const thread = page.discord?.channels.find(channel => channel.id === threadId)
  return {
    ...page,
    threadId,
    channelId: thread?.parent_id ?? page.channelId,
    unread: read(page, threadId),
  }
}

function read(page: PageState, id: string): ReadonlySet<string> {
  const unread = new Set(page.unread)
  unread.delete(id)
  return unread
}

/** A new press on a message takes away the "This interaction failed" of the one before. */
function withoutFailed(pending: readonly Pending[], next: Pending): readonly Pending[] {
  const { use } = next
  if (use.kind !== 'press') return pending
  return pending.filter(
    p => !(p.status === 'failed' && p.use.kind === 'press' && p.use.messageId === use.messageId),
  )
}
