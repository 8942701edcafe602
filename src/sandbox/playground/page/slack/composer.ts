import { html, nothing, type TemplateResult } from 'lit'
import type { DropPlace } from '../drop.ts'
import { CLOSE, FILM, PLUS, SEND, WARNING } from '../icons.ts'
import { fileSize } from '../media.ts'
import { DOTS } from '../select.ts'
import { avatar } from './avatar.ts'
import { asCommand, type Draft, handleOf, type Suggestion, suggestionsFor, withSuggestion } from './draft.ts'
import { AT, SLASH } from './icons.ts'
import { idOf, type Place, type SlackPage } from './page.ts'
import { mentionable, nameOf, userOf, workspaceOf } from './selectors.ts'

/** The box at the bottom of a channel or of a thread. */
export function composer(page: SlackPage, place: Place, placeholder: string): TemplateResult {
  const draft = page.draft(place)
  const set = (next: Draft) => page.setDraft(place, next)
  const commands = workspaceOf(page.state)?.installed ? (page.state.slack?.commands ?? []) : []
  const found = suggestionsFor(draft.text, commands, mentionable(page.state))
  const test = place.threadTs ? 'slack-thread-' : 'slack-'
  const id = `slack-composer-${idOf(place)}`
  const take = (suggestion: Suggestion) => {
    set({ ...draft, text: withSuggestion(draft.text, suggestion), at: 0, error: null })
    focusSoon(id)
  }
  const insert = (sign: string) => {
    const space = sign === '@' && draft.text !== '' && !draft.text.endsWith(' ') ? ' ' : ''
    set({ ...draft, text: sign === '/' ? sign : `${draft.text}${space}${sign}`, at: 0 })
    focusSoon(id)
  }
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const suggestion = found[draft.at]
    if (step && found.length) set({ ...draft, at: (draft.at + step + found.length) % found.length })
    else if (
      suggestion &&
      (event.key === 'Tab' || (event.key === 'Enter' && !isWhole(draft.text, suggestion)))
    )
      take(suggestion)
    else if (event.key === 'Enter' && !event.shiftKey) void page.send(place)
    else return
    event.preventDefault()
  }
  const takeFiles = (event: Event) => {
    const input = event.target as HTMLInputElement
    addFiles(page, place, [...(input.files ?? [])])
    input.value = ''
  }
  const empty = draft.text.trim() === '' && draft.files.length === 0
  return html`<form class="s-composer" @submit=${(e: Event) => e.preventDefault()}>
    <input type="file" multiple id=${`${id}-file`} class="hidden-file" tabindex="-1" aria-label="Files for ${placeholder}" data-testid=${`${test}file-input`} @change=${takeFiles} />
    ${found.length ? suggestionList(page, found, draft.at, `${id}-list`, take) : nothing}
    ${
      draft.error
        ? html`<div class="s-error" role="alert" data-testid=${`${test}error`}>${WARNING}<span>${draft.error}</span><button type="button" class="s-icon-button" aria-label="Dismiss" @click=${() => set({ ...draft, error: null })}>${CLOSE}</button></div>`
        : nothing
    }
    <div class="s-box">
      <textarea id=${id} rows=${Math.min(8, draft.text.split('\n').length)} placeholder=${placeholder} aria-label=${placeholder} data-testid=${`${test}composer`} autocomplete="off"
        aria-autocomplete="list" aria-controls=${found.length ? `${id}-list` : nothing} aria-activedescendant=${found.length ? `${id}-list-${draft.at}` : nothing}
        .value=${draft.text} @keydown=${onKey} @input=${(e: Event) => set({ ...draft, text: (e.target as HTMLTextAreaElement).value, at: 0, error: null })}></textarea>
      ${draft.files.length ? html`<div class="s-chips">${draft.files.map(file => chip(file, () => set({ ...draft, files: draft.files.filter(f => f !== file) })))}</div>` : nothing}
      <div class="s-tools">
        <button type="button" class="s-icon-button s-plus" aria-label="Attach a clip" title="Attach a clip" @click=${() => document.getElementById(`${id}-file`)?.click()}>${PLUS}</button>
        <button type="button" class="s-icon-button" aria-label="Mention somebody" title="Mention somebody" @click=${() => insert('@')}>${AT}</button>
        ${place.threadTs ? nothing : html`<button type="button" class="s-icon-button" aria-label="Use a command" title="Use a command" @click=${() => insert('/')}>${SLASH}</button>`}
        <span class="s-hint">${hint(page, draft)}</span>
        <button type="button" class="s-send" data-testid=${`${test}send`} aria-label="Send now" title="Send now" ?disabled=${empty || draft.busy} @click=${() => void page.send(place)}>${draft.busy ? DOTS : SEND}</button>
      </div>
    </div>
  </form>`
}

