/** So many calls in so many milliseconds. */
export interface Limit {
  count: number
  perMs: number
}

const perMinute = (count: number): Limit => ({ count, perMs: 60_000 })

/** Slack promises "at least" these (docs: web-api/rate-limits); the stand-in gives no more. */
export const TIER = {
  1: perMinute(1),
  2: perMinute(20),
  3: perMinute(50),
  4: perMinute(100),
  /** Several hundred a minute for a workspace. */
  post: perMinute(300),
  /** One message a second for a channel, with room for short bursts. */
  channel: { count: 10, perMs: 10_000 },
  /** Not published: so many that only a loop without a pause meets it. */
  special: perMinute(600),
} as const satisfies Record<string, Limit>

export interface RateLimits {
  /** Counts a call; null, or the whole seconds after which it may come again. */
  take(key: string, limit: Limit): number | null
}

/** Counts in fixed windows. On real time whatever the sandbox's clock says, for the bot waits in real time. */
export function createRateLimits(): RateLimits {
  const windows = new Map<string, { used: number; endsAt: number }>()
  return {
    take(key, limit) {
      const now = performance.now()
      const open = windows.get(key)
      const window = open && open.endsAt > now ? open : { used: 0, endsAt: now + limit.perMs }
      windows.set(key, window)
      if (window.used >= limit.count) return Math.max(1, Math.ceil((window.endsAt - now) / 1000))
      window.used += 1
      return null
    },
  }
}
