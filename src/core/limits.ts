import type { Clock, SharedLimits } from './ports.ts'

/**
 * Of a request: so little is missing to a whole one only by rounding. Floats near a wall-clock time are 0.0002 ms apart:
 * with a smaller tolerance a burst now and then is one less.
 */
export const TOLERANCE = 1e-4

/**
 * GCRA: `tat` is the theoretical arrival time of the next request, wall-clock ms. Each request moves it on by one
 * interval, and may go while it is not further ahead of now than `burst` requests reach. In any window of a minute
 * there are at most `perMinute + burst` of them.
 */
export function gcra(
  tat: number,
  now: number,
  wanted: number,
  rate: { perMinute: number; burst: number },
): { granted: number; tat: number; waitMs: number } {
  const interval = 60_000 / rate.perMinute
  const from = Math.max(tat, now)
  const room = Math.floor((now + rate.burst * interval - from) / interval + TOLERANCE)
  const granted = Math.max(0, Math.min(wanted, room))
  const next = from + granted * interval
  return {
    granted,
    tat: granted > 0 ? next : tat,
    waitMs: granted === wanted ? 0 : Math.max(1, Math.ceil(next + interval - (now + rate.burst * interval))),
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
      if (at.heldUntil > now) return { granted: 0, waitMs: at.heldUntil - now }
      const { granted, tat, waitMs } = gcra(at.tat, now, wanted, rate)
      at.tat = tat
      return { granted, waitMs }
    },
    async hold(name, until) {
      const at = line(name)
      at.heldUntil = Math.max(at.heldUntil, until)
    },
    async heldUntil(name) {
      const { heldUntil } = line(name)
      return heldUntil > clock() ? heldUntil : null
    },
    async fail(name, { max, windowMs, holdMs }) {
      const at = line(name)
      const now = clock()
      at.failures = [...at.failures.filter(when => when > now - windowMs), now]
      const failures = at.failures.length
      if (failures < max) return { failures, heldUntil: null }
      at.failures = []
      at.heldUntil = Math.max(at.heldUntil, now + holdMs)
      return { failures, heldUntil: at.heldUntil }
    },
  }
}
