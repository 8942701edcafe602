import { html, nothing, type TemplateResult } from 'lit'
import type { FaultSwitch } from '../../control.ts'
import { type FaultGroup, groupFaults } from './fault-groups.ts'

/** Whose further switches are shown; kept here, because drawing again must not close them. */
const opened = new Set<FaultGroup['owner']>()

export function faultSwitches(
  faults: FaultSwitch[],
  set: (name: string, on: boolean) => void,
): TemplateResult {
  const draw = (
    fault: FaultSwitch,
  ) => html`<button type="button" class="fault" role="switch" aria-checked=${fault.on} data-testid=${`fault-${fault.name}`}
    @click=${() => set(fault.name, !fault.on)}><span class="words"><b>${fault.name}</b><small>${fault.description}</small></span><span class="switch"></span></button>`
  const toggle = (owner: FaultGroup['owner'], { target }: Event) => {
    if ((target as HTMLDetailsElement).open) opened.add(owner)
    else opened.delete(owner)
  }
  return html`<section class="faults"><h3>Make it go wrong</h3>${groupFaults(faults).map(
    ({
      owner,
      first,
      others,
    }) => html`<div role="group" aria-labelledby=${`faults-${owner}`} data-testid=${`faults-${owner}`}><h4 id=${`faults-${owner}`}>at ${owner}</h4>${first.map(draw)}
      ${
        others.length
          ? html`<details ?open=${opened.has(owner)} @toggle=${(e: Event) => toggle(owner, e)}><summary>${others.length} more at ${owner}</summary>${others.map(draw)}</details>`
          : nothing
      }</div>`,
  )}</section>`
}
