import type { FaultSwitch } from '../control.ts'

const DESCRIPTIONS = {
  'slack-post-lost':
    'Every new message is posted but the connection is cut before the answer, the first time: sent again it stands there twice.',
  'slack-500':
    'Every Web API call that changes something answers 500 the first time and is not carried out; sent again it works.',
  'slack-ratelimited':
    'Every Web API call answers 429 with Retry-After 1 the first time; sent again it works.',
  'slack-upload-refused': 'The workspace has switched file uploads off (file_uploads_disabled).',
  'slack-storage-full': "The workspace's storage is full: uploads are refused (storage_limit_reached).",
  'slack-slow': 'Every Web API answer comes 2 seconds after the work was done.',
  'slack-socket-drop':
    'Cuts every Socket Mode connection once (with none open, the next one as soon as it is ready), then switches itself off.',
  'slack-file-scanning':
    'New files are still being scanned: their download fails until files.info was asked twice.',
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
