import type { FaultSwitch } from './control.ts'

export interface Faults<Name extends string> {
  list(): FaultSwitch[]
  /** False when there is no fault of that name. */
  set(name: string, on: boolean): boolean
  isOn(name: Name): boolean
  clear(name: Name): void
  onSet(listener: (name: Name, on: boolean) => void): void
  /** True every first, third, fifth... time for a key: what should fail now and work when it is tried again. */
  firstTry(key: string): boolean
}

/** A stand-in's switches, by their names, with what each does. */
export function faultSwitches<Name extends string>(
  descriptions: Readonly<Record<Name, string>>,
): Faults<Name> {
  const on = new Set<Name>()
  const tried = new Set<string>()
  const listeners: ((name: Name, on: boolean) => void)[] = []
  const known = (name: string): name is Name => Object.hasOwn(descriptions, name)
  return {
    list: () =>
      Object.entries<string>(descriptions).map(([name, description]) => ({
        name,
        description,
        on: on.has(name as Name),
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
