import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
  type REST,
  type RESTPutAPIApplicationCommandsJSONBody,
  Routes,
} from 'discord.js'
import { ADMIN_ACTS, ADMIN_WORDS, type AdminOption, optionsOf } from '../../src/core/admin.ts'
import { FACTORS } from '../../src/core/clip.ts'
import type { Log } from '../../src/core/ports.ts'

/** Typed, with a file or a link. */
export const UPSCALE = 'upscale'
export const VIDEO_OPTION = 'video'
export const URL_OPTION = 'url'
export const FACTOR_OPTION = 'factor'
/** Picked from the menu of a message that holds a clip. */
export const UPSCALE_MESSAGE = 'Upscale video'
/** For those in charge; each act is a subcommand. */
export const UPSCALE_ADMIN = 'upscale-admin'

const ADMIN_OPTION_TYPES = {
  text: ApplicationCommandOptionType.String,
  flag: ApplicationCommandOptionType.Boolean,
  group: ApplicationCommandOptionType.Role,
  person: ApplicationCommandOptionType.User,
} as const satisfies Record<AdminOption['kind'], ApplicationCommandOptionType>

const adminOption = ({ name, about, kind, required }: AdminOption) =>
  ({
    type: ADMIN_OPTION_TYPES[kind],
    name,
    description: about,
    required: required === true,
  }) as APIApplicationCommandBasicOption

const FACTOR_WORDS: Record<(typeof FACTORS)[number], string> = {
  1: '1x · same size, cleaner',
  2: '2x · twice as wide and high',
  4: '4x · four times as wide and high',
}

const WHERE = {
  integration_types: [ApplicationIntegrationType.GuildInstall],
  contexts: [InteractionContextType.Guild],
}

/**
 * Everything that people can type or pick. Servers only, and only where the bot itself was added: elsewhere it could not open
 * a thread, nor post after the 15 minutes of an answer (docs: interactions/application-commands, August 2026).
 */
export const COMMANDS: RESTPutAPIApplicationCommandsJSONBody = [
  {
    type: ApplicationCommandType.ChatInput,
    name: UPSCALE,
    description: 'Upscale a video clip. You see the price first, and nothing is charged before you confirm.',
    ...WHERE,
    options: [
      {
        type: ApplicationCommandOptionType.Attachment,
        name: VIDEO_OPTION,
        description: 'The clip: MP4, MOV or WebM',
        required: false,
        // Only looks at the name (docs: reference#file-type-filtering, 5 August 2026); the bytes are read later.
        file_types: ['video'],
      },
      {
        type: ApplicationCommandOptionType.String,
        name: URL_OPTION,
        description: 'A link to the clip, where it is not a file here',
        required: false,
      },
      {
        type: ApplicationCommandOptionType.Integer,
        name: FACTOR_OPTION,
        description: 'How much larger (2x where left out); you can still change it when you see the prices',
        required: false,
        choices: FACTORS.map(value => ({ name: FACTOR_WORDS[value], value })),
      },
    ],
  },
  { type: ApplicationCommandType.Message, name: UPSCALE_MESSAGE, ...WHERE },
  {
    type: ApplicationCommandType.ChatInput,
    name: UPSCALE_ADMIN,
    description: 'What was spent here, and what may be. For those who manage the server.',
    // Others don't see it, as long as the server does not decide otherwise; so it is looked at again with every use.
    default_member_permissions: PermissionFlagsBits.ManageGuild.toString(),
    ...WHERE,
    options: ADMIN_ACTS.map(
      (act): APIApplicationCommandSubcommandOption => ({
        type: ApplicationCommandOptionType.Subcommand,
        name: act,
        description: ADMIN_WORDS[act].does,
        options: optionsOf(act).map(adminOption),
      }),
    ),
  },
]

/**
 * Makes Discord's list equal to ours. Written only where it differs: each write makes every client load it anew, and
 * writes are rationed. @returns whether it was written
 */
export async function registerCommands(rest: REST, applicationId: string, log: Log): Promise<boolean> {
  const route = Routes.applicationCommands(applicationId)
  const registered = await rest.get(route)
  if (fingerprint(registered) === fingerprint(COMMANDS)) return false
  await rest.put(route, { body: COMMANDS })
  log.info({ commands: COMMANDS.map(command => command.name) }, 'commands registered with Discord')
  return true
}

/** Equal for lists that mean the same: Discord adds ids and spells out what we leave to its defaults. */
export const fingerprint = (commands: unknown): string =>
  JSON.stringify(Array.isArray(commands) ? commands.map(meaningOf).toSorted(byName) : null)

interface AnyCommand {
  type?: number
  name: string
  description?: string
  nsfw?: boolean
  default_member_permissions?: string | null
  integration_types?: number[]
  contexts?: number[] | null
  options?: APIApplicationCommandOption[]
}

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name)

const meaningOf = (command: AnyCommand) => ({
  type: command.type ?? ApplicationCommandType.ChatInput,
  name: command.name,
  description: command.description ?? '',
  nsfw: command.nsfw ?? false,
  default_member_permissions: command.default_member_permissions ?? null,
  integration_types: command.integration_types?.toSorted() ?? null,
  contexts: command.contexts?.toSorted() ?? null,
  options: (command.options ?? []).map(optionMeaning),
})

const optionMeaning = (option: APIApplicationCommandOption): object => ({
  type: option.type,
  name: option.name,
  description: option.description,
  required: option.required ?? false,
  choices: 'choices' in option ? (option.choices ?? []).map(({ name, value }) => ({ name, value })) : [],
  file_types: 'file_types' in option ? (option.file_types ?? []) : [],
  options: 'options' in option ? (option.options ?? []).map(optionMeaning) : [],
})
