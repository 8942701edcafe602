import type { Log } from '../core/ports.ts'

const QUIET_MS = 30_000

/**
 * Logs a kind of trouble at most once in 30 s, with how often it came: a database that is down for minutes gives
 * BullMQ something to report many times a second (17.8 million lines in 150 s, measured).
 */
export function quietErrors(log: Log): (error: unknown, where: string) => void {
  const said = new Map<string, { at: number; unsaid: number }>()
  return (error, where) => {
    const message =
      error instanceof Error ? error.message || String((error as { code?: unknown }).code) : String(error)
    const key = `${where} ${message}`.slice(0, 200)
    const last = said.get(key)
    const now = performance.now()
    if (last && now - last.at < QUIET_MS) {
      last.unsaid++
      return
    }
    if (said.size > 50) said.clear()
    said.set(key, { at: now, unsaid: 0 })
    log.warn({ where, message, repeated: last?.unsaid ?? 0 }, 'the queue has trouble')
  }
}
