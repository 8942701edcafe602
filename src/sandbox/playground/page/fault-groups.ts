/** The switches that make something go wrong, by whose service they are. Pure. */
import type { FaultSwitch } from '../../control.ts'

export interface FaultGroup {
  owner: 'Venice' | 'Discord' | 'Slack'
  /** Those that tell most with one press, and those that are on. */
  first: FaultSwitch[]
  others: FaultSwitch[]
}

const GROUPS: { owner: FaultGroup['owner']; names: RegExp; telling: string[] }[] = [
  {
    owner: 'Slack',
    names: /^slack-/,
    telling: ['slack-post-lost', 'slack-socket-drop', 'slack-upload-refused'],
  },
  {
    owner: 'Discord',
    names: /^(discord-|gateway-|cdn-|clip-vanished$)/,
    telling: ['discord-lost-answer', 'gateway-drop', 'clip-vanished'],
  },
  // What names nobody is Venice's.
  { owner: 'Venice', names: /^/, telling: ['lost-answer', 'no-credit', 'slow', '429', '500'] },
]
/** As they are shown: what costs money comes first. */
const ORDER: FaultGroup['owner'][] = ['Venice', 'Discord', 'Slack']

const groupOf = (fault: FaultSwitch) => GROUPS.find(group => group.names.test(fault.name))!

/** Owners without a switch are left out. */
export function groupFaults(faults: readonly FaultSwitch[]): FaultGroup[] {
  return ORDER.flatMap(owner => {
    const own = faults.filter(fault => groupOf(fault).owner === owner)
    const { telling } = GROUPS.find(group => group.owner === owner)!
    const chosen = telling.flatMap(name => own.find(fault => fault.name === name) ?? [])
    const first = [...chosen, ...own.filter(fault => fault.on && !chosen.includes(fault))]
    return own.length > 0 ? [{ owner, first, others: own.filter(fault => !first.includes(fault)) }] : []
  })
}
