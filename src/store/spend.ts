import { type Kysely, sql } from 'kysely'
import { breachOf, dayOf, monthOf, nextDay, nextMonth, type Used } from '../core/caps.ts'
import type { Agreed, State } from '../core/job.ts'
import { standingOf, totalOf } from '../core/ledger.ts'
import type { Clock, JobStore } from '../core/ports.ts'
import { frozen } from './freezes.ts'
import { SPENDING_LOCK } from './ledger.ts'
import type { Tables } from './schema.ts'
import { writeStep } from './step.ts'

export type Spending = Pick<JobStore, 'spend'>
type Spend = JobStore['spend']

/** Agreed to, and not ended. What is unconfirmed waits for people, who must be able to go on with something else. */
const AT_ONCE: State[] = ['confirmed', 'submitting', 'processing', 'saving', 'delivering']

/** A process that stops in the middle must not keep all others from spending: the server then takes its lock away. */
const STOPPED = '10s'

/**
 * The one way by which money leaves the budget: counted, judged and written in one transaction, one after the other in
 * all processes. On PGlite nothing but `tx` may be awaited within, or it would wait for itself forever.
 */
export function spending(db: Kysely<Tables>, clock: Clock): Spending {
  /** The last spend of this process: while it waits for other processes, it should not take up every connection. */
  let last: Promise<unknown> = Promise.resolve()

  const spendNow = (...[before, next, event, due, postings, caps]: Parameters<Spend>): ReturnType<Spend> => {
    if (!('queuedAt' in next)) throw new RangeError(`job ${next.id} agrees to no price`)
    const wanted = postings.reduce((sum, { from, amountUsd }) => sum + (from === 'budget' ? amountUsd : 0), 0)
    return db
      .transaction()
      .setIsolationLevel('read committed')
      .execute(async tx => {
        // A statement of its own: the next ones then see all that was written by whoever had the lock before.
        await sql`
          select set_config('idle_in_transaction_session_timeout', ${STOPPED}, true), ${SPENDING_LOCK}`.execute(
          tx,
        )
        const { rows } = await sql`
          select from jobs where id = ${before.id} and version = ${before.version} and state = ${before.state}`.execute(
          tx,
        )
        // First of all: a second press must not be refused over what the first one has taken.
        if (rows.length === 0) return 'raced'
        const freeze = await frozen(tx, next.platform, next.place.communityId)
        if (freeze) return { frozen: freeze }
        const breach = breachOf(
          caps,
          { ...(await usedAt(tx, next)), jobUsd: totalOf(standingOf(before)) },
          wanted,
          next.queuedAt,
        )
        if (breach) return { breach }
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

/** What counts already where this job's money would count: all that has left the budget, and has not come back. */
async function usedAt(
  db: Kysely<Tables>,
  { platform, place, requesterId, queuedAt }: Agreed,
): Promise<Omit<Used, 'jobUsd'>> {
  const gone = sql`coalesce(-sum(amount_usd), 0)::bigint from ledger where account = 'budget'`
  const today = sql`counted_at >= ${dayOf(queuedAt)} and counted_at < ${nextDay(queuedAt)}`
  const thisMonth = sql`counted_at >= ${monthOf(queuedAt)} and counted_at < ${nextMonth(queuedAt)}`
  const here = sql`platform = ${platform} and community_id = ${place.communityId}`
  const { rows } = await sql<{ person: string; community: string; total: string; at_once: number }>`
    select
      (select ${gone} and ${here} and requester_id = ${requesterId} and ${today}) as person,
      (select ${gone} and ${here} and ${thisMonth}) as community,
      (select ${gone} and ${thisMonth}) as total,
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
    jobsAtOnce: used.at_once,
  }
}
