/** What stands in a composer and is not sent yet: a message, or a command. Pure; a File is only carried along. */
import { type Nameable, readTyped } from '../../typed-options.ts'
import { type CommandOption, forFile, OPTION, type SlashCommand, wordsBehind } from './commands.ts'

export interface Draft {
  text: string
  /** Files of the message. While a command is written they wait: a command takes files in its options only. */
  attachments: readonly File[]
  command: SlashCommand | null
  values: Record<string, string | number | boolean>
  files: Record<string, File>
  /** The line of the command picker that Enter would take. */
  at: number
  error: string | null
  busy: boolean
}

/** Replaces the draft of a composer by what `edit` makes of it. */
export type Change = (edit: (now: Draft) => Draft) => void

export const EMPTY_DRAFT: Draft = {
  text: '',
  attachments: [],
  command: null,
  values: {},
  files: {},
  at: 0,
  error: null,
  busy: false,
}

const NOBODY: Nameable = { people: [], roles: [] }

/** Begins a command; the first file that was attached goes into its file option, and what was typed into the others. */
export function choose(
  command: SlashCommand,
  before: Draft = EMPTY_DRAFT,
  nameable: Nameable = NOBODY,
): Draft {
  const option = command.options.find(o => o.type === OPTION.attachment)
  const [first, ...others] = before.attachments
  const begun: Draft =
    option && first
      ? { ...EMPTY_DRAFT, command, files: { [option.name]: first }, attachments: others }
      : { ...EMPTY_DRAFT, command, attachments: before.attachments }
  try {
    return { ...begun, values: readTyped(wordsBehind(command, before.text), command.options, nameable) }
  } catch (error) {
    return { ...begun, error: (error as Error).message }
  }
}

/** The command given up: its files stay, as those of a message. */
export const withoutCommand = (draft: Draft): Draft => ({
  ...EMPTY_DRAFT,
  attachments: [...Object.values(draft.files), ...draft.attachments],
})

/**
 * Files that were dropped or chosen. One alone is for the command that is being written, or begins the first command
 * that takes a file; in a message that somebody is writing, and where there are several, they are attached to it.
 */
export function withFiles(draft: Draft, commands: SlashCommand[], files: readonly File[]): Draft {
  const [file] = files
  if (!file) return draft
  const current = draft.command?.options.find(o => o.type === OPTION.attachment)
  if (draft.command && current) {
    return { ...draft, files: { ...draft.files, [current.name]: file }, error: null }
  }
  const found = forFile(commands)
  if (found && files.length === 1 && !isMessage(draft)) {
    return { ...choose(found.command), files: { [found.option.name]: file } }
  }
  const message = draft.command ? withoutCommand(draft) : draft
  return { ...message, attachments: [...message.attachments, ...files], error: null }
}

/** Whether somebody has begun a message, and not a command. */
export const isMessage = (draft: Draft): boolean =>
  draft.command === null &&
  (draft.attachments.length > 0 || (draft.text.trim() !== '' && !draft.text.startsWith('/')))

const isFilled = (draft: Draft, option: CommandOption): boolean =>
  option.type === OPTION.attachment ? option.name in draft.files : option.name in draft.values

/** The first required option that has nothing in it. */
export const missingIn = (draft: Draft): CommandOption | undefined =>
  draft.command?.options.find(option => option.required && !isFilled(draft, option))

/** Why it cannot be sent as it is, for the person who wants to; null where it can. */
export function problemIn(draft: Draft): string | null {
  const missing = missingIn(draft)
  if (missing) return `The option “${missing.name}” is required: ${missing.description}.`
  if (draft.command) return null
  if (draft.text.startsWith('/')) return `There is no command “${draft.text.trim()}” here.`
  return isMessage(draft) ? null : 'The message is empty.'
}

/** What somebody typed into an option, as the type that the option has; undefined for nothing. */
export function valueFor(option: CommandOption, typed: string): string | number | undefined {
  if (typed === '') return undefined
  if (option.type !== OPTION.integer && option.type !== OPTION.number) return typed
  const value = Number(typed)
  return Number.isFinite(value) ? value : undefined
}

export function withValue(draft: Draft, name: string, value: string | number | boolean | undefined): Draft {
  const { [name]: _, ...others } = draft.values
  return { ...draft, error: null, values: value === undefined ? others : { ...others, [name]: value } }
}

export function withoutFile(draft: Draft, name: string): Draft {
  const { [name]: _, ...files } = draft.files
  return { ...draft, error: null, files }
}

export const withoutAttachment = (draft: Draft, file: File): Draft => ({
  ...draft,
  error: null,
  attachments: draft.attachments.filter(f => f !== file),
})
