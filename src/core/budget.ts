import type { Clock } from './ports.ts'

/** A token bucket: at most `perMinute` on average, at most `burst` at once. Returns how many of `wanted` may go now. */
export function createBudget(options: {
  perMinute: number
  burst: number
  clock: Clock
}): (wanted: number) => number {
  const { perMinute, burst, clock } = options
  let tokens = burst
  let filledAt = clock()
  return wanted => {
    const now = clock()
    tokens = Math.min(burst, tokens + ((now - filledAt) * perMinute) / 60_000)
    filledAt = now
    const granted = Math.min(wanted, Math.floor(tokens))
    tokens -= granted
    return granted
  }
}
