/** Registered application commands (docs: interactions/application-commands) as far as a composer needs them. */
export interface CommandOption {
  name: string
  description: string
  type: number
  required: boolean
  choices: { name: string; value: string | number }[]
  fileTypes: string[]
}

export interface SlashCommand {
  id: string
  name: string
  description: string
  options: CommandOption[]
}

export const OPTION = {
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  role: 8,
  number: 10,
  attachment: 11,
} as const

type Json = Record<string, unknown>

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})
const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.map(object) : [])

const COMMAND = { slash: 1, message: 3 } as const
const SUBCOMMAND = 1
const ADMINISTRATOR = 1n << 3n

/**
 * The commands that Discord's own client shows to somebody (docs: interactions/application-commands#permissions).
 * `permissions`: what they may do, as a sum of bits in digits.
 */
export const usableBy = (commands: unknown[], permissions: string): unknown[] =>
  objects(commands).filter(command => {
    if (typeof command.default_member_permissions !== 'string') return true
    // None named means that only administrators see it.
    const needed = BigInt(command.default_member_permissions) || ADMINISTRATOR
    return (BigInt(permissions) & needed) === needed
  })

/** Only what can be typed: commands of users and messages live in their context menus. */
export const readCommands = (commands: unknown[]): SlashCommand[] =>
  objects(commands)
    .filter(command => command.type === undefined || command.type === COMMAND.slash)
    .flatMap(command => {
      // A command that has subcommands can't be sent without one: each is a line of its own, "name sub".
      const inner = objects(command.options).filter(option => option.type === SUBCOMMAND)
      return inner.length > 0
        ? inner.map(sub => ({ ...sub, id: command.id, name: `${command.name} ${sub.name}` }) as Json)
        : [command]
    })
    .map(command => ({
      id: String(command.id ?? ''),
      name: String(command.name ?? ''),
      description: String(command.description ?? ''),
      options: objects(command.options).map(option => ({
        name: String(option.name ?? ''),
        description: String(option.description ?? ''),
        type: Number(option.type ?? OPTION.string),
        required: option.required === true,
        choices: objects(option.choices).map(choice => ({
          name: String(choice.name ?? ''),
          value: typeof choice.value === 'number' ? choice.value : String(choice.value ?? ''),
        })),
        fileTypes: Array.isArray(option.file_types) ? option.file_types.map(String) : [],
      })),
    }))

/** The names of the commands that stand in the menu of a message, under "Apps". */
export const messageCommands = (commands: unknown[]): string[] =>
  objects(commands)
    .filter(command => command.type === COMMAND.message)
    .map(command => String(command.name ?? ''))

/** The commands whose names begin with what was typed; or the one whose name was typed, with something behind it. */
export const matching = (commands: SlashCommand[], typed: string): SlashCommand[] =>
  typed.startsWith('/')
    ? commands.filter(
        command =>
          `/${command.name}`.startsWith(typed.trimEnd().toLowerCase()) ||
          wordsBehind(command, typed).length > 0,
      )
    : []

/** What was typed behind the name of a command that takes something. */
export const wordsBehind = (command: SlashCommand, typed: string): string[] =>
  command.options.length > 0 && typed.toLowerCase().startsWith(`/${command.name} `)
    ? typed
        .slice(command.name.length + 2)
        .split(/\s+/)
        .filter(Boolean)
    : []

/** The command and option that a file dropped anywhere is meant for. */
export function forFile(commands: SlashCommand[]): { command: SlashCommand; option: CommandOption } | null {
  for (const command of commands) {
    const option = command.options.find(o => o.type === OPTION.attachment)
    if (option) return { command, option }
  }
  return null
}

/** `file_types` (docs: reference#file-type-filtering) as an `accept` for a file input. */
export const acceptOf = (option: CommandOption | undefined): string =>
  (option?.fileTypes ?? [])
    .flatMap(type =>
      type === 'video' ? ['.mp4', '.mov', '.qt', '.webm'] : type.startsWith('.') ? [type] : [`${type}/*`],
    )
    .join(',')
