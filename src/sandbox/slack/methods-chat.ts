import { stringsIn } from '../json.ts'
import { demandPosting, findAddress, findPlace, type Place } from './channels.ts'
import { SlackError } from './errors.ts'
import { maySee } from './files.ts'
import { demandSomething, readContent } from './message-content.ts'
import { messageObject } from './message-object.ts'
import { type Change, changeMessage, deleteMessage, findMessage, postMessage } from './messages.ts'
import type { BotCall, Method } from './method.ts'
import type { Stage } from './stage.ts'
import type { Message } from './world.ts'

/** docs: reference/methods/chat.update (November 2026). */
const UPDATE_TEXT_LIMIT = 4000
const scopes = ['chat:write'] as const

/** docs: reference/methods/chat.… (November 2026). */
export function chatMethods(stage: Stage): Method[] {
  return [
    {
      name: 'chat.postMessage',
      auth: 'bot',
      tier: 'post',
      scopes,
      writes: true,
      run: call => post(stage, call),
    },
    {
      name: 'chat.postEphemeral',
      auth: 'bot',
      tier: 4,
      scopes,
      writes: true,
      run: call => whisper(stage, call),
    },
    { name: 'chat.update', auth: 'bot', tier: 3, scopes, writes: true, run: call => update(stage, call) },
    { name: 'chat.delete', auth: 'bot', tier: 3, scopes, writes: true, run: call => remove(stage, call) },
    {
      name: 'chat.getPermalink',
      auth: 'bot',
      tier: 'special',
      writes: false,
      run(call) {
        const { channel, team } = findPlace(stage, call)
        const message = findMessage(stage, channel.id, call.args.required('message_ts'))
        if (!message) throw new SlackError('message_not_found')
        const thread = message.thread_ts ? `?thread_ts=${message.thread_ts}&cid=${channel.id}` : ''
        const address = `https://${team.domain}.slack.com/archives/${channel.id}/p${message.ts.replace('.', '')}`
        return { channel: channel.id, permalink: address + thread }
      },
    },
  ]
}

function post(stage: Stage, call: BotCall) {
  const place = findAddress(stage, call)
  const { channel, team } = place
  call.posting(channel.id)
  demandPosting(call, place)
  const content = readContent(call)
  demandSomething(content)
  const thread_ts = readThread(stage, call, place)
  const message = postMessage(stage, {
    channel: channel.id,
    team_id: team.id,
    user: team.bot_user_id,
    text: content.text ?? '',
    blocks: content.blocks ?? [],
    attachments: content.attachments ?? [],
    metadata: content.metadata,
    thread_ts,
  })
  if (stage.faults.isOn('slack-post-lost') && stage.faults.firstTry(`lost ${team.id} ${call.args}`))
    call.loseAnswer()
  return { channel: channel.id, ts: message.ts, message: messageObject(stage, message, { metadata: true }) }
}

function whisper(stage: Stage, call: BotCall) {
  const place = findPlace(stage, call)
  const { channel, team } = place
  const user = call.args.required('user')
  if (channel.is_archived) throw new SlackError('is_archived')
  if (!place.is_member) throw new SlackError('not_in_channel')
  if (!channel.members.includes(user)) throw new SlackError('user_not_in_channel')
  const content = readContent(call)
  demandSomething(content)
  const message = postMessage(stage, {
    channel: channel.id,
    team_id: team.id,
    user: team.bot_user_id,
    text: content.text ?? '',
    blocks: content.blocks ?? [],
    attachments: content.attachments ?? [],
    thread_ts: readThread(stage, call, place),
    ephemeral_for: user,
  })
  return { message_ts: message.ts }
}

function update(stage: Stage, call: BotCall) {
  const { args } = call
  const { channel, message } = ownMessage(stage, call, 'cant_update_message')
  if ((args.text('text')?.length ?? 0) > UPDATE_TEXT_LIMIT) throw new SlackError('msg_too_long')
  const content = readContent(call)
  const fileIds = args.list('file_ids', 'invalid_arguments')
  if (fileIds === null) demandSomething(content)
  const change: Change = {}
  if (content.text !== null) change.text = content.text
  // Text alone takes the place of what was there before.
  if (content.text !== null || content.blocks) change.blocks = content.blocks ?? []
  if (content.text !== null || content.attachments) change.attachments = content.attachments ?? []
  if (content.metadata) change.metadata = content.metadata
  if (fileIds) change.file_ids = ownFiles(stage, call, stringsIn(fileIds))
  changeMessage(stage, message, change)
  return {
    channel: channel.id,
    ts: message.ts,
    text: message.text,
    message: messageObject(stage, message, { metadata: true }),
  }
}

function remove(stage: Stage, call: BotCall) {
  const { channel, message } = ownMessage(stage, call, 'cant_delete_message')
  deleteMessage(stage, message)
  return { channel: channel.id, ts: message.ts }
}

/** @throws SlackError channel_not_found, is_inactive, message_not_found, or `foreign` where somebody else wrote it */
function ownMessage(stage: Stage, call: BotCall, foreign: string): Place & { message: Message } {
  const place = findPlace(stage, call)
  const message = findMessage(stage, place.channel.id, call.args.required('ts'))
  if (place.channel.is_archived) throw new SlackError('is_inactive')
  // What only one person sees is not kept by Slack.
  if (!message || message.ephemeral_for !== null) throw new SlackError('message_not_found')
  if (message.user !== place.team.bot_user_id) throw new SlackError(foreign)
  return { ...place, message }
}

/** @throws SlackError thread_not_found; cannot_reply_to_message where it is itself a reply, or for one person alone */
export function readThread(stage: Stage, { args }: BotCall, { channel }: Place): string | null {
  const ts = args.text('thread_ts')
  if (ts === null) return null
  const parent = findMessage(stage, channel.id, ts)
  if (!parent) throw new SlackError('thread_not_found')
  const isReply = parent.thread_ts !== null && parent.thread_ts !== parent.ts
  if (isReply || parent.ephemeral_for !== null) throw new SlackError('cannot_reply_to_message')
  return ts
}

function ownFiles(stage: Stage, call: BotCall, ids: string[]): string[] {
  for (const id of ids) {
    const file = stage.world.files.get(id)
    if (!file || !maySee(stage, call.bearer, file)) throw new SlackError('file_not_found')
  }
  return ids
}
