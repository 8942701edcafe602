import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { DropPlace } from '../drop.ts'
import { CLOSE, FILM, PLUS, SEND, WARNING } from '../icons.ts'
import { fileSize } from '../media.ts'
import { DOTS } from '../select.ts'
import { avatar } from './avatar.ts'
import {
  asCommand,
  type Draft,
  type Edit,
  handleOf,
  type Suggestion,
  suggestionsFor,
  withSuggestion,
} from './draft.ts'
import { AT, SLASH } from './icons.ts'
import { idOf, type Place, type SlackPage } from './page.ts'
import { botOf, mentionable, nameOf, workspaceOf } from './selectors.ts'

/** The box at the bottom of a channel or of a thread. */
export function composer(page: SlackPage, place: Place, placeholder: string): TemplateResult {
  const draft = page.draft(place)
  // What is done may come before the last change was drawn, so it goes by the draft as it is then;
  // and the field goes by what stands in it (`live`), not by what was drawn last.
  const change = (edit: Edit) => page.change(place, edit)
  const commands = workspaceOf(page.state)?.installed ? (page.state.slack?.commands ?? []) : []
  const foundFor = (now: Draft) => suggestionsFor(now.text, commands, mentionable(page.state))
  const found = foundFor(draft)
  const test = place.threadTs ? 'slack-thread-' : 'slack-'
  const id = `slack-composer-${idOf(place)}`
  const take = (suggestion: Suggestion) => {
    change(now => ({ ...now, text: withSuggestion(now.text, suggestion), at: 0, error: null }))
    focusSoon(id)
  }
  const insert = (sign: string) => {
    change(now => {
      const space = sign === '@' && now.text !== '' && !now.text.endsWith(' ') ? ' ' : ''
      return { ...now, text: sign === '/' ? sign : `${now.text}${space}${sign}`, at: 0 }
    })
    focusSoon(id)
  }
  const onKey = (event: KeyboardEvent) => {
    const now = page.draft(place)
    const offered = foundFor(now)
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const suggestion = offered[now.at]
    if (step && offered.length)
      change(() => ({ ...now, at: (now.at + step + offered.length) % offered.length }))
    else if (suggestion && (event.key === 'Tab' || (event.key === 'Enter' && !isWhole(now.text, suggestion))))
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
  const onType = (event: Event) => {
    const text = (event.target as HTMLTextAreaElement).value
    change(now => ({ ...now, text, at: 0, error: null }))
  }
  const remove = (file: File) => change(now => ({ ...now, files: now.files.filter(f => f !== file) }))
  const empty = draft.text.trim() === '' && draft.files.length === 0
  return html`<form class="s-composer" @submit=${(e: Event) => e.preventDefault()}>
    <input type="file" multiple id=${`${id}-file`} class="hidden-file" tabindex="-1" aria-label="Files for ${placeholder}" data-testid=${`${test}file-input`} @change=${takeFiles} />
    ${found.length ? suggestionList(page, found, draft.at, `${id}-list`, take) : nothing}
    ${
      draft.error
        ? html`<div class="s-error" role="alert" data-testid=${`${test}error`}>${WARNING}<span>${draft.error}</span><button type="button" class="s-icon-button" aria-label="Dismiss" @click=${() => change(now => ({ ...now, error: null }))}>${CLOSE}</button></div>`
        : nothing
    }
    <div class="s-box">
      <textarea id=${id} rows=${Math.min(8, draft.text.split('\n').length)} placeholder=${placeholder} aria-label=${placeholder} data-testid=${`${test}composer`} autocomplete="off"
        aria-autocomplete="list" aria-controls=${found.length ? `${id}-list` : nothing} aria-activedescendant=${found.length ? `${id}-list-${draft.at}` : nothing}
        .value=${live(draft.text)} @keydown=${onKey} @input=${onType}></textarea>
      ${draft.files.length ? html`<div class="s-chips">${draft.files.map(file => chip(file, () => remove(file)))}</div>` : nothing}
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
  const bot = botOf(page.state)
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
      const bot = botOf(page.state)
      const content =
        suggestion.kind === 'command'
          ? html`${avatar(bot, 36)}<span><b>${suggestion.command.command}</b> <code>${suggestion.command.usage_hint}</code><small>${suggestion.command.description}</small></span><em>${nameOf(bot)}</em>`
          : html`${avatar(suggestion.user, 24)}<span><b>${nameOf(suggestion.user)}</b>${suggestion.user.is_bot ? html` <span class="s-app-tag">APP</span>` : nothing}</span>`
      return html`<button type="button" role="option" tabindex="-1" id=${`${id}-${i}`} aria-selected=${i === at} class=${i === at ? 'at' : ''} @click=${() => take(suggestion)}>${content}</button>`
    },
  )}</div>`

export function addFiles(page: SlackPage, place: Place, files: File[]): void {
  page.change(place, now => ({ ...now, files: [...now.files, ...files], error: null }))
  focusSoon(`slack-composer-${idOf(place)}`)
}

export const dropPlace = (page: SlackPage, place: Place, title: string): DropPlace => ({
  id: `slack-${idOf(place)}`,
  testid: place.threadTs ? 'slack-thread-drop-area' : 'slack-drop-area',
  title,
  hint: `MP4, MOV or WebM. Mention @${nameOf(botOf(page.state))} to see the price.`,
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
