import type { Chat } from '../core/chat.ts'
import type { MessageRef } from '../core/job.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { View } from '../core/view.ts'
import type { Timer } from './world.ts'

/**
 * Edits progress messages: at most one edit per message and interval, and no more than the platform's ration allows;
 * the newest view wins, and none is sent that changes nothing.
 */
export interface Progress {
  /** Resolves when this view, or a newer one, is what people see; rejects when the edit failed. */
  show(chat: Pick<Chat, 'platform' | 'edit' | 'editWait'>, message: MessageRef, view: View): Promise<void>
  /** Sends what is waiting at once; for a stop. */
  flush(): Promise<void>
}

export const EDIT_INTERVAL_MS = 5_000

interface Line {
  edit: (view: View) => Promise<void>
  /** The platform's own ration, ms from now. */
  ration: () => number
  shown: string
  shownAt: number
  waiting: { view: View; json: string; done: PromiseWithResolvers<void> } | null
  cancelTimer: (() => void) | null
  /** The edit under way: the next one starts after it, so that a slow one can't overwrite a newer one. */
  sending: Promise<void>
}

export function createProgress(options: {
  clock: Clock
  timer: Timer
  log: Log
  intervalMs?: number
}): Progress {
  const { clock, timer, log, intervalMs = EDIT_INTERVAL_MS } = options
  const lines = new Map<string, Line>()

  async function send(key: string): Promise<void> {
    const line = lines.get(key)
    const waiting = line?.waiting
    if (!line || !waiting) return
    line.waiting = null
    line.cancelTimer?.()
    line.cancelTimer = null
    if (waiting.json === line.shown) return waiting.done.resolve()
    line.shownAt = clock()
    const before = line.sending
    line.sending = (async () => {
      await before
      try {
        await line.edit(waiting.view)
        line.shown = waiting.json
        waiting.done.resolve()
      } catch (error) {
        waiting.done.reject(error)
      }
    })()
    await line.sending
  }

  /** Sends what waits when its time has come; where many wait for the platform's ration, whoever asks next gets it. */
  function sendInTime(key: string): void {
    const line = lines.get(key)
    if (!line?.waiting || line.cancelTimer) return
    // Bounded, because a clock can be set back.
    const waitMs = Math.max(Math.min(intervalMs, line.shownAt + intervalMs - clock()), line.ration())
    if (waitMs <= 0) return void send(key)
    line.cancelTimer = timer(waitMs, () => {
      line.cancelTimer = null
      sendInTime(key)
    })
  }

  return {
    show(chat, message, view) {
      const key = `${chat.platform}/${message.channelId}/${message.messageId}`
      const json = JSON.stringify(view)
      const line: Line = lines.get(key) ?? {
        edit: newest => chat.edit(message, newest),
        ration: () => chat.editWait(message),
        shown: '',
        shownAt: Number.NEGATIVE_INFINITY,
        waiting: null,
        cancelTimer: null,
        sending: Promise.resolve(),
      }
      lines.set(key, line)
      forgetOldest(lines)
      const done = line.waiting?.done ?? Promise.withResolvers<void>()
      // Callers may drop the promise; a failed edit is theirs to see if they want it, never an unhandled rejection.
      done.promise.catch(error => log.debug({ error, message }, 'progress could not be shown'))
      line.waiting = { view, json, done }
      sendInTime(key)
      return done.promise
    },
    async flush() {
      await Promise.all([...lines.keys()].map(send))
    },
  }
}

/** Enough for everything that can be in flight at once; what is forgotten merely may be edited a moment early. */
const REMEMBERED = 5_000
function forgetOldest(lines: Map<string, Line>): void {
  if (lines.size <= REMEMBERED) return
  for (const [key, line] of lines) {
    if (line.waiting) continue
    lines.delete(key)
    return
  }
}
