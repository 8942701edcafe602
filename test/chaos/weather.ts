/** Faults that come and go, on all sides, and a Redis that is killed and comes back. */
import type { Place, Platform } from './place.ts'
import type { Random } from './random.ts'

/** Each with how often it is drawn, and how long it lasts at most, ms. */
const FAULTS = {
  both: [
    ['lost-answer', 5, 700],
    ['accepted-500', 4, 700],
    ['queue-500', 3, 600],
    ['500', 2, 300],
    ['503', 2, 300],
    ['429', 1, 400],
    ['overloaded', 2, 500],
    ['cut-download', 5, 900],
    ['cut-anywhere', 2, 500],
    ['failed-job', 5, 700],
    ['no-refund', 3, 700],
    ['down', 3, 300],
    ['retrieve-500', 2, 500],
    ['complete-down', 2, 500],
    ['quote-down', 2, 500],
    ['spend-limit', 2, 500],
  ],
  discord: [
    ['discord-500', 2, 500],
    ['discord-lost-answer', 3, 700],
    ['gateway-drop', 1, 100],
  ],
  slack: [
    ['slack-500', 2, 500],
    ['slack-post-lost', 3, 700],
    ['slack-ratelimited', 1, 300],
    ['slack-socket-drop', 1, 100],
  ],
} as const satisfies Record<string, readonly (readonly [string, number, number])[]>

/** A key that fails twenty times in 30 s is blocked for as long, and the bot stops before: so much is left alone. */
const MOST_FAILURES = 6
const CALM_MS = [300, 1_800] as const
const REDIS_MS = [6_000, 14_000] as const

export interface Weather {
  /** How often each fault was on. */
  seen: ReadonlyMap<string, number>
  redisRestarts(): number
  /** On until it is taken back, whatever the weather. */
  bring(fault: string | null): void
  /** Everything off, for good. */
  clear(): Promise<void>
}

export function startWeather(place: Place, platform: Platform, random: Random): Weather {
  const lots = [...FAULTS.both, ...FAULTS[platform]].flatMap(([name, weight, ms]) =>
    Array.from({ length: weight }, () => ({ name, ms })),
  )
  const seen = new Map<string, number>()
  const stopped = Promise.withResolvers<void>()
  let over = false
  let brought: string | null = null
  let restarts = 0
  const pause = (ms: number) =>
    new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms)
      void stopped.promise.then(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  const set = (name: string, on: boolean) => {
    place.fault(name, on)
    if (on) seen.set(name, (seen.get(name) ?? 0) + 1)
  }

  async function faults(): Promise<void> {
    for (;;) {
      await pause(random.between(...CALM_MS))
      if (over) return
      if (brought !== null || place.proxy.recentFailures() >= MOST_FAILURES) continue
      const { name, ms } = random.pick(lots)
      set(name, true)
      await pause(random.between(ms / 3, ms))
      if (name !== brought) set(name, false)
    }
  }

  async function redis(): Promise<void> {
    const lot = random.fork('redis')
    while (place.redis) {
      await pause(lot.between(...REDIS_MS))
      if (over) return
      await place.redis.kill()
      await pause(lot.between(0, 1_500))
      await place.redis.restart()
      restarts++
    }
  }

  const all = Promise.all([faults(), redis()])
  return {
    seen,
    redisRestarts: () => restarts,
    bring(fault) {
      if (brought !== null) set(brought, false)
      brought = fault
      if (fault !== null) set(fault, true)
    },
    async clear() {
      over = true
      stopped.resolve()
      if (brought !== null) set(brought, false)
      await all
    },
  }
}
