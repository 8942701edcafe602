import {
  type APIAttachment,
  type APIEmbed,
  type APIMessage,
  type APIMessageComponent,
  type APIMessageSnapshotFields,
  type APIUnfurledMediaItem,
  ComponentType,
} from 'discord.js'
import type { FileHosts } from '../../src/core/ports.ts'
import { type ClipSource, fileNameOf, LINK } from '../../src/core/source.ts'
import { PLATFORM } from './handle.ts'
import { webAddress } from './text.ts'

/** Discord's CDN and its proxy (docs: reference#cdn-formatting, August 2026). A signed link opens without a credential. */
export const FILES: FileHosts = { hosts: ['cdn.discordapp.com', 'media.discordapp.net'] }

export const sourceOfAttachment = (file: APIAttachment): ClipSource => ({
  url: file.url,
  fileName: nameOf(file),
  origin: PLATFORM,
  access: null,
})

/** Something typed by a person; null where it is no web address. */
export function sourceOfLink(typed: string): ClipSource | null {
  const url = webAddress(typed.trim())
  return url === null ? null : { url, fileName: fileNameOf(url), origin: LINK, access: null }
}

/** The parts that a message and the copy of it in a forward have in common. */
type Content = Partial<Pick<APIMessageSnapshotFields, 'attachments' | 'embeds' | 'components'>>
type Posted = Content & Pick<APIMessage, 'message_snapshots'>

/**
 * The first video in a message: a file of its own, one in the message that it forwards, one that Discord shows for a
 * link, one in a component. Interactions carry all of it without the message content intent.
 */
export const findClip = (message: Posted): ClipSource | null =>
  inAttachments(message) ??
  firstOf(message.message_snapshots ?? [], ({ message: forwarded }) => inContent(forwarded)) ??
  inContent(message)

const inContent = (content: Content): ClipSource | null =>
  inAttachments(content) ??
  firstOf(content.embeds ?? [], inEmbed) ??
  firstOf(content.components ?? [], inComponent)

const inAttachments = ({ attachments = [] }: Content): ClipSource | null =>
  firstOf(attachments, file => (isVideo(file.content_type, file.filename) ? sourceOfAttachment(file) : null))

/** What Discord shows may also be another site's player; only fetching it tells, so it is taken for a link. */
function inEmbed({ video }: APIEmbed): ClipSource | null {
  if (!video?.url || isOtherMedia(video.content_type)) return null
  return sourceOfMedia({ url: video.url })
}

function inComponent(component: APIMessageComponent): ClipSource | null {
  switch (component.type) {
    case ComponentType.Container:
      return firstOf(component.components, inComponent)
    case ComponentType.MediaGallery:
      return firstOf(component.items, ({ media }) => inMedia(media))
    case ComponentType.File:
      return inMedia(component.file, component.name)
    default:
      return null // a section's thumbnail can only be a picture
  }
}

function inMedia(media: APIUnfurledMediaItem, name?: string): ClipSource | null {
  const source = sourceOfMedia(media)
  if (!source) return null
  const fileName = name ?? source.fileName
  return isVideo(media.content_type, fileName) ? { ...source, fileName } : null
}

/** Whatever lies elsewhere is a link like any other, whoever shows it. */
function sourceOfMedia(media: Pick<APIUnfurledMediaItem, 'url' | 'attachment_id'>): ClipSource | null {
  const source = sourceOfLink(media.url)
  if (!source) return null
  const { protocol, host } = new URL(source.url)
  const isOurs = media.attachment_id !== undefined || (protocol === 'https:' && FILES.hosts.includes(host))
  return isOurs ? { ...source, origin: PLATFORM } : source
}

/** Both are hints and nothing more: the bytes are read later. */
const isVideo = (contentType: string | null | undefined, name: string): boolean =>
  !isOtherMedia(contentType) &&
  (/^video\//i.test(contentType ?? '') || /\.(mp4|m4v|mov|qt|webm|mkv|avi)$/i.test(name))

/** Endings that the sender's machine does not know come as application/octet-stream, so that is no verdict. */
const isOtherMedia = (contentType: string | null | undefined): boolean =>
  /^(image|audio|text)\//i.test(contentType ?? '')

/** Discord takes letters out of a file's name and keeps the real one as its title (docs: resources/message). */
function nameOf({ filename, title }: { filename: string; title?: string }): string {
  if (!title) return filename
  const ending = /\.[A-Za-z0-9]+$/.exec(filename)?.[0] ?? ''
  return title.toLowerCase().endsWith(ending.toLowerCase()) ? title : title + ending
}

function firstOf<T, R>(list: readonly T[], look: (item: T) => R | null): R | null {
  for (const item of list) {
    const found = look(item)
    if (found) return found
  }
  return null
}
