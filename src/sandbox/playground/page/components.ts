/** Discord's message components, Components V2 included, drawn from the raw payload. */
import { html, nothing, type TemplateResult } from 'lit'
import { drawMarkdown, type Names } from './draw-text.ts'
import { LAUNCH } from './icons.ts'
import { drawFile, drawGallery, drawMedia, nameInUrl, safeUrl } from './media.ts'
import type { ButtonComponent, Emoji, RawComponent, SelectComponent } from './raw-component.ts'
import { DOTS } from './select.ts'

/** What a component needs from the message that it sits in. */
export interface Surroundings {
  messageId: string
  names: Names
  /** The component that was pressed and not answered yet. */
  waitingFor: string | null
  press(customId: string, values?: string[]): void
}

type Drawn = TemplateResult | typeof nothing

export const drawComponents = (components: RawComponent[], around: Surroundings): Drawn[] =>
  components.map(component => drawComponent(component, around))

function drawComponent(component: RawComponent, around: Surroundings): Drawn {
  switch (component.kind) {
    case 'container': {
      const { accent, spoiler } = component
      const color = accent === null ? '' : `--accent:#${accent.toString(16).padStart(6, '0')}`
      return html`<div class="container ${accent === null ? '' : 'accented'} ${spoiler ? 'spoiler' : ''}" style=${color}>${drawComponents(component.children, around)}</div>`
    }
    case 'section':
      return html`<div class="section"><div>${drawComponents(component.children, around)}</div>${
        component.accessory ? drawComponent(component.accessory, around) : nothing
      }</div>`
    case 'text':
      return html`<div class="text-display">${drawMarkdown(component.content, around.names)}</div>`
    case 'thumbnail':
      return html`<div class="thumbnail">${drawMedia(component)}</div>`
    case 'gallery':
      return drawGallery(component.items)
    case 'file':
      return drawFile(component.media, component.name || nameInUrl(component.media.url), component.size)
    case 'separator':
      return html`<div class="separator ${component.spacing === 2 ? 'large' : ''}" role=${component.divider ? 'separator' : 'presentation'}>${component.divider ? html`<hr />` : nothing}</div>`
    case 'row':
      return html`<div class="action-row">${drawComponents(component.children, around)}</div>`
    case 'button':
      return drawButton(component, around)
    case 'select':
      return drawSelect(component, around)
    case 'unknown':
      return html`<div class="unknown">The playground cannot draw component type ${String(component.type)} yet.</div>`
  }
}

const STYLES: Record<number, string> = {
  1: 'primary',
  2: 'secondary',
  3: 'success',
  4: 'danger',
  5: 'link',
  6: 'primary',
}

const drawEmoji = (emoji: Emoji | null): Drawn =>
  emoji ? html`<span class="emoji">${emoji.id ? `:${emoji.name}:` : emoji.name}</span>` : nothing

function drawButton(button: ButtonComponent, around: Surroundings): TemplateResult {
  const content = html`${drawEmoji(button.emoji)}<span>${button.label}</span>`
  const look = `button ${STYLES[button.style] ?? 'secondary'}`
  if (button.style === 5) {
    return button.disabled
      ? html`<button type="button" class=${look} disabled>${content}${LAUNCH}</button>`
      : html`<a class=${look} href=${safeUrl(button.url)} target="_blank" rel="noreferrer noopener">${content}${LAUNCH}</a>`
  }
  const waiting = around.waitingFor === button.customId
  return html`<button type="button" class="${look} ${waiting ? 'waiting' : ''}" data-custom-id=${button.customId}
    ?disabled=${button.disabled} aria-disabled=${around.waitingFor !== null}
    @click=${() => around.waitingFor === null && around.press(button.customId)}>${content}${waiting ? DOTS : nothing}</button>`
}

const drawSelect = (select: SelectComponent, around: Surroundings): TemplateResult =>
  html`<string-select id=${`select-${around.messageId}-${select.customId}`} data-custom-id=${select.customId}
    .options=${select.options} .placeholder=${select.placeholder} .max=${select.maxValues} .disabled=${select.disabled}
    .busy=${around.waitingFor === select.customId}
    @pick=${(event: CustomEvent<string[]>) => around.press(select.customId, event.detail)}></string-select>`
