import { Readable } from 'node:stream'
import { cleanName } from '../file-names.ts'
import { asString, type Json, objectsIn } from '../json.ts'
import { DiscordError, invalidForm, refusal } from './errors.ts'
import type { StoredFile } from './files.ts'
import type { Draft } from './messages.ts'
import type { Stage } from './stage.ts'

const MOST_FILES = 10

/** One `files[n]` part of a multipart body. */
export interface Upload {
  index: string
  filename: string
  title: string | undefined
  description: string | undefined
  bytes: Blob
}

/** Reads a multipart body: the JSON in `payload_json` and the files. Throws what Discord answers to a bad one. */
export async function readForm(
  raw: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<{ body: unknown; parts: Map<string, File> }> {
  let form: FormData
  try {
    form = await new Response(raw, { headers: { 'content-type': contentType } }).formData()
  } catch {
    throw new DiscordError(400, 50035, 'Invalid Form Body')
  }
  const parts = new Map<string, File>()
  let body: unknown = {}
  for (const [name, value] of form) {
    const index = name.match(/^files\[(\d+)\]$/)?.[1] ?? (name === 'file' ? '0' : undefined)
    if (index !== undefined && typeof value !== 'string') parts.set(index, value)
    if (name === 'payload_json') body = parseJson(typeof value === 'string' ? value : await value.text())
  }
  return { body, parts }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refusal('badJson')
  }
}

/** Joins the files with what `attachments` says of them. `known`: ids that an edited message has already. */
export function joinUploads(
  body: Json,
  parts: ReadonlyMap<string, File>,
  known: readonly string[] = [],
): Upload[] {
  const entries = objectsIn(body.attachments)
  const strange = entries.findIndex(
    entry => !parts.has(String(entry.id)) && !known.includes(String(entry.id)),
  )
  if (strange >= 0) {
    const message = `Attachment id ${String(entries[strange]?.id)} is neither a file of this request nor of the message`
    throw invalidForm([{ path: ['attachments', strange, 'id'], code: 'ATTACHMENT_NOT_FOUND', message }])
  }
  if (parts.size + entries.filter(entry => !parts.has(String(entry.id))).length > MOST_FILES) {
    throw refusal('tooManyAttachments')
  }
  return [...parts].map(([index, file]) => {
    const entry = entries.find(candidate => String(candidate.id) === index)
    const spoiler = entry?.is_spoiler === true ? 'SPOILER_' : ''
    const { filename, title } = cleanName(spoiler + (asString(entry?.filename) ?? file.name))
    return {
      index,
      filename,
      title: asString(entry?.title) ?? title,
      description: asString(entry?.description),
      bytes: file,
    }
  })
}

export async function keepUploads(stage: Stage, channelId: string, draft: Draft): Promise<StoredFile[]> {
  if (draft.uploads.some(upload => upload.bytes.size > draft.limit)) throw refusal('tooLarge')
  const kept: StoredFile[] = []
  for (const upload of draft.uploads) {
    const { filename, title, description } = upload
    const file = { filename, title, description, ephemeral: false, owner_id: channelId }
    kept.push(await stage.files.save(Readable.from(chunksOf(upload.bytes)), file, draft.limit))
  }
  return kept
}

/** The DOM's type of a stream and Node's own do not fit together, the iteration does. */
async function* chunksOf(bytes: Blob): AsyncGenerator<Uint8Array> {
  const reader = bytes.stream().getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
}
