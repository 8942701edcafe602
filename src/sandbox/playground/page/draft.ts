/** What stands in a composer and is not sent yet. Pure; a File is only carried along. */
import { type CommandOption, forFile, OPTION, type SlashCommand } from './commands.ts'

export interface Draft {
  text: string
  command: SlashCommand | null
  values: Record<string, string | number | boolean>
  files: Record<string, File>
  /** The line of the command picker that Enter would take. */
  at: number
  error: string | null
  busy: boolean
}

export const EMPTY_DRAFT: Draft = {
  text: '',
  command: null,
  values: {},
  files: {},
  at: 0,
  error: null,
  busy: false,
}

export const choose = (command: SlashCommand): Draft => ({ ...EMPTY_DRAFT, command })

/** A file for the command that is being written, else for the first command that takes one. */
export function withFile(draft: Draft, commands: SlashCommand[], file: File): Draft {
  const current = draft.command?.options.find(o => o.type === OPTION.attachment)
  if (draft.command && current) {
    return { ...draft, files: { ...draft.files, [current.name]: file }, error: null }
  }
  const found = forFile(commands)
  if (!found)
    return { ...draft, error: 'Murano is not here yet, so nobody would take the file. Wait a moment.' }
  return { ...choose(found.command), files: { [found.option.name]: file } }
}

export const isFilled = (draft: Draft, option: CommandOption): boolean =>
  option.type === OPTION.attachment ? option.name in draft.files : option.name in draft.values

/** The first required option that has nothing in it. */
export const missingIn = (draft: Draft): CommandOption | undefined =>
  draft.command?.options.find(option => option.required && !isFilled(draft, option))

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
