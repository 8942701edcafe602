import { html, nothing, type TemplateResult } from 'lit'
import type { FaultSwitch } from '../../control.ts'

/** Those that tell most with one press; the others are one click further. */
const FIRST = ['slow', '429', '500', 'lost-answer', 'no-credit']

/** Whether the list of all the others is open; kept here, because drawing again must not close it. */
let opened = false

export function faultSwitches(
  faults: FaultSwitch[],
  set: (name: string, on: boolean) => void,
): TemplateResult {
  const first = faults.filter(fault => FIRST.includes(fault.name) || fault.on)
  const others = faults.filter(fault => !first.includes(fault))
  const draw = (
    fault: FaultSwitch,
  ) => html`<button type="button" class="fault" role="switch" aria-checked=${fault.on} data-testid=${`fault-${fault.name}`}
    @click=${() => set(fault.name, !fault.on)}><span class="words"><b>${fault.name}</b><small>${fault.description}</small></span><span class="switch"></span></button>`
  return html`<section class="faults"><h3>Make it go wrong</h3>${first.map(draw)}
    ${
      others.length
        ? html`<details ?open=${opened} @toggle=${(e: Event) => {
            opened = (e.target as HTMLDetailsElement).open
          }}><summary>${others.length} more ways</summary>${others.map(draw)}</details>`
        : nothing
    }</section>`
}
