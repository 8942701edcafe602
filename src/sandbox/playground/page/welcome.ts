import { html, nothing, type TemplateResult } from 'lit'
import { takeFiles } from './composer.ts'
import { FILM } from './icons.ts'
import type { Page } from './page.ts'
import { botName, isNewcomer } from './selectors.ts'

const SAMPLE = '/playground/sample.mp4'

/** What somebody sees who was never here: the one thing to do, and a clip for those who have none at hand. */
export function welcome(page: Page, channelId: string): TemplateResult | typeof nothing {
  const draft = page.draft(channelId)
  if (!isNewcomer(page.state) || draft.command || draft.attachments.length > 0) return nothing
  const ready = page.commands().length > 0
  const useSample = async () => {
    const response = await fetch(SAMPLE)
    const file = new File([await response.blob()], 'sample.mp4', { type: 'video/mp4' })
    takeFiles(page, channelId, [file])
  }
  return html`<aside class="welcome" data-testid="welcome">
    <span class="reel">${FILM}</span>
    <div><b>Drop a clip here</b><p>MP4, MOV or WebM. ${botName(page.state)} answers with a price, and nothing happens before you confirm it. Posted clips have “Upscale video” in their menu.</p></div>
    <div class="welcome-buttons">
      <button type="button" class="button primary" ?disabled=${!ready} @click=${() => document.getElementById(`file-${channelId}`)?.click()}>Choose a clip</button>
      <button type="button" class="button secondary" data-testid="use-sample" ?disabled=${!ready} @click=${useSample}>Use a sample clip</button>
    </div>
    ${ready ? nothing : html`<p class="soon"><span class="dots"><i></i><i></i><i></i></span> ${botName(page.state)} is starting</p>`}
  </aside>`
}
