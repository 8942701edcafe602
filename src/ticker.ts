import type { Log } from './core/ports.ts'

export interface Ticker {
  /** Resolves when a round that is under way has ended. */
  stop(): Promise<void>
}

/** Runs `round` again and again, `everyMs` after the last one ended: never twice at once, and a failure ends nothing. */
export function startTicker(name: string, everyMs: number, log: Log, round: () => Promise<unknown>): Ticker {
  let stopped = false
  let wake = () => {}
  const running = (async () => {
    while (!stopped) {
      try {
        await round()
      } catch (error) {
        log.error({ error, ticker: name }, 'a round failed; the next one comes')
      }
      if (stopped) break
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, everyMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  })()
  return {
    async stop() {
      stopped = true
      wake()
      await running
    },
  }
}
