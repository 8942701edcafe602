import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { SlackFileKind } from '../control.ts'
import { contentTypeOf } from '../file-names.ts'
import { placeOf } from './channels.ts'
import type { Stage } from './stage.ts'
import type { Bearer } from './tokens.ts'
import type { StoredFile } from './world.ts'

export interface NewFile {
  team_id: string
  user: string
  name: string
  kind: SlackFileKind
}

/** A file that nobody sent bytes for yet. */
export function newFile(stage: Stage, { team_id, user, name, kind }: NewFile): StoredFile {
  const ending = /\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  return {
    id: stage.nextId('F'),
    team_id,
    user,
    name,
    title: name,
    mimetype: contentTypeOf(name)?.replace(/;.*/, '') ?? 'application/octet-stream',
    filetype: ending || 'binary',
    size: 0,
    kind: kind === 'hosted' && stage.faults.isOn('slack-file-scanning') ? 'scanning' : kind,
    path: '',
    looked_at: 0,
    shares: new Map(),
    upload: null,
    deleted: false,
  }
}

/** Keeps a file that a person uploads; it is in no channel yet. */
export async function storeFile(stage: Stage, source: Readable, about: NewFile): Promise<StoredFile> {
  const file = newFile(stage, about)
  await keepBytes(stage, file, source)
  stage.world.files.set(file.id, file)
  return file
}

/** Streams the bytes of a file to the disk; where the stream breaks off, nothing is kept. */
export async function keepBytes(stage: Stage, file: StoredFile, source: Readable): Promise<void> {
  const path = join(await stage.workDir(), file.id)
  try {
    await pipeline(source, createWriteStream(path))
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  file.path = path
  file.size = (await stat(path)).size
}

/**
 * Whether a token may see a file: it belongs to one of its workspaces or was shared with one, and the bot can see a channel
 * where it was shared. A file that was shared nowhere was given to the app in a modal, or uploaded by it.
 */
export function maySee(stage: Stage, bearer: Bearer, file: StoredFile): boolean {
  if (file.kind === 'hidden' || file.upload !== null) return false
  if (file.shares.size === 0) return bearer.workspaces.some(({ id }) => id === file.team_id)
  const channels = [...file.shares.keys()].map(id => stage.world.channels.get(id))
  return channels.some(channel => channel !== undefined && placeOf(bearer, channel) !== null)
}

/** Slack looks for malware first; the download works once files.info was asked twice. */
export function isScanning(file: StoredFile): boolean {
  return file.kind === 'scanning' && file.looked_at < 2
}
