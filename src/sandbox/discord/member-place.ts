import { ControlError } from '../control-error.ts'
import { channelPermissions, PERMISSION, type PermissionName } from './permissions.ts'
import type { Stage } from './stage.ts'
import type { Channel, Message } from './world.ts'

/** The channel where a member acts; they must be there and see it. */
export function placeOf(stage: Stage, use: { user_id: string; channel_id: string }): Channel {
  if (!stage.world.members.has(use.user_id)) throw new ControlError(404, 'There is no such member.')
  if (stage.world.users.get(use.user_id)?.bot) throw new ControlError(400, 'A bot cannot do this.')
  const channel = stage.world.channels.get(use.channel_id)
  if (!channel) throw new ControlError(404, 'There is no such channel.')
  if (!memberMay(stage, use.user_id, channel, 'VIEW_CHANNEL')) {
    throw new ControlError(403, 'This member cannot see that channel.')
  }
  return channel
}

export function memberMay(stage: Stage, userId: string, channel: Channel, name: PermissionName): boolean {
  return (channelPermissions(stage.world, userId, channel) & PERMISSION[name]) !== 0n
}

/** A message that a member sees, and the channel that it is in. */
export function seenBy(
  stage: Stage,
  userId: string,
  messageId: string,
): { message: Message; channel: Channel } {
  const message = stage.world.messages.get(messageId)
  if (!message) throw new ControlError(404, 'There is no such message.')
  if (message.ephemeral_for && message.ephemeral_for !== userId) {
    throw new ControlError(404, 'There is no such message for this member.')
  }
  return { message, channel: placeOf(stage, { user_id: userId, channel_id: message.channel_id }) }
}
