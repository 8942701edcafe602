import { payloadFile } from './file-object.ts'
import type { Stage } from './stage.ts'
import type { Json, Message } from './world.ts'

/** What was said under a message, oldest first; what was said to one person alone is no part of it. */
export function repliesTo(stage: Stage, message: Message): Message[] {
  const all = [...(stage.world.messages.get(message.channel)?.values() ?? [])]
  return all
    .filter(
      other =>
        other.thread_ts === message.ts &&
        other.ts !== message.ts &&
        !other.deleted &&
        other.ephemeral_for === null,
    )
    .toSorted((a, b) => compareTs(a.ts, b.ts))
}

/** Times as text: as many digits before the point in all of them. */
export function compareTs(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A message as events, interactions and conversations.history carry it. */
export function messageObject(stage: Stage, message: Message, options: { metadata?: boolean } = {}): Json {
  const { world } = stage
  const files = message.file_ids.map(id => world.files.get(id)).filter(file => file !== undefined)
  const author = [...world.workspaces.values()].find(({ bot_user_id }) => bot_user_id === message.user)
  const replies =
    message.thread_ts === null || message.thread_ts === message.ts ? repliesTo(stage, message) : []
  return {
    type: 'message',
    ...(author
      ? {
          bot_id: author.bot_id,
          app_id: world.app.id,
          bot_profile: {
            id: author.bot_id,
            app_id: world.app.id,
            name: stage.manifest.name,
            team_id: author.id,
            deleted: false,
          },
        }
      : {}),
    user: message.user,
    team: message.team_id,
    ts: message.ts,
    text: message.text,
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.attachments.length > 0 ? { attachments: message.attachments } : {}),
    ...(files.length > 0 ? { files: files.map(file => payloadFile(stage, file)), upload: false } : {}),
    ...(message.edits > 0 && message.blocks.length === 0
      ? { edited: { user: author?.bot_id ?? message.user, ts: message.ts } }
      : {}),
    ...(options.metadata && message.metadata ? { metadata: message.metadata } : {}),
    ...(message.thread_ts ? { thread_ts: message.thread_ts } : {}),
    ...(replies.length > 0
      ? {
          thread_ts: message.ts,
          reply_count: replies.length,
          reply_users: [...new Set(replies.map(reply => reply.user))],
          latest_reply: replies.at(-1)?.ts,
        }
      : {}),
  }
}
