import {
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  ApplicationCommandType,
  InteractionType,
} from 'discord.js'
import { ADMIN_ACTS, type AdminRequest } from '../../src/core/chat.ts'
import { UPSCALE_ADMIN } from './commands.ts'
import { eventIdOf, handleOf, personOf } from './events.ts'
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
  const word = interaction.data.options?.[0]?.name
  return {
    platform: PLATFORM,
    eventId: eventIdOf(interaction),
    communityId,
    personId: personOf(interaction),
    manages: async () => manages,
    act: ADMIN_ACTS.find(act => act === word) ?? null,
    reply: handleOf(interaction, 'admin', at),
  }
}
