import type { Clock, SharedLimits } from './ports.ts'

/**
 * Of a request: so little is missing to a whole one only by rounding. Floats near a wall-clock time are 0.0002 ms apart:
 * with a smaller tolerance a burst now and then is one less.
 */
export const TOLERANCE = 1e-4

/** So far apart may the clocks of processes be that share limits. */
export const CLOCKS_APART_MS = 60_000
/** Nothing is held for longer. */
export const LONGEST_HOLD_MS = 60 * 60_000
/**
 * A time further ahead of now than this was written by a clock that was wrong and has been put right. It counts as
 * absent: else everything would stand still until the right clock gets there.
 */
export const FURTHEST_MS = LONGEST_HOLD_MS + CLOCKS_APART_MS

export const isHeld = (until: number, now: number): boolean => until > now && until <= now + FURTHEST_MS

/** Whether a failure still counts, of a window of so many ms. */
export const isRecent = (at: number, now: number, windowMs: number): boolean =>
  at > now - windowMs && at <= now + CLOCKS_APART_MS

/** The later of two holds, the first being one that was found: it may be none. */
export const laterHold = (found: number, until: number, now: number): number =>
  found > now + FURTHEST_MS ? until : Math.max(found, until)

/**
 * GCRA: `tat` is the theoretical arrival time of the next request, wall-clock ms. Each request moves it on by one
 * interval, and may go while it is not further ahead of now than `burst` requests reach. In any window of a minute
 * there are at most `perMinute + burst` of them. A `tat` further ahead than they reach, and clocks are apart, is none.
 */
export function gcra(
  tat: number,
  now: number,
  wanted: number,
  rate: { perMinute: number; burst: number },
): { granted: number; tat: number; waitMs: number } {
  const interval = 60_000 / rate.perMinute
  const edge = now + rate.burst * interval
  const from = tat > edge + CLOCKS_APART_MS ? now : Math.max(tat, now)
  const room = Math.floor((edge - from) / interval + TOLERANCE)
  const granted = Math.max(0, Math.min(wanted, room))
  const next = from + granted * interval
  return {
    granted,
    tat: granted > 0 ? next : tat,
    waitMs: granted === wanted ? 0 : Math.max(1, Math.ceil(next + interval - edge)),
  }
}

/** Limits of one process, held in memory. */
export function memoryLimits(clock: Clock): SharedLimits {
  const lines = new Map<string, { tat: number; heldUntil: number; failures: number[] }>()
  const line = (name: string) => {
    const known = lines.get(name) ?? { tat: 0, heldUntil: 0, failures: [] }
    lines.set(name, known)
    return known
  }
  return {
    async take(name, wanted, rate) {
      const at = line(name)
      const now = clock()
      if (isHeld(at.heldUntil, now)) return { granted: 0, waitMs: at.heldUntil - now }
      const { granted, tat, waitMs } = gcra(at.tat, now, wanted, rate)
      at.tat = tat
      return { granted, waitMs }
    },
    async hold(name, until) {
      const at = line(name)
      const now = clock()
      at.heldUntil = laterHold(at.heldUntil, Math.min(until, now + LONGEST_HOLD_MS), now)
    },
    async heldUntil(name) {
      const { heldUntil } = line(name)
      return isHeld(heldUntil, clock()) ? heldUntil : null
    },
    async fail(name, { max, windowMs, holdMs }) {
      const at = line(name)
      const now = clock()
      at.failures = [...at.failures.filter(when => isRecent(when, now, windowMs)), now]
      const failures = at.failures.length
      if (failures < max) return { failures, heldUntil: null }
      at.failures = []
      at.heldUntil = laterHold(at.heldUntil, now + Math.min(holdMs, LONGEST_HOLD_MS), now)
      return { failures, heldUntil: at.heldUntil }
    },
  }
}
