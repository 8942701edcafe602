import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import { attachmentTray } from './attachment-tray.ts'
import { commandPicker } from './command-picker.ts'
import { acceptOf, forFile, matching, OPTION, type SlashCommand } from './commands.ts'
import {
  type Change,
  choose,
  type Draft,
  EMPTY_DRAFT,
  isMessage,
  problemIn,
  withFiles,
  withoutCommand,
} from './draft.ts'
import type { DropPlace } from './drop.ts'
import { focusSoon, showSoon } from './focus.ts'
import { CLOSE, PLUS, SEND, WARNING } from './icons.ts'
import { optionSlot } from './option-slot.ts'
import type { Page } from './page.ts'
import { channelOf, nameableIn } from './selectors.ts'

interface Place {
  label: string
  thread: boolean
}

/** The box at the bottom: a message with its files, or, after a slash, a command with its options. */
export function composer(page: Page, channelId: string, place: Place): TemplateResult {
  const draft = page.draft(channelId)
  // What is done may come before the last change was drawn, so it goes by the draft as it is then;
  // and the field goes by what stands in it (`live`), not by what was drawn last.
  const change: Change = edit => page.setDraft(channelId, edit(page.draft(channelId)))
  const commands = page.commands()
  const nameable = nameableIn(page.state)
  const foundFor = (now: Draft) => (now.command ? [] : matching(commands, now.text))
  const found = foundFor(draft)
  const test = place.thread ? 'thread-' : ''
  const list = `commands-${channelId}`
  const pick = (command: SlashCommand) => {
    change(now => choose(command, now, nameable))
    focusSoon(
      `${here(channelId)} ${command.options.length > 0 ? ':is(.slots button, .slots input)' : '.send'}`,
    )
  }
  const giveUp = () => {
    change(withoutCommand)
    focusSoon(`${here(channelId)} .typed`)
  }
  const takeFile = (event: Event) => {
    const input = event.target as HTMLInputElement
    takeFiles(page, channelId, [...(input.files ?? [])])
    input.value = ''
  }
  const openFiles = () => document.getElementById(`file-${channelId}`)?.click()
  const submit = () => {
    const error = problemIn(page.draft(channelId))
    if (error) change(now => ({ ...now, error }))
    else void page.send(channelId)
  }
  const onKey = (event: KeyboardEvent) => {
    const now = page.draft(channelId)
    const offered = foundFor(now)
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 }
    const step = moves[event.key]
    if (event.key === 'Escape') return change(() => EMPTY_DRAFT)
    if (step !== undefined && offered.length) {
      event.preventDefault()
      change(() => ({ ...now, at: (now.at + step + offered.length) % offered.length }))
      return showSoon(`${here(channelId)} .picker .at`)
    }
    const enters = event.key === 'Enter' && !event.shiftKey
    if (!enters && !(event.key === 'Tab' && offered.length)) return
    event.preventDefault()
    const command = offered[now.at]
    if (command) pick(command)
    else if (!isEmpty(now)) submit()
  }
  const onFormKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') giveUp()
    if (event.key === 'Enter' && !(event.target as HTMLElement).closest('button:not([role="combobox"])')) {
      event.preventDefault()
      submit()
    }
  }
  const onType = (event: Event) => {
    const text = (event.target as HTMLTextAreaElement).value
    change(now => ({ ...now, text, at: 0, error: null }))
  }

  return html`<form class="composer" data-composer=${channelId} @submit=${(e: Event) => e.preventDefault()}>
    <input type="file" id=${`file-${channelId}`} class="hidden-file" tabindex="-1" aria-label="File for ${place.label}"
      data-testid=${`${test}composer-file`} accept=${acceptFor(draft, commands)} ?multiple=${!draft.command} @change=${takeFile} />
    ${found.length ? commandPicker(page, found, draft.at, list, pick) : nothing}
    ${
      draft.error
        ? html`<div class="composer-error" role="alert" data-testid=${`${test}composer-error`}>${WARNING}<span>${draft.error}</span>
      <button type="button" class="icon-button" aria-label="Dismiss" @click=${() => change(now => ({ ...now, error: null }))}>${CLOSE}</button></div>`
        : nothing
    }
    <div class="box ${draft.command ? 'command' : ''}">
      ${
        draft.command
          ? html`<div class="command-top"><b>/${draft.command.name}</b><span>${draft.command.description}</span>
            <button type="button" class="icon-button" aria-label="Cancel command" data-testid=${`${test}cancel-command`}
              title=${Object.keys(draft.files).length ? 'Remove the command and keep the file, for a message' : 'Remove the command'} @click=${giveUp}>${CLOSE}</button></div>`
          : attachmentTray(draft, change, `${test}attached-file`)
      }
      <div class="line">
        ${
          draft.command
            ? html`<div class="slots" @keydown=${onFormKey}>${draft.command.options.map(option => optionSlot(draft, option, nameable, change, openFiles))}</div>`
            : html`<button type="button" class="icon-button plus" aria-label="Upload a clip" title="Upload a clip" @click=${openFiles}>${PLUS}</button>
              <textarea class="typed" rows=${Math.min(8, draft.text.split('\n').length)} autocomplete="off" spellcheck="false" placeholder=${`Message ${place.thread ? '' : '#'}${place.label}`}
                aria-label="Message ${place.label}" aria-autocomplete="list" aria-controls=${found.length ? list : nothing}
                aria-activedescendant=${found.length ? `${list}-${draft.at}` : nothing} data-testid=${`${test}composer`} .value=${live(draft.text)} @keydown=${onKey}
                @input=${onType}></textarea>`
        }
        <button type="button" class="send" data-testid=${`${test}send`} aria-label="Send" title="Send" ?disabled=${draft.busy || isEmpty(draft)}
          @click=${submit}>${draft.busy ? html`<span class="dots"><i></i><i></i><i></i></span>` : SEND}</button>
      </div>
    </div>
  </form>`
}

const here = (channelId: string): string => `[data-composer="${channelId}"]`

const isEmpty = (draft: Draft): boolean =>
  draft.command === null && draft.text.trim() === '' && draft.attachments.length === 0

/** A message takes any file; what begins or fills a command, only what its option takes. */
function acceptFor(draft: Draft, commands: SlashCommand[]): string {
  if (isMessage(draft)) return ''
  return acceptOf(draft.command?.options.find(o => o.type === OPTION.attachment) ?? forFile(commands)?.option)
}

/** Files that were chosen, dropped or taken from the samples: one more Enter sends them. */
export function takeFiles(page: Page, channelId: string, files: readonly File[]): void {
  const draft = withFiles(page.draft(channelId), page.commands(), files)
  page.setDraft(channelId, draft)
  focusSoon(`${here(channelId)} ${draft.command ? '.send' : '.typed'}`)
}

export function dropPlace(page: Page, channelId: string): DropPlace {
  const channel = channelOf(page.state, channelId)
  return {
    id: channelId,
    testid: 'drop-area',
    title: `Upload to ${channel?.type === 11 ? '' : '#'}${channel?.name}`,
    hint: 'MP4, MOV or WebM. You see the price before anything is charged.',
    take: files => takeFiles(page, channelId, files),
    redraw: page.redraw,
  }
}
