/** What follows from the state of the Slack half: pure questions that the drawing asks. */
import type { SlackChannel, SlackMessage, SlackUser, SlackWorkspace } from '../../../control.ts'
import { dayOf, msOf } from './date.ts'
import { keyOf, myId, openChannelId, type Pending, type SlackPageState } from './reducer.ts'

export interface Row {
  message: SlackMessage
  /** Belongs to the one above it, so it has no avatar and no name. */
  grouped: boolean
  /** Set on the first message of a day. */
  day: string | null
}

/** Slack starts a new group after five minutes. */
const GROUP_MS = 5 * 60_000

export const workspaceOf = (page: SlackPageState): SlackWorkspace | undefined =>
  page.slack?.workspaces.find(workspace => workspace.id === page.teamId)

export const userOf = (page: SlackPageState, id: string | null): SlackUser | undefined =>
  page.slack?.users.find(user => user.id === id)

export const nameOf = (user: SlackUser | undefined): string => user?.real_name || user?.name || 'Somebody'

export const channelOf = (page: SlackPageState, id: string | null): SlackChannel | undefined =>
  page.slack?.channels.find(channel => channel.id === id)

export const openChannel = (page: SlackPageState): SlackChannel | undefined =>
  channelOf(page, openChannelId(page))

/** The app's user in the workspace that is looked at, also before it is installed there. */
export const botOf = (page: SlackPageState): SlackUser | undefined =>
  userOf(page, workspaceOf(page)?.bot_user_id ?? null)

export const peopleOf = (page: SlackPageState): SlackUser[] =>
  (page.slack?.users ?? []).filter(user => user.team_id === page.teamId && !user.is_bot)

/** Whom one can mention here, apps first, and the app of this workspace before one that shares the channel. */
export const mentionable = (page: SlackPageState): SlackUser[] => {
  const installed = (page.slack?.workspaces ?? []).filter(w => w.installed).map(w => w.bot_user_id)
  const inside = openChannel(page)?.members ?? []
  const own = (user: SlackUser) => user.team_id === page.teamId
  return (page.slack?.users ?? [])
    .filter(user => (own(user) || inside.includes(user.id)) && (!user.is_bot || installed.includes(user.id)))
    .sort((a, b) => Number(b.is_bot) - Number(a.is_bot) || Number(own(b)) - Number(own(a)))
}

/** What the sidebar lists: public and shared channels, and of the private ones those that one is in. */
export function channelsOf(page: SlackPageState): SlackChannel[] {
  const me = myId(page) ?? ''
  const here = (channel: SlackChannel) =>
    channel.team_id === page.teamId || channel.shared_team_ids.includes(page.teamId ?? '')
  const may = (channel: SlackChannel) => !channel.is_private || channel.members.includes(me)
  return (page.slack?.channels ?? [])
    .filter(channel => here(channel) && may(channel) && !isDirect(channel))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

export const isDirect = (channel: SlackChannel): boolean => channel.id.startsWith('D')

/** The direct messages between who looks and the app; they are there once it has written to them. */
export const directOf = (page: SlackPageState): SlackChannel | undefined =>
  page.slack?.channels.find(
    channel =>
      isDirect(channel) && channel.team_id === page.teamId && channel.members.includes(myId(page) ?? ''),
  )

export const botIsIn = (page: SlackPageState, channel: SlackChannel): boolean =>
  (page.slack?.workspaces ?? []).some(
    workspace => workspace.installed && channel.members.includes(workspace.bot_user_id),
  )

const isReply = (message: SlackMessage): boolean =>
  message.thread_ts !== null && message.thread_ts !== message.ts

const visible = (page: SlackPageState, message: SlackMessage): boolean =>
  message.ephemeral_for === null || message.ephemeral_for === myId(page)

const byTime = (a: SlackMessage, b: SlackMessage): number => Number(a.ts) - Number(b.ts)

/** The messages of a thread without its first one. */
export const repliesTo = (page: SlackPageState, channelId: string, ts: string): SlackMessage[] =>
  [...page.messages.values()]
    .filter(
      m => m.channel === channelId && m.thread_ts === ts && isReply(m) && !m.deleted && visible(page, m),
    )
    .sort(byTime)

/** What a channel shows. A deleted message stays as long as it has replies. */
export function rowsOf(page: SlackPageState, channelId: string, now: number): Row[] {
  const shown = [...page.messages.values()]
    .filter(m => m.channel === channelId && !isReply(m) && visible(page, m))
    .filter(m => !m.deleted || repliesTo(page, channelId, m.ts).length > 0)
    .sort(byTime)
  return withHeads(page, shown, now)
}

export const replyRows = (page: SlackPageState, channelId: string, ts: string, now: number): Row[] =>
  withHeads(page, repliesTo(page, channelId, ts), now).map(row => ({ ...row, day: null }))

const withHeads = (page: SlackPageState, messages: SlackMessage[], now: number): Row[] =>
  messages.map((message, i) => {
    const above = messages[i - 1]
    const day = dayOf(message.ts, now)
    const newDay = above === undefined || dayOf(above.ts, now) !== day
    return {
      message,
      day: newDay ? day : null,
      grouped: !newDay && goesWith(page, above, message),
    }
  })

const goesWith = (page: SlackPageState, above: SlackMessage, message: SlackMessage): boolean =>
  above.user === message.user &&
  above.ephemeral_for === null &&
  message.ephemeral_for === null &&
  !above.deleted &&
  !message.deleted &&
  msOf(message.ts) - msOf(above.ts) < GROUP_MS &&
  (isReply(above) || repliesTo(page, above.channel, above.ts).length === 0)

/** What stands below a message that was replied to. Null: nothing. */
export interface ThreadSummary {
  count: number
  /** Who replied, the first of them first, at most five. */
  users: SlackUser[]
  lastTs: string
}

export function threadOf(page: SlackPageState, message: SlackMessage): ThreadSummary | null {
  // What only one person sees does not count as a reply.
  const replies = repliesTo(page, message.channel, message.ts).filter(m => m.ephemeral_for === null)
  const last = replies.at(-1)
  if (!last) return null
  const ids = [...new Set(replies.map(reply => reply.user))].slice(0, 5)
  return {
    count: replies.length,
    users: ids.flatMap(id => userOf(page, id) ?? []),
    lastTs: last.ts,
  }
}

/** The press on this message that is under way, or that failed. */
export const pressOn = (page: SlackPageState, message: SlackMessage, status: Pending['status']) =>
  page.pending.find(
    p =>
      p.status === status &&
      p.use.kind === 'press' &&
      keyOf(p.channelId, p.use.ts) === keyOf(message.channel, message.ts),
  )

/** Commands and shortcuts of this place that the app did not answer. */
export const failedIn = (page: SlackPageState, channelId: string, threadTs: string | null): Pending[] =>
  page.pending.filter(
    p =>
      p.status === 'failed' &&
      p.use.kind !== 'press' &&
      p.channelId === channelId &&
      p.threadTs === threadTs &&
      p.userId === myId(page),
  )

/** The modal on top, of whoever looks. */
export const topView = (page: SlackPageState) =>
  page.views.findLast(view => view.user_id === myId(page) && view.team_id === page.teamId)

/** Whether nobody in this workspace has met the bot: a newcomer is shown what to do. */
export function isNewcomer(page: SlackPageState): boolean {
  const bot = workspaceOf(page)?.bot_user_id
  return ![...page.messages.values()].some(m => m.user === bot && m.team_id === page.teamId)
}
