import { html, nothing, type TemplateResult } from 'lit'
import { avatar } from './avatar.ts'
import { acceptOf, forFile, matching, OPTION, type SlashCommand } from './commands.ts'
import { choose, type Draft, EMPTY_DRAFT, missingIn, withFile } from './draft.ts'
import type { DropPlace } from './drop.ts'
import { CLOSE, PLUS, SEND, WARNING } from './icons.ts'
import { optionSlot } from './option-slot.ts'
import type { Page } from './page.ts'
import { channelOf } from './selectors.ts'

interface Place {
  label: string
  thread: boolean
}

/** The box at the bottom: slash commands only, for this sandbox's members have nothing else to say. */
export function composer(page: Page, channelId: string, place: Place): TemplateResult {
  const draft = page.draft(channelId)
  const set = (next: Draft) => page.setDraft(channelId, next)
  const commands = page.commands()
  const found = draft.command ? [] : matching(commands, draft.text)
  const test = place.thread ? 'thread-' : ''
  const pick = (command: SlashCommand) => {
    set(choose(command))
    focusSoon(channelId)
  }
  const fileOption =
    draft.command?.options.find(o => o.type === OPTION.attachment) ?? forFile(commands)?.option
  const takeFile = (event: Event) => {
    const input = event.target as HTMLInputElement
    const file = input.files?.[0]
    input.value = ''
    if (file) takeClip(page, channelId, file)
  }
  const openFiles = () => document.getElementById(`file-${channelId}`)?.click()
  const submit = () => {
    const missing = missingIn(draft)
    if (!draft.command)
      set({ ...draft, error: 'Nobody talks in this sandbox. Type / to see what Murano can do.' })
    else if (missing)
      set({ ...draft, error: `The option “${missing.name}” is required: ${missing.description}.` })
    else void page.send(channelId)
  }
  const onKey = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 }
    const step = moves[event.key]
    if (event.key === 'Escape') return set(EMPTY_DRAFT)
    if (step !== undefined && found.length) {
      event.preventDefault()
      return set({ ...draft, at: (draft.at + step + found.length) % found.length })
    }
    if (event.key !== 'Enter' && !(event.key === 'Tab' && found.length)) return
    event.preventDefault()
    const command = found[draft.at]
    if (command) pick(command)
    else if (draft.text.trim() !== '') submit()
  }
  const onFormKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') set(EMPTY_DRAFT)
    if (event.key === 'Enter' && !(event.target as HTMLElement).closest('button:not([role="combobox"])')) {
      event.preventDefault()
      submit()
    }
  }

  return html`<form class="composer" data-composer=${channelId} @submit=${(e: Event) => e.preventDefault()}>
    <input type="file" id=${`file-${channelId}`} class="hidden-file" tabindex="-1" aria-label="File for ${place.label}"
      data-testid=${`${test}composer-file`} accept=${acceptOf(fileOption)} @change=${takeFile} />
    ${found.length ? picker(page, found, draft.at, pick) : nothing}
    ${
      draft.error
        ? html`<div class="composer-error" role="alert" data-testid=${`${test}composer-error`}>${WARNING}<span>${draft.error}</span>
      <button type="button" class="icon-button" aria-label="Dismiss" @click=${() => set({ ...draft, error: null })}>${CLOSE}</button></div>`
        : nothing
    }
    <div class="box ${draft.command ? 'command' : ''}">
      ${
        draft.command
          ? html`<div class="command-top"><b>/${draft.command.name}</b><span>${draft.command.description}</span>
            <button type="button" class="icon-button" aria-label="Cancel command" @click=${() => set(EMPTY_DRAFT)}>${CLOSE}</button></div>`
          : nothing
      }
      <div class="line">
        ${
          draft.command
            ? html`<div class="slots" @keydown=${onFormKey}>${draft.command.options.map(option => optionSlot(draft, option, set, openFiles))}</div>`
            : html`<button type="button" class="icon-button plus" aria-label="Upload a clip" title="Upload a clip" @click=${openFiles}>${PLUS}</button>
              <input class="typed" type="text" autocomplete="off" spellcheck="false" placeholder=${`Message ${place.thread ? '' : '#'}${place.label}`}
                aria-label="Message ${place.label}" data-testid=${`${test}composer`} .value=${draft.text} @keydown=${onKey}
                @input=${(e: Event) => set({ ...draft, text: (e.target as HTMLInputElement).value, at: 0, error: null })} />`
        }
        <button type="button" class="send" data-testid=${`${test}send`} aria-label="Send" title="Send" ?disabled=${draft.busy || !draft.command}
          @click=${submit}>${draft.busy ? html`<span class="dots"><i></i><i></i><i></i></span>` : SEND}</button>
      </div>
    </div>
  </form>`
}

function picker(page: Page, found: SlashCommand[], at: number, pick: (command: SlashCommand) => void) {
  const bot = page.state.discord?.users.find(user => user.bot)
  return html`<div class="picker" role="listbox" aria-label="Commands"><h4>${avatar(bot, 16)} Murano</h4>${found.map(
    (
      command,
      i,
    ) => html`<button type="button" role="option" aria-selected=${i === at} class=${i === at ? 'at' : ''} @click=${() => pick(command)}>
      ${avatar(bot, 32)}<span><b>/${command.name}</b>${command.options.map(o => html`<code>${o.name}</code>`)}<small>${command.description}</small></span></button>`,
  )}</div>`
}

/** A file that was chosen, dropped or taken from the samples: one more Enter sends it. */
export function takeClip(page: Page, channelId: string, file: File): void {
  page.setDraft(channelId, withFile(page.draft(channelId), page.commands(), file))
  focusSoon(channelId, '.send')
}

export function dropPlace(page: Page, channelId: string): DropPlace {
  const channel = channelOf(page.state, channelId)
  return {
    id: channelId,
    testid: 'drop-area',
    title: `Upload to ${channel?.type === 11 ? '' : '#'}${channel?.name}`,
    hint: 'MP4, MOV or WebM. You see the price before anything is charged.',
    take: ([file]) => file && takeClip(page, channelId, file),
    redraw: page.redraw,
  }
}

/** After the next drawing: the first thing to fill in, or what `selector` finds in this composer. */
function focusSoon(channelId: string, selector = '.slots button'): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`[data-composer="${channelId}"] ${selector}`)?.focus(),
    ),
  )
}
