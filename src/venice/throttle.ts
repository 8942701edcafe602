import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Unavailable } from '../core/errors.ts'
import type { Clock, Log, SharedLimits } from '../core/ports.ts'
import { createBreaker, type Route } from './breaker.ts'
import { limitsInTime } from './limits-in-time.ts'
import { grownWait, type Headers, rateTold, retryAfter, retryAfterMs } from './pacing.ts'
import type { Trouble } from './wire.ts'

type Limited = Exclude<Route, 'other'>

/** Requests a minute and key (rate-limiting page, 2026-08-21), until the key's own are known, and how many at once. */
const DEFAULTS: Readonly<Record<Limited, { limit: number; burst: number }>> = {
  // People confirm in bursts, and until it is known which form a server wants, one order may take three requests.
  queue: { limit: 40, burst: 8 },
  retrieve: { limit: 120, burst: 2 },
}
/**
 * The server counts windows of a minute that begin with a request, so no minute may hold more than its limit. GCRA lets
 * one hold `perMinute + burst - 1`; the rest is for requests that are slower on their way than those behind them. A key
 * that may do more asks in larger bursts, because polls go by the half second.
 */
export function rateFor(route: Limited, limit: number): { perMinute: number; burst: number } {
  const wanted = Math.max(DEFAULTS[route].burst, Math.ceil(limit / 60))
  const burst = Math.max(1, Math.min(wanted, Math.floor(limit / 5)))
  return { perMinute: Math.max(1, limit - burst - Math.min(2, Math.floor(limit / 4))), burst }
}

/** What polls get, until the key's own limit is known. */
export const RETRIEVE_RATE = rateFor('retrieve', DEFAULTS.retrieve.limit)

/** A shared limit that can't be asked grants nothing. */
const BLIND_MS = 5_000

/** What kind of request wants to leave. `patienceMs`: it takes one of its kind's limit, and waits so long for it. */
export interface Turn {
  route: Route
  patienceMs?: number
}

/** What became of a request. unsent: no connection; silent: sent, and no answer came. */
export type Seen = { status: number; headers: Headers } | 'unsent' | 'silent'

export interface Throttle {
  /** Takes up to `wanted` polls; returns how many. Never throws. */
  grantPolls(wanted: number): Promise<number>
  /**
   * Lets one request leave when it may. @throws Unavailable provider_resting, provider_limited, before anything left;
   * whatever `attempt` throws
   */
  pass<T>(turn: Turn, attempt: (saw: (seen: Seen) => void) => Promise<T>): Promise<T>
  /** After a 429: how long to wait, ms, also for all others of its kind. Never throws. */
  limited(route: Route, headers: Headers, trouble: Trouble): Promise<number>
  /** The key's own limit, requests a minute. */
  believe(route: Limited, limit: number): void
  /** Ends every wait. */
  close(): void
}

export function createThrottle(options: {
  limits: SharedLimits
  /** An answer of the limits that takes longer, ms, counts as none. */
  limitsMs: number
  baseUrl: string
  apiKey: string
  clock: Clock
  log: Log
  /** The first request was answered well. */
  onFirst?: () => void
}): Throttle {
  const { clock, log } = options
  const limits = limitsInTime(options.limits, options.limitsMs)
  const key = createHash('sha256').update(`${options.baseUrl} ${options.apiKey}`).digest('hex').slice(0, 32)
  const name = (route: Route) => `venice ${key} ${route}`
  const breaker = createBreaker({ limits, name: `venice ${key}`, clock, log })
  const known: Record<Limited, number> = { queue: DEFAULTS.queue.limit, retrieve: DEFAULTS.retrieve.limit }
  const waits = { queue: grownWait(clock), retrieve: grownWait(clock), other: grownWait(clock) }
  const closing = new AbortController()
  let { onFirst } = options

  async function take(route: Limited, wanted: number): Promise<{ granted: number; waitMs: number }> {
    try {
      return await limits.take(name(route), wanted, rateFor(route, known[route]))
    } catch (error) {
      log.warn({ error: String(error) }, 'the shared rate limit could not be asked')
      return { granted: 0, waitMs: BLIND_MS }
    }
  }

  async function hold(route: Route, waitMs: number): Promise<void> {
    await limits.hold(name(route), clock() + waitMs).catch(error => {
      log.warn({ error: String(error) }, 'a wait could not be told to all processes')
    })
  }

  /** Answers the way out. @throws Unavailable */
  async function enter({ route, patienceMs }: Turn): Promise<() => void> {
    const until = performance.now() + (patienceMs ?? 0)
    for (;;) {
      const leave = await breaker.enter(route)
      if (patienceMs === undefined || route === 'other') return leave
      const { granted, waitMs } = await take(route, 1)
      if (granted === 1) return leave
      leave()
      const limited = new Unavailable('provider_limited', 'the rate limit is reached', {
        retryAfterMs: waitMs,
      })
      if (performance.now() + waitMs > until) throw limited
      await wait(waitMs, undefined, { signal: closing.signal }).catch(() => {
        throw limited
      })
    }
  }

  /** Never throws. */
  async function note(route: Route, seen: Seen): Promise<void> {
    if (seen === 'unsent') return
    if (seen === 'silent') return breaker.failed()
    if (seen.status >= 400) await breaker.failed()
    else {
      waits[route].forget()
      onFirst?.()
      onFirst = undefined
    }
    const told = rateTold(seen.headers, clock())
    if (route === 'other' || !told) return
    if (told.limit !== null) known[route] = told.limit
    if (told.remaining === 0 && told.resetMs !== null) await hold(route, told.resetMs)
  }

  return {
    async grantPolls(wanted) {
      if (wanted <= 0 || (await breaker.heldUntil()) !== null) return 0
      const some = Math.min(wanted, breaker.roomFor('retrieve'))
      return some === 0 ? 0 : (await take('retrieve', some)).granted
    },
    async pass(turn, attempt) {
      const leave = await enter(turn)
      let seen: Seen = 'unsent'
      try {
        return await attempt(what => {
          seen = what
        })
      } finally {
        const noted = note(turn.route, seen).finally(leave)
        // A receipt that was paid for must not wait for a table of failures.
        if (turn.route !== 'queue') await noted
      }
    },
    async limited(route, headers, trouble) {
      const told = retryAfter(headers, clock())
      if (trouble.says(/too many failed attempts/i)) {
        await breaker.blocked(told)
        return Math.max(1, ((await breaker.heldUntil()) ?? 0) - clock())
      }
      // Then the window of the rate limit says nothing about when there is room.
      const overloaded = trouble.code === 'MODEL_OVERLOADED' || trouble.says(/overloaded|at capacity/i)
      const said = overloaded ? told : retryAfterMs(headers, clock())
      const waitMs = overloaded ? Math.max(said ?? 0, waits[route].next()) : (said ?? waits[route].next())
      // An overloaded model may still answer about another job that it has done.
      if (route === 'queue' || (route === 'retrieve' && !overloaded)) await hold(route, waitMs)
      return waitMs
    },
    believe(route, limit) {
      known[route] = limit
    },
    close() {
      closing.abort()
      breaker.close()
    },
  }
}
