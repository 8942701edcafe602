import { asNumber, asObject, asString, type Json, objectsIn } from '../json.ts'
import { componentProblems, legacyFieldProblems } from './component-rules.ts'
import { keepComponents, textOf } from './components.ts'
import { invalidForm, type Problem, refusal } from './errors.ts'
import type { StoredFile } from './files.ts'
import { INTENT } from './gateway.ts'
import { mentionsIn, pingsRepliedUser } from './mentions.ts'
import { FLAG, messageObject } from './message-object.ts'
import type { Stage } from './stage.ts'
import { sandboxMessage } from './state.ts'
import type { Upload } from './uploads.ts'
import { keepUploads } from './uploads.ts'
import type { Channel, Message } from './world.ts'

const MAX_CONTENT = 2000
const SETTABLE = FLAG.suppressEmbeds | FLAG.suppressNotifications | FLAG.componentsV2

/** What a request says that a message should be, and the bytes that came with it. */
export interface Draft {
  body: Json
  uploads: Upload[]
  /** Bytes per file. */
  limit: number
}

export interface Origin {
  author_id: string
  type?: Message['type']
  ephemeral_for?: string | null
  interaction?: Message['interaction']
  reference?: Message['reference']
}

export async function createMessage(
  stage: Stage,
  channel: Channel,
  draft: Draft,
  origin: Origin,
): Promise<Message> {
  const { body } = draft
  const flags = (asNumber(body.flags) ?? 0) & SETTABLE
  const v2 = (flags & FLAG.componentsV2) !== 0
  const components = objectsIn(body.components)
  refuse([
    ...contentProblems(body),
    ...(v2 ? legacyFieldProblems(body) : []),
    ...componentProblems(components, v2, new Set(draft.uploads.map(upload => upload.filename))),
  ])
  const content = asString(body.content) ?? ''
  if (
    content.trim() === '' &&
    components.length + objectsIn(body.embeds).length + draft.uploads.length === 0
  ) {
    throw refusal('emptyMessage')
  }
  const text = `${content}\n${textOf(components)}`
  const mentions = mentionsIn(stage.world, {
    text,
    author_id: origin.author_id,
    channel,
    allowed: body.allowed_mentions,
    answersInteraction: origin.interaction != null,
  })
  const replied = stage.world.messages.get(origin.reference?.message_id ?? '')
  if (replied && origin.type === 19 && pingsRepliedUser(body)) mentions.users.push(replied.author_id)
  const files = await keepUploads(stage, channel.id, draft)
  const message: Message = {
    ...blankMessage(stage, channel, origin),
    content,
    embeds: objectsIn(body.embeds),
    components: keepComponents(components, files),
    files,
    mentions: [...new Set(mentions.users)],
    mention_roles: mentions.roles,
    mention_everyone: mentions.everyone,
    nonce: body.nonce == null ? null : String(body.nonce),
  }
  message.flags |= flags
  publish(stage, message)
  return message
}

/** "Murano is thinking…": the place that a deferred answer keeps free. */
export function createLoading(stage: Stage, channel: Channel, origin: Origin): Message {
  const message = blankMessage(stage, channel, origin)
  message.flags |= FLAG.loading
  publish(stage, message)
  return message
}

/** A message with nothing in it, not yet published. */
export function blankMessage(stage: Stage, channel: Channel, origin: Origin): Message {
  return {
    id: stage.nextId(),
    channel_id: channel.id,
    author_id: origin.author_id,
    type: origin.type ?? 0,
    content: '',
    embeds: [],
    components: [],
    flags: origin.ephemeral_for ? FLAG.ephemeral : 0,
    created_at: stage.clock(),
    edited_at: null,
    files: [],
    mentions: [],
    mention_roles: [],
    mention_everyone: false,
    edits: 0,
    ephemeral_for: origin.ephemeral_for ?? null,
    interaction: origin.interaction ?? null,
    nonce: null,
    reference: origin.reference ?? null,
    snapshot: null,
  }
}

