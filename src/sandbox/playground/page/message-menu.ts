import { html, nothing, type TemplateResult } from 'lit'
import type { SandboxMessage } from '../../control.ts'
import { BOT_PICTURE } from './avatar.ts'
import { messageCommands } from './commands.ts'
import { openDialog } from './dialog.ts'
import { focusSoon } from './focus.ts'
import { FORWARD, MORE, TRASH } from './icons.ts'
import type { Page } from './page.ts'
import { botName, dashed, usableCommands } from './selectors.ts'

/** As high as the open menu can become, with its distance; see style/message-menu.css. */
const MENU_PX = 230

const menuButtonId = (messageId: string): string => `more-${messageId}`

/** What hangs over a message while the pointer or the focus is on it: forward, and the menu with the apps' commands. */
export function messageMenu(page: Page, message: SandboxMessage): TemplateResult | typeof nothing {
  // Discord offers nothing on what only one member sees, and on what is not there yet.
  if (message.loading || message.ephemeral_for !== null) return nothing
  const { id } = message
  const menu = page.state.menu?.messageId === id ? page.state.menu : null
  const forward = () => openDialog(page, { kind: 'forward', messageId: id, to: [] })
  const toggle = (event: Event) => {
    const up = roomBelow(event.currentTarget as HTMLElement) < MENU_PX
    page.dispatch({ type: 'menu', menu: menu ? null : { messageId: id, up } })
    if (!menu) focusSoon(`#menu-of-${id} [role="menuitem"]`)
  }
  return html`<div class="hover-bar ${menu ? 'open' : ''}" role="group" aria-label="Message actions" @keydown=${(e: KeyboardEvent) => menu && onKey(page, id, e)}>
    <button type="button" aria-label="Forward" title="Forward" data-testid=${`forward-${id}`} @click=${forward}>${FORWARD}</button>
    <button type="button" id=${menuButtonId(id)} aria-label="More actions" title="More" aria-haspopup="menu" aria-expanded=${menu !== null} data-testid=${`menu-${id}`} @click=${toggle}>${MORE}</button>
    ${menu ? drawMenu(page, message, menu.up, forward) : nothing}
  </div>`
}

function drawMenu(page: Page, message: SandboxMessage, up: boolean, forward: () => void): TemplateResult {
  const commands = messageCommands(usableCommands(page.state))
  const use = (name: string) => {
    page.dispatch({ type: 'menu', menu: null })
    document.getElementById(menuButtonId(message.id))?.focus()
    void page.command(message, name)
  }
  const own = message.author.id === page.state.actingAs
  const appsId = `apps-of-${message.id}`
  return html`<div class="menu ${up ? 'up' : ''}" role="menu" id=${`menu-of-${message.id}`} aria-label="Message actions">
    <button type="button" role="menuitem" tabindex="-1" data-testid="menu-forward" @click=${forward}><span>Forward</span>${FORWARD}</button>
    ${
      commands.length
        ? html`<hr /><div role="group" aria-labelledby=${appsId}><h4 id=${appsId}>Apps</h4>${commands.map(
            name =>
              html`<button type="button" role="menuitem" tabindex="-1" data-testid=${`message-command-${dashed(name)}`} @click=${() => use(name)}><span>${name}</span><img src=${BOT_PICTURE} alt=${botName(page.state)} width="20" height="20" /></button>`,
          )}</div>`
        : nothing
    }
    ${
      own
        ? html`<hr /><button type="button" role="menuitem" tabindex="-1" class="grave" data-testid="menu-delete" @click=${() => openDialog(page, { kind: 'delete', messageId: message.id })}><span>Delete Message</span>${TRASH}</button>`
        : nothing
    }
  </div>`
}

/** Down to the end of the list that it scrolls in. */
function roomBelow(element: HTMLElement): number {
  const end = element.closest('[data-scroll]')?.getBoundingClientRect().bottom ?? innerHeight
  return end - element.getBoundingClientRect().bottom
}

const itemsOf = (messageId: string) => [
  ...document.querySelectorAll<HTMLElement>(`#menu-of-${messageId} [role="menuitem"]`),
]

function onKey(page: Page, messageId: string, event: KeyboardEvent): void {
  const items = itemsOf(messageId)
  const at = items.indexOf(document.activeElement as HTMLElement)
  const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }
  const target = moves[event.key]
  if (event.key === 'Escape' || event.key === 'Tab') page.dispatch({ type: 'menu', menu: null })
  if (event.key === 'Escape') document.getElementById(menuButtonId(messageId))?.focus()
  else if (target !== undefined) items.at(target % items.length)?.focus()
  else return
  event.preventDefault()
  event.stopPropagation()
}

/** A press anywhere else closes the menu that is open. */
export function closeMenuOutside(page: Page): void {
  document.addEventListener(
    'pointerdown',
    ({ target }) => {
      const inside = target instanceof Element && target.closest('.hover-bar.open')
      if (page.state.menu && !inside) page.dispatch({ type: 'menu', menu: null })
    },
    true,
  )
}
