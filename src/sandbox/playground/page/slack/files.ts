import { html, nothing, type TemplateResult } from 'lit'
import type { SlackFile } from '../../../control.ts'
import { CHEVRON, FILM } from '../icons.ts'
import { fileSize, safeUrl } from '../media.ts'

/** A file of a message: clips play in place, as Slack plays them. */
export function drawFile(file: SlackFile): TemplateResult {
  if (file.mode === 'tombstone') return html`<div class="s-gone">This file was deleted.</div>`
  const src = safeUrl(file.sandbox_url)
  if (file.mimetype.startsWith('video/') && src) {
    return html`<figure class="s-file" data-file=${file.id}><figcaption>${file.title || file.name}${CHEVRON}</figcaption>
      <video controls playsinline preload="metadata" src=${src} aria-label=${file.name} @loadedmetadata=${takeShape}></video></figure>`
  }
  if (file.mimetype.startsWith('image/') && src) {
    return html`<figure class="s-file"><figcaption>${file.title || file.name}${CHEVRON}</figcaption><img src=${src} alt=${file.name} /></figure>`
  }
  return html`<a class="s-file-card" href=${src || safeUrl(file.permalink)} target="_blank" rel="noreferrer noopener"><span class="s-file-icon">${FILM}</span>
    <span><b>${file.title || file.name}</b><small>${file.mode === 'external' ? 'Lies elsewhere' : file.filetype.toUpperCase()}${file.size ? ` · ${fileSize(file.size)}` : nothing}</small></span></a>`
}

/** The message says nothing of its proportions, the clip itself does. */
function takeShape({ target }: Event): void {
  const { videoWidth, videoHeight, style } = target as HTMLVideoElement
  if (videoWidth && videoHeight) style.setProperty('--ratio', String(videoWidth / videoHeight))
}
