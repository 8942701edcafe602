import type { Caps } from './caps.ts'
import type { MicroUsd } from './money.ts'

/** Above this price of one press, somebody else has to agree too. Ids are the platform's own. */
export interface Approval {
  aboveUsd: MicroUsd
  /** Groups of people (a role, a user group), any of whose members may approve. */
  groups: string[]
  people: string[]
}

/** An amount that a community has put aside for everybody: while there is one, nothing else may be spent. */
export interface Pool {
  amountUsd: MicroUsd
  /** The most that one person may draw from it; null: no limit. */
  perHeadUsd: MicroUsd | null
  /**
   * When it was put aside, wall-clock ms. What was agreed to before it was there counts at an earlier time, and what is
   * agreed to after that at this one or later, whatever the clocks of those who agree say.
   */
  since: number
}

/** What a community has set for itself, in the chat. Null: not set. */
export interface Rules extends Omit<Caps, 'totalMonthUsd'> {
  approval: Approval | null
  pool: Pool | null
}

export const NO_RULES: Readonly<Rules> = {
  personDayUsd: null,
  communityMonthUsd: null,
  jobUsd: null,
  jobsAtOnce: null,
  approval: null,
  pool: null,
}

/** What holds in a community: of each cap the lower one, and its pool. */
export interface Limits extends Caps {
  poolUsd: MicroUsd | null
  poolHeadUsd: MicroUsd | null
}

/** A community can only lower what whoever runs the bot allows. */
export function limitsOf(caps: Readonly<Caps>, rules: Readonly<Rules>): Limits {
  return {
    personDayUsd: lower(caps.personDayUsd, rules.personDayUsd),
    communityMonthUsd: lower(caps.communityMonthUsd, rules.communityMonthUsd),
    jobUsd: lower(caps.jobUsd, rules.jobUsd),
    jobsAtOnce: lower(caps.jobsAtOnce, rules.jobsAtOnce),
    totalMonthUsd: caps.totalMonthUsd,
    poolUsd: rules.pool?.amountUsd ?? null,
    poolHeadUsd: rules.pool?.perHeadUsd ?? null,
  }
}

const lower = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b)

/** Whether somebody else has to agree to this price too. */
export const needsApproval = (approval: Approval | null, priceUsd: MicroUsd): approval is Approval =>
  approval !== null && priceUsd > approval.aboveUsd
