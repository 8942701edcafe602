import type { APIInteraction } from 'discord.js'
import type { ReplyHandle } from '../../src/core/job.ts'
import { type InteractionHandle, PLATFORM, writeHandle } from './handle.ts'

/** The same interaction, however often Discord delivers it, has the same id (docs: reference#consistency). */
export const eventIdOf = (interaction: APIInteraction): string => `${PLATFORM}:${interaction.id}`

/** @param at wall-clock ms when it came in */
export const handleOf = (interaction: APIInteraction, of: InteractionHandle['of'], at: number): ReplyHandle =>
  writeHandle({
    kind: PLATFORM,
    of,
    applicationId: interaction.application_id,
    interactionId: interaction.id,
    token: interaction.token,
    at,
  })

export const personOf = (interaction: APIInteraction): string =>
  (interaction.member?.user ?? interaction.user)?.id ?? ''
