/** What stands in a composer of the Slack half and is not sent yet. Pure; a File is only carried along. */
import type { SlackState, SlackUser } from '../../../control.ts'

export interface Draft {
  text: string
  files: readonly File[]
  /** The line of the open list that Enter would take. */
  at: number
  error: string | null
  busy: boolean
}

/** What somebody does to the draft of a composer, as it is when they do it. */
export type Edit = (now: Draft) => Draft

export const EMPTY_DRAFT: Draft = { text: '', files: [], at: 0, error: null, busy: false }

export type Command = SlackState['commands'][number]

/** What Enter would put into the text. */
export type Suggestion =
  | { kind: 'command'; command: Command }
  /** `handle`: what is typed for this person, "@Mira". */
  | { kind: 'person'; user: SlackUser; handle: string }

export const handleOf = (user: SlackUser): string => `@${user.real_name || user.name}`

/** Commands where the text begins with a slash, people where its last word begins with an @. */
export function suggestionsFor(text: string, commands: Command[], people: SlackUser[]): Suggestion[] {
  if (/^\/\S*$/.test(text)) {
    return commands
      .filter(command => command.command.startsWith(text.toLowerCase()))
      .map(command => ({ kind: 'command', command }))
  }
  const typed = /(?:^|\s)(@[^\s@]*)$/.exec(text)?.[1]?.toLowerCase()
  if (!typed) return []
  return people
    .filter(user => handleOf(user).toLowerCase().startsWith(typed) || `@${user.name}`.startsWith(typed))
    .map(user => ({ kind: 'person', user, handle: handleOf(user) }))
}

/** The text with the suggestion taken: one goes on typing after a space. */
export function withSuggestion(text: string, suggestion: Suggestion): string {
  if (suggestion.kind === 'command') return `${suggestion.command.command} `
  return `${text.replace(/@[^\s@]*$/, '')}${suggestion.handle} `
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** What was typed as Slack's own client sends it: signs escaped, addresses in <>, people as `<@U…>`. */
export function toMrkdwn(typed: string, people: SlackUser[]): string {
  // Longer names first: "@Mira Holm" must not become a mention of "@Mira".
  const handles = people
    .flatMap(user => [
      { handle: handleOf(user), id: user.id },
      { handle: `@${user.name}`, id: user.id },
    ])
    .sort((a, b) => b.handle.length - a.handle.length)
  const mention = (text: string): string => {
    for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
      if (/\w/.test(text[at - 1] ?? '')) continue
      const rest = text.slice(at).toLowerCase()
      const found = handles.find(
        ({ handle }) => rest.startsWith(handle.toLowerCase()) && !/\w/.test(rest[handle.length] ?? ''),
      )
      if (found)
        return `${escaped(text.slice(0, at))}<@${found.id}>${mention(text.slice(at + found.handle.length))}`
    }
    return escaped(text)
  }
  return typed
    .trim()
    .split(/(https?:\/\/[^\s<>]+)/)
    .map((piece, i) => (i % 2 === 1 ? `<${escaped(piece)}>` : mention(piece)))
    .join('')
}

/** Whom "/invite @Murano" takes into the channel: the app, in any case of its names, or somebody else. */
export function invited(text: string, bot: SlackUser): 'nobody' | 'bot' | 'other' {
  const named = text.trim().toLowerCase().replace(/^@/, '')
  if (named === '') return 'nobody'
  return [bot.real_name, bot.name].some(name => name.toLowerCase() === named) ? 'bot' : 'other'
}

/** "/upscale https://… 2x" in its two parts; null where the text is no command. */
export function asCommand(typed: string): { command: string; text: string } | null {
  const parts = /^(\/\S+)(?:\s+([\s\S]*))?$/.exec(typed.trim())
  return parts ? { command: parts[1]!, text: parts[2] ?? '' } : null
}
