import type { MicroUsd } from './money.ts'
import type { Limits } from './rules.ts'

/** How much may be spent, and how many jobs one person may have at once; null: no limit. Amounts in USD. */
export interface Caps {
  /** One person in one community and one day (UTC). */
  personDayUsd: MicroUsd | null
  /** One community in one month (UTC). */
  communityMonthUsd: MicroUsd | null
  /** One job at most, all its attempts together. */
  jobUsd: MicroUsd | null
  /** Everything that this installation spends in one month (UTC). */
  totalMonthUsd: MicroUsd | null
  /** Jobs of one person that are agreed to and have not ended. */
  jobsAtOnce: number | null
}

/** What counts against the caps already: held, spent, and what may have been charged. */
export interface Used {
  /** Of this job's earlier attempts. */
  jobUsd: MicroUsd
  personDayUsd: MicroUsd
  communityMonthUsd: MicroUsd
  totalMonthUsd: MicroUsd
  jobsAtOnce: number
  /** Of the community's pool, by everybody and by this person; 0 where there is none. */
  poolUsd: MicroUsd
  poolHeadUsd: MicroUsd
}

export type CapName = keyof Limits

/** A cap that something would pass. */
export interface Breach {
  cap: CapName
  /** USD, or jobs. */
  limit: number
  used: number
  wanted: number
  /** When what counts begins anew, wall-clock ms; null: it does not by itself. */
  resetsAt: number | null
}

/** The first cap that this price would pass; null: it fits. What is left of a cap may be used to the last cent. */
export function breachOf(limits: Limits, used: Used, priceUsd: MicroUsd, now: number): Breach | null {
  const rules: [CapName, number, number, number | null][] = [
    ['jobUsd', used.jobUsd, priceUsd, null],
    ['jobsAtOnce', used.jobsAtOnce, 1, null],
    ['personDayUsd', used.personDayUsd, priceUsd, nextDay(now)],
    ['communityMonthUsd', used.communityMonthUsd, priceUsd, nextMonth(now)],
    ['poolHeadUsd', used.poolHeadUsd, priceUsd, null],
    ['poolUsd', used.poolUsd, priceUsd, null],
    ['totalMonthUsd', used.totalMonthUsd, priceUsd, nextMonth(now)],
  ]
  for (const [cap, sum, wanted, resetsAt] of rules) {
    const limit = limits[cap]
    if (limit !== null && sum + wanted > limit) return { cap, limit, used: sum, wanted, resetsAt }
  }
  return null
}

/** 00:00 UTC of the day and of the month that a time lies in, and of those after them, wall-clock ms. */
export const dayOf = (at: number): number => new Date(at).setUTCHours(0, 0, 0, 0)
export function monthOf(at: number): number {
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}
export const nextDay = (now: number): number => dayOf(now) + 24 * 60 * 60_000
export function nextMonth(now: number): number {
  const date = new Date(now)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}
