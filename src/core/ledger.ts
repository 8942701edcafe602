import { type Agreed, type Failure, isAboutLost, type Job } from './job.ts'
import type { MicroUsd } from './money.ts'

/**
 * Where the money of a job is. held: agreed, and not sent yet; maybe: sent, and nobody knows whether it was charged;
 * spent: charged. What is nowhere of these is still in the budget that it came from.
 */
export const ACCOUNTS = ['budget', 'held', 'maybe', 'spent'] as const
export type Account = (typeof ACCOUNTS)[number]

/** hold: agreed; release: proven not charged; settle: charged; doubt: may be charged; refund: given back. */
export type PostingKind = 'hold' | 'release' | 'settle' | 'doubt' | 'refund'

/** Money that moves from one account to another, as one step of a job says. Always more than nothing. */
export interface Posting {
  kind: PostingKind
  from: Account
  to: Account
  amountUsd: MicroUsd
  /** When it was agreed to, wall-clock ms: it counts in that day and month, wherever it goes and whenever. */
  countedAt: number
}

export type Standing = Record<Exclude<Account, 'budget'>, MicroUsd>

/** All that has left the budget and has not come back. */
export const totalOf = ({ spent, held, maybe }: Standing): MicroUsd => spent + held + maybe

const NOWHERE: Readonly<Standing> = { held: 0, maybe: 0, spent: 0 }

/** Where all money of a job is, by its state alone. The ledger's sums have to say the same. */
export function standingOf(job: Job): Standing {
  const all = { ...NOWHERE }
  for (const standing of standingsOf(job).values()) {
    all.held += standing.held
    all.maybe += standing.maybe
    all.spent += standing.spent
  }
  return all
}

/** The same for each time at which money of it counts (wall-clock ms), where any is still held, in doubt or spent. */
export function standingsOf(job: Job): Map<number, Standing> {
  const standings = new Map<number, Standing>()
  if (!('agreedUsd' in job)) return standings
  const put = (
    account: keyof Standing | null,
    { queuedAt, agreedUsd }: { queuedAt: number; agreedUsd: MicroUsd },
  ) => {
    if (account === null || agreedUsd === 0) return
    const standing = standings.get(queuedAt) ?? { ...NOWHERE }
    standing[account] += agreedUsd
    standings.set(queuedAt, standing)
  }
  for (const answer of job.lost) put(answer.settled ? null : 'maybe', answer)
  for (const attempt of job.earlier) put(afterFailure(attempt.failure), attempt)
  put(accountOf(job), job)
  return standings
}

/** The account of the present attempt's price; null: nowhere, or counted with what was lost. */
function accountOf(job: Agreed): keyof Standing | null {
  switch (job.state) {
    case 'confirmed':
    case 'submitting':
      return 'held'
    case 'unconfirmed':
      return null
    case 'processing':
    case 'saving':
    case 'delivering':
    case 'delivered':
    case 'undelivered':
      return 'spent'
    case 'failed':
      return afterFailure(job.failure)
  }
}

function afterFailure(failure: Failure): keyof Standing | null {
  if (failure.charged === 'yes') return 'spent'
  return failure.charged === 'unknown' && !isAboutLost(failure) ? 'maybe' : null
}

/** What a step of a job moves: the difference of where its money was and is, of each time at which any counts. */
export function postingsOf(before: Job, next: Job): Posting[] {
  const [was, is] = [standingsOf(before), standingsOf(next)]
  const times = [...new Set([...was.keys(), ...is.keys()])].sort((a, b) => a - b)
  const refunded = next.state === 'failed' && next.failure.charged === 'refunded'
  return times.flatMap(countedAt =>
    moves(was.get(countedAt) ?? NOWHERE, is.get(countedAt) ?? NOWHERE, refunded).map(move => ({
      ...move,
      countedAt,
    })),
  )
}

function moves(was: Standing, is: Standing, refunded: boolean): Omit<Posting, 'countedAt'>[] {
  // What was charged and given back was charged: the books show both.
  if (refunded && is.held < was.held) {
    const amountUsd = was.held - is.held
    return [
      { kind: 'settle', from: 'held', to: 'spent', amountUsd },
      { kind: 'refund', from: 'spent', to: 'budget', amountUsd },
    ]
  }
  // What is not known any more settles first: a late answer may take the place of a retry that is held.
  const accounts = ['maybe', 'held', 'spent'] as const
  const left = accounts.filter(account => is[account] < was[account])
  const gained = accounts.filter(account => is[account] > was[account])
  const found: Omit<Posting, 'countedAt'>[] = []
  for (const from of left) {
    const amountUsd = was[from] - is[from]
    const at = gained.findIndex(account => is[account] - was[account] === amountUsd)
    const [to = 'budget'] = at < 0 ? [] : gained.splice(at, 1)
    found.push({ kind: kindOf(from, to), from, to, amountUsd })
  }
  for (const to of gained)
    found.push({ kind: kindOf('budget', to), from: 'budget', to, amountUsd: is[to] - was[to] })
  return found
}

/** What a posting between two accounts is called. */
export function kindOf(from: Account, to: Account): PostingKind {
  if (to === 'budget') return from === 'spent' ? 'refund' : 'release'
  if (to === 'held') return 'hold'
  return to === 'spent' ? 'settle' : 'doubt'
}
