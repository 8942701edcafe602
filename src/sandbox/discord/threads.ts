import { asNumber, asString, type Json } from '../json.ts'
import { refusal } from './errors.ts'
import { INTENT } from './gateway.ts'
import { FLAG, threadOn } from './message-object.ts'
import { messageChanged } from './messages.ts'
import { channelObject } from './objects.ts'
import { may } from './places.ts'
import type { Stage } from './stage.ts'
import { sandboxChannel } from './state.ts'
import type { Channel, Message } from './world.ts'

const PUBLIC_THREAD = 11
/** Three days, what Discord takes when nothing is said. */
const DEFAULT_ARCHIVE_MINUTES = 4320

/** Opens a public thread in a text channel, on a message or without one. Throws 160004 for the second on a message. */
export function openThread(stage: Stage, parent: Channel, starter: Message | null, body: Json): Channel {
  if (parent.type !== 0) throw refusal('wrongChannelType')
  if (starter && threadOn(stage, starter)) throw refusal('threadExists')
  const type = starter ? PUBLIC_THREAD : asNumber(body.type)
  // Without a type Discord makes a private thread; those are not part of the stand-in.
  if (type !== PUBLIC_THREAD) throw refusal('wrongChannelType')
  const { world } = stage
  const thread: Channel = {
    id: starter?.id ?? stage.nextId(),
    type: PUBLIC_THREAD,
    name: asString(body.name) ?? '',
    topic: null,
    position: 0,
    parent_id: parent.id,
    overwrites: [],
    last_message_id: null,
    thread: {
      owner_id: world.bot_id,
      archived: false,
      locked: false,
      auto_archive_duration: asNumber(body.auto_archive_duration) ?? DEFAULT_ARCHIVE_MINUTES,
      archived_changed_at: stage.clock(),
      starter_message_id: starter?.id ?? null,
      members: new Set([world.bot_id]),
    },
  }
  world.channels.set(thread.id, thread)
  stage.emit({ type: 'channel', channel: sandboxChannel(thread) })
  stage.gateway.dispatch(
    'THREAD_CREATE',
    { ...channelObject(world, thread), newly_created: true },
    INTENT.guilds,
  )
  if (starter) {
    starter.flags |= FLAG.hasThread
    messageChanged(stage, starter)
  }
  return thread
}

/** A message wakes an archived thread, unless it is locked (docs: topics/threads#active--archived-threads). */
export function wakeThread(stage: Stage, channel: Channel): void {
  const thread = channel.thread
  if (!thread?.archived) return
  if (thread.locked && !may(stage, channel, ['MANAGE_THREADS'])) throw refusal('threadLocked')
  thread.archived = false
  thread.archived_changed_at = stage.clock()
  channelChanged(stage, channel)
}

/** Changes a thread: its opener may do most of it, anybody who may talk in it may wake an unlocked one. */
export function editThread(stage: Stage, channel: Channel, body: Json): void {
  const thread = channel.thread
  if (!thread) return
  const manager = may(stage, channel, ['MANAGE_THREADS'])
  const owner = thread.owner_id === stage.world.bot_id
  const onlyWakes = Object.keys(body).every(key => key === 'archived') && body.archived === false
  if (onlyWakes && !thread.locked && !may(stage, channel, ['SEND_MESSAGES_IN_THREADS']))
    throw refusal('missingPermissions')
  if (!manager && !owner && !(onlyWakes && !thread.locked)) throw refusal('missingPermissions')
  if (!manager && typeof body.locked === 'boolean' && body.locked !== thread.locked && !owner)
    throw refusal('missingPermissions')
  if (thread.archived && body.archived !== false) throw refusal('threadArchived')
  channel.name = asString(body.name) ?? channel.name
  thread.auto_archive_duration = asNumber(body.auto_archive_duration) ?? thread.auto_archive_duration
  if (typeof body.locked === 'boolean') thread.locked = body.locked
  if (typeof body.archived === 'boolean' && body.archived !== thread.archived) {
    thread.archived = body.archived
    thread.archived_changed_at = stage.clock()
  }
  channelChanged(stage, channel)
}

export function channelChanged(stage: Stage, channel: Channel): void {
  stage.emit({ type: 'channel', channel: sandboxChannel(channel) })
  const type = channel.thread ? 'THREAD_UPDATE' : 'CHANNEL_UPDATE'
  stage.gateway.dispatch(type, channelObject(stage.world, channel), INTENT.guilds)
}
