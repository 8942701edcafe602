import { createHash } from 'node:crypto'

/** So many requests in so many milliseconds, for each address (channel, webhook) on its own. */
export interface Limit {
  count: number
  perMs: number
}

export interface Taken {
  headers: Record<string, string>
  /** Set when the request came too early. */
  refused: { retryAfterS: number; global: boolean } | null
}

/** docs: topics/rate-limits#global-rate-limit (August 2026). */
const GLOBAL: Limit = { count: 50, perMs: 1000 }

interface Window {
  used: number
  endsAt: number
}

/** Counts requests in fixed windows. On real time whatever the sandbox's clock says, for the bot waits in real time. */
export function createRateLimits(): {
  take(route: string, major: string, limit: Limit, global: boolean): Taken
} {
  const windows = new Map<string, Window>()
  const use = (key: string, limit: Limit): Window => {
    const now = performance.now()
    const open = windows.get(key)
    const window = open && open.endsAt > now ? open : { used: 0, endsAt: now + limit.perMs }
    windows.set(key, window)
    window.used += 1
    return window
  }
  return {
    take(route, major, limit, global) {
      const all = global ? use('global', GLOBAL) : undefined
      if (all && all.used > GLOBAL.count) {
        const retryAfterS = waitOf(all)
        const headers = { 'retry-after': String(Math.ceil(retryAfterS)), 'x-ratelimit-global': 'true' }
        return {
          headers: { ...headers, 'x-ratelimit-scope': 'global' },
          refused: { retryAfterS, global: true },
        }
      }
      const window = use(`${route} ${major}`, limit)
      const wait = waitOf(window)
      const headers: Record<string, string> = {
        'x-ratelimit-bucket': createHash('sha256').update(route).digest('hex').slice(0, 32),
        'x-ratelimit-limit': String(limit.count),
        'x-ratelimit-remaining': String(Math.max(0, limit.count - window.used)),
        'x-ratelimit-reset': (Date.now() / 1000 + wait).toFixed(3),
        'x-ratelimit-reset-after': wait.toFixed(3),
      }
      if (window.used <= limit.count) return { headers, refused: null }
      headers['retry-after'] = String(Math.ceil(wait))
      headers['x-ratelimit-scope'] = 'user'
      return { headers, refused: { retryAfterS: wait, global: false } }
    },
  }
}

function waitOf(window: Window): number {
  return Math.max(0.001, (window.endsAt - performance.now()) / 1000)
}
