import type { Clock } from '../core/ports.ts'

export type Headers = Record<string, string | string[] | undefined>

/** Longer waits than this are taken for a mistake of the other side's clock. */
const LONGEST_WAIT_MS = 60 * 60_000
/** A window that ends later than this is not one of a minute, and its limit none a minute. */
const MINUTE_AT_MOST_MS = 90_000

/**
 * How long the other side asks us to wait, ms; null where it does not say. `x-ratelimit-reset-requests` is a Unix time
 * in seconds (Venice's rate-limit page, read 2026-11-22), `retry-after` seconds or an HTTP date. The longer one counts.
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | null {
  const waits = [untilReset(headers, nowMs), retryAfter(headers, nowMs)].filter(wait => wait !== null)
  return waits.length === 0 ? null : Math.max(...waits)
}

/** The same by `retry-after` alone: for a failure that has nothing to do with how much was asked. */
export function retryAfter(headers: Headers, nowMs: number): number | null {
  const value = first(headers['retry-after'])
  if (!value) return null
  if (/^\d+(\.\d+)?$/.test(value)) return sane(Math.ceil(Number(value) * 1000))
  return sane(Date.parse(value) - nowMs)
}

/**
 * What the headers of an answer say about its rate limit; null where they say nothing. `limit`: requests a minute, null
 * where it can't be believed: until 2026 the page explained that header as the number of requests made so far, and then
 * it is not above what remains, while a limit is, as this request has been counted.
 */
export function rateTold(
  headers: Headers,
  nowMs: number,
): { limit: number | null; remaining: number; resetMs: number | null } | null {
  const limit = count(headers['x-ratelimit-limit-requests'])
  const remaining = count(headers['x-ratelimit-remaining-requests'])
  if (remaining === null) return null
  const resetMs = untilReset(headers, nowMs)
  const isOfAMinute = limit !== null && limit > remaining && (resetMs ?? 0) <= MINUTE_AT_MOST_MS
  return { limit: isOfAMinute ? limit : null, remaining, resetMs }
}

const MOST_GROWN_MS = 5 * 60_000

/**
 * Waits of our own where the other side names none: 5 s, 10 s, 20 s ... at most 5 min. Those who meet one wait together
 * share it, so a crowd does not make it grow.
 */
export function grownWait(clock: Clock) {
  let until = 0
  let step = 0
  return {
    next(): number {
      const now = clock()
      // Further ahead than any wait: the clock has been put back.
      if (until <= now || until > now + MOST_GROWN_MS) {
        until = now + Math.min(MOST_GROWN_MS, 5_000 * 2 ** step++)
      }
      return until - now
    },
    forget(): void {
      step = 0
      until = 0
    },
  }
}

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)?.trim()

const sane = (waitMs: number): number | null => (waitMs > 0 ? Math.min(waitMs, LONGEST_WAIT_MS) : null)

function count(value: string | string[] | undefined): number | null {
  const text = first(value) ?? ''
  return /^\d{1,7}$/.test(text) ? Number(text) : null
}

function untilReset(headers: Headers, nowMs: number): number | null {
  const at = Number(first(headers['x-ratelimit-reset-requests']))
  // Below 2001 in seconds it is no Unix time; from 1e11 on it can only be milliseconds.
  if (!Number.isFinite(at) || at < 1e9) return null
  return sane(Math.ceil((at >= 1e11 ? at : at * 1000) - nowMs))
}
