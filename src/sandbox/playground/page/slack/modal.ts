import { html, nothing, type TemplateResult } from 'lit'
import type { SlackView } from '../../../control.ts'
import { CLOSE, FILM, PLUS, WARNING } from '../icons.ts'
import { fileSize } from '../media.ts'
import { DOTS } from '../select.ts'
import { choicesOf, drawBlocks, drawRadios, drawText } from './blocks.ts'
import { type Form, filledIn, withFiles, withoutFile, withValue } from './form.ts'
import { namesOf } from './message.ts'
import type { SlackPage } from './page.ts'
import { type InputBlock, type Modal, readModal } from './raw-block.ts'
import type { FileInputElement, TextInputElement } from './raw-element.ts'
import { topView } from './selectors.ts'

/** What lies over the Slack half: the question of a button that asks first, else the topmost modal. */
export function overlay(page: SlackPage): TemplateResult | typeof nothing {
  if (page.state.asking) return confirmDialog(page, page.state.asking)
  const view = topView(page.state)
  return view ? modalDialog(page, view) : nothing
}

export const hasOverlay = (page: SlackPage): boolean =>
  page.state.asking !== null || topView(page.state) !== undefined

const onEscape = (close: () => void) => (event: KeyboardEvent) => {
  if (event.key !== 'Escape' || event.defaultPrevented) return
  event.preventDefault()
  close()
}

function confirmDialog(page: SlackPage, asking: NonNullable<SlackPage['state']['asking']>): TemplateResult {
  const { confirm, press, threadTs } = asking
  const close = () => page.dispatch({ type: 'ask', asking: null })
  const yes = () => {
    close()
    void page.press(press, threadTs)
  }
  return html`<div class="s-scrim" @keydown=${onEscape(close)}><div class="s-dialog small" role="alertdialog" aria-modal="true" aria-labelledby="slack-confirm-title" aria-describedby="slack-confirm-text" data-testid="slack-confirm-dialog" tabindex="-1">
    <header><h2 id="slack-confirm-title">${confirm.title}</h2><button type="button" class="s-icon-button" aria-label="Close" @click=${close}>${CLOSE}</button></header>
    <div class="s-dialog-body" id="slack-confirm-text">${drawText(confirm.text, namesOf(page))}</div>
    <footer><button type="button" class="s-button" @click=${close}>${confirm.deny}</button><button type="button" class="s-button ${confirm.style}" data-focus @click=${yes}>${confirm.confirm}</button></footer>
  </div></div>`
}

function modalDialog(page: SlackPage, view: SlackView): TemplateResult {
  const modal = readModal(view.view)
  const form = page.form(view)
  const close = () => void page.closeView(view)
  const submit = (event: Event) => {
    event.preventDefault()
    void page.submit(view)
  }
  const around = { id: `modal-${view.id}`, names: namesOf(page), waitingFor: null, press: null }
  return html`<div class="s-scrim" @keydown=${onEscape(close)}><form class="s-dialog" role="dialog" aria-modal="true" aria-labelledby="slack-modal-title" data-testid="slack-modal" data-view=${view.id} novalidate tabindex="-1" @submit=${submit}>
    <header><h2 id="slack-modal-title">${modal.title}</h2><button type="button" class="s-icon-button" aria-label="Close" @click=${close}>${CLOSE}</button></header>
    <div class="s-dialog-body">
      ${form.errors[''] ? html`<div class="s-error" role="alert">${WARNING}<span>${form.errors['']}</span></div>` : nothing}
      ${modal.blocks.map(block => (block.kind === 'input' ? inputRow(page, view, modal, form, block) : drawBlocks([block], around)))}
    </div>
    <footer><button type="button" class="s-button" @click=${close}>${modal.close}</button>${
      modal.submit
        ? html`<button type="submit" class="s-button primary" data-testid="slack-modal-submit" ?disabled=${form.busy}>${form.busy ? DOTS : modal.submit}</button>`
        : nothing
    }</footer>
  </form></div>`
}

