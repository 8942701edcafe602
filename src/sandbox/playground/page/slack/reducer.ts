/** What the Slack half knows, and how every event changes it. Pure: no clock, no network, no document. */
import type { SlackMessage, SlackSandboxEvent, SlackState, SlackView } from '../../../control.ts'
import type { ConfirmObject } from './raw-element.ts'

/** A press of a button or a choice in a message. */
export interface Press {
  channelId: string
  ts: string
  actionId: string
  /** For a select: the chosen value. */
  value: string | null
}

/** Something that a person did, until the app answered it. */
export interface Pending {
  /** Given by the page; `ticket` comes with the answer. */
  key: string
  ticket: string | null
  status: 'sending' | 'failed'
  userId: string
  channelId: string
  threadTs: string | null
  use: ({ kind: 'press' } & Press) | { kind: 'slash' | 'shortcut'; name: string }
}

export interface Refusal {
  method: string
  error: string
  detail: string
}

export interface SlackPageState {
  connection: 'connecting' | 'live' | 'lost'
  slack: Omit<SlackState, 'messages' | 'views'> | null
  /** By `keyOf`. */
  messages: ReadonlyMap<string, SlackMessage>
  /** Modals that are open, topmost last. */
  views: readonly SlackView[]
  teamId: string | null
  /** Who one is and which channel is open, by workspace. */
  actingAs: Readonly<Record<string, string>>
  opened: Readonly<Record<string, string>>
  threadTs: string | null
  /** The message whose menu is open, as it is drawn: a thread shows its first message a second time. */
  menu: string | null
  /** A press that waits for the person's word, because its button has a confirm dialog. */
  asking: { press: Press; threadTs: string | null; confirm: ConfirmObject } | null
  pending: readonly Pending[]
  /** How interactions ended whose ticket is not here yet: an event can overtake the answer to its request. */
  early: ReadonlyMap<string, 'acknowledged' | 'failed'>
  /** What Slack refused, newest last. */
  refused: readonly Refusal[]
  /** Channels with something new that was not looked at. */
  unread: ReadonlySet<string>
}

export type SlackAction =
  | SlackSandboxEvent
  | { type: 'loaded'; state: SlackState }
  | { type: 'connection'; connection: SlackPageState['connection'] }
  | { type: 'open_workspace'; teamId: string }
  | { type: 'act_as'; userId: string }
  | { type: 'open_channel'; channelId: string }
  | { type: 'open_thread'; ts: string }
  | { type: 'close_thread' }
  | { type: 'menu'; menu: string | null }
  | { type: 'ask'; asking: SlackPageState['asking'] }
  | { type: 'used'; pending: Pending }
  | { type: 'ticket'; key: string; ticket: string }
  /** Refused by the sandbox, or dismissed by the person. */
  | { type: 'use_gone'; key: string }

export const EMPTY_SLACK: SlackPageState = {
  connection: 'connecting',
  slack: null,
  messages: new Map(),
  views: [],
  teamId: null,
  actingAs: {},
  opened: {},
  threadTs: null,
  menu: null,
  asking: null,
  pending: [],
  early: new Map(),
  refused: [],
  unread: new Set(),
}

const KEPT = 50

/** A `ts` is unique within its channel only. */
export const keyOf = (channelId: string, ts: string): string => `${channelId} ${ts}`

export function reduce(page: SlackPageState, action: SlackAction): SlackPageState {
  switch (action.type) {
    case 'loaded':
      return load(page, action.state)
    case 'message':
      return withMessage(page, action.message)
    case 'message_deleted': {
      const key = keyOf(action.channel, action.ts)
      const message = page.messages.get(key)
      // Kept, because its replies stay.
      return message
        ? { ...page, messages: new Map(page.messages).set(key, { ...message, deleted: true }) }
        : page
    }
    case 'channel':
      return withSlack(page, slack => ({
        channels: [...slack.channels.filter(c => c.id !== action.channel.id), action.channel],
      }))
    case 'workspace':
      return withSlack(page, slack => ({
        workspaces: slack.workspaces.map(w => (w.id === action.workspace.id ? action.workspace : w)),
      }))
    case 'user_group':
      return withSlack(page, slack => ({
        user_groups: slack.user_groups.map(g => (g.id === action.group.id ? action.group : g)),
      }))
    case 'view': {
      const known = page.views.some(view => view.id === action.view.id)
      const views = known
        ? page.views.map(view => (view.id === action.view.id ? action.view : view))
        : [...page.views, action.view]
      return { ...page, views, menu: null }
    }
    case 'view_closed':
      return { ...page, views: page.views.filter(view => view.id !== action.id) }
    case 'bot':
      return withSlack(page, () => ({ bot_online: action.online }))
    case 'interaction':
      return settle(page, action.ticket, action.status)
    case 'refused': {
      const { type: _, ...refusal } = action
      return { ...page, refused: [...page.refused, refusal].slice(-KEPT) }
    }
    case 'connection':
      return { ...page, connection: action.connection }
    case 'open_workspace':
      return look({ ...page, teamId: action.teamId })
    case 'act_as':
      return actAs(page, action.userId)
    case 'open_channel':
      return page.teamId
        ? look({ ...page, opened: { ...page.opened, [page.teamId]: action.channelId } })
        : page
    case 'open_thread':
      return { ...page, threadTs: action.ts, menu: null }
    case 'close_thread':
      return { ...page, threadTs: null }
    case 'menu':
      return { ...page, menu: action.menu }
    case 'ask':
      return { ...page, asking: action.asking, menu: null }
    case 'used':
      return {
        ...page,
        menu: null,
        pending: [...withoutFailed(page.pending, action.pending), action.pending],
      }
    case 'ticket': {
      const pending = page.pending.map(p => (p.key === action.key ? { ...p, ticket: action.ticket } : p))
      const early = page.early.get(action.ticket)
      return early ? settle({ ...page, pending }, action.ticket, early) : { ...page, pending }
    }
    case 'use_gone':
      return { ...page, pending: page.pending.filter(p => p.key !== action.key) }
  }
}

