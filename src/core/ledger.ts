import { type Agreed, isAboutLost, type Job, maybeBefore, spentBefore } from './job.ts'
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
}

export type Standing = Record<Exclude<Account, 'budget'>, MicroUsd>

/** All that has left the budget and has not come back. */
export const totalOf = ({ spent, held, maybe }: Standing): MicroUsd => spent + held + maybe

const NOWHERE: Standing = { held: 0, maybe: 0, spent: 0 }

/** Where all money of a job is, by its state alone. The ledger's sums have to say the same. */
export function standingOf(job: Job): Standing {
  if (!('agreedUsd' in job)) return NOWHERE
  const maybe = maybeBefore(job).reduce((sum, usd) => sum + usd, 0)
  const standing = { held: 0, maybe, spent: spentBefore(job) }
  const account = accountOf(job)
  if (account) standing[account] += job.agreedUsd
  return standing
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
      if (job.failure.charged === 'yes') return 'spent'
      return job.failure.charged === 'unknown' && !isAboutLost(job.failure) ? 'maybe' : null
  }
}

/** What a step of a job moves: the difference of where its money was and is. */
export function postingsOf(before: Job, next: Job): Posting[] {
  const [was, is] = [standingOf(before), standingOf(next)]
  // What was charged and given back was charged: the books show both.
  if (is.held < was.held && next.state === 'failed' && next.failure.charged === 'refunded') {
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
  const postings: Posting[] = []
  for (const from of left) {
    const amountUsd = was[from] - is[from]
    const at = gained.findIndex(account => is[account] - was[account] === amountUsd)
    const [to = 'budget'] = at < 0 ? [] : gained.splice(at, 1)
    postings.push({ kind: kindOf(from, to), from, to, amountUsd })
  }
  for (const to of gained)
    postings.push({ kind: kindOf('budget', to), from: 'budget', to, amountUsd: is[to] - was[to] })
  return postings
}

function kindOf(from: Account, to: Account): PostingKind {
  if (to === 'budget') return from === 'spent' ? 'refund' : 'release'
  if (to === 'held') return 'hold'
  return to === 'spent' ? 'settle' : 'doubt'
}
