/** Requests per minute and the block after many failures, per key (rate-limiting page, 2026-08-21). */

import type { RouteName } from './faults.ts'

const MINUTE_MS = 60_000
/** Video (queue) and Video (retrieve) are documented; the rest is a guess (see coverage.ts). */
export const PER_MINUTE = { queue: 40, retrieve: 120, other: 500 } as const
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
  /** Counts one request. `who` is the API key, or the address where there is none. */
  take(who: string, route: RouteName): Allowance
  /** True while `who` is blocked for failing too often. */
  blocked(who: string): boolean
  /** Counts an answer of 400 and above, but for those of the block itself. */
  failed(who: string): void
}

export function createLimits(clock: () => number): Limits {
  const windows = new Map<string, { endsAt: number; used: number }>()
  const failures = new Map<string, number[]>()
  const blockedUntil = new Map<string, number>()
  return {
    take(who, route) {
      const bucket = route === 'queue' || route === 'retrieve' ? route : 'other'
      const limit = PER_MINUTE[bucket]
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
