import { isDeepStrictEqual } from 'node:util'
import { type Kysely, sql } from 'kysely'
import { breachOf, dayOf, monthOf, nextDay, nextMonth, type Used } from '../core/caps.ts'
import type { Agreed, State } from '../core/job.ts'
import { standingOf, totalOf } from '../core/ledger.ts'
import type { Clock, JobStore } from '../core/ports.ts'
import { limitsOf, needsApproval, type Pool } from '../core/rules.ts'
import { frozen } from './freezes.ts'
import { rulesOf } from './rulebook.ts'
import type { Tables } from './schema.ts'
import { writeStep } from './step.ts'
import { inTurn } from './turn.ts'

export type Spending = Pick<JobStore, 'spend'>
type Spend = JobStore['spend']

/** Agreed to, and not ended. What is unconfirmed waits for people, who must be able to go on with something else. */
const AT_ONCE: State[] = ['confirmed', 'submitting', 'processing', 'saving', 'delivering']

/**
 * The one way by which money leaves the budget: counted, judged and written in one transaction, one after the other in
 * all processes.
 */
export function spending(db: Kysely<Tables>, clock: Clock): Spending {
  /** The last spend of this process: while it waits for other processes, it should not take up every connection. */
  let last: Promise<unknown> = Promise.resolve()

  const spendNow = (...[before, next, event, due, postings, terms]: Parameters<Spend>): ReturnType<Spend> => {
    if (!('queuedAt' in next)) throw new RangeError(`job ${next.id} agrees to no price`)
    const { platform, place, queuedAt } = next
    const wanted = postings.reduce((sum, { from, amountUsd }) => sum + (from === 'budget' ? amountUsd : 0), 0)
    return inTurn(db, async tx => {
      const { rows } = await sql`
        select from jobs where id = ${before.id} and version = ${before.version} and state = ${before.state}`.execute(
        tx,
      )
      // First of all: a second press must not be refused over what the first one has taken.
      if (rows.length === 0) return 'raced'
      const freeze = await frozen(tx, platform, place.communityId)
      if (freeze) return { frozen: freeze }
      const rules = await rulesOf(tx, platform, place.communityId)
      // It waited here while the pool was put aside, or its clock is slow: counted then, it would draw nothing from it.
      if (rules.pool && queuedAt < rules.pool.since) return { behind: rules.pool.since }
      const used = { ...(await usedAt(tx, next, rules.pool)), jobUsd: totalOf(standingOf(before)) }
      const breach = breachOf(limitsOf(terms.caps, rules), used, wanted, queuedAt)
      if (breach) return { breach }
      const { approvedUnder } = terms
      if (approvedUnder !== undefined && !isDeepStrictEqual(rules.approval, approvedUnder))
        return 'other_rule'
      if (approvedUnder === undefined && needsApproval(rules.approval, wanted))
        return { needsApproval: rules.approval }
      const saved = await writeStep(tx, { before, next, event, due, postings, now: clock() })
      return saved ? 'saved' : 'raced'
    })
  }

  return {
    spend(...args) {
      const turn = last.then(() => spendNow(...args))
      last = turn.catch(() => {})
      return turn
    },
  }
}

type Sum = 'person' | 'community' | 'total' | 'pool' | 'head'

/** What counts already where this job's money would count: all that has left the budget, and has not come back. */
async function usedAt(
  db: Kysely<Tables>,
  { platform, place, requesterId, queuedAt }: Agreed,
  pool: Pool | null,
): Promise<Omit<Used, 'jobUsd'>> {
  const gone = sql`coalesce(-sum(amount_usd), 0)::bigint from ledger where account = 'budget'`
  const today = sql`counted_at >= ${dayOf(queuedAt)} and counted_at < ${nextDay(queuedAt)}`
  const thisMonth = sql`counted_at >= ${monthOf(queuedAt)} and counted_at < ${nextMonth(queuedAt)}`
  const here = sql`platform = ${platform} and community_id = ${place.communityId}`
  const theirs = sql`requester_id = ${requesterId}`
  const fromPool = pool ? sql`counted_at >= ${pool.since}` : sql`false`
  const { rows } = await sql<Record<Sum, string> & { at_once: number }>`
    select
      (select ${gone} and ${here} and ${theirs} and ${today}) as person,
      (select ${gone} and ${here} and ${thisMonth}) as community,
      (select ${gone} and ${thisMonth}) as total,
      (select ${gone} and ${here} and ${fromPool}) as pool,
      (select ${gone} and ${here} and ${theirs} and ${fromPool}) as head,
      (
        select count(*)::int from jobs
        where requester_id = ${requesterId} and community_id = ${place.communityId}
          and data->>'platform' = ${platform} and state in (${sql.join(AT_ONCE)})
      ) as at_once`.execute(db)
  const used = rows[0]!
  return {
    personDayUsd: Number(used.person),
    communityMonthUsd: Number(used.community),
    totalMonthUsd: Number(used.total),
    poolUsd: Number(used.pool),
    poolHeadUsd: Number(used.head),
    jobsAtOnce: used.at_once,
  }
}
