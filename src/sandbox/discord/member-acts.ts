import type { ComponentUse, InteractionTicket, SlashUse } from '../control.ts'
import { COMPONENT, findByCustomId } from './components.ts'
import { ControlError } from './control-error.ts'
import type { Interaction } from './interactions.ts'
import { asNumber, asString, type Json, objectsIn } from './json.ts'
import { messageObject } from './message-object.ts'
import { guildObject, interactionChannel, interactionMember } from './objects.ts'
import { channelPermissions, guildPermissions, PERMISSION } from './permissions.ts'
import { readOptions } from './slash-options.ts'
import { guildUploadLimit, type Stage } from './stage.ts'
import { allCommands } from './state.ts'
import type { Channel } from './world.ts'

const MOST_DELIVERIES = 20
const LINK_STYLE = 5

/** A member uses a slash command; a subcommand is named after its command with a space between. */
export function useSlash(stage: Stage, use: SlashUse): InteractionTicket {
  const channel = placeOf(stage, use)
  const [name = '', ...inner] = use.name.replace(/^\//, '').split(' ')
  const command = allCommands(stage).find(candidate => candidate.name === name && candidate.type === 1)
  if (!command) throw new ControlError(404, `The bot has no command /${name}.`)
  const needed = asString(command.default_member_permissions)
  const held = guildPermissions(stage.world, use.user_id)
  if (needed !== undefined && (held & BigInt(needed)) !== BigInt(needed)) {
    throw new ControlError(403, `This member may not use /${name}.`)
  }
  if (needed === '0' && !(held & PERMISSION.ADMINISTRATOR)) {
    throw new ControlError(403, `Only administrators may use /${name}.`)
  }
  const { options, attachments } = readOptions(stage, command, inner, use.options)
  const interaction = stage.interactions.open({
    type: 2,
    name: use.name.replace(/^\//, ''),
    user_id: use.user_id,
    channel_id: channel.id,
    source_message_id: null,
  })
  const data: Json = {
    id: command.id,
    name: command.name,
    type: 1,
    ...(command.guild_id ? { guild_id: command.guild_id } : {}),
    ...(options.length > 0 ? { options } : {}),
    ...(Object.keys(attachments).length > 0 ? { resolved: { attachments } } : {}),
  }
  return deliver(stage, interaction, channel, { data }, use.deliveries)
}

/** A member presses a button or picks from a select. */
export function useComponent(stage: Stage, use: ComponentUse): InteractionTicket {
  const message = stage.world.messages.get(use.message_id)
  if (!message) throw new ControlError(404, 'There is no such message.')
  if (message.ephemeral_for && message.ephemeral_for !== use.user_id) {
    throw new ControlError(404, 'There is no such message for this member.')
  }
  const channel = placeOf(stage, { user_id: use.user_id, channel_id: message.channel_id })
  const component = findByCustomId(message.components, use.custom_id)
  if (!component) throw new ControlError(404, `The message has no component "${use.custom_id}".`)
  if (component.disabled === true) throw new ControlError(400, 'This component is disabled.')
  const type = asNumber(component.type) ?? 0
  if (type === COMPONENT.button && component.style === LINK_STYLE)
    throw new ControlError(400, 'This is a link.')
  const values = type === COMPONENT.button ? undefined : chosen(stage, component, use.values ?? [])
  const interaction = stage.interactions.open({
    type: 3,
    name: use.custom_id,
    user_id: use.user_id,
    channel_id: channel.id,
    source_message_id: message.id,
  })
  const data: Json = {
    custom_id: use.custom_id,
    component_type: type,
    id: component.id,
    ...(values ? { values } : {}),
  }
  const shown = messageObject(stage, message)
  return deliver(stage, interaction, channel, { data, message: shown }, use.deliveries)
}

function chosen(stage: Stage, select: Json, values: string[]): string[] {
  const offered =
    select.type === COMPONENT.stringSelect
      ? objectsIn(select.options).map(option => asString(option.value) ?? '')
      : [
          ...stage.world.users.keys(),
          ...stage.world.channels.keys(),
          ...stage.world.roles.map(role => role.id),
        ]
  const strange = values.find(value => !offered.includes(value))
  if (strange !== undefined) throw new ControlError(400, `The select does not offer "${strange}".`)
  const least = asNumber(select.min_values) ?? 1
  const most = asNumber(select.max_values) ?? 1
  if (values.length < least || values.length > most) {
    throw new ControlError(400, `The select takes ${least} to ${most} values.`)
  }
  return values
}

/** The channel where a member acts; they must be there, see it, and a thread must not be archived. */
function placeOf(stage: Stage, use: { user_id: string; channel_id: string }): Channel {
  if (!stage.world.members.has(use.user_id)) throw new ControlError(404, 'There is no such member.')
  if (stage.world.users.get(use.user_id)?.bot) throw new ControlError(400, 'A bot cannot do this.')
  const channel = stage.world.channels.get(use.channel_id)
  if (!channel) throw new ControlError(404, 'There is no such channel.')
  if (!(channelPermissions(stage.world, use.user_id, channel) & PERMISSION.VIEW_CHANNEL)) {
    throw new ControlError(403, 'This member cannot see that channel.')
  }
  return channel
}

/** Sends INTERACTION_CREATE, as often as asked: Discord may deliver an event more than once. */
function deliver(
  stage: Stage,
  interaction: Interaction,
  channel: Channel,
  content: Json,
  deliveries = 1,
): InteractionTicket {
  const { world } = stage
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
  const times = Math.min(Math.max(1, Math.floor(deliveries)), MOST_DELIVERIES)
  for (let time = 0; time < times; time += 1) stage.gateway.dispatch('INTERACTION_CREATE', payload)
  return { id: interaction.id }
}
