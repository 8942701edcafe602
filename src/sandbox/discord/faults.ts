import type { FaultSwitch } from '../control.ts'

const DESCRIPTIONS = {
  'discord-500':
    'Every POST to the REST API is answered 500 the first time and not carried out; sent again to the same address it works.',
  'discord-lost-answer':
    'Every new message is posted but its answer is lost (500) the first time: sent again without a nonce it stands there twice.',
  'discord-slow': 'Every REST answer comes 2 seconds after the work was done.',
  'gateway-drop':
    'Cuts every gateway connection once (with none open, the next one as soon as it is ready), then switches itself off.',
  'clip-vanished': 'Files given to a slash command are gone from the CDN (404), as after their lifetime.',
  'cdn-slow': 'The CDN sends files at about 100 kB per second.',
} as const

export type FaultName = keyof typeof DESCRIPTIONS

export interface Faults {
  list(): FaultSwitch[]
  /** False when there is no fault of that name. */
  set(name: string, on: boolean): boolean
  isOn(name: FaultName): boolean
  clear(name: FaultName): void
  onSet(listener: (name: FaultName, on: boolean) => void): void
  /** True every first, third, fifth... time for a key: what should fail now and work when it is tried again. */
  firstTry(key: string): boolean
}

export function createFaults(): Faults {
  const on = new Set<FaultName>()
  const tried = new Set<string>()
  const listeners: ((name: FaultName, on: boolean) => void)[] = []
  const known = (name: string): name is FaultName => Object.hasOwn(DESCRIPTIONS, name)
  return {
    list: () =>
      Object.entries(DESCRIPTIONS).map(([name, description]) => ({
        name,
        description,
        on: on.has(name as FaultName),
      })),
    set(name, wanted) {
      if (!known(name)) return false
      if (wanted) on.add(name)
      else on.delete(name)
      for (const listener of listeners) listener(name, wanted)
      return true
    },
    isOn: name => on.has(name),
    clear: name => void on.delete(name),
    onSet: listener => void listeners.push(listener),
    firstTry(key) {
      if (tried.delete(key)) return false
      tried.add(key)
      return true
    },
  }
}
