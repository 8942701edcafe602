import type { Clock } from './ports.ts'

/** A token bucket: at most `perMinute` on average, at most `burst` at once. */
export interface Budget {
  /** How many may go now. */
  available(): number
  spend(count: number): void
}

export function createBudget(options: { perMinute: number; burst: number; clock: Clock }): Budget {
  const { perMinute, burst, clock } = options
  let tokens = burst
  let filledAt = clock()
  return {
    available() {
      const now = clock()
      tokens = Math.min(burst, tokens + (Math.max(0, now - filledAt) * perMinute) / 60_000)
      filledAt = now
      return Math.floor(tokens)
    },
    spend(count) {
      tokens -= count
    },
  }
}
