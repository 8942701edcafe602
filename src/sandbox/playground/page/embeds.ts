import { html, nothing, type TemplateResult } from 'lit'
import { drawMarkdown, type Names } from './draw-text.ts'
import { drawMedia, safeUrl } from './media.ts'
import type { Embed } from './raw-embed.ts'

/** What Discord shows of a link below the text that it is in. */
export const drawEmbed = (embed: Embed, names: Names): TemplateResult =>
  embed.bare && embed.shown ? drawMedia(embed.shown) : drawBox(embed, names)

function drawBox({ title, url, description, accent, shown }: Embed, names: Names): TemplateResult {
  const color = accent === null ? '' : `--accent:#${accent.toString(16).padStart(6, '0')}`
  const words = drawMarkdown(title, names)
  return html`<article class="embed" style=${color}>
    ${title ? html`<b class="embed-title">${url ? html`<a class="md-link" href=${safeUrl(url)} target="_blank" rel="noreferrer noopener">${words}</a>` : words}</b>` : nothing}
    ${description ? html`<div class="embed-words">${drawMarkdown(description, names)}</div>` : nothing}
    ${shown ? drawMedia(shown) : nothing}
  </article>`
}
