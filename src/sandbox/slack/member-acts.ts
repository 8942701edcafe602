import { randomUUID } from 'node:crypto'
import type {
  SlackChannel,
  SlackMemberPost,
  SlackPress,
  SlackShortcut,
  SlackSlash,
  SlackTicket,
  SlackUser,
} from '../control.ts'
import { ControlError } from '../discord/control-error.ts'
import { asString, type Json, objectsIn } from '../discord/json.ts'
import { optionOf, type Slot, slotsOf } from './elements.ts'
import { makeHook, sayAtOnce } from './hooks.ts'
import { messageObject } from './message-object.ts'
import { findMessage, postMessage } from './messages.ts'
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
import type { Message } from './world.ts'

/**
 * A person posts a message; whoever it mentions that is an installed bot and in the channel is told (app_mention).
 * The ticket is that of the event, where there was one.
 */
export function say(stage: Stage, use: SlackMemberPost): { message: Message; ticket: string | null } {
  const { user, channel } = placeOf(stage, use)
  if (channel.is_archived) throw new ControlError(409, `#${channel.name} is archived: nobody can post there.`)
  if (channel.posting === 'admins_only')
    throw new ControlError(403, `Only admins may post in #${channel.name}.`)
  const { text = '', file_ids = [], thread_ts = null } = use
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
  const { user, channel } = placeOf(stage, use)
  const command = stage.manifest.commands.find(candidate => candidate.command === use.command)
  const receiver = receiverOf(stage, user.team_id)
  if (!command || !receiver) throw new ControlError(404, `${use.command} is not a valid command.`)
  if (use.thread_ts !== undefined) throw new ControlError(400, `${use.command} is not supported in threads.`)
  if (channel.is_archived) throw new ControlError(409, `#${channel.name} is archived.`)
  const team_id = receiver.workspace.id
  const hook = makeHook(stage, { team_id, user_id: user.id, channel_id: channel.id, message: null })
  const payload: Json = {
    ...commandStart(stage, receiver, user, channel),
    command: use.command,
    text: use.text,
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
  const { user, channel } = placeOf(stage, use)
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
    ...reply(stage, receiver, user, channel, message),
  }
  return send(stage, payload, use.deliveries)
}

/** A person presses a button or picks from a select of a message of the app. */
export function press(stage: Stage, use: SlackPress): SlackTicket {
  const { user, channel } = placeOf(stage, use)
  const message = seenMessage(stage, use, user)
  const slots = slotsOf([
    ...message.blocks,
    ...message.attachments.flatMap(attachment => objectsIn(attachment.blocks)),
  ])
  const slot = slots.find(({ action_id }) => action_id === use.action_id)
  if (!slot) throw new ControlError(404, `The message has no element with the action_id "${use.action_id}".`)
  // The app of the workspace that posted it is told, also where the person belongs to another.
  const receiver = receiverOf(stage, message.team_id)
  if (!receiver) throw new ControlError(409, 'The app is not installed any more: nothing happens.')
  const done = actionOf(slot, use.value)
  const picked = picksOf(message)
  if (done.selected_option) picked.set(`${user.id} ${slot.block_id} ${slot.action_id}`, done.selected_option)
  const ephemeral = message.ephemeral_for !== null
  const payload: Json = {
    type: 'block_actions',
    ...interactionStart(stage, receiver, user),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: ephemeral,
      ...(message.thread_ts ? { thread_ts: message.thread_ts } : {}),
    },
    channel: { id: channel.id, name: channelName(channel) },
    ...(ephemeral ? {} : { message: messageObject(stage, message) }),
    state: { values: stateOf(slots, slot => picked.get(`${user.id} ${slot.block_id} ${slot.action_id}`)) },
    actions: [{ ...done, action_id: slot.action_id, block_id: slot.block_id, action_ts: stage.nextTs() }],
    ...reply(stage, receiver, user, channel, message),
  }
  return send(stage, payload, use.deliveries)
}

const SINGLE_CHOICE = ['static_select', 'radio_buttons', 'overflow']

function actionOf({ element }: Slot, value: string | undefined): Json {
  const type = asString(element.type) ?? ''
  const { placeholder, initial_option, confirm, text, style, url } = element
  if (type === 'button') {
    return { type, text, ...given({ value: element.value, style, url, confirm }) }
  }
  if (!SINGLE_CHOICE.includes(type))
    throw new ControlError(400, `Nobody can use a "${type}" here: it is not stood in for.`)
  const selected_option = optionOf(element, value ?? '')
  if (!selected_option) throw new ControlError(400, `The element does not offer "${value ?? ''}".`)
  return { type, selected_option, ...given({ placeholder, initial_option, confirm }) }
}

/** What every select and every set of radio buttons shows now: what was picked, or else what it began with. */
function stateOf(slots: Slot[], pickedIn: (slot: Slot) => unknown): Record<string, Json> {
  const values: Record<string, Json> = {}
  for (const slot of slots) {
    const { block_id, action_id, element } = slot
    if (element.type !== 'static_select' && element.type !== 'radio_buttons') continue
    const selected_option = pickedIn(slot) ?? element.initial_option ?? null
    values[block_id] = { ...values[block_id], [action_id]: { type: element.type, selected_option } }
  }
  return values
}

/** What people picked in the blocks of a message; new blocks begin anew, as in Slack's client. */
const picks = new WeakMap<Json[], Map<string, unknown>>()
function picksOf({ blocks }: Message): Map<string, unknown> {
  const known = picks.get(blocks) ?? new Map<string, unknown>()
  picks.set(blocks, known)
  return known
}

/** The ways back that an act opens: a modal within 3 s, messages within half an hour. */
function reply(
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

function send(stage: Stage, payload: Json, deliveries: number | undefined): SlackTicket {
  return { ticket: stage.delivery.send('interactive', payload, { deliveries }).ticket }
}

/** Who acts, and where; they must be a person and in the channel. */
function placeOf(
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
function seenMessage(
  stage: Stage,
  use: { channel_id: string; message_ts: string },
  user: SlackUser,
): Message {
  const message = findMessage(stage, use.channel_id, use.message_ts)
  const hidden = message?.ephemeral_for && message.ephemeral_for !== user.id
  if (!message || hidden) throw new ControlError(404, 'There is no such message for this person.')
  return message
}

/** Without what is absent. */
function given(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
