import { html, type TemplateResult } from 'lit'
import { avatar } from './avatar.ts'
import type { SlashCommand } from './commands.ts'
import type { Page } from './page.ts'
import { botName } from './selectors.ts'

/** The list above the composer while a command's name is typed; `id` names the list, and its lines with a number behind it. */
export function commandPicker(
  page: Page,
  found: SlashCommand[],
  at: number,
  id: string,
  pick: (command: SlashCommand) => void,
): TemplateResult {
  const bot = page.state.discord?.users.find(user => user.bot)
  return html`<div class="picker" role="listbox" id=${id} aria-label="Commands"><h4>${avatar(bot, 16)} ${botName(page.state)}</h4>${found.map(
    (
      command,
      i,
    ) => html`<button type="button" role="option" id=${`${id}-${i}`} aria-selected=${i === at} class=${i === at ? 'at' : ''} @click=${() => pick(command)}>
      ${avatar(bot, 32)}<span><b>/${command.name}</b>${command.options.map(o => html`<code>${o.name}</code>`)}<small>${command.description}</small></span></button>`,
  )}</div>`
}
