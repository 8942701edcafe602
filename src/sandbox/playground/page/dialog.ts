import { html, nothing, type TemplateResult } from 'lit'
import type { SandboxChannel, SandboxMessage } from '../../control.ts'
import { avatar } from './avatar.ts'
import { focusSoon } from './focus.ts'
import { CHECK, CLOSE, HASH, THREAD } from './icons.ts'
import type { Page } from './page.ts'
import type { Dialog } from './reducer.ts'
import { channelOf, dashed, displayName, previewOf, textChannels, threadsIn, userOf } from './selectors.ts'

export function openDialog(page: Page, dialog: Dialog): void {
  page.dispatch({ type: 'dialog', dialog })
  focusSoon('.dialog [data-focus]')
}

/** What lies over Discord's half while somebody is asked about a message. */
export function overlay(page: Page): TemplateResult | typeof nothing {
  const { dialog } = page.state
  const message = page.state.messages.get(dialog?.messageId ?? '')
  if (!dialog || !message) return nothing
  const close = () => {
    page.dispatch({ type: 'dialog', dialog: null })
    focusSoon(`#message-${message.id}`)
  }
  const onKey = (event: KeyboardEvent) => event.key === 'Escape' && close()
  const onVeil = (event: Event) => event.target === event.currentTarget && close()
  return html`<div class="dialog-veil" @keydown=${onKey} @click=${onVeil}>${
    dialog.kind === 'forward'
      ? forwardDialog(page, message, dialog.to, close)
      : deleteDialog(page, message, close)
  }</div>`
}

function forwardDialog(
  page: Page,
  message: SandboxMessage,
  to: readonly string[],
  close: () => void,
): TemplateResult {
  const places = textChannels(page.state).flatMap(channel => [channel, ...threadsIn(page.state, channel.id)])
  const parent = ({ parent_id }: SandboxChannel) =>
    parent_id ? `#${channelOf(page.state, parent_id)?.name}` : page.state.discord?.guild.name
  const toggle = (id: string) => {
    const next = to.includes(id) ? to.filter(other => other !== id) : [...to, id]
    page.dispatch({ type: 'dialog', dialog: { kind: 'forward', messageId: message.id, to: next } })
  }
  const send = () => {
    close()
    void page.forward(message, to)
  }
  return html`<section class="dialog" tabindex="-1" role="dialog" aria-modal="true" aria-labelledby="dialog-title" data-testid="forward-dialog">
    <header><div><h2 id="dialog-title">Forward To</h2><p>Select where you want to share this message.</p></div>${closeCross(close)}</header>
    <div class="places">${places.map(
      (
        place,
        i,
      ) => html`<button type="button" role="checkbox" class="place" ?data-focus=${i === 0} aria-checked=${to.includes(place.id)} data-testid=${`forward-to-${dashed(place.name)}`} @click=${() => toggle(place.id)}>
        <span class="place-sign">${place.type === 11 ? THREAD : HASH}</span><span class="place-name"><b>${place.name}</b><small>${parent(place)}</small></span><i class="tick">${to.includes(place.id) ? CHECK : nothing}</i></button>`,
    )}</div>
    ${quote(page, message)}
    <footer><button type="button" class="button secondary" @click=${close}>Cancel</button>
      <button type="button" class="button primary" data-testid="forward-send" ?disabled=${to.length === 0} @click=${send}>Send</button></footer>
  </section>`
}

function deleteDialog(page: Page, message: SandboxMessage, close: () => void): TemplateResult {
  const remove = () => {
    close()
    void page.remove(message)
  }
  return html`<section class="dialog" tabindex="-1" role="alertdialog" aria-modal="true" aria-labelledby="dialog-title" aria-describedby="dialog-text" data-testid="delete-dialog">
    <header><div><h2 id="dialog-title">Delete Message</h2><p id="dialog-text">Are you sure you want to delete this message?</p></div>${closeCross(close)}</header>
    ${quote(page, message)}
    <footer><button type="button" class="button secondary" @click=${close}>Cancel</button>
      <button type="button" class="button danger" data-focus data-testid="delete-confirm" @click=${remove}>Delete</button></footer>
  </section>`
}

const closeCross = (close: () => void): TemplateResult =>
  html`<button type="button" class="icon-button" aria-label="Close" @click=${close}>${CLOSE}</button>`

/** The message that it is about, in one line. */
function quote({ state }: Page, message: SandboxMessage): TemplateResult {
  const author = userOf(state, message.author.id)
  const shown = message.message_snapshots?.[0]?.message ?? message
  const files = shown.attachments.map(file => file.filename).join(', ')
  return html`<div class="dialog-quote">${avatar(author, 24)}<b class=${author?.bot ? 'bot' : ''}>${displayName(author)}</b><span>${previewOf(state, message) || files || 'A message without words'}</span></div>`
}
