import type { SlackChannel, SlackTicket, SlackUser } from '../control.ts'
import { ControlError } from '../control-error.ts'
import type { Json } from '../json.ts'
import { makeHook } from './hooks.ts'
import { findMessage } from './messages.ts'
import type { Receiver } from './payloads.ts'
import type { Stage } from './stage.ts'
import { makeTrigger } from './triggers.ts'
import type { Message } from './world.ts'

/** The ways back that an act opens: a modal within 3 s, messages within half an hour. */
export function waysBack(
  stage: Stage,
  receiver: Receiver,
  user: SlackUser,
  channel: SlackChannel,
  message: Message,
): Json {
  const team_id = receiver.workspace.id
  return {
    trigger_id: makeTrigger(stage, team_id, user.id),
    response_url: makeHook(stage, { team_id, user_id: user.id, channel_id: channel.id, message }).url,
  }
}

/** Sends an interactive payload, as often as asked. */
export function sendInteraction(stage: Stage, payload: Json, deliveries: number | undefined): SlackTicket {
  return { ticket: stage.delivery.send('interactive', payload, { deliveries }).ticket }
}

/** Who acts, and where; they must be a person and in the channel. */
export function actorIn(
  stage: Stage,
  use: { user_id: string; channel_id: string },
): { user: SlackUser; channel: SlackChannel } {
  const user = stage.world.users.get(use.user_id)
  if (!user) throw new ControlError(404, 'There is no such person.')
  if (user.is_bot) throw new ControlError(400, 'A bot cannot do this.')
  const channel = stage.world.channels.get(use.channel_id)
  if (!channel) throw new ControlError(404, 'There is no such channel.')
  if (!channel.members.includes(user.id)) throw new ControlError(403, 'This person is not in that channel.')
  return { user, channel }
}

/** A message that this person can see. */
export function seenMessage(
  stage: Stage,
  use: { channel_id: string; message_ts: string },
  user: SlackUser,
): Message {
  const message = findMessage(stage, use.channel_id, use.message_ts)
  const hidden = message?.ephemeral_for && message.ephemeral_for !== user.id
  if (!message || hidden) throw new ControlError(404, 'There is no such message for this person.')
  return message
}
