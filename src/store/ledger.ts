import { type RawBuilder, sql } from 'kysely'
import type { Job } from '../core/job.ts'
import type { Account, Posting, PostingKind } from '../core/ledger.ts'
import type { MicroUsd } from '../core/money.ts'

/** A line as the ledger's table has it, but for its id. */
export interface LedgerRow {
  at: number
  counted_at: number
  job_id: string
  version: number
  leg: number
  kind: PostingKind
  account: Account
  amount_usd: MicroUsd
  platform: string
  community_id: string
  requester_id: string
}

/** What a step posts, as lines: each posting takes from one account and gives to another. */
export function linesOf(job: Job, postings: readonly Posting[], at: number): LedgerRow[] {
  if (postings.length === 0) return []
  if (!('queuedAt' in job)) throw new RangeError(`job ${job.id} has no agreed price, so it moves no money`)
  const common = {
    at,
    job_id: job.id,
    version: job.version,
    platform: job.platform,
    community_id: job.place.communityId,
    requester_id: job.requesterId,
  }
  return postings
    .flatMap(({ kind, from, to, amountUsd, countedAt }) => [
      { counted_at: countedAt, kind, account: from, amount_usd: -amountUsd },
      { counted_at: countedAt, kind, account: to, amount_usd: amountUsd },
    ])
    .map((line, leg) => ({ ...common, leg, ...line }))
}

export const LEDGER_COLUMNS = [
  'at',
  'counted_at',
  'job_id',
  'version',
  'leg',
  'kind',
  'account',
  'amount_usd',
  'platform',
  'community_id',
  'requester_id',
] as const satisfies (keyof LedgerRow)[]

/** The same lines as a table that a statement can select from, its columns in the order of {@link LEDGER_COLUMNS}. */
export const asTable = (lines: LedgerRow[]): RawBuilder<LedgerRow> => sql`jsonb_to_recordset(
  ${JSON.stringify(lines)}::jsonb
) as line (
  at bigint, counted_at bigint, job_id text, version int, leg int, kind text, account text, amount_usd bigint,
  platform text, community_id text, requester_id text
)`
