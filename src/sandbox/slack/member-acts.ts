import { randomUUID } from 'node:crypto'
import type { SlackChannel, SlackMemberPost, SlackShortcut, SlackSlash, SlackTicket } from '../control.ts'
import { ControlError } from '../control-error.ts'
import type { Json } from '../json.ts'
import { actorIn, seenMessage, sendInteraction, waysBack } from './actors.ts'
import { isDirect } from './channels.ts'
import { makeHook, sayAtOnce } from './hooks.ts'
import { messageObject } from './message-object.ts'
import { postMessage } from './messages.ts'
import {
  channelName,
  commandStart,
  eventEnvelope,
  interactionStart,
  type Receiver,
  receiverOf,
} from './payloads.ts'
import type { Stage } from './stage.ts'
import { makeTrigger } from './triggers.ts'
import { asAppsGetIt, asCommandsGetIt } from './typed-text.ts'
import type { Message } from './world.ts'

/**
 * A person posts a message; whoever it mentions that is an installed bot and in the channel is told (app_mention).
 * The ticket is that of the event, where there was one.
 */
export function say(stage: Stage, use: SlackMemberPost): { message: Message; ticket: string | null } {
  const { user, channel } = actorIn(stage, use)
  if (channel.is_archived) throw new ControlError(409, `#${channel.name} is archived: nobody can post there.`)
  demandWritable(stage, channel)
  if (channel.posting === 'admins_only' && !user.role)
    throw new ControlError(403, `Only admins may post in #${channel.name}.`)
  const { file_ids = [], thread_ts = null } = use
  const text = asAppsGetIt(use.text ?? '')
  if (thread_ts !== null) seenMessage(stage, { channel_id: channel.id, message_ts: thread_ts }, user)
  const strange = file_ids.find(id => stage.world.files.get(id)?.user !== user.id)
  if (strange !== undefined) throw new ControlError(404, `This person uploaded no file ${strange}.`)
  if (text === '' && file_ids.length === 0) throw new ControlError(400, 'A message needs a text or a file.')
  const message = postMessage(stage, {
    channel: channel.id,
    team_id: user.team_id,
    user: user.id,
    text,
    thread_ts,
    file_ids,
  })
  const mentioned = [...stage.world.workspaces.values()].filter(
    ({ bot_user_id }) => text.includes(`<@${bot_user_id}>`) && channel.members.includes(bot_user_id),
  )
  const tickets = mentioned.flatMap(({ id }) => {
    const receiver = receiverOf(stage, id)
    return receiver ? (mention(stage, receiver, channel, message, use.deliveries) ?? []) : []
  })
  return { message, ticket: tickets[0] ?? null }
}

/** A read-only messages tab has no place to type in, for commands neither (docs: surfaces/app-home#messages-tab). */
function demandWritable({ manifest }: Stage, channel: SlackChannel): void {
  if (isDirect(channel) && !manifest.direct.writable)
    throw new ControlError(403, 'Sending messages to this app has been turned off.')
}

function mention(
  stage: Stage,
  receiver: Receiver,
  channel: SlackChannel,
  message: Message,
  deliveries: number | undefined,
): string | null {
  const granted = receiver.installation.scopes.includes('app_mentions:read')
  if (!granted || !stage.manifest.events.includes('app_mention')) return null
  const shared = channel.shared_team_ids.length > 0
  const event: Json = {
    ...messageObject(stage, message),
    type: 'app_mention',
    client_msg_id: randomUUID(),
    ...(shared ? { user_team: message.team_id, source_team: message.team_id } : {}),
    channel: channel.id,
    event_ts: message.ts,
  }
  return stage.delivery.send('events_api', eventEnvelope(stage, receiver, event, shared), { deliveries })
    .ticket
}

/** A person uses a slash command. `thread_ts`: they try it in a thread, which Slack does not allow. */
export function useSlash(stage: Stage, use: SlackSlash & { thread_ts?: string }): SlackTicket {
  const { user, channel } = actorIn(stage, use)
  const command = stage.manifest.commands.find(candidate => candidate.command === use.command)
  const receiver = receiverOf(stage, user.team_id)
  if (!command || !receiver) throw new ControlError(404, `${use.command} is not a valid command.`)
  demandWritable(stage, channel)
  if (use.thread_ts !== undefined) throw new ControlError(400, `${use.command} is not supported in threads.`)
  if (channel.is_archived) throw new ControlError(409, `#${channel.name} is archived.`)
  const team_id = receiver.workspace.id
  const hook = makeHook(stage, { team_id, user_id: user.id, channel_id: channel.id, message: null })
  const payload: Json = {
    ...commandStart(stage, receiver, user, channel),
    command: use.command,
    text: command.should_escape ? asCommandsGetIt(stage.world, user.team_id, use.text) : use.text,
    response_url: hook.url,
    trigger_id: makeTrigger(stage, team_id, user.id),
  }
  const { ticket, answered } = stage.delivery.send('slash_commands', payload, { deliveries: use.deliveries })
  // An acknowledgement with a text or blocks in it is shown as if it came by the response_url.
  void answered.then(({ payload: said }) => {
    if (said) sayAtOnce(stage, hook.id, said)
  })
  return { ticket }
}

/** A person picks a shortcut from the menu of a message. */
export function useShortcut(stage: Stage, use: SlackShortcut): SlackTicket {
  const { user, channel } = actorIn(stage, use)
  const message = seenMessage(stage, use, user)
  const { shortcuts } = stage.manifest
  const known = shortcuts.some(
    ({ type, callback_id }) => type === 'message' && callback_id === use.callback_id,
  )
  const receiver = receiverOf(stage, user.team_id)
  if (!known || !receiver) throw new ControlError(404, `There is no shortcut "${use.callback_id}" here.`)
  if (message.ephemeral_for) throw new ControlError(400, 'A message for one person has no shortcuts.')
  const payload: Json = {
    type: 'message_action',
    ...interactionStart(stage, receiver, user),
    action_ts: stage.nextTs(),
    channel: { id: channel.id, name: channelName(channel) },
    callback_id: use.callback_id,
    message_ts: message.ts,
    message: messageObject(stage, message),
    ...waysBack(stage, receiver, user, channel, message),
  }
  return sendInteraction(stage, payload, use.deliveries)
}
