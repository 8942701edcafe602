/** What may be spent in a run: so little that presses are refused again and again, until a day or the month ends. */
import type { Random } from './random.ts'

/** As the bot is told; amounts in millionths of a dollar. */
export interface Limits {
  personDayUsd: number
  communityMonthUsd: number
  totalMonthUsd: number
  jobsAtOnce: number
}

/** About what a clip of the crowd costs. */
const CLIP_USD = 30_000
/** Clips of one person in one day. */
const CLIPS_A_DAY = 4
/** Clips of everybody in one month, for each kill of the run: somewhat more than half of what they ask for. */
const CLIPS_A_MONTH = 0.38
/** Of two limits on a month one is out of reach, so that the other one is met. */
const OUT_OF_REACH = 1.5

export function limitsFor(kills: number, random: Random): Limits {
  const month = clipsOfMonth(kills) * CLIP_USD
  const ofCommunity = random.chance(0.5)
  return {
    personDayUsd: inCents(CLIPS_A_DAY * CLIP_USD),
    communityMonthUsd: inCents(ofCommunity ? month : OUT_OF_REACH * month),
    totalMonthUsd: inCents(ofCommunity ? OUT_OF_REACH * month : month),
    jobsAtOnce: random.between(1, 2),
  }
}

const clipsOfMonth = (kills: number) => Math.max(7, CLIPS_A_MONTH * kills)
const inCents = (usd: number) => Math.round(usd / 10_000) * 10_000

/** The days that it takes to spend what one month allows: a run begins so long before the end of a month. */
export const daysOfMonth = (kills: number, members: number): number =>
  clipsOfMonth(kills) / (0.8 * CLIPS_A_DAY * members)

export const envOf = (limits: Limits): Record<string, string> => ({
  CAP_PERSON_DAY_USD: dollars(limits.personDayUsd),
  CAP_COMMUNITY_MONTH_USD: dollars(limits.communityMonthUsd),
  CAP_TOTAL_MONTH_USD: dollars(limits.totalMonthUsd),
  JOBS_AT_ONCE: String(limits.jobsAtOnce),
})

const dollars = (usd: number) => (usd / 1_000_000).toFixed(2)

/** What refused a press, by what its person was told; null: something else was said. */
export function refusalIn(text: string): keyof Limits | null {
  for (const [pattern, limit] of REFUSALS) if (pattern.test(text)) return limit
  return null
}
const REFUSALS: readonly [RegExp, keyof Limits][] = [
  [/upscales? running/, 'jobsAtOnce'],
  [/would pass .* for today by/, 'personDayUsd'],
  [/would pass .* of this place for this month by/, 'communityMonthUsd'],
  [/would pass .* that this bot may spend this month by/, 'totalMonthUsd'],
]
