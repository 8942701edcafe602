import { html, nothing, type TemplateResult } from 'lit'
import type { Attachment } from '../../control.ts'
import { FILE } from './icons.ts'
import type { GalleryItem, Media } from './raw-component.ts'

const VIDEO = /\.(mp4|m4v|mov|qt|webm)$/i
const IMAGE = /\.(png|jpe?g|gif|webp|avif|svg)$/i

export const isVideo = (name: string): boolean => VIDEO.test(name)

/** Only what a browser fetches: a payload must not bring a script along. */
export function safeUrl(url: string): string {
  const address = URL.parse(url, location.href)
  return address && /^https?:$/.test(address.protocol) ? address.href : ''
}

export const nameInUrl = (url: string): string => {
  const last = URL.parse(url, location.href)?.pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}

export const fileSize = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} bytes`
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(bytes < 1e4 ? 2 : 0)} KB`
  return `${(bytes / 1e6).toFixed(2)} MB`
}

export function drawGallery(items: GalleryItem[]): TemplateResult {
  const columns = items.length === 1 ? 1 : items.length === 2 || items.length === 4 ? 2 : 3
  return html`<div class="gallery ${items.length > 1 ? 'many' : ''}" style="--columns:${columns}">${items.map(item => drawMedia(item))}</div>`
}

/** One picture or clip in its own proportions; a clip plays in place. */
export function drawMedia({ media, description, spoiler }: GalleryItem): TemplateResult {
  const src = safeUrl(media.url)
  const name = nameInUrl(src)
  const ratio = media.width && media.height ? `--ratio:${media.width / media.height}` : ''
  const label = description || name
  if (media.contentType.startsWith('image/') || (!media.contentType && IMAGE.test(name))) {
    return html`<figure class="media ${spoiler ? 'spoiler' : ''}" style=${ratio}><img src=${src} alt=${label} /></figure>`
  }
  if (media.contentType.startsWith('video/') || isVideo(name)) {
    return html`<figure class="media video ${spoiler ? 'spoiler' : ''}" style=${ratio}>
      <video controls playsinline preload="metadata" @loadedmetadata=${takeShape} src=${src} aria-label=${label} title=${label}></video></figure>`
  }
  return drawFile(media, name, null)
}

/** Where Discord did not say how large a clip is, the clip itself does. */
function takeShape({ target }: Event): void {
  const { videoWidth, videoHeight, parentElement } = target as HTMLVideoElement
  if (videoWidth && videoHeight) parentElement?.style.setProperty('--ratio', String(videoWidth / videoHeight))
}

export function drawFile(media: Media, name: string, size: number | null): TemplateResult {
  const src = safeUrl(media.url)
  return html`<div class="file">${FILE}<span><a class="md-link" href=${src} download=${name}>${name || nameInUrl(src)}</a>
    ${size === null ? nothing : html`<small>${fileSize(size)}</small>`}</span></div>`
}

/** What hangs on a message: pictures and clips together, and below them the other files. */
export function drawAttachments(attachments: readonly Attachment[]): TemplateResult {
  const seen = attachments.filter(({ filename }) => isVideo(filename) || IMAGE.test(filename))
  const others = attachments.filter(attachment => !seen.includes(attachment))
  return html`${
    seen.length
      ? drawGallery(seen.map(a => ({ media: mediaOf(a), description: a.filename, spoiler: false })))
      : nothing
  }${others.map(attachment => drawFile(mediaOf(attachment), attachment.filename, attachment.size))}`
}

const mediaOf = (attachment: Attachment): Media => ({
  url: attachment.url,
  contentType: attachment.content_type ?? '',
  width: attachment.width ?? null,
  height: attachment.height ?? null,
})
