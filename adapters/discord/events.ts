import {
  type APIApplicationCommandInteractionDataOption,
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  type APIMessageComponentInteraction,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  InteractionType,
} from 'discord.js'
import { decodeAction } from '../../src/core/action.ts'
import type { Press, UpscaleRequest } from '../../src/core/chat.ts'
import { isFactor } from '../../src/core/clip.ts'
import type { ReplyHandle } from '../../src/core/job.ts'
import { FACTOR_OPTION, UPSCALE, VIDEO_OPTION } from './commands.ts'
import { type InteractionHandle, writeHandle } from './handle.ts'
import { missingPermissions, staysHere } from './permissions.ts'

export const PLATFORM = 'discord'

/** The same interaction, however often Discord delivers it, has the same id (docs: reference#consistency). */
const eventIdOf = (interaction: APIInteraction) => `${PLATFORM}:${interaction.id}`

const handleOf = (interaction: APIInteraction, of: InteractionHandle['of'], at: number): ReplyHandle =>
  writeHandle({
    kind: PLATFORM,
    of,
    applicationId: interaction.application_id,
    interactionId: interaction.id,
    token: interaction.token,
    at,
  })

export const isUpscale = (
  interaction: APIInteraction,
): interaction is APIChatInputApplicationCommandInteraction =>
  interaction.type === InteractionType.ApplicationCommand &&
  interaction.data.type === ApplicationCommandType.ChatInput &&
  interaction.data.name === UPSCALE

export const isPress = (interaction: APIInteraction): interaction is APIMessageComponentInteraction =>
  interaction.type === InteractionType.MessageComponent

const personOf = (interaction: APIInteraction): string =>
  (interaction.member?.user ?? interaction.user)?.id ?? ''

/**
 * Null where the clip or the place is missing, which the registered command does not allow.
 * Everything is read from the event itself: caches may be cold, and lack what the bot can't see.
 * @param at wall-clock ms when it came in
 */
export function readRequest(
  interaction: APIChatInputApplicationCommandInteraction,
  at: number,
): UpscaleRequest | null {
  const clip = interaction.data.resolved?.attachments?.[attachmentIdOf(interaction) ?? '']
  if (!clip || !interaction.guild_id) return null
  const channelType = interaction.channel.type
  return {
    platform: PLATFORM,
    eventId: eventIdOf(interaction),
    place: {
      communityId: interaction.guild_id,
      channelId: interaction.channel.id,
      isThread: staysHere(channelType),
    },
    requesterId: personOf(interaction),
    factor: factorOf(interaction),
    clip: { url: clip.url, fileName: nameOf(clip) },
    reply: handleOf(interaction, 'command', at),
    missingPermissions: missingPermissions(interaction.app_permissions, channelType),
  }
}

export function readPress(
  interaction: APIMessageComponentInteraction,
  { at, redelivered }: { at: number; redelivered: boolean },
): Press {
  const { data, message } = interaction
  return {
    platform: PLATFORM,
    eventId: eventIdOf(interaction),
    message: { channelId: message.channel_id, messageId: message.id },
    redelivered,
    presserId: personOf(interaction),
    action: decodeAction(data.custom_id),
    value: 'values' in data ? (data.values[0] ?? null) : null,
    reply: handleOf(interaction, 'press', at),
  }
}

const optionOf = (
  interaction: APIChatInputApplicationCommandInteraction,
  name: string,
): APIApplicationCommandInteractionDataOption | undefined =>
  interaction.data.options?.find(option => option.name === name)

function attachmentIdOf(interaction: APIChatInputApplicationCommandInteraction): string | null {
  const option = optionOf(interaction, VIDEO_OPTION)
  return option?.type === ApplicationCommandOptionType.Attachment ? option.value : null
}

const DEFAULT_FACTOR = 2

function factorOf(interaction: APIChatInputApplicationCommandInteraction) {
  const option = optionOf(interaction, FACTOR_OPTION)
  const value = option?.type === ApplicationCommandOptionType.Integer ? option.value : DEFAULT_FACTOR
  return isFactor(value) ? value : DEFAULT_FACTOR
}

/** Discord takes letters out of a file's name and keeps the real one as its title (docs: resources/message). */
function nameOf({ filename, title }: { filename: string; title?: string }): string {
  if (!title) return filename
  const ending = /\.[A-Za-z0-9]+$/.exec(filename)?.[0] ?? ''
  return title.toLowerCase().endsWith(ending.toLowerCase()) ? title : title + ending
}
