import { asObject, type Json } from '../json.ts'
import { filesShown, showComponents } from './components.ts'
import type { StoredFile } from './files.ts'
import { channelObject, isoTime, userObject } from './objects.ts'
import type { Stage } from './stage.ts'
import type { Channel, Message } from './world.ts'

/** Message flags, docs: resources/message#message-object-message-flags (August 2026). */
export const FLAG = {
  suppressEmbeds: 1 << 2,
  hasThread: 1 << 5,
  ephemeral: 1 << 6,
  loading: 1 << 7,
  suppressNotifications: 1 << 12,
  hasSnapshot: 1 << 14,
  componentsV2: 1 << 15,
} as const

const FORWARD = 1
const SNAPSHOT_KEYS = [
  'type',
  'content',
  'embeds',
  'attachments',
  'components',
  'timestamp',
  'edited_timestamp',
  'flags',
  'mentions',
  'mention_roles',
]

/** The message as REST and gateway send it, its links signed now. */
export function messageObject(stage: Stage, message: Message): Json {
  const { world, files } = stage
  const shown = filesShown(message.components)
  const loose = message.files.filter(file => !shown.has(file.id) && !embeds(message, file))
  const thread = threadOn(stage, message)
  const user = (id: string) => userObject(world.users.get(id)!)
  const answers = message.type === 19 || message.type === 23
  const replied = answers ? world.messages.get(message.reference?.message_id ?? '') : undefined
  return {
    id: message.id,
    channel_id: message.channel_id,
    type: message.type,
    author: user(message.author_id),
    content: message.content,
    timestamp: isoTime(message.created_at),
    edited_timestamp: message.edited_at === null ? null : isoTime(message.edited_at),
    tts: false,
    mention_everyone: message.mention_everyone,
    mentions: message.mentions.map(user),
    mention_roles: message.mention_roles,
    attachments: loose.map(file => files.describe(file)),
    embeds: message.embeds,
    components: showComponents(message.components, files),
    pinned: false,
    flags: message.flags,
    ...(message.nonce === null ? {} : { nonce: message.nonce }),
    ...(message.author_id === world.bot_id ? { application_id: world.application_id } : {}),
    ...(message.interaction ? interactionFields(stage, message.interaction) : {}),
    ...(message.reference
      ? {
          message_reference: {
            type: message.snapshot ? FORWARD : 0,
            ...message.reference,
            guild_id: world.guild.id,
          },
        }
      : {}),
    ...(message.snapshot
      ? { message_snapshots: [{ message: snapshotObject(stage, message.snapshot) }] }
      : {}),
    ...(replied ? { referenced_message: messageObject(stage, { ...replied, type: 0 }) } : {}),
    ...(thread ? { thread: channelObject(world, thread) } : {}),
  }
}

/** The part of a message that a forward of it takes along (docs: resources/message#message-snapshot-object). */
function snapshotObject(stage: Stage, message: Message): Json {
  const whole = messageObject(stage, message)
  return Object.fromEntries(SNAPSHOT_KEYS.map(key => [key, whole[key]]))
}

function interactionFields(stage: Stage, interaction: NonNullable<Message['interaction']>): Json {
  const { world } = stage
  const user = userObject(world.users.get(interaction.user_id)!)
  return {
    webhook_id: world.application_id,
    interaction_metadata: {
      id: interaction.id,
      type: interaction.type,
      user,
      authorizing_integration_owners: { 0: world.guild.id },
      ...(interaction.type === 2 ? { name: interaction.name, command_type: interaction.command_type } : {}),
      ...(interaction.target_message_id ? { target_message_id: interaction.target_message_id } : {}),
    },
    ...(interaction.type === 2
      ? { interaction: { id: interaction.id, type: 2, name: interaction.name, user } }
      : {}),
  }
}

export function threadOn(stage: Stage, message: Message): Channel | undefined {
  const channel = stage.world.channels.get(message.id)
  return channel?.thread?.starter_message_id === message.id ? channel : undefined
}

/** A picture in an embed is named as attachment://, and then not listed on its own either. */
function embeds(message: Message, file: StoredFile): boolean {
  return message.embeds.some(embed =>
    ['image', 'thumbnail', 'video'].some(
      key => asObject(embed[key])?.url === `attachment://${file.filename}`,
    ),
  )
}
