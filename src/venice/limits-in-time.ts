import type { SharedLimits } from '../core/ports.ts'

/**
 * The same limits, of which each call ends in time: one that has no answer after so many ms rejects. Requests wait for
 * limits while they count as under way, so a database that hangs would take those places for ever.
 */
export function limitsInTime(limits: SharedLimits, timeoutMs: number): SharedLimits {
  async function inTime<T>(answer: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => late.reject(new Error(`the limits gave no answer within ${timeoutMs} ms`)),
      timeoutMs,
    )
    try {
      return await Promise.race([answer, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    take: (name, wanted, rate) => inTime(limits.take(name, wanted, rate)),
    hold: (name, until) => inTime(limits.hold(name, until)),
    heldUntil: name => inTime(limits.heldUntil(name)),
    fail: (name, rule) => inTime(limits.fail(name, rule)),
  }
}