/** What is done may come before the last change was drawn, so it goes by the form as it is then. */
type Change = (edit: (now: Form) => Form) => void

function inputRow(
  page: SlackPage,
  view: SlackView,
  modal: Modal,
  form: Form,
  block: InputBlock,
): TemplateResult {
  const id = `${view.id}-${block.blockId}`
  const error = form.errors[block.blockId]
  const change: Change = edit => page.changeForm(view, edit)
  return html`<div class="s-input ${error ? 'wrong' : ''}" data-testid=${`slack-input-${block.blockId}`}><label for=${id}>${block.label}${block.optional ? html`<small>(optional)</small>` : nothing}</label>
    ${field(id, form, block, modal, change)}
    ${error ? html`<div class="s-wrong" role="alert" id=${`${id}-error`}>${WARNING}<span>${error}</span></div>` : nothing}
    ${block.hint ? html`<p class="s-input-hint">${block.hint}</p>` : nothing}</div>`
}

function field(id: string, form: Form, block: InputBlock, modal: Modal, change: Change): TemplateResult {
  const { element } = block
  const value = filledIn(form, block)
  const choose = (chosen: string) => change(now => withValue(now, modal, block, chosen))
  switch (element.kind) {
    case 'text-input':
      return textField(id, element, value, choose)
    case 'file-input':
      return fileField(id, element, form, block, modal, change)
    case 'select':
      return html`<string-select class="s-select" id=${id} .options=${choicesOf(element, value)} .placeholder=${element.placeholder} .label=${block.label}
        @pick=${(event: CustomEvent<string[]>) => choose(event.detail[0] ?? '')}></string-select>`
    case 'radio':
      return drawRadios(element, id, value, false, choose)
    case 'unknown':
      return html`<span class="s-unknown">The playground cannot draw a “${element.type}” yet.</span>`
  }
}

function textField(
  id: string,
  element: TextInputElement,
  value: string,
  set: (value: string) => void,
): TemplateResult {
  const type = (event: Event) => set((event.target as HTMLInputElement | HTMLTextAreaElement).value)
  const most = element.maxLength ?? nothing
  return element.multiline
    ? html`<textarea id=${id} rows="4" maxlength=${most} placeholder=${element.placeholder} .value=${value} @input=${type}></textarea>`
    : html`<input id=${id} type=${element.type} maxlength=${most} placeholder=${element.placeholder} .value=${value} @input=${type} />`
}

function fileField(
  id: string,
  element: FileInputElement,
  form: Form,
  block: InputBlock,
  modal: Modal,
  change: Change,
): TemplateResult {
  const chosen = form.files[block.blockId] ?? []
  const take = (files: File[]) => files.length && change(now => withFiles(now, modal, block, files))
  const pick = (event: Event) => {
    const input = event.target as HTMLInputElement
    take([...(input.files ?? [])])
    input.value = ''
  }
  return html`<div class="s-file-field" @drop=${(e: DragEvent) => take([...(e.dataTransfer?.files ?? [])])}>
    ${chosen.map(
      file => html`<span class="s-chip" data-testid="slack-chosen-file"><span class="s-file-icon">${FILM}</span><span><b>${file.name}</b><small>${fileSize(file.size)}</small></span>
        <button type="button" class="s-icon-button" aria-label=${`Remove ${file.name}`} @click=${() => change(now => withoutFile(now, block.blockId, file))}>${CLOSE}</button></span>`,
    )}
    <input type="file" class="hidden-file" id=${id} data-testid="slack-modal-file-input" accept=${element.filetypes.map(type => `.${type}`).join(',')} ?multiple=${element.maxFiles > 1} @change=${pick} />
    ${chosen.length < element.maxFiles ? html`<label class="s-button" for=${id}>${PLUS}Add file</label>` : nothing}</div>`
}
