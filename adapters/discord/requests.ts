import {
  type APIApplicationCommandInteractionDataOption,
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  type APIMessageApplicationCommandInteraction,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  InteractionType,
} from 'discord.js'
import type { Found, UpscaleRequest } from '../../src/core/chat.ts'
import { type Factor, isFactor } from '../../src/core/clip.ts'
import type { RefusalCode } from '../../src/core/errors.ts'
import type { RefusedRequest, ReplyHandle } from '../../src/core/job.ts'
import type { ClipSource } from '../../src/core/source.ts'
import { FACTOR_OPTION, UPSCALE, UPSCALE_MESSAGE, URL_OPTION, VIDEO_OPTION } from './commands.ts'
import { eventIdOf, handleOf, personOf } from './events.ts'
import { findClip, sourceOfAttachment, sourceOfLink } from './files.ts'
import { PLATFORM } from './handle.ts'
import { missingPermissions, staysHere } from './permissions.ts'

type SlashUse = APIChatInputApplicationCommandInteraction
type MenuUse = APIMessageApplicationCommandInteraction

export const isUpscale = (interaction: APIInteraction): interaction is SlashUse =>
  interaction.type === InteractionType.ApplicationCommand &&
  interaction.data.type === ApplicationCommandType.ChatInput &&
  interaction.data.name === UPSCALE

export const isUpscaleMessage = (interaction: APIInteraction): interaction is MenuUse =>
  interaction.type === InteractionType.ApplicationCommand &&
  interaction.data.type === ApplicationCommandType.Message &&
  interaction.data.name === UPSCALE_MESSAGE

/**
 * /upscale, with a file or a link. Everything is read from the event itself: caches may be cold, and lack what the bot
 * can't see.
 * @param at wall-clock ms when it came in
 * @throws where it was used outside a server, which the registered command does not allow
 */
export function readSlash(interaction: SlashUse, at: number): UpscaleRequest & { reply: ReplyHandle } {
  return {
    ...askedIn(interaction),
    factor: factorOf(interaction),
    ...foundIn(interaction, clipOf(interaction)),
    reply: handleOf(interaction, 'command', at),
    replySeenBy: 'everybody',
  }
}

/** "Upscale video" in the menu of a message; the rest as for readSlash. */
export function readMenu(interaction: MenuUse, at: number): UpscaleRequest & { reply: ReplyHandle } {
  const { target_id: messageId, resolved } = interaction.data
  const message = resolved.messages[messageId]
  const clip = message ? findClip(message) : null
  const asked = askedIn(interaction)
  const { channelId, isThread } = asked.place
  return {
    ...asked,
    place: isThread ? asked.place : { ...asked.place, anchor: { channelId, messageId } },
    factor: DEFAULT_FACTOR,
    ...foundIn(interaction, clip ?? refused('no_clip')),
    reply: handleOf(interaction, 'menu', at),
    replySeenBy: 'requester',
  }
}

/** What every request has, however it was made. */
function askedIn(
  interaction: SlashUse | MenuUse,
): Pick<UpscaleRequest, 'platform' | 'eventId' | 'place' | 'requesterId'> {
  const { guild_id: communityId, channel } = interaction
  if (!communityId) throw new Error('a command outside a server, which its registration forbids')
  return {
    platform: PLATFORM,
    eventId: eventIdOf(interaction),
    place: { communityId, channelId: channel.id, isThread: staysHere(channel.type) },
    requesterId: personOf(interaction),
  }
}

/** A clip counts only where the bot may do its work; what is wrong with the clip is said first. */
function foundIn(
  interaction: SlashUse | MenuUse,
  given: ClipSource | RefusedRequest,
): { fileName: string; found: Found } {
  const clip = 'url' in given ? given : null
  const problem = 'url' in given ? permissionProblem(interaction) : given
  return {
    fileName: clip?.fileName ?? '',
    found: clip && !problem ? { clip, problem: null } : { clip: null, problem: problem! },
  }
}

function clipOf(interaction: SlashUse): ClipSource | RefusedRequest {
  const file = optionOf(interaction, VIDEO_OPTION)
  const link = optionOf(interaction, URL_OPTION)
  const attachment =
    file?.type === ApplicationCommandOptionType.Attachment
      ? interaction.data.resolved?.attachments?.[file.value]
      : undefined
  if (attachment && link) return refused('two_clips')
  if (attachment) return sourceOfAttachment(attachment)
  if (link?.type !== ApplicationCommandOptionType.String) return refused('no_clip')
  return sourceOfLink(link.value) ?? refused('link_invalid')
}

const refused = (code: RefusalCode, facts: RefusedRequest['facts'] = {}): RefusedRequest => ({ code, facts })

/** Looked at last: what the requester can put right by themselves is said first. */
function permissionProblem(interaction: SlashUse | MenuUse): RefusedRequest | null {
  const missing = missingPermissions(interaction.app_permissions, interaction.channel.type)
  return missing.length > 0 ? refused('missing_permission', { permissions: missing.join(', ') }) : null
}

const optionOf = (
  interaction: SlashUse,
  name: string,
): APIApplicationCommandInteractionDataOption | undefined =>
  interaction.data.options?.find(option => option.name === name)

const DEFAULT_FACTOR = 2

function factorOf(interaction: SlashUse): Factor {
  const option = optionOf(interaction, FACTOR_OPTION)
  const value = option?.type === ApplicationCommandOptionType.Integer ? option.value : DEFAULT_FACTOR
  return isFactor(value) ? value : DEFAULT_FACTOR
}
