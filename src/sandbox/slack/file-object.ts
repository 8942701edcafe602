import { MOUNT, type SlackFile } from '../control.ts'
import type { Stage } from './stage.ts'
import type { Json, StoredFile } from './world.ts'

/** Slack's short names of file types; anything else is named by its ending. */
const PRETTY: Record<string, string> = {
  mp4: 'MPEG 4 Video',
  mov: 'QuickTime Movie',
  webm: 'WebM Video',
  png: 'PNG',
  jpg: 'JPEG',
  txt: 'Plain Text',
}

/** The file object of files.info and of messages (docs: reference/objects/file-object). */
export function fileObject(stage: Stage, file: StoredFile): Json {
  const links = linksOf(stage, file)
  if (file.kind === 'gone' || file.deleted) return { id: file.id, mode: 'tombstone' }
  const created = Math.floor(stage.clock() / 1000)
  return {
    id: file.id,
    created,
    timestamp: created,
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype: file.filetype,
    pretty_type: PRETTY[file.filetype] ?? file.filetype.toUpperCase(),
    user: file.user,
    user_team: file.team_id,
    editable: false,
    size: file.size,
    mode: modeOf(file),
    is_external: file.kind === 'external',
    external_type: file.kind === 'external' ? 'gdrive' : '',
    is_public: isPublic(stage, file),
    public_url_shared: false,
    display_as_bot: false,
    ...links,
    has_rich_preview: false,
    file_access: 'visible',
  }
}

/** How messages and events carry a file: a file that came from a shared channel has to be asked for. */
export function payloadFile(stage: Stage, file: StoredFile): Json {
  if (file.kind !== 'stub') return fileObject(stage, file)
  return { id: file.id, mode: 'file_access', file_access: 'check_file_info', created: 0 }
}

/** Where a file was shared, as files.info tells it: by public or private, then by channel. */
export function sharesOf(stage: Stage, file: StoredFile): Json {
  const shares: Record<'public' | 'private', Json> = { public: {}, private: {} }
  for (const [channelId, ts] of file.shares) {
    const channel = stage.world.channels.get(channelId)
    const message = stage.world.messages.get(channelId)?.get(ts)
    if (!channel || !message || message.deleted) continue
    shares[channel.is_private ? 'private' : 'public'][channelId] = [
      {
        ts,
        team_id: message.team_id,
        channel_name: channel.name,
        share_user_id: message.user,
        ...(message.thread_ts ? { thread_ts: message.thread_ts } : {}),
      },
    ]
  }
  const kinds = Object.entries(shares).filter(([, channels]) => Object.keys(channels).length > 0)
  return Object.fromEntries(kinds)
}

/** A file as the control routes tell it. */
export function sandboxFile(stage: Stage, file: StoredFile): SlackFile {
  const { id, name, title, mimetype, filetype, size, user } = file
  const { url_private, url_private_download, permalink } = linksOf(stage, file)
  const sandbox_url = `${stage.baseUrl()}${MOUNT.slackFiles}/sandbox/${id}/${encodeURIComponent(name)}`
  return {
    id,
    name,
    title,
    mimetype,
    filetype,
    size,
    mode: modeOf(file),
    user,
    url_private,
    url_private_download,
    permalink,
    sandbox_url,
  }
}

function modeOf(file: StoredFile): string {
  if (file.kind === 'external') return 'external'
  return file.kind === 'gone' || file.deleted ? 'tombstone' : 'hosted'
}

function isPublic(stage: Stage, file: StoredFile): boolean {
  return [...file.shares.keys()].some(id => stage.world.channels.get(id)?.is_private === false)
}

function linksOf(stage: Stage, file: StoredFile) {
  const base = `${stage.baseUrl()}${MOUNT.slackFiles}`
  const name = encodeURIComponent(file.name)
  const place = `${file.team_id}-${file.id}`
  const domain = stage.world.workspaces.get(file.team_id)?.domain ?? 'slack'
  const outside = `https://drive.example.com/file/${file.id}`
  const external = file.kind === 'external'
  return {
    url_private: external ? outside : `${base}/files-pri/${place}/${name}`,
    url_private_download: external ? outside : `${base}/files-pri/${place}/download/${name}`,
    permalink: `https://${domain}.slack.com/files/${file.user}/${file.id}/${name}`,
  }
}
