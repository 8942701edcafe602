import type { After } from './delivery.ts'

export const inRealTime: After = (ms, act) => {
  const timer = setTimeout(act, ms)
  return () => clearTimeout(timer)
}

/** Timers that can all be cancelled at once, so that nothing keeps the process. */
export class Timers {
  readonly #running = new Set<() => void>()
  readonly #start: After

  constructor(start: After) {
    this.#start = start
  }

  readonly after: After = (ms, act) => {
    const cancel = this.#start(ms, () => {
      this.#running.delete(cancel)
      act()
    })
    this.#running.add(cancel)
    return () => {
      this.#running.delete(cancel)
      cancel()
    }
  }

  cancel(): void {
    for (const cancel of this.#running) cancel()
    this.#running.clear()
  }
}