function load(page: SlackPageState, state: SlackState): SlackPageState {
  const { messages, views, ...slack } = state
  const actingAs: Record<string, string> = {}
  const opened: Record<string, string> = {}
  for (const { id } of slack.workspaces) {
    const people = slack.users.filter(user => user.team_id === id && !user.is_bot)
    const me = people.find(user => user.id === page.actingAs[id]) ?? people[0]
    if (me) actingAs[id] = me.id
    const channels = slack.channels.filter(c => c.team_id === id || c.shared_team_ids.includes(id))
    const home =
      channels.find(c => c.id === page.opened[id]) ??
      channels.find(c => c.name === 'clips') ??
      channels.find(c => c.team_id === id && !c.is_private)
    if (home) opened[id] = home.id
  }
  const teamId = slack.workspaces.some(w => w.id === page.teamId) ? page.teamId : slack.workspaces[0]?.id
  return {
    ...page,
    connection: 'live',
    slack,
    messages: new Map(messages.map(message => [keyOf(message.channel, message.ts), message])),
    views,
    teamId: teamId ?? null,
    actingAs,
    opened,
  }
}

/** Somebody else sits down: what is open stays open, unless they may not see it. */
function actAs(page: SlackPageState, userId: string): SlackPageState {
  if (!page.teamId) return page
  const next = { ...page, actingAs: { ...page.actingAs, [page.teamId]: userId }, menu: null, asking: null }
  const channel = page.slack?.channels.find(c => c.id === openChannelId(page))
  if (!channel?.is_private || channel.members.includes(userId)) return next
  const home = page.slack?.channels.find(c => c.team_id === page.teamId && !c.is_private)
  return look({ ...next, opened: { ...page.opened, [page.teamId]: home?.id ?? channel.id } })
}

/** After another place was opened or somebody else looks: what is seen now is read, and what hung over it is gone. */
function look(page: SlackPageState): SlackPageState {
  const unread = new Set(page.unread)
  unread.delete(openChannelId(page) ?? '')
  return { ...page, unread, threadTs: null, menu: null, asking: null }
}

export const openChannelId = (page: SlackPageState): string | null => page.opened[page.teamId ?? ''] ?? null

export const myId = (page: SlackPageState): string | null => page.actingAs[page.teamId ?? ''] ?? null

function withMessage(page: SlackPageState, message: SlackMessage): SlackPageState {
  const key = keyOf(message.channel, message.ts)
  const me = myId(page)
  const fresh = !page.messages.has(key) && message.user !== me
  const seen = message.channel === openChannelId(page)
  const hidden = message.ephemeral_for !== null && message.ephemeral_for !== me
  return {
    ...page,
    messages: new Map(page.messages).set(key, message),
    unread: fresh && !seen && !hidden ? new Set(page.unread).add(message.channel) : page.unread,
  }
}

type Known = NonNullable<SlackPageState['slack']>

const withSlack = (page: SlackPageState, change: (slack: Known) => Partial<Known>): SlackPageState =>
  page.slack ? { ...page, slack: { ...page.slack, ...change(page.slack) } } : page

function settle(page: SlackPageState, ticket: string, status: 'acknowledged' | 'failed'): SlackPageState {
  if (!page.pending.some(p => p.ticket === ticket)) {
    const early = [...page.early, [ticket, status] as const].slice(-KEPT)
    return { ...page, early: new Map(early) }
  }
  const pending =
    status === 'acknowledged'
      ? page.pending.filter(p => p.ticket !== ticket)
      : page.pending.map(p => (p.ticket === ticket ? { ...p, status } : p))
  return { ...page, pending }
}

/** A new press on a message takes away the warning of the one before. */
function withoutFailed(pending: readonly Pending[], next: Pending): readonly Pending[] {
  const { use } = next
  if (use.kind !== 'press') return pending
  return pending.filter(
    p =>
      !(
        p.status === 'failed' &&
        p.use.kind === 'press' &&
        p.use.ts === use.ts &&
        p.channelId === next.channelId
      ),
  )
}
