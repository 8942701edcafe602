import { html, type TemplateResult } from 'lit'
import '@skyra/discord-components-core/discord-command.js'
import type { SandboxMessage, SandboxUser } from '../../control.ts'
import { avatarUrl } from './avatar.ts'
import { SPINE } from './icons.ts'
import type { PageState } from './reducer.ts'
import { displayName, previewOf, userOf } from './selectors.ts'

/** "Mira used /upscale", above the answer to it. */
export const slashHead = (user: SandboxUser, name: string): TemplateResult =>
  html`<div class="command-head">${SPINE}<discord-command author=${displayName(user)} avatar=${avatarUrl(user)}
    command=${name} type="slash_command"></discord-command></div>`

/** "Mira used Upscale video > Jonas: look at this", above the answer to a command from the menu of that message. */
export function messageCommandHead(
  state: PageState,
  user: SandboxUser,
  name: string,
  target: SandboxMessage | undefined,
): TemplateResult {
  const author = userOf(state, target?.author.id ?? null)
  const words = target ? previewOf(state, target) : ''
  const files = target !== undefined && words === ''
  return html`<div class="command-head">${SPINE}<discord-command author=${displayName(user)} avatar=${avatarUrl(user)}
    command=${name} type="message_command" ?context-message-deleted=${target === undefined}
    context-user-name=${displayName(author)} context-user-image=${avatarUrl(author)} ?context-user-bot=${author?.bot}
    context-message-reply=${files ? 'Click to see attachment' : words} ?context-attachment-reply=${files}></discord-command></div>`
}
