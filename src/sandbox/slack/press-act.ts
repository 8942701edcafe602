import type { SlackPress, SlackTicket } from '../control.ts'
import { ControlError } from '../control-error.ts'
import { asString, type Json, objectsIn } from '../json.ts'
import { actorIn, seenMessage, sendInteraction, waysBack } from './actors.ts'
import { optionOf, type Slot, slotsOf } from './elements.ts'
import { messageObject } from './message-object.ts'
import { channelName, interactionStart, receiverOf } from './payloads.ts'
import type { Stage } from './stage.ts'
import type { Message } from './world.ts'

/** A person presses a button or picks from a select of a message of the app. */
export function press(stage: Stage, use: SlackPress): SlackTicket {
  const { user, channel } = actorIn(stage, use)
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
    ...waysBack(stage, receiver, user, channel, message),
  }
  return sendInteraction(stage, payload, use.deliveries)
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

/** Without what is absent. */
function given(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
