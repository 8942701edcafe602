import {
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  InteractionType,
} from 'discord.js'
import type { AdminAsk } from '../../src/core/admin.ts'
import type { AdminRequest } from '../../src/core/chat.ts'
import { UPSCALE_ADMIN } from './commands.ts'
import { eventIdOf, handleOf, personOf } from './events.ts'
import { groupOf } from './groups.ts'
import { PLATFORM } from './handle.ts'
import { runsServer } from './permissions.ts'

type AdminUse = APIChatInputApplicationCommandInteraction

export const isAdmin = (interaction: APIInteraction): interaction is AdminUse =>
  interaction.type === InteractionType.ApplicationCommand &&
  interaction.data.type === ApplicationCommandType.ChatInput &&
  interaction.data.name === UPSCALE_ADMIN

/**
 * /upscale-admin. Who sees the command is the server's to change, so `manages` is read again: from the event itself, as
 * Discord sees that person at that moment, in this channel.
 * @param at wall-clock ms when it came in
 * @throws where it was used outside a server, which the registered command does not allow
 */
export function readAdmin(interaction: AdminUse, at: number): AdminRequest {
  const { guild_id: communityId, member } = interaction
  if (!communityId || !member) throw new Error('a command outside a server, which its registration forbids')
  const manages = runsServer(member.permissions)
  return {
    platform: PLATFORM,
    eventId: eventIdOf(interaction),
    communityId,
    personId: personOf(interaction),
    manages: async () => manages,
    ask: askOf(interaction.data, communityId),
    reply: handleOf(interaction, 'admin', at),
  }
}

/** The subcommand is the word, and what was filled in below it are the options. A bot is nobody who approves. */
function askOf({ options: [used] = [], resolved }: AdminUse['data'], guildId: string): AdminAsk {
  const botNamed = (id: string): string | null => {
    const user = resolved?.users?.[id]
    return user?.bot ? `@${user.global_name ?? user.username}` : null
  }
  const options: Record<string, string> = {}
  const groups: string[] = []
  const people: string[] = []
  const filled = used?.type === ApplicationCommandOptionType.Subcommand ? (used.options ?? []) : []
  for (const { name, type, value } of filled) {
    if (type === ApplicationCommandOptionType.Role) groups.push(groupOf(value, guildId))
    else if (type === ApplicationCommandOptionType.User) {
      const bot = botNamed(value)
      if (bot === null) people.push(value)
      else options[name] = bot
    } else if (type !== ApplicationCommandOptionType.Boolean) options[name] = String(value)
    else if (value) options[name] = 'yes'
  }
  return { word: used?.name ?? null, options, groups, people }
}
