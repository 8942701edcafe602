/**
 * Requests per minute and the block after many failures, per key (rate-limiting page, 2026-08-21). Stands by itself, so
 * that a benchmark can hold a policy to it with a clock of its own.
 */

const MINUTE_MS = 60_000

/** Requests per minute. */
export interface PerMinute {
  queue: number
  retrieve: number
  other: number
}

/** Video (queue) and Video (retrieve) are documented; the rest is a guess (see coverage.ts). */
export const PER_MINUTE: Readonly<PerMinute> = { queue: 40, retrieve: 120, other: 500 }
const FAILURES_ALLOWED = 20
const FAILURE_WINDOW_MS = 30_000
const BLOCK_MS = 30_000

export interface Allowance {
  allowed: boolean
  limit: number
  remaining: number
  /** ms. */
  resetsAt: number
}

export interface Limits {
  readonly perMinute: Readonly<PerMinute>
  /** Counts one request. `who` is the API key, or the address where there is none. Any other route than the two is "other". */
  take(who: string, route: string): Allowance
  /** True while `who` is blocked for failing too often. */
  blocked(who: string): boolean
  /** Counts an answer of 400 and above, but for those of the block itself. */
  failed(who: string): void
}

/** `clock` in ms. A minute's window begins with the first request in it, and ends at once for all. */
export function createLimits(clock: () => number, perMinute: Partial<PerMinute> = {}): Limits {
  const numbers = { ...PER_MINUTE, ...perMinute }
  const windows = new Map<string, { endsAt: number; used: number }>()
  const failures = new Map<string, number[]>()
  const blockedUntil = new Map<string, number>()
  return {
    perMinute: numbers,
    take(who, route) {
      const bucket = route === 'queue' || route === 'retrieve' ? route : 'other'
      const limit = numbers[bucket]
      const now = clock()
      const id = `${bucket} ${who}`
      let window = windows.get(id)
      if (!window || window.endsAt <= now) {
        window = { endsAt: now + MINUTE_MS, used: 0 }
        windows.set(id, window)
      }
      window.used++
      const remaining = Math.max(0, limit - window.used)
      return { allowed: window.used <= limit, limit, remaining, resetsAt: window.endsAt }
    },
    blocked: who => (blockedUntil.get(who) ?? 0) > clock(),
    failed(who) {
      const now = clock()
      const recent = (failures.get(who) ?? []).filter(at => at > now - FAILURE_WINDOW_MS)
      recent.push(now)
      failures.set(who, recent)
      if (recent.length > FAILURES_ALLOWED) {
        blockedUntil.set(who, now + BLOCK_MS)
        failures.delete(who)
      }
    },
  }
}
