import { html, nothing, type TemplateResult } from 'lit'
import type { Nameable } from '../../typed-options.ts'
import { type CommandOption, OPTION } from './commands.ts'
import { type Change, type Draft, valueFor, withoutFile, withValue } from './draft.ts'
import { CLOSE, FILM, PLUS } from './icons.ts'
import { fileSize } from './media.ts'
import { atName } from './selectors.ts'

/** One option of the command that is being written: a place for a file, a choice, or a field. */
export function optionSlot(
  draft: Draft,
  option: CommandOption,
  nameable: Nameable,
  change: Change,
  openFiles: () => void,
): TemplateResult {
  const optional = option.required ? nothing : html`<i>optional</i>`
  return html`<div class="slot" data-option=${option.name}><span class="slot-name">${option.name}${optional}</span>${field()}${option.type === OPTION.attachment ? nothing : html`<small class="slot-hint" id=${`hint-${option.name}`}>${option.description}</small>`}</div>`

  function field(): TemplateResult {
    if (option.type === OPTION.attachment) return fileSlot(draft, option, change, openFiles)
    const choices = choicesOf(option, nameable)
    if (choices) return choiceSlot(draft, option, choices, change)
    const type = ({ target }: Event) => {
      const value = valueFor(option, (target as HTMLInputElement).value)
      change(now => withValue(now, option.name, value))
    }
    return html`<input class="slot-field" aria-label=${option.name} aria-describedby=${`hint-${option.name}`} .value=${String(draft.values[option.name] ?? '')}
      @input=${type} />`
  }
}

function fileSlot(
  draft: Draft,
  option: CommandOption,
  change: Change,
  openFiles: () => void,
): TemplateResult {
  const file = draft.files[option.name]
  if (!file) {
    return html`<button type="button" class="file-slot empty" aria-label=${`Choose a file for ${option.name}`} @click=${openFiles}>${PLUS}<span>Drop or <u>choose a file</u></span></button>`
  }
  return html`<span class="file-slot" data-testid="chosen-file"><button type="button" class="chosen" aria-label="Choose another file" @click=${openFiles}>${FILM}<b>${file.name}</b><small>${fileSize(file.size)}</small></button>
    <button type="button" class="icon-button" aria-label=${`Remove ${file.name}`} @click=${() => change(now => withoutFile(now, option.name))}>${CLOSE}</button></span>`
}

const YES_NO = [
  { name: 'True', value: 'true' },
  { name: 'False', value: 'false' },
]

/** What there is to choose from; null where it is typed. */
function choicesOf(option: CommandOption, { people, roles }: Nameable): CommandOption['choices'] | null {
  const named = ({ id, name }: { id: string; name: string }) => ({ name: atName(name), value: id })
  if (option.type === OPTION.user) return people.map(named)
  if (option.type === OPTION.role) return roles.map(named)
  if (option.type === OPTION.boolean) return YES_NO
  return option.choices.length > 0 ? option.choices : null
}

function choiceSlot(
  draft: Draft,
  option: CommandOption,
  choices: CommandOption['choices'],
  change: Change,
): TemplateResult {
  const chosen = draft.values[option.name]
  const options = choices.map(choice => ({
    label: choice.name,
    value: String(choice.value),
    description: '',
    emoji: null,
    selected: chosen !== undefined && String(choice.value) === String(chosen),
  }))
  const take = (event: CustomEvent<string[]>) => {
    const choice = choices.find(c => String(c.value) === event.detail[0])
    const value = option.type === OPTION.boolean ? choice?.value === 'true' : choice?.value
    // What is chosen once more is taken back.
    change(now => withValue(now, option.name, now.values[option.name] === value ? undefined : value))
  }
  return html`<string-select class="choice" id=${`option-${option.name}`} .options=${options} placeholder="Choose one" .label=${option.name} @pick=${take}></string-select>`
}
