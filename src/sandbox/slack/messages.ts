import type { Stage } from './stage.ts'
import { sandboxMessage } from './state.ts'
import type { Json, Message } from './world.ts'

export interface Draft {
  channel: string
  /** Workspace of the author. */
  team_id: string
  user: string
  text?: string
  thread_ts?: string | null
  blocks?: Json[]
  attachments?: Json[]
  file_ids?: string[]
  metadata?: Json | null
  ephemeral_for?: string | null
}

/** What may be changed of a message; absent: stays as it is. */
export type Change = Partial<Pick<Message, 'text' | 'blocks' | 'attachments' | 'metadata' | 'file_ids'>>

/** Posts a message and tells the page. Who may post what where is decided before. */
export function postMessage(stage: Stage, draft: Draft): Message {
  const message: Message = {
    team_id: draft.team_id,
    channel: draft.channel,
    ts: stage.nextTs(),
    thread_ts: draft.thread_ts ?? null,
    user: draft.user,
    text: draft.text ?? '',
    blocks: withBlockIds(stage, draft.blocks ?? []),
    attachments: inAttachments(stage, draft.attachments ?? []),
    file_ids: draft.file_ids ?? [],
    metadata: draft.metadata ?? null,
    ephemeral_for: draft.ephemeral_for ?? null,
    edits: 0,
    deleted: false,
  }
  const channel = stage.world.messages.get(message.channel) ?? new Map<string, Message>()
  stage.world.messages.set(message.channel, channel.set(message.ts, message))
  for (const id of message.file_ids) stage.world.files.get(id)?.shares.set(message.channel, message.ts)
  stage.emit({ type: 'message', message: sandboxMessage(stage, message) })
  return message
}

/** Changes a message and tells the page. */
export function changeMessage(stage: Stage, message: Message, change: Change): void {
  Object.assign(message, change)
  if (change.blocks) message.blocks = withBlockIds(stage, change.blocks)
  if (change.attachments) message.attachments = inAttachments(stage, change.attachments)
  for (const id of change.file_ids ?? []) stage.world.files.get(id)?.shares.set(message.channel, message.ts)
  message.edits += 1
  stage.emit({ type: 'message', message: sandboxMessage(stage, message) })
}

/** Deletes a message and tells the page; it stays in the world with its mark. */
export function deleteMessage(stage: Stage, message: Message): void {
  message.deleted = true
  stage.emit({ type: 'message_deleted', channel: message.channel, ts: message.ts })
}

/** A message that is there and was not deleted. */
export function findMessage(stage: Stage, channelId: string, ts: string | null): Message | undefined {
  const message = ts === null ? undefined : stage.world.messages.get(channelId)?.get(ts)
  return message?.deleted ? undefined : message
}

/** Slack gives every block an id, and every element an action_id, where the app gave none. */
export function withBlockIds(stage: Stage, blocks: readonly Json[]): Json[] {
  const short = () => stage.nextId('').slice(-6)
  const named = (element: unknown): unknown =>
    isElement(element) && element.action_id === undefined ? { ...element, action_id: short() } : element
  return blocks.map(block => ({
    ...block,
    block_id: typeof block.block_id === 'string' && block.block_id !== '' ? block.block_id : short(),
    ...(block.type === 'actions' && Array.isArray(block.elements)
      ? { elements: block.elements.map(named) }
      : {}),
    ...(block.accessory === undefined ? {} : { accessory: named(block.accessory) }),
    ...(block.type === 'input' ? { element: named(block.element) } : {}),
  }))
}

function isElement(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && 'type' in value && value.type !== 'image'
}

function inAttachments(stage: Stage, attachments: readonly Json[]): Json[] {
  return attachments.map((attachment, index) => ({
    id: index + 1,
    ...attachment,
    ...(Array.isArray(attachment.blocks) ? { blocks: withBlockIds(stage, attachment.blocks as Json[]) } : {}),
  }))
}
