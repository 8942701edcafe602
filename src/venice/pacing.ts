/** Longer waits than this are taken for a mistake of the other side's clock. */
const LONGEST_WAIT_MS = 60 * 60_000

/**
 * How long the other side asks us to wait, ms; null where it does not say. `x-ratelimit-reset-requests` is a Unix time
 * in seconds (Venice's rate-limit page, read 2026-11-22), `retry-after` seconds or an HTTP date. The longer one counts.
 */
export function retryAfterMs(
  headers: Record<string, string | string[] | undefined>,
  nowMs: number,
): number | null {
  const waits = [
    untilReset(first(headers['x-ratelimit-reset-requests']), nowMs),
    retryAfter(first(headers['retry-after']), nowMs),
  ].filter(wait => wait !== null && wait > 0)
  return waits.length === 0 ? null : Math.min(Math.max(...(waits as number[])), LONGEST_WAIT_MS)
}

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)?.trim()

function untilReset(value: string | undefined, nowMs: number): number | null {
  const at = Number(value)
  // Below 2001 in seconds it is no Unix time; from 1e11 on it can only be milliseconds.
  if (!value || !Number.isFinite(at) || at < 1e9) return null
  return Math.ceil((at >= 1e11 ? at : at * 1000) - nowMs)
}

function retryAfter(value: string | undefined, nowMs: number): number | null {
  if (!value) return null
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000)
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : at - nowMs
}
