import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { type Change, type Draft, withoutAttachment } from './draft.ts'
import { FILE, TRASH } from './icons.ts'
import { fileSize, isVideo } from './media.ts'

/** The files of the message that is being written, each with its first picture where it is a clip. */
export function attachmentTray(
  draft: Draft,
  change: Change,
  testid: string,
): TemplateResult | typeof nothing {
  if (draft.attachments.length === 0) return nothing
  return html`<ul class="tray" aria-label="Attached files">${repeat(
    draft.attachments,
    file => file,
    file => html`<li data-testid=${testid}>
      <button type="button" class="icon-button" aria-label=${`Remove ${file.name}`} title="Remove attachment" @click=${() => change(now => withoutAttachment(now, file))}>${TRASH}</button>
      <span class="tray-picture">${
        isVideo(file.name)
          ? html`<video src=${addressOf(file)} muted playsinline preload="metadata" tabindex="-1" aria-hidden="true"></video>`
          : FILE
      }</span>
      <b title=${file.name}>${file.name}</b><small>${fileSize(file.size)}</small></li>`,
  )}</ul>`
}

const addresses = new WeakMap<File, string>()

/** Where this page itself can read the file. */
function addressOf(file: File): string {
  const known = addresses.get(file)
  if (known) return known
  const address = URL.createObjectURL(file)
  addresses.set(file, address)
  return address
}
