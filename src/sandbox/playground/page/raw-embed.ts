/** Discord's embed JSON (docs: resources/message#embed-object, November 2026) as far as the playground draws it. */
import type { GalleryItem, Media } from './raw-component.ts'
import { readMedia } from './raw-component.ts'

export interface Embed {
  title: string
  url: string
  description: string
  /** The bar at its left; null for Discord's own grey. */
  accent: number | null
  /** A clip plays in it; a picture is shown where there is no clip. */
  shown: GalleryItem | null
  /** Nothing but the clip or picture that a link leads to: drawn without a box. */
  bare: boolean
}

type Json = Record<string, unknown>

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

export const readEmbeds = (value: unknown): Embed[] => (Array.isArray(value) ? value : []).map(readEmbed)

function readEmbed(value: unknown): Embed {
  const json = object(value)
  const [title, description] = [text(json.title), text(json.description)]
  const media = mediaIn(json)
  return {
    title,
    url: text(json.url),
    description,
    accent: typeof json.color === 'number' ? json.color : null,
    shown: media && {
      media,
      description: text(object(json.video ?? json.image).description),
      spoiler: false,
    },
    bare: media !== null && title === '' && description === '',
  }
}

/** Only the clip carries its type here, so that a picture is told from it by its own. */
function mediaIn(json: Json): Media | null {
  const kind = (['video', 'image', 'thumbnail'] as const).find(key => text(object(json[key]).url) !== '')
  if (!kind) return null
  const media = readMedia(json[kind])
  const fallback = kind === 'video' ? 'video/mp4' : 'image/png'
  return { ...media, contentType: media.contentType || fallback }
}
