import { Unavailable } from '../core/errors.ts'
import { isHeld, isRecent, laterHold } from '../core/limits.ts'
import type { Clock, Log, SharedLimits } from '../core/ports.ts'

/** Kinds of requests: `queue` and `retrieve` have a limit of their own, documented one. */
export type Route = 'queue' | 'retrieve' | 'other'

/** A key is blocked for 30 s after more than 20 failed requests within 30 s (rate-limiting page, 2026-08-21). */
const RULE = { max: 15, windowMs: 30_000, holdMs: 30_000 }

/**
 * How many requests of a kind may be under way at once, and how long one waits for its turn, ms. The first two leave
 * room for polls, which are many and short: an upload takes minutes. A granted poll hardly waits, since what comes
 * late comes closer to the next one.
 */
const SHARES: Readonly<Record<Route, { atOnce: number; waitMs: number }>> = {
  queue: { atOnce: 4, waitMs: 5_000 },
  other: { atOnce: 8, waitMs: 10_000 },
  retrieve: { atOnce: RULE.max, waitMs: 1_000 },
}
/** For whoever waited in vain: by then most of what is under way has timed out. */
const FULL_AGAIN_MS = 5_000

interface Waiter {
  route: Route
  admit(): void
  refuse(error: Unavailable): void
}

/**
 * Stops a key before its provider does. All that is under way could fail at once, so failures and requests under way
 * together stay below what opens it. Failures are counted in all processes together; what is under way is not, so two
 * processes of which everything fails at the same moment can have 30 failures, and the key is blocked for its 30 s. To
 * count that too takes a limit that is given back, and a lease for processes that die; one that is only taken would hold
 * a key of which nothing fails to 20 requests in 30 s.
 */
export function createBreaker(options: { limits: SharedLimits; name: string; clock: Clock; log: Log }) {
  const { limits, name, clock, log } = options
  const underWay: Record<Route, number> = { queue: 0, retrieve: 0, other: 0 }
  const waiting = new Set<Waiter>()
  let failures: number[] = []
  let restsUntil = 0
  let closed = false

  const recent = () => {
    failures = failures.filter(at => isRecent(at, clock(), RULE.windowMs))
    return failures.length
  }
  const roomFor = (route: Route) => {
    const all = underWay.queue + underWay.retrieve + underWay.other
    return Math.max(0, Math.min(SHARES[route].atOnce - underWay[route], RULE.max - recent() - all))
  }
  const resting = (until: number) =>
    new Unavailable('provider_resting', 'too many requests failed: the key rests', {
      retryAfterMs: Math.max(1, until - clock()),
    })

  function rest(until: number): void {
    restsUntil = laterHold(restsUntil, until, clock())
    failures = []
    for (const waiter of waiting) waiter.refuse(resting(until))
  }

  /** Until when nothing may leave, wall-clock ms; null: it may. A limit that can't be read does not stop anybody. */
  async function heldUntil(): Promise<number | null> {
    if (isHeld(restsUntil, clock())) return restsUntil
    const until = await limits.heldUntil(name).catch(error => {
      log.warn({ error: String(error) }, 'it could not be read whether the key rests')
      return null
    })
    if (until !== null) rest(until)
    return until
  }

  function leave(route: Route): void {
    underWay[route]--
    for (const waiter of waiting) if (roomFor(waiter.route) > 0) waiter.admit()
  }

  function turnOf(route: Route): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const full = () =>
      new Unavailable('provider_resting', 'too much is under way', { retryAfterMs: FULL_AGAIN_MS })
    const timer = setTimeout(() => waiter.refuse(full()), SHARES[route].waitMs)
    const done = () => {
      clearTimeout(timer)
      waiting.delete(waiter)
    }
    const waiter: Waiter = {
      route,
      admit() {
        done()
        underWay[route]++
        resolve()
      },
      refuse(error) {
        done()
        reject(error)
      },
    }
    waiting.add(waiter)
    if (closed) waiter.refuse(full())
    else if (roomFor(route) > 0) waiter.admit()
    return promise
  }

  /** Counts a failure; while that is written, its request still counts as under way. Never throws. */
  async function failed(): Promise<void> {
    failures.push(clock())
    const shared = await limits.fail(name, RULE).catch(error => {
      log.warn({ error: String(error) }, 'a failed request could not be counted for all processes')
      const local = recent()
      return { failures: local, heldUntil: local < RULE.max ? null : clock() + RULE.holdMs }
    })
    if (shared.heldUntil !== null) return open(shared.heldUntil, 'too many requests failed')
    // What all processes count is the truth: others may have failed too, or may have opened it meanwhile.
    failures = failures.slice(-shared.failures)
    while (failures.length < shared.failures) failures.push(clock())
  }

  function open(until: number, why: string): void {
    if (!isHeld(restsUntil, clock()))
      log.warn({ until: new Date(until).toISOString(), why }, 'the provider is left alone until then')
    rest(until)
  }

  return {
    heldUntil,
    roomFor,
    failed,
    /** Waits for a turn; whoever got one calls what it answers when done. @throws Unavailable provider_resting */
    async enter(route: Route): Promise<() => void> {
      if (isHeld(restsUntil, clock())) throw resting(restsUntil)
      await turnOf(route)
      const until = await heldUntil()
      if (until === null) return () => leave(route)
      leave(route)
      throw resting(until)
    },
    /** The provider says that it has blocked the key. Never throws. */
    async blocked(waitMs: number | null): Promise<void> {
      const until = clock() + Math.max(RULE.holdMs, waitMs ?? 0)
      open(until, 'the provider has blocked the key')
      await limits.hold(name, until).catch(error => {
        log.warn({ error: String(error) }, 'the block could not be told to all processes')
      })
    },
    /** Nobody waits any more. */
    close(): void {
      closed = true
      for (const waiter of waiting) waiter.refuse(new Unavailable('provider_resting', 'closing'))
    },
  }
}
