/**
 * THE LEDGER'S PLACE in the verdict. Nothing is checked here yet, and so nothing is claimed: both are null, never 0.
 * To be filled in: `capOverruns` counts the moments at which money held and spent passed a cap, `ledgerErrors` what the
 * ledger's own check finds wrong in the stores as the run has left them, and where it differs from Venice's book.
 */
import type { VeniceBook } from '../../src/sandbox/control.ts'

export interface LedgerVerdict {
  /** Null: not checked. */
  capOverruns: number | null
  ledgerErrors: number | null
}

/** Called when the bot has stopped and before the stores are gone. */
export async function checkLedger(_left: {
  dataDir: string
  databaseUrl: string | null
  book: VeniceBook
}): Promise<LedgerVerdict> {
  return { capOverruns: null, ledgerErrors: null }
}
