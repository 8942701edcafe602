import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { MOUNT } from '../control.ts'
import { asObject, asString, type Json } from '../json.ts'
import { findPlace, type Place } from './channels.ts'
import { refusalOf, SlackError } from './errors.ts'
import { fileObject, sharesOf } from './file-object.ts'
import { maySee, newFile } from './files.ts'
import { checkedBlocks } from './message-content.ts'
import { postMessage } from './messages.ts'
import type { BotCall, Method } from './method.ts'
import { readThread } from './methods-chat.ts'
import type { Stage } from './stage.ts'
import type { StoredFile } from './world.ts'

/** What Slack's help pages name; the API pages give no number. */
const UPLOAD_LIMIT = 1024 ** 3

/** docs: reference/methods/files.… (November 2026). */
export function fileMethods(stage: Stage): Method[] {
  const { world } = stage
  return [
    {
      name: 'files.info',
      auth: 'bot',
      tier: 4,
      scopes: ['files:read'],
      writes: false,
      run(call) {
        const file = findFile(stage, call)
        file.looked_at += 1
        return { file: { ...fileObject(stage, file), shares: sharesOf(stage, file) }, comments: [] }
      },
    },
    {
      name: 'files.delete',
      auth: 'bot',
      tier: 3,
      scopes: ['files:write'],
      writes: true,
      async run(call) {
        const file = findFile(stage, call)
        const own = call.bearer.workspaces.some(({ bot_user_id }) => bot_user_id === file.user)
        if (!own) throw new SlackError('cant_delete_file')
        file.deleted = true
        await rm(file.path, { force: true })
        return {}
      },
    },
    {
      name: 'files.getUploadURLExternal',
      auth: 'bot',
      tier: 4,
      scopes: ['files:write'],
      writes: true,
      run({ args, team, about }) {
        const name = args.required('filename')
        const length = args.whole('length')
        if (length === null) throw refusalOf('invalid_arguments', ['missing required field: length'])
        if (length < 1) throw refusalOf('invalid_arguments', ['must be at least 1 [json-pointer:/length]'])
        if (stage.faults.isOn('slack-upload-refused')) throw new SlackError('file_uploads_disabled')
        if (stage.faults.isOn('slack-storage-full')) throw new SlackError('storage_limit_reached')
        if (length > UPLOAD_LIMIT) throw new SlackError('file_upload_size_restricted')
        about(team.id)
        const file = newFile(stage, { team_id: team.id, user: team.bot_user_id, name, kind: 'hosted' })
        const ticket = randomBytes(24).toString('base64url')
        file.upload = { ticket, length, arrived: false }
        world.files.set(file.id, file)
        return { upload_url: `${stage.baseUrl()}${MOUNT.slackUpload}/v1/${ticket}`, file_id: file.id }
      },
    },
    {
      name: 'files.completeUploadExternal',
      auth: 'bot',
      tier: 4,
      scopes: ['files:write'],
      writes: true,
      run: call => complete(stage, call),
    },
  ]
}

/** @throws SlackError file_not_found, file_deleted */
function findFile(stage: Stage, call: BotCall): StoredFile {
  const file = stage.world.files.get(call.args.required('file'))
  if (file) call.about(file.team_id)
  if (!file || !maySee(stage, call.bearer, file)) throw new SlackError('file_not_found')
  if (file.deleted) throw new SlackError('file_deleted')
  return file
}

/** Ends an upload, once; where it names a channel, the message comes a moment after the answer. */
function complete(stage: Stage, call: BotCall): Json {
  const { args } = call
  const given = args.list('files', 'invalid_arguments')
  if (!given || given.length === 0) throw refusalOf('invalid_arguments', ['missing required field: files'])
  const files = given.map(entry => uploadedFile(stage, call, asObject(entry)))
  const place = args.has('channel_id') ? sharePlace(stage, call) : null
  const thread_ts = place ? readThread(stage, call, place) : null
  const comment = args.text('initial_comment')
  const blocks = comment === null ? args.list('blocks', 'invalid_blocks_format') : null
  // docs.rs/slack-morphism 2.28 (September 2026): accepted by chat.postMessage, an internal error here.
  if (blocks?.some(block => asObject(block)?.type === 'markdown')) throw new SlackError('internal_error')
  const checked = blocks ? checkedBlocks(call, blocks) : []
  for (const { file, title } of files) {
    file.upload = null
    file.title = title ?? file.title
  }
  if (place) {
    stage.soon(() =>
      postMessage(stage, {
        channel: place.channel.id,
        team_id: place.team.id,
        user: place.team.bot_user_id,
        text: comment ?? '',
        blocks: checked,
        file_ids: files.map(({ file }) => file.id),
        thread_ts,
      }),
    )
  }
  if (stage.faults.isOn('slack-post-lost') && stage.faults.firstTry(`lost ${args}`)) call.loseAnswer()
  return { files: files.map(({ file }) => ({ id: file.id, title: file.title })) }
}

/** @throws SlackError file_not_found also where it was completed before, or its bytes never came */
function uploadedFile(
  stage: Stage,
  call: BotCall,
  entry: Json | undefined,
): { file: StoredFile; title: string | null } {
  const file = stage.world.files.get(asString(entry?.id) ?? '')
  if (file) call.about(file.team_id)
  const own = file && call.bearer.workspaces.some(({ id }) => id === file.team_id)
  if (!own || !file.upload?.arrived) throw new SlackError('file_not_found')
  return { file, title: asString(entry?.title) ?? null }
}

/** @throws SlackError channel_not_found, is_archived, not_in_channel, posting_to_channel_denied */
function sharePlace(stage: Stage, call: BotCall): Place {
  const place = findPlace(stage, call, 'channel_id')
  if (place.channel.is_archived) throw new SlackError('is_archived')
  // Unlike a message, a file can't be shared where the bot is no member, whatever its scopes.
  if (!place.is_member) throw new SlackError('not_in_channel')
  if (place.channel.posting === 'admins_only') throw new SlackError('posting_to_channel_denied')
  return place
}
