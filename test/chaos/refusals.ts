/** What people were told when a press of theirs was refused over a limit. */
import type { Member } from './hands.ts'
import { type Limits, refusalIn } from './limits.ts'

export interface Refusal {
  limit: keyof Limits
  member: string
  /** World's clock, ms. */
  at: number
}

export interface Refusals {
  readonly all: readonly Refusal[]
  /** How many this member has heard. */
  heardBy(member: Member): number
  whispered(member: Member, key: string, text: string): void
  /** By limit. */
  counts(): Record<keyof Limits, number>
}

export function createRefusals(clock: () => number): Refusals {
  const all: Refusal[] = []
  const seen = new Set<string>()
  const of = (name: keyof Limits) => all.filter(({ limit }) => limit === name).length
  return {
    all,
    heardBy: ({ name }) => all.filter(({ member }) => member === name).length,
    whispered({ name }, key, text) {
      const limit = refusalIn(text)
      if (!limit || seen.has(key)) return
      seen.add(key)
      all.push({ limit, member: name, at: clock() })
    },
    counts: () => ({
      personDayUsd: of('personDayUsd'),
      communityMonthUsd: of('communityMonthUsd'),
      totalMonthUsd: of('totalMonthUsd'),
      jobsAtOnce: of('jobsAtOnce'),
    }),
  }
}
