import type { InteractionTicket } from '../control.ts'
import { ControlError } from '../control-error.ts'
import type { Json } from '../json.ts'
import type { NewInteraction } from './interactions.ts'
import { guildObject, interactionChannel, interactionMember } from './objects.ts'
import { channelPermissions } from './permissions.ts'
import { guildUploadLimit, type Stage } from './stage.ts'
import type { Channel } from './world.ts'

const MOST_DELIVERIES = 20

/** Opens an interaction and sends INTERACTION_CREATE, as often as asked: Discord may deliver an event more than once. */
export function deliver(
  stage: Stage,
  fresh: Omit<NewInteraction, 'channel_id'>,
  channel: Channel,
  content: Json,
  deliveries = 1,
): InteractionTicket {
  const { world } = stage
  if (world.bot_presence !== 'member') throw new ControlError(409, 'The bot is not in this server now.')
  const interaction = stage.interactions.open({ ...fresh, channel_id: channel.id })
  const guild = guildObject(world)
  const payload: Json = {
    version: 1,
    id: interaction.id,
    application_id: world.application_id,
    type: interaction.type,
    token: interaction.token,
    guild_id: world.guild.id,
    guild: { id: guild.id, locale: guild.preferred_locale, features: guild.features },
    guild_locale: guild.preferred_locale,
    locale: 'en-US',
    channel_id: channel.id,
    channel: interactionChannel(world, channel, interaction.user_id),
    member: interactionMember(world, interaction.user_id, channel),
    app_permissions: channelPermissions(world, world.bot_id, channel).toString(),
    entitlements: [],
    entitlement_sku_ids: [],
    authorizing_integration_owners: { 0: world.guild.id },
    context: 0,
    attachment_size_limit: Math.max(stage.memberUploadLimit, guildUploadLimit(world)),
    ...content,
  }
  interaction.payload = payload
  const times = Math.min(Math.max(1, Math.floor(deliveries)), MOST_DELIVERIES)
  for (let time = 0; time < times; time += 1) stage.gateway.dispatch('INTERACTION_CREATE', payload)
  return { id: interaction.id }
}

/** The same event once more, as a gateway may send it after a reconnect. */
export function redeliver(stage: Stage, id: string): void {
  const interaction = stage.interactions.get(id)
  if (!interaction) throw new ControlError(404, 'There is no such interaction.')
  stage.gateway.dispatch('INTERACTION_CREATE', interaction.payload)
}
