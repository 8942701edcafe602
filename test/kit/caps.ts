import type { Caps } from '../../src/core/caps.ts'

export const NO_CAPS: Readonly<Caps> = {
  personDayUsd: null,
  communityMonthUsd: null,
  jobUsd: null,
  totalMonthUsd: null,
  jobsAtOnce: null,
}
