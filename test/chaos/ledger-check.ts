/**
 * The ledger's part of the verdict: what its own check finds wrong in the stores as the run has left them. Caps are not
 * set in these runs, so `capOverruns` is null, which says that nothing was checked (store-spend.test.ts does).
 */
import { createLog } from '../../src/log.ts'
import { openStore } from '../../src/store/index.ts'

export interface LedgerVerdict {
  /** Null: not checked. */
  capOverruns: number | null
  ledgerErrors: number | null
}

/** Called when the bot has stopped and before the stores are gone. */
export async function checkLedger(left: {
  dataDir: string
  databaseUrl: string | null
}): Promise<LedgerVerdict> {
  const log = createLog({ level: 'error', secrets: [], write: line => process.stderr.write(line) })
  await using store = await openStore({ ...left, log, clock: Date.now })
  const errors = await store.books.check()
  for (const error of errors) console.log(`LEDGER: ${error}`)
  return { capOverruns: null, ledgerErrors: errors.length }
}
