/** Days and months (UTC) of a run. They end when people have spent what they may, not when a clock says so. */
import type { Refusal } from './refusals.ts'

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)
export const monthOf = (at: number): string => new Date(at).toISOString().slice(0, 7)

const DAY_MS = 24 * 60 * 60_000

/** How far ahead of `now` a run begins, ms, so that a month ends after `days` of it. */
export function startsAheadMs(days: number, now: number): number {
  const { year, month } = { year: new Date(now).getUTCFullYear(), month: new Date(now).getUTCMonth() }
  const starts = [1, 2, 3].map(more => Date.UTC(year, month + more) - Math.round(days * DAY_MS))
  return starts.find(start => start >= now)! - now
}

/**
 * A third of a day. What nobody could be told of for a whole day is given up, and that is not what is tried here: so no
 * day passes at once.
 */
export const NIGHT_MS = DAY_MS / 3

/** Whether people wait for another day: so many of them have heard today that there is no money left for them. */
export function isDusk(refusals: readonly Refusal[], now: number): boolean {
  const today = refusals.filter(({ at, limit }) => limit === 'personDayUsd' && dayOf(at) === dayOf(now))
  const month = refusals.filter(({ at, limit }) => /month/i.test(limit) && monthOf(at) === monthOf(now))
  return [today, month].some(told => new Set(told.map(({ member }) => member)).size >= 2)
}
