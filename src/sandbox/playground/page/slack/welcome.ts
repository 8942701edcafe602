import { html, nothing, type TemplateResult } from 'lit'
import type { SlackChannel } from '../../../control.ts'
import { FILM } from '../icons.ts'
import { addFiles } from './composer.ts'
import { handleOf } from './draft.ts'
import { idOf, type Place, type SlackPage } from './page.ts'
import { botIsIn, botOf, isNewcomer, workspaceOf } from './selectors.ts'

const SAMPLE = '/playground/sample.mp4'

/** What somebody sees whom the bot never answered: the ways to ask it, and a clip for those who have none at hand. */
export function welcome(
  page: SlackPage,
  channel: SlackChannel,
  place: Place,
): TemplateResult | typeof nothing {
  const { state } = page
  const draft = page.draft(place)
  const bot = botOf(state)
  if (
    !bot ||
    !workspaceOf(state)?.installed ||
    !isNewcomer(state) ||
    !botIsIn(state, channel) ||
    draft.text !== '' ||
    draft.files.length > 0
  ) {
    return nothing
  }
  const ready = state.slack?.bot_online === true
  const command = state.slack?.commands[0]?.command
  const withSample = async () => {
    const response = await fetch(SAMPLE)
    mention(new File([await response.blob()], 'sample.mp4', { type: 'video/mp4' }))
  }
  const mention = (file: File) => {
    page.change(place, now => ({ ...now, text: `${handleOf(bot)} ` }))
    addFiles(page, place, [file])
  }
  return html`<aside class="s-welcome" data-testid="slack-welcome"><span class="s-reel">${FILM}</span>
    <div><b>Post a clip and mention ${handleOf(bot)}</b><p>Or type ${command ?? 'a command'}, or choose “Upscale video” in the menu of a message that has a clip. You see the price first; nothing happens before you confirm it.</p></div>
    <div class="s-welcome-buttons"><button type="button" class="s-button primary" ?disabled=${!ready} @click=${() => document.getElementById(`slack-composer-${idOf(place)}-file`)?.click()}>Choose a clip</button>
      <button type="button" class="s-button" data-testid="slack-use-sample" ?disabled=${!ready} @click=${withSample}>Use a sample clip</button></div></aside>`
}
