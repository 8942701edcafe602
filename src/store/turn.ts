import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import type { Tables } from './schema.ts'

/**
 * Whoever spends, stops the spending or changes its rules holds this lock until it is written or given up: what was
 * counted, and what it was held to, then still holds. One for the whole installation, since its cap counts what everybody
 * spends; it is held for some milliseconds. With no order among several there is nothing to deadlock.
 */
export const SPENDING_LOCK: RawBuilder<void> = sql`pg_advisory_xact_lock(hashtext('murano'), hashtext('spending'))`

/** A process that stops in the middle must not keep all others from spending: the server then takes its lock away. */
const STOPPED = '10s'

/**
 * Reads and writes as the only one who spends, one after the other in all processes. On PGlite nothing but `tx` may be
 * awaited within, or it would wait for itself forever.
 */
export const inTurn = <T>(db: Kysely<Tables>, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> =>
  db
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async tx => {
      // A statement of its own: the next ones then see all that was written by whoever had the lock before.
      await sql`
        select set_config('idle_in_transaction_session_timeout', ${STOPPED}, true), ${SPENDING_LOCK}`.execute(
        tx,
      )
      return work(tx)
    })
