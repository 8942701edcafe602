import { html, nothing, type TemplateResult } from 'lit'
import type { SlackMessage } from '../../../control.ts'
import { BOT_PICTURE } from '../avatar.ts'
import { KEBAB, REPLY } from './icons.ts'
import { type SlackPage, threadIn } from './page.ts'
import { botOf, nameOf, workspaceOf } from './selectors.ts'

/**
 * What hangs over a message while the pointer or the focus is on it: reply, and the menu with the apps' shortcuts.
 * `place`: where it is drawn, for the first message of a thread stands in its channel and in the thread.
 */
export function messageMenu(
  page: SlackPage,
  message: SlackMessage,
  place: string,
): TemplateResult | typeof nothing {
  // Slack offers no shortcut on what only one person sees.
  if (message.deleted || message.ephemeral_for !== null) return nothing
  const id = `${place}-${message.ts}`
  const open = page.state.menu === id
  const toggle = () => {
    page.dispatch({ type: 'menu', menu: open ? null : id })
    if (!open) focusItem(id, 0)
  }
  return html`<div class="s-hover ${open ? 'open' : ''}" role="group" aria-label="Message actions" @keydown=${(e: KeyboardEvent) => onKey(page, id, open, e)}>
    ${
      threadIn(message)
        ? nothing
        : html`<button type="button" aria-label="Reply in thread" title="Reply in thread" data-testid=${`slack-reply-${message.ts}`}
            @click=${() => page.dispatch({ type: 'open_thread', ts: message.ts })}>${REPLY}</button>`
    }
    <button type="button" id=${`${id}-button`} aria-label="More actions" title="More actions" aria-haspopup="menu" aria-expanded=${open} data-testid=${`slack-menu-${message.ts}`} @click=${toggle}>${KEBAB}</button>
    ${open ? menu(page, message, id) : nothing}
  </div>`
}

function menu(page: SlackPage, message: SlackMessage, id: string): TemplateResult {
  const installed = workspaceOf(page.state)?.installed
  const shortcuts = installed ? (page.state.slack?.shortcuts ?? []).filter(s => s.type === 'message') : []
  return html`<div class="s-menu" role="menu" id=${id} aria-label="Apps on this message"><h4>Apps</h4>${
    shortcuts.length
      ? shortcuts.map(
          shortcut => html`<button type="button" role="menuitem" data-testid=${`slack-shortcut-${shortcut.callback_id}`} title=${shortcut.description}
            @click=${() => void page.shortcut(message, shortcut.callback_id, shortcut.name)}><img src=${BOT_PICTURE} alt="" width="20" height="20" /><span>${shortcut.name}</span><small>${nameOf(botOf(page.state))}</small></button>`,
        )
      : html`<p>No app is installed here that has a shortcut.</p>`
  }</div>`
}

function onKey(page: SlackPage, id: string, open: boolean, event: KeyboardEvent): void {
  if (!open) return
  const items = [...document.querySelectorAll<HTMLElement>(`[id="${id}"] [role="menuitem"]`)]
  const at = items.indexOf(document.activeElement as HTMLElement)
  if (event.key === 'Escape') {
    page.dispatch({ type: 'menu', menu: null })
    document.getElementById(`${id}-button`)?.focus()
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    const step = event.key === 'ArrowDown' ? 1 : -1
    items[(at + step + items.length) % items.length]?.focus()
  } else return
  event.preventDefault()
  event.stopPropagation()
}

/** After the next drawing. */
function focusItem(id: string, at: number): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() =>
      document.querySelectorAll<HTMLElement>(`[id="${id}"] [role="menuitem"]`)[at]?.focus(),
    ),
  )
}
