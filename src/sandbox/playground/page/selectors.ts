/** What follows from the page's state: pure questions that the drawing asks. */
import type { SandboxChannel, SandboxMessage, SandboxRole, SandboxUser } from '../../control.ts'
import type { Nameable } from '../../typed-options.ts'
import { usableBy } from './commands.ts'
import { plainText } from './markdown.ts'
import { type RawComponent, readComponents } from './raw-component.ts'
import type { PageState } from './reducer.ts'
import { dayOf } from './times.ts'

export interface Row {
  message: SandboxMessage
  /** Belongs to the one above it, so it has no avatar and no name. */
  grouped: boolean
  /** Set on the first message of a day. */
  day: string | null
}

/** What people call the bot. */
export function botName(page: PageState): string {
  const bot = page.discord?.users.find(user => user.bot)
  return bot ? displayName(bot) : 'The bot'
}

/** Discord starts a new group after seven minutes. */
const GROUP_MS = 7 * 60_000

export function rowsOf(page: PageState, channelId: string): Row[] {
  const visible = [...page.messages.values()]
    .filter(
      message =>
        message.channel_id === channelId &&
        (message.ephemeral_for === null || message.ephemeral_for === page.actingAs) &&
        !page.dismissed.has(message.id),
    )
    .sort((a, b) => compareIds(a.id, b.id))
  return visible.map((message, i) => {
    const above = visible[i - 1]
    const day = above && dayOf(above.timestamp) === dayOf(message.timestamp) ? null : dayOf(message.timestamp)
    return { message, day, grouped: day === null && above !== undefined && goesWith(above, message) }
  })
}

const goesWith = (above: SandboxMessage, message: SandboxMessage): boolean =>
  above.author.id === message.author.id &&
  message.interaction === null &&
  message.ephemeral_for === above.ephemeral_for &&
  Date.parse(message.timestamp) - Date.parse(above.timestamp) < GROUP_MS

/** Snowflakes in order of time; they do not fit into a number. */
export const compareIds = (a: string, b: string): number =>
  a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)

export const userOf = (page: PageState, id: string | null): SandboxUser | undefined =>
  page.discord?.users.find(user => user.id === id)

/** The bot's commands, as the member who looks is offered them. */
export const usableCommands = (page: PageState): unknown[] =>
  usableBy(page.discord?.commands ?? [], userOf(page, page.actingAs)?.permissions ?? '0')

export const channelOf = (page: PageState, id: string | null): SandboxChannel | undefined =>
  page.discord?.channels.find(channel => channel.id === id)

export const displayName = (user: SandboxUser | undefined): string =>
  user ? (user.global_name ?? user.username) : 'Unknown'

export const roleOf = (page: PageState, id: string): SandboxRole | undefined =>
  page.discord?.roles.find(role => role.id === id)

/** The role that everybody has carries its sign in its name. */
export const atName = (name: string): string => `@${name.replace(/^@/, '')}`

/** Who and what can be named in a command: everybody, and every role, the one that all have too. */
export const nameableIn = (page: PageState): Nameable => ({
  people: (page.discord?.users ?? []).map(user => ({ id: user.id, name: displayName(user) })),
  roles: (page.discord?.roles ?? []).map(({ id, name }) => ({ id, name })),
})

/** Whether a message notifies the one who looks, in person or as one of a role. */
export const isMentioned = (page: PageState, message: SandboxMessage): boolean =>
  message.mentions.some(user => user.id === page.actingAs) ||
  message.mention_roles.some(id => userOf(page, page.actingAs)?.roles.includes(id))

/** A name as test ids have it. */
export const dashed = (name: string): string => name.replaceAll(' ', '-')

export const textChannels = (page: PageState): SandboxChannel[] =>
  (page.discord?.channels ?? []).filter(channel => channel.type === 0).sort((a, b) => compareIds(a.id, b.id))

export const threadsIn = (page: PageState, channelId: string): SandboxChannel[] =>
  (page.discord?.channels ?? [])
    .filter(channel => channel.type === 11 && channel.parent_id === channelId && !channel.archived)
    .sort((a, b) => compareIds(a.id, b.id))

export const threadOn = (page: PageState, message: SandboxMessage): SandboxChannel | undefined =>
  page.discord?.channels.find(
    channel => channel.starter_message_id === message.id || channel.id === message.thread_id,
  )

/** The words of a message on one line, for a preview. */
export function previewOf(page: PageState, message: SandboxMessage): string {
  const name = (kind: 'user' | 'channel' | 'role', id: string) => {
    if (kind === 'user') return `@${displayName(userOf(page, id))}`
    if (kind === 'role') return atName(roleOf(page, id)?.name ?? 'unknown-role')
    return `#${channelOf(page, id)?.name ?? 'unknown'}`
  }
  const shown = message.message_snapshots?.[0]?.message ?? message
  const words = [shown.content, ...readComponents(shown.components).flatMap(textsOf)]
  return words
    .map(text => plainText(text, name))
    .join(' ')
    .trim()
}

function textsOf(component: RawComponent): string[] {
  if (component.kind === 'text') return [component.content]
  if (component.kind === 'container' || component.kind === 'section')
    return component.children.flatMap(textsOf)
  return []
}

/** Whether this member was ever answered here: a newcomer is still shown what to do. */
export const isNewcomer = (page: PageState): boolean =>
  ![...page.messages.values()].some(m => m.interaction !== null || m.ephemeral_for === page.actingAs) &&
  page.pending.length === 0