export async function editMessage(stage: Stage, message: Message, draft: Draft): Promise<void> {
  const { body } = draft
  const had = (message.flags & FLAG.componentsV2) !== 0
  const given = asNumber(body.flags)
  const v2 = had || ((given ?? 0) & FLAG.componentsV2) !== 0
  const kept = keptFiles(message, draft)
  const names = new Set([...kept, ...draft.uploads].map(file => file.filename))
  const components = body.components === undefined ? undefined : objectsIn(body.components)
  const after: Json = {
    content: body.content === undefined ? message.content : body.content,
    embeds: body.embeds === undefined ? message.embeds : body.embeds,
  }
  refuse([
    ...contentProblems(body),
    ...(had && given !== undefined && !(given & FLAG.componentsV2) ? [flagRemoved] : []),
    ...(v2 ? legacyFieldProblems(after) : []),
    ...(components ? componentProblems(components, v2, names) : []),
  ])
  const left = components ?? message.components
  const content = asString(after.content) ?? ''
  const empty = left.length + objectsIn(after.embeds).length + kept.length + draft.uploads.length === 0
  if (content.trim() === '' && empty) throw refusal('emptyMessage')
  const mentions = mentionsIn(stage.world, {
    text: `${content}\n${textOf(left)}`,
    author_id: message.author_id,
    channel: stage.world.channels.get(message.channel_id)!,
    allowed: body.allowed_mentions,
    answersInteraction: message.interaction !== null,
  })
  const files = [...kept, ...(await keepUploads(stage, message.channel_id, draft))]
  const wasLoading = (message.flags & FLAG.loading) !== 0
  message.content = content
  message.embeds = objectsIn(after.embeds)
  message.files = files
  if (components) message.components = keepComponents(components, files)
  if (body.content !== undefined || components) {
    message.mentions = mentions.users
    message.mention_roles = mentions.roles
    message.mention_everyone = mentions.everyone
  }
  message.flags = (message.flags & ~FLAG.loading) | ((given ?? 0) & SETTABLE)
  // Filling in a deferred answer is its first sending, not an edit.
  if (!wasLoading) {
    message.edited_at = stage.clock()
    message.edits += 1
  }
  stage.emit({ type: 'message', message: sandboxMessage(stage, message) })
  tellGateway(stage, 'MESSAGE_UPDATE', message)
}

const flagRemoved: Problem = {
  path: ['flags'],
  code: 'MESSAGE_COMPONENTS_V2_FLAG_CANNOT_BE_REMOVED',
  message: 'MessageFlags.IS_COMPONENTS_V2 cannot be removed once it is set',
}

export function deleteMessage(stage: Stage, message: Message): void {
  stage.world.messages.delete(message.id)
  stage.emit({ type: 'message_deleted', id: message.id, channel_id: message.channel_id })
  if (message.ephemeral_for) return
  const data = { id: message.id, channel_id: message.channel_id, guild_id: stage.world.guild.id }
  stage.gateway.dispatch('MESSAGE_DELETE', data, INTENT.guildMessages)
}

export function messageChanged(stage: Stage, message: Message): void {
  stage.emit({ type: 'message', message: sandboxMessage(stage, message) })
  tellGateway(stage, 'MESSAGE_UPDATE', message)
}

/** Puts a new message where everybody who may see it does. */
export function publish(stage: Stage, message: Message): void {
  stage.world.messages.set(message.id, message)
  const channel = stage.world.channels.get(message.channel_id)
  if (channel && !message.ephemeral_for) channel.last_message_id = message.id
  stage.emit({ type: 'message', message: sandboxMessage(stage, message) })
  tellGateway(stage, 'MESSAGE_CREATE', message)
}

function tellGateway(stage: Stage, type: string, message: Message): void {
  if (message.ephemeral_for) return
  const own = message.author_id === stage.world.bot_id || message.mentions.includes(stage.world.bot_id)
  const object = messageObject(stage, message)
  // What others wrote stays hidden without the privileged intent, which this application does not have.
  const seen = own ? object : withoutContent(object)
  stage.gateway.dispatch(type, { ...seen, guild_id: stage.world.guild.id }, INTENT.guildMessages)
}

function withoutContent(object: Json): Json {
  const hidden = { content: '', embeds: [], attachments: [], components: [] }
  const snapshots = objectsIn(object.message_snapshots).map(({ message }) => ({
    message: { ...asObject(message), ...hidden },
  }))
  return { ...object, ...hidden, ...(snapshots.length > 0 ? { message_snapshots: snapshots } : {}) }
}

function refuse(problems: Problem[]): void {
  if (problems.length > 0) throw invalidForm(problems)
}

/** 2000 for a bot; the schema says 4000, which is what Nitro allows people. */
function contentProblems(body: Json): Problem[] {
  if ((asString(body.content) ?? '').length <= MAX_CONTENT) return []
  return [{ path: ['content'], code: 'BASE_TYPE_BAD_LENGTH', message: 'Must be 2000 or fewer in length.' }]
}

/** Since API v10 `attachments` lists all that should be there after the edit; new files alone replace the old. */
function keptFiles(message: Message, draft: Draft): StoredFile[] {
  const listed = draft.body.attachments
  if (listed === undefined && draft.uploads.length === 0) return message.files
  const ids = objectsIn(listed).map(attachment => String(attachment.id))
  return message.files.filter(file => ids.includes(file.id))
}
