import type { ComponentUse, InteractionTicket, MessageCommandUse, SlashUse } from '../control.ts'
import { ControlError } from '../control-error.ts'
import { asNumber, asString, type Json, objectsIn } from '../json.ts'
import { COMPONENT, findByCustomId } from './components.ts'
import { deliver } from './deliver.ts'
import { placeOf, seenBy } from './member-place.ts'
import { messageObject } from './message-object.ts'
import { guildPermissions, PERMISSION } from './permissions.ts'
import { readOptions } from './slash-options.ts'
import type { Stage } from './stage.ts'
import { allCommands } from './state.ts'

const LINK_STYLE = 5

/** A member uses a slash command; a subcommand is named after its command with a space between. */
export function useSlash(stage: Stage, use: SlashUse): InteractionTicket {
  const channel = placeOf(stage, use)
  const [name = '', ...inner] = use.name.replace(/^\//, '').split(' ')
  const command = commandFor(stage, use.user_id, 1, name)
  const { options, resolved } = readOptions(stage, command, inner, use.options)
  const data: Json = {
    ...calling(command),
    ...(options.length > 0 ? { options } : {}),
    ...(Object.keys(resolved).length > 0 ? { resolved } : {}),
  }
  const fresh = {
    type: 2 as const,
    name: use.name.replace(/^\//, ''),
    user_id: use.user_id,
    command_type: 1 as const,
    source_message_id: null,
  }
  return deliver(stage, fresh, channel, { data }, use.deliveries)
}

/** A member picks a command from a message's menu. The bot gets the message whole, without any intent for it. */
export function useMessageCommand(stage: Stage, use: MessageCommandUse): InteractionTicket {
  const { message, channel } = seenBy(stage, use.user_id, use.message_id)
  if (message.ephemeral_for)
    throw new ControlError(400, 'A message for one member has no commands in its menu.')
  const command = commandFor(stage, use.user_id, 3, use.name)
  const data: Json = {
    ...calling(command),
    target_id: message.id,
    resolved: { messages: { [message.id]: messageObject(stage, message) } },
  }
  const fresh = {
    type: 2 as const,
    name: use.name,
    user_id: use.user_id,
    command_type: 3 as const,
    source_message_id: message.id,
  }
  return deliver(stage, fresh, channel, { data }, use.deliveries)
}

/** A member presses a button or picks from a select. */
export function useComponent(stage: Stage, use: ComponentUse): InteractionTicket {
  const { message, channel } = seenBy(stage, use.user_id, use.message_id)
  const component = findByCustomId(message.components, use.custom_id)
  if (!component) throw new ControlError(404, `The message has no component "${use.custom_id}".`)
  if (component.disabled === true) throw new ControlError(400, 'This component is disabled.')
  const type = asNumber(component.type) ?? 0
  if (type === COMPONENT.button && component.style === LINK_STYLE)
    throw new ControlError(400, 'This is a link.')
  const values = type === COMPONENT.button ? undefined : chosen(stage, component, use.values ?? [])
  const data: Json = {
    custom_id: use.custom_id,
    component_type: type,
    id: component.id,
    ...(values ? { values } : {}),
  }
  const fresh = {
    type: 3 as const,
    name: use.custom_id,
    user_id: use.user_id,
    command_type: null,
    source_message_id: message.id,
  }
  const shown = messageObject(stage, message)
  return deliver(stage, fresh, channel, { data, message: shown }, use.deliveries)
}

/** The command by its name, if the member may use it. */
function commandFor(stage: Stage, userId: string, type: 1 | 3, name: string): Json {
  const shown = type === 1 ? `/${name}` : `"${name}"`
  const command = allCommands(stage).find(candidate => candidate.name === name && candidate.type === type)
  if (!command) throw new ControlError(404, `The bot has no command ${shown}.`)
  const needed = asString(command.default_member_permissions)
  const held = guildPermissions(stage.world, userId)
  if (needed !== undefined && (held & BigInt(needed)) !== BigInt(needed)) {
    throw new ControlError(403, `This member may not use ${shown}.`)
  }
  if (needed === '0' && !(held & PERMISSION.ADMINISTRATOR)) {
    throw new ControlError(403, `Only administrators may use ${shown}.`)
  }
  return command
}

/** What an interaction says of the command that was used. */
const calling = (command: Json): Json => ({
  id: command.id,
  name: command.name,
  type: command.type,
  ...(command.guild_id ? { guild_id: command.guild_id } : {}),
})

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