/** Nothing more to complete, so that Enter may send. */
const isWhole = (text: string, suggestion: Suggestion): boolean =>
  suggestion.kind === 'command' && suggestion.command.command === text

/** A clip alone tells the bot nothing; Slack's own client would not say so. */
function hint(page: SlackPage, draft: Draft): string {
  const bot = userOf(page.state, workspaceOf(page.state)?.bot_user_id ?? null)
  if (draft.files.length === 0 || !bot || !workspaceOf(page.state)?.installed) return ''
  if (asCommand(draft.text)) return 'A command takes no file.'
  return draft.text.toLowerCase().includes(handleOf(bot).toLowerCase())
    ? ''
    : `Mention ${handleOf(bot)} to get a price, or use the message's menu later.`
}

const chip = (file: File, remove: () => void): TemplateResult =>
  html`<span class="s-chip" data-testid="slack-chosen-file"><span class="s-file-icon">${FILM}</span><span><b>${file.name}</b><small>${fileSize(file.size)}</small></span>
    <button type="button" class="s-icon-button" aria-label=${`Remove ${file.name}`} @click=${remove}>${CLOSE}</button></span>`

const suggestionList = (
  page: SlackPage,
  found: Suggestion[],
  at: number,
  id: string,
  take: (suggestion: Suggestion) => void,
): TemplateResult =>
  html`<div class="s-suggestions" role="listbox" id=${id} aria-label="Suggestions">${found.map(
    (suggestion, i) => {
      const bot = userOf(page.state, workspaceOf(page.state)?.bot_user_id ?? null)
      const content =
        suggestion.kind === 'command'
          ? html`${avatar(bot, 36)}<span><b>${suggestion.command.command}</b> <code>${suggestion.command.usage_hint}</code><small>${suggestion.command.description}</small></span><em>Murano</em>`
          : html`${avatar(suggestion.user, 24)}<span><b>${nameOf(suggestion.user)}</b>${suggestion.user.is_bot ? html` <span class="s-app-tag">APP</span>` : nothing}</span>`
      return html`<button type="button" role="option" tabindex="-1" id=${`${id}-${i}`} aria-selected=${i === at} class=${i === at ? 'at' : ''} @click=${() => take(suggestion)}>${content}</button>`
    },
  )}</div>`

export function addFiles(page: SlackPage, place: Place, files: File[]): void {
  const draft = page.draft(place)
  page.setDraft(place, { ...draft, files: [...draft.files, ...files], error: null })
  focusSoon(`slack-composer-${idOf(place)}`)
}

export const dropPlace = (page: SlackPage, place: Place, title: string): DropPlace => ({
  id: `slack-${idOf(place)}`,
  testid: place.threadTs ? 'slack-thread-drop-area' : 'slack-drop-area',
  title,
  hint: 'MP4, MOV or WebM. Mention @Murano to see the price.',
  take: files => addFiles(page, place, files),
  redraw: page.redraw,
})

/** After the next drawing, with the caret at the end. */
function focusSoon(id: string): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const field = document.getElementById(id) as HTMLTextAreaElement | null
      field?.focus()
      field?.setSelectionRange(field.value.length, field.value.length)
    }),
  )
}
