import type { MessageRef } from '../core/job.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { View } from '../core/view.ts'
import type { Timer } from './world.ts'

/** Edits progress messages: at most one edit per message and interval, the newest view wins, none that changes nothing. */
export interface Progress {
  /** Resolves when this view, or a newer one, is what people see; rejects when the edit failed. */
  show(message: MessageRef, view: View): Promise<void>
  /** Sends what is waiting at once; for a stop. */
  flush(): Promise<void>
}

export const EDIT_INTERVAL_MS = 5_000

interface Line {
  shown: string
  shownAt: number
  waiting: { view: View; json: string; done: PromiseWithResolvers<void> } | null
  cancelTimer: (() => void) | null
}

export function createProgress(options: {
  edit: (message: MessageRef, view: View) => Promise<void>
  clock: Clock
  timer: Timer
  log: Log
  intervalMs?: number
}): Progress {
  const { edit, clock, timer, log, intervalMs = EDIT_INTERVAL_MS } = options
  const lines = new Map<string, Line>()
  const refs = new Map<string, MessageRef>()

  async function send(key: string): Promise<void> {
    const line = lines.get(key)
    const waiting = line?.waiting
    if (!line || !waiting) return
    line.waiting = null
    line.cancelTimer?.()
    line.cancelTimer = null
    if (waiting.json === line.shown) return waiting.done.resolve()
    line.shownAt = clock()
    try {
      await edit(refs.get(key)!, waiting.view)
      line.shown = waiting.json
      waiting.done.resolve()
    } catch (error) {
      waiting.done.reject(error)
    }
  }

  return {
    show(message, view) {
      const key = `${message.channelId}/${message.messageId}`
      const json = JSON.stringify(view)
      const line = lines.get(key) ?? {
        shown: '',
        shownAt: Number.NEGATIVE_INFINITY,
        waiting: null,
        cancelTimer: null,
      }
      lines.set(key, line)
      refs.set(key, message)
      forgetOldest(lines, refs)
      const done = line.waiting?.done ?? Promise.withResolvers<void>()
      // Callers may drop the promise; a failed edit is theirs to see if they want it, never an unhandled rejection.
      done.promise.catch(error => log.debug({ error, message }, 'progress could not be shown'))
      line.waiting = { view, json, done }
      const waitMs = line.shownAt + intervalMs - clock()
      if (waitMs <= 0) void send(key)
      else line.cancelTimer ??= timer(waitMs, () => void send(key))
      return done.promise
    },
    async flush() {
      await Promise.all([...lines.keys()].map(send))
    },
  }
}

/** Enough for everything that can be in flight at once; what is forgotten merely may be edited a moment early. */
const REMEMBERED = 5_000
function forgetOldest(lines: Map<string, Line>, refs: Map<string, MessageRef>): void {
  if (lines.size <= REMEMBERED) return
  for (const [key, line] of lines) {
    if (line.waiting) continue
    lines.delete(key)
    refs.delete(key)
    return
  }
}
