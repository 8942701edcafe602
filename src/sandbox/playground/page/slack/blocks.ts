/** Block Kit as Slack draws it in a message. Inputs belong to modals; see modal.ts. */
import { html, nothing, type TemplateResult } from 'lit'
import { LAUNCH } from '../icons.ts'
import { safeUrl } from '../media.ts'
import { DOTS } from '../select.ts'
import { drawMrkdwn, drawRichPart, type Names } from './draw-mrkdwn.ts'
import type { Block } from './raw-block.ts'
import type {
  ActionElement,
  ButtonElement,
  ChoiceElement,
  ConfirmObject,
  ImageElement,
  TextObject,
} from './raw-element.ts'

/** What a block needs from the message or modal that it stands in. */
export interface Surroundings {
  /** Unique on the page. */
  id: string
  names: Names
  /** The element that was pressed and not answered yet. */
  waitingFor: string | null
  /** Null where nothing can be pressed. */
  press: ((actionId: string, value: string | null, confirm: ConfirmObject | null) => void) | null
}

type Drawn = TemplateResult | typeof nothing

export const drawBlocks = (blocks: Block[], around: Surroundings): Drawn[] =>
  blocks.map(block => drawBlock(block, around))

function drawBlock(block: Block, around: Surroundings): Drawn {
  switch (block.kind) {
    case 'header':
      return html`<h3 class="s-header">${block.text}</h3>`
    case 'section':
      return html`<div class="s-section"><div class="s-section-words">
          ${block.text ? drawText(block.text, around.names) : nothing}
          ${block.fields.length ? html`<div class="s-fields">${block.fields.map(field => html`<div>${drawText(field, around.names)}</div>`)}</div>` : nothing}
        </div>${block.accessory ? html`<div class="s-accessory">${drawElement(block.accessory, around)}</div>` : nothing}</div>`
    case 'context':
      return html`<div class="s-context">${block.elements.map(element =>
        element.kind === 'image'
          ? html`<img class="s-context-image" src=${safeUrl(element.url)} alt=${element.alt} />`
          : html`<span>${drawText(element, around.names)}</span>`,
      )}</div>`
    case 'divider':
      return html`<hr class="s-divider" />`
    case 'actions':
      return html`<div class="s-actions">${block.elements.map(element => drawElement(element, around))}</div>`
    case 'image':
      return html`<figure class="s-image">${block.title ? html`<figcaption>${block.title}</figcaption>` : nothing}<img src=${safeUrl(block.url)} alt=${block.alt} /></figure>`
    case 'video':
      // Slack embeds a player page in a frame; the page's own policy lets nothing be framed, so it is linked.
      return html`<div class="s-video-card"><b><a class="s-link" href=${safeUrl(block.titleUrl)} target="_blank" rel="noreferrer noopener">${block.title}</a></b>
        ${block.provider ? html`<small>${block.provider}</small>` : nothing}${block.description ? html`<div>${block.description}</div>` : nothing}
        <img src=${safeUrl(block.thumbnail)} alt=${block.alt} /></div>`
    case 'rich':
      return html`<div class="s-rich">${block.parts.map(part => drawRichPart(part, around.names))}</div>`
    case 'input':
      return nothing
    case 'unknown':
      return html`<div class="s-unknown">The playground cannot draw a block of type “${block.type}” yet.</div>`
  }
}

export const drawText = (text: TextObject, names: Names) =>
  text.kind === 'mrkdwn' ? drawMrkdwn(text.text, names) : html`<div class="s-text">${text.text}</div>`

function drawElement(element: ActionElement | ImageElement, around: Surroundings): TemplateResult {
  switch (element.kind) {
    case 'button':
      return drawButton(element, around)
    case 'select':
      return drawSelect(element, around)
    case 'radio':
      return drawRadios(
        element,
        `${around.id}-${element.actionId}`,
        element.initial,
        around.press === null,
        value => around.press?.(element.actionId, value, element.confirm),
      )
    case 'image':
      return html`<img class="s-thumbnail" src=${safeUrl(element.url)} alt=${element.alt} />`
    case 'unknown':
      return html`<span class="s-unknown">The playground cannot draw a “${element.type}” yet.</span>`
  }
}

function drawButton(button: ButtonElement, around: Surroundings): TemplateResult {
  const { press } = around
  const waiting = around.waitingFor === button.actionId
  const act = () => {
    if (around.waitingFor === null) press?.(button.actionId, null, button.confirm)
  }
  if (button.url) {
    // A button with an address opens it, and tells the app all the same.
    return html`<a class="s-button ${button.look}" href=${safeUrl(button.url)} target="_blank" rel="noreferrer noopener" @click=${act}>${button.text}${LAUNCH}</a>`
  }
  return html`<button type="button" class="s-button ${button.look} ${waiting ? 'waiting' : ''}" data-action-id=${button.actionId}
    aria-label=${button.label || nothing} ?disabled=${press === null} aria-disabled=${around.waitingFor !== null} @click=${act}><span>${button.text}</span>${waiting ? DOTS : nothing}</button>`
}

const drawSelect = (select: ChoiceElement, around: Surroundings): TemplateResult =>
  html`<string-select class="s-select" id=${`${around.id}-${select.actionId}`} data-action-id=${select.actionId} .options=${choicesOf(select, select.initial)}
    .placeholder=${select.placeholder} .disabled=${around.press === null} .busy=${around.waitingFor === select.actionId}
    @pick=${(event: CustomEvent<string[]>) => around.press?.(select.actionId, event.detail[0] ?? null, select.confirm)}></string-select>`

/** The options of a select as `string-select` takes them. */
export const choicesOf = (select: ChoiceElement, chosen: string | null) =>
  select.options.map(option => ({
    label: option.label,
    value: option.value,
    description: option.description,
    emoji: null,
    selected: option.value === chosen,
  }))

export const drawRadios = (
  radio: ChoiceElement,
  name: string,
  chosen: string | null,
  disabled: boolean,
  pick: (value: string) => void,
): TemplateResult =>
  html`<div class="s-radios" role="radiogroup">${radio.options.map(
    option => html`<label class="s-radio"><input type="radio" name=${name} .checked=${option.value === chosen} ?disabled=${disabled}
      @change=${() => pick(option.value)} /><span>${option.label}${option.description ? html`<small>${option.description}</small>` : nothing}</span></label>`,
  )}</div>`
