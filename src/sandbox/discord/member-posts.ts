import type { MemberPost, MessageDeletion, SandboxMessage } from '../control.ts'
import { ControlError } from '../control-error.ts'
import type { StoredFile } from './files.ts'
import { memberMay, placeOf, seenBy } from './member-place.ts'
import { mentionsIn } from './mentions.ts'
import { FLAG } from './message-object.ts'
import { blankMessage, deleteMessage, publish } from './messages.ts'
import type { Stage } from './stage.ts'
import { sandboxMessage } from './state.ts'
import { channelChanged } from './threads.ts'
import { embedsOf } from './unfurl.ts'
import type { Channel, Message } from './world.ts'

const MOST_FILES = 10
const MAX_CONTENT = 2000

/** A member posts words and files, or forwards a message. What Discord's client would not let them send is refused. */
export function postAsMember(stage: Stage, post: MemberPost): SandboxMessage {
  const channel = placeOf(stage, post)
  demandTalk(stage, post.user_id, channel)
  const message = blankMessage(stage, channel, { author_id: post.user_id })
  if (post.forward_of === undefined) fill(stage, message, channel, post)
  else forward(stage, message, post, post.forward_of)
  wake(stage, post.user_id, channel)
  publish(stage, message)
  return sandboxMessage(stage, message)
}

/** A member deletes a message: their own, or, who manages messages, any. */
export function deleteAsMember(stage: Stage, { user_id, message_id }: MessageDeletion): void {
  const { message, channel } = seenBy(stage, user_id, message_id)
  const own = message.author_id === user_id || message.ephemeral_for === user_id
  if (!own && !memberMay(stage, user_id, channel, 'MANAGE_MESSAGES')) {
    throw new ControlError(403, 'This member may not delete that message.')
  }
  deleteMessage(stage, message)
}

function fill(stage: Stage, message: Message, channel: Channel, post: MemberPost): void {
  const { user_id, content = '', attachment_ids = [] } = post
  if (content.length > MAX_CONTENT)
    throw new ControlError(400, `A message has at most ${MAX_CONTENT} letters.`)
  if (attachment_ids.length > MOST_FILES)
    throw new ControlError(400, `A message has at most ${MOST_FILES} files.`)
  if (content.trim() === '' && attachment_ids.length === 0)
    throw new ControlError(400, 'The message is empty.')
  if (attachment_ids.length > 0 && !memberMay(stage, user_id, channel, 'ATTACH_FILES')) {
    throw new ControlError(403, 'This member may not attach files there.')
  }
  const files = attachment_ids.map(id => uploaded(stage, id))
  message.content = content
  message.files = files.map(file => stage.files.moveInto(channel.id, file))
  const mentions = mentionsIn(stage.world, {
    text: content,
    author_id: user_id,
    channel,
    allowed: undefined,
    answersInteraction: false,
  })
  message.mentions = mentions.users
  message.mention_roles = mentions.roles
  message.mention_everyone = mentions.everyone
  if (memberMay(stage, user_id, channel, 'EMBED_LINKS')) message.embeds = embedsOf(content)
}

function uploaded(stage: Stage, id: string): StoredFile {
  const file = stage.files.find(id)
  if (!file?.ephemeral) throw new ControlError(400, `There is no upload "${id}" that was not posted yet.`)
  return file
}

/** The copy stays as it is, whatever happens to the message. A forward of a forward shows what that one shows. */
function forward(stage: Stage, message: Message, post: MemberPost, id: string): void {
  if (post.content || post.attachment_ids?.length) {
    throw new ControlError(
      400,
      'A forward holds nothing else: Discord posts added words as a message of their own.',
    )
  }
  const { message: original } = seenBy(stage, post.user_id, id)
  if (original.ephemeral_for) throw new ControlError(400, 'A message for one member cannot be forwarded.')
  message.reference = { message_id: original.id, channel_id: original.channel_id }
  message.snapshot = structuredClone(original.snapshot ?? original)
  message.flags |= FLAG.hasSnapshot
}

function demandTalk(stage: Stage, userId: string, channel: Channel): void {
  const talk = channel.thread ? 'SEND_MESSAGES_IN_THREADS' : 'SEND_MESSAGES'
  const closed = channel.thread?.locked === true && !memberMay(stage, userId, channel, 'MANAGE_THREADS')
  if (closed || !memberMay(stage, userId, channel, talk)) {
    throw new ControlError(403, 'This member may not post there.')
  }
}

function wake(stage: Stage, userId: string, channel: Channel): void {
  const { thread } = channel
  if (!thread) return
  thread.members.add(userId)
  if (!thread.archived) return
  thread.archived = false
  thread.archived_changed_at = stage.clock()
  channelChanged(stage, channel)
}
