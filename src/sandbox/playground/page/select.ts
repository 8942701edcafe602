import { html, LitElement, nothing } from 'lit'
import { CHECK, CHEVRON } from './icons.ts'
import type { SelectOption } from './raw-component.ts'

/** As high as the open list can become, and what stays free around it. */
const LIST_PX = 264
const GAP_PX = 4

/**
 * Discord's string select. Own and not @skyra's, which shows options but cannot be worked by keyboard, knows no
 * chosen value and tells nobody what was picked. In the page's own tree, so that its stylesheet reaches it.
 * Fires `pick` with the chosen values as detail. The list is a popover: nothing that scrolls cuts it off.
 */
export class StringSelect extends LitElement {
  static override properties = {
    options: { attribute: false },
    placeholder: {},
    label: {},
    disabled: { type: Boolean },
    max: { type: Number },
    busy: { type: Boolean },
    open: { state: true },
    at: { state: true },
    picked: { state: true },
  }
  declare options: SelectOption[]
  declare placeholder: string
  declare label: string
  declare disabled: boolean
  declare busy: boolean
  declare max: number
  declare open: boolean
  declare at: number
  /** With several values: chosen so far, sent when the list closes. */
  declare picked: string[] | null

  constructor() {
    super()
    this.options = []
    this.placeholder = ''
    this.label = ''
    this.disabled = false
    this.busy = false
    this.max = 1
    this.open = false
    this.at = 0
    this.picked = null
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  #away = (event: Event) => {
    if (!event.composedPath().includes(this)) this.#close(true)
  }

  #moved = () => {
    const button = this.getBoundingClientRect()
    const frame = this.closest('[data-scroll]')?.getBoundingClientRect()
    if (frame && (button.bottom < frame.top || button.top > frame.bottom)) this.#close(true)
    else this.#place()
  }

  #watch(on: boolean): void {
    const change = on ? 'addEventListener' : 'removeEventListener'
    document[change]('pointerdown', this.#away, true)
    document[change]('scroll', this.#moved, true)
    window[change]('resize', this.#moved)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#watch(false)
  }

  #show(): void {
    if (this.disabled || this.busy) return
    this.open = true
    this.picked = this.options.filter(o => o.selected).map(o => o.value)
    this.at = Math.max(
      0,
      this.options.findIndex(o => o.selected),
    )
    this.#watch(true)
  }

  /** Puts the open list below its button or, where there is more room, above. */
  #place(): void {
    const list = this.querySelector<HTMLElement>('.select-list')
    if (!list) return
    if (!list.matches(':popover-open')) list.showPopover()
    const button = this.getBoundingClientRect()
    const below = innerHeight - button.bottom - 2 * GAP_PX
    const above = button.top - 2 * GAP_PX
    const up = below < Math.min(list.scrollHeight, LIST_PX) && above > below
    list.style.minWidth = `${button.width}px`
    list.style.maxHeight = `${Math.min(LIST_PX, up ? above : below)}px`
    list.style.left = `${Math.max(0, Math.min(button.left, innerWidth - list.offsetWidth - GAP_PX))}px`
    list.style.top = up ? 'auto' : `${button.bottom + GAP_PX}px`
    list.style.bottom = up ? `${innerHeight - button.top + GAP_PX}px` : 'auto'
  }

  #close(send: boolean): void {
    if (!this.open) return
    this.open = false
    this.#watch(false)
    const before = this.options.filter(o => o.selected).map(o => o.value)
    const picked = this.picked ?? before
    this.picked = null
    if (send && this.max > 1 && picked.join('\n') !== before.join('\n')) this.#send(picked)
  }

  #pick(value: string): void {
    if (this.max === 1) {
      this.#close(false)
      this.#send([value])
      return
    }
    const chosen = this.picked ?? []
    if (chosen.includes(value)) this.picked = chosen.filter(v => v !== value)
    else if (chosen.length < this.max) this.picked = [...chosen, value]
  }

  #send(values: string[]): void {
    this.dispatchEvent(new CustomEvent<string[]>('pick', { detail: values }))
  }

  #onKey(event: KeyboardEvent): void {
    const last = this.options.length - 1
    const moves: Record<string, number> = {
      ArrowDown: Math.min(last, this.at + 1),
      ArrowUp: Math.max(0, this.at - 1),
      Home: 0,
      End: last,
    }
    if (!this.open) {
      // In the composer Enter sends, as in every field there.
      const sends = event.key === 'Enter' && this.closest('.composer') !== null
      if (!sends && ['ArrowDown', 'ArrowUp', 'Enter', ' '].includes(event.key)) {
        event.preventDefault()
        this.#show()
      }
      return
    }
    if (event.key === 'Tab') this.#close(true)
    const target = moves[event.key]
    if (target === undefined && !['Enter', ' ', 'Escape'].includes(event.key)) return
    event.preventDefault()
    event.stopPropagation()
    if (target !== undefined) this.at = target
    else if (event.key === 'Escape') this.#close(false)
    else this.#pick(this.options[this.at]?.value ?? '')
  }

  protected override updated(): void {
    this.#place()
    this.querySelector('.select-list .at')?.scrollIntoView({ block: 'nearest' })
  }

  protected override render() {
    const current = this.options.filter(o => o.selected)
    const list = `${this.id || 'select'}-list`
    return html`
      <button type="button" class="select ${this.open ? 'open' : ''}" role="combobox" aria-haspopup="listbox"
        aria-expanded=${this.open} aria-controls=${list} aria-label=${this.label || this.placeholder}
        aria-activedescendant=${this.open ? `${list}-${this.at}` : nothing} ?disabled=${this.disabled || this.busy}
        @click=${() => (this.open ? this.#close(true) : this.#show())} @keydown=${(e: KeyboardEvent) => this.#onKey(e)}>
        <span class=${current.length ? 'value' : 'placeholder'}>${
          current.length ? current.map(o => o.label).join(', ') : this.placeholder
        }</span>
        ${this.busy ? DOTS : CHEVRON}
      </button>
      ${
        this.open
          ? html`<div class="select-list" popover="manual" role="listbox" id=${list} aria-label=${this.label || this.placeholder}>${this.options.map(
              (option, i) => {
                const chosen = this.picked?.includes(option.value) ?? option.selected
                return html`<div role="option" id=${`${list}-${i}`} data-value=${option.value} aria-selected=${chosen}
                class="option ${i === this.at ? 'at' : ''} ${chosen ? 'chosen' : ''}"
                @click=${() => this.#pick(option.value)} @pointermove=${() => {
                  this.at = i
                }}>
                ${option.emoji && !option.emoji.id ? html`<span class="emoji">${option.emoji.name}</span>` : nothing}
                <span class="words"><span>${option.label}</span>${
                  option.description ? html`<small>${option.description}</small>` : nothing
                }</span>${chosen ? CHECK : nothing}</div>`
              },
            )}</div>`
          : nothing
      }`
  }
}

export const DOTS = html`<span class="dots" role="status" aria-label="Waiting"><i></i><i></i><i></i></span>`

customElements.define('string-select', StringSelect)
