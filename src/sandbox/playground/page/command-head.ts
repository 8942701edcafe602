import { html, nothing, type TemplateResult } from 'lit'
import '@skyra/discord-components-core/discord-command.js'
import type { SandboxMessage, SandboxUser } from '../../control.ts'
import { avatar, avatarUrl } from './avatar.ts'
import { FILM } from './icons.ts'
import type { PageState } from './reducer.ts'
import { displayName, previewOf, userOf } from './selectors.ts'

/** "Mira used /upscale", above the answer to it. */
export const slashHead = (user: SandboxUser, name: string): TemplateResult =>
  html`<div class="command-head"><discord-command author=${displayName(user)} avatar=${avatarUrl(user)}
    command=${name} type="slash_command"></discord-command></div>`

/**
 * "Mira used Upscale video › Jonas look at this", above the answer to a command from the menu of that message. Own and
 * not @skyra's, which neither parts the name from the words nor shortens them.
 */
export function messageCommandHead(
  state: PageState,
  user: SandboxUser,
  name: string,
  target: SandboxMessage | undefined,
): TemplateResult {
  return html`<div class="command-head"><span class="used">${avatar(user, 16)}<b>${displayName(user)}</b> used <span class="used-name">${name}</span><span aria-hidden="true">›</span>${
    target ? quoted(state, target) : html`<i>Original message was deleted</i>`
  }</span></div>`
}

function quoted(state: PageState, target: SandboxMessage): TemplateResult {
  const author = userOf(state, target.author.id)
  const words = previewOf(state, target)
  return html`${avatar(author, 16)}<b class=${author?.bot ? 'bot' : ''}>${displayName(author)}</b><span class="used-on">${words || html`<i>Click to see attachment</i>`}</span>${words ? nothing : FILM}`
}
