import { type APIInteraction, type APIMessageComponentInteraction, InteractionType } from 'discord.js'
import { decodeAction } from '../../src/core/action.ts'
import type { Press } from '../../src/core/chat.ts'
import { eventIdOf, handleOf, personOf } from './events.ts'
import { isIn } from './groups.ts'
import { PLATFORM } from './handle.ts'
import { runsServer } from './permissions.ts'

export const isPress = (interaction: APIInteraction): interaction is APIMessageComponentInteraction =>
  interaction.type === InteractionType.MessageComponent

export type PressUse = Omit<Press, 'presserManages'> & { manages: boolean }

/** Somebody uses a control. What they manage and which roles they have: as Discord itself sees it at that moment. */
export function readPress(
  interaction: APIMessageComponentInteraction,
  { at, redelivered }: { at: number; redelivered: boolean },
): PressUse {
  const { data, member, message } = interaction
  return {
    platform: PLATFORM,
    eventId: eventIdOf(interaction),
    message: { channelId: message.channel_id, messageId: message.id },
    redelivered,
    presserId: personOf(interaction),
    presserIsIn: async groups => member !== undefined && isIn(member.roles, groups),
    // Outside a server there is no member, and nobody to decide for.
    manages: member !== undefined && runsServer(member.permissions),
    action: decodeAction(data.custom_id),
    value: 'values' in data ? (data.values[0] ?? null) : null,
    reply: handleOf(interaction, 'press', at),
  }
}
