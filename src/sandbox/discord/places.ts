import { refusal } from './errors.ts'
import { channelPermissions, PERMISSION, type PermissionName } from './permissions.ts'
import type { Stage } from './stage.ts'
import type { Channel, Message } from './world.ts'

export const VIEW: PermissionName[] = ['VIEW_CHANNEL']

export function asChannel(stage: Stage, id: string | undefined): Channel {
  const channel = stage.world.channels.get(id ?? '')
  if (!channel) throw refusal('unknownChannel')
  return channel
}

/** A message of that channel that the bot's token reaches: never an ephemeral one. */
export function asMessage(stage: Stage, channel: Channel, id: string | undefined): Message {
  const message = stage.world.messages.get(id ?? '')
  if (!message || message.channel_id !== channel.id || message.ephemeral_for) throw refusal('unknownMessage')
  return message
}

/** Whether the bot may do all of that there. */
export function may(stage: Stage, channel: Channel, names: readonly PermissionName[]): boolean {
  if (stage.world.bot_presence === 'removed') return false
  const held = channelPermissions(stage.world, stage.world.bot_id, channel)
  return names.every(name => held & PERMISSION[name])
}

/** Throws 50001 for a channel that the bot can't see, 50013 for what it may not do there. */
export function demand(stage: Stage, channel: Channel, names: readonly PermissionName[]): void {
  if (!may(stage, channel, VIEW)) throw refusal('missingAccess')
  if (!may(stage, channel, names)) throw refusal('missingPermissions')
}
