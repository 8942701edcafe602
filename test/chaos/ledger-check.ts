/**
 * The ledger's part of the verdict, in the stores as the run has left them: what its own check finds wrong, and whether a
 * cap was passed (overruns.ts), from the rows themselves.
 */

import { createLog } from '../../src/log.ts'
import type { VeniceBook } from '../../src/sandbox/control.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import type { Limits } from './limits.ts'
import { atOnce, atVenice, type BudgetLine, type Change, inTheLedger, type Paying } from './overruns.ts'

export interface LedgerVerdict {
  capOverruns: number
  ledgerErrors: number
}

/** Called when the bot has stopped and before the stores are gone. */
export async function checkLedger(
  left: { dataDir: string; databaseUrl: string | null },
  run: { limits: Limits; clips: readonly Paying[]; book: VeniceBook },
): Promise<LedgerVerdict> {
  const log = createLog({ level: 'error', secrets: [], write: line => process.stderr.write(line) })
  await using store = await openStore({ ...left, log, clock: Date.now })
  const errors = await store.books.check()
  for (const error of errors) console.log(`LEDGER: ${error}`)
  const overruns = [
    ...inTheLedger(await rowsOf<BudgetLine>(store, BUDGET), run.limits),
    ...atOnce(await rowsOf<Change>(store, CHANGES), run.limits),
    ...atVenice(run.clips, run.book, run.limits),
  ]
  for (const overrun of overruns) console.log(`OVERRUN ${overrun}`)
  return { capOverruns: overruns.length, ledgerErrors: errors.length }
}

const BUDGET = `
  select job_id as "jobId", counted_at::float8 as "countedAt", amount_usd::float8 as "amountUsd",
    community_id as "communityId", requester_id as "requesterId"
  from ledger where account = 'budget' order by id`

const CHANGES = `
  select job_id as "jobId", event->>'type' as type, to_state as "to",
    community_id as "communityId", requester_id as "requesterId"
  from job_events join jobs on jobs.id = job_events.job_id order by job_events.id`

async function rowsOf<T extends object>({ database }: Store, query: string): Promise<T[]> {
  if (database.kind === 'pglite') return (await database.pglite.query<T>(query)).rows
  const pool = database.openPool({ name: 'chaos', max: 1 })
  try {
    return (await pool.query<T>(query)).rows
  } finally {
    await pool.end()
  }
}
