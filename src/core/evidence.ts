import type { ChargeLine, Evidence, LostAnswer } from './job.ts'

/** The clocks may differ. */
const BEFORE_MS = 15 * 60_000

/** Where in the billing a lost request would show: a charge may come late, so up to now. */
export const windowOf = ({ sentAt }: LostAnswer, now: number): { from: number; to: number } => ({
  from: sentAt - BEFORE_MS,
  to: Math.max(now, sentAt),
})

/**
 * What one more look at the billing adds. `lines` null: it could not be read, so what an earlier look found stands.
 * `known`: numbers of jobs of which we have the receipt; their lines are not what is looked for.
 */
export function lookedAgain(
  before: Evidence | null,
  lines: ChargeLine[] | null,
  known: readonly string[],
  now: number,
): Evidence {
  const looks = (before?.looks ?? 0) + 1
  if (lines === null) return before?.lines ? { ...before, looks } : { at: now, lines: null, looks }
  return { at: now, lines: lines.filter(l => l.queueId === null || !known.includes(l.queueId)), looks }
}

/** The published rates are rounded, so a charge may be a cent off. */
const CENT = 10_000
export const mayBeIt = (line: ChargeLine, { agreedUsd }: LostAnswer): boolean =>
  Math.abs(line.usd - agreedUsd) <= CENT
