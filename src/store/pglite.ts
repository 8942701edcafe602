import { PGlite } from '@electric-sql/pglite'
import { MuranoError } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'
import { FsyncFS } from './fsync-fs.ts'

/** Postgres type id of int8. */
const INT8 = 20

const SETTINGS = {
  fsync: 'on',
  // The only method that reaches our fsync; open_sync crashes PGlite 0.5.16 at start.
  wal_sync_method: 'fsync',
  // The default of 128 MB would be most of the bot's memory.
  shared_buffers: '16MB',
  // Defaults to 1 GB, which is disk that a small bot has no use for, and time to replay after a crash.
  max_wal_size: '64MB',
  min_wal_size: '32MB',
}

/** Dead rows are only cleared by asking: PGlite has one process, and so no autovacuum. */
const VACUUM_EVERY_MS = 60 * 60_000

export interface OpenPglite {
  pg: PGlite
  close(): Promise<void>
}

/** Opens the database in `folder`, which must exist and be locked by us. */
export async function openPglite(folder: string, log: Log): Promise<OpenPglite> {
  const startParams = PGlite.defaultStartParams.filter(param => param !== '-F')
  for (const [name, value] of Object.entries(SETTINGS)) startParams.push('-c', `${name}=${value}`)
  const pg = await PGlite.create({
    fs: new FsyncFS(folder),
    startParams,
    // As a string, like pg does it, so that both databases give the same.
    parsers: { [INT8]: (value: string) => value },
  }).catch((error: unknown) => {
    throw new MuranoError(
      'store_broken',
      `The database in ${folder} cannot be opened. If an older or newer Murano made it, use that version; ` +
        'else restore a backup, or move the folder away to begin anew.',
      { cause: error },
    )
  })

  keepParametersOut(pg)
  const timer = setInterval(() => {
    pg.query('VACUUM').catch((error: unknown) => log.warn({ error }, 'vacuum failed'))
  }, VACUUM_EVERY_MS)
  timer.unref()
  return {
    pg,
    async close() {
      clearInterval(timer)
      await pg.close()
    },
  }
}

/** PGlite puts a failed query's parameters into its error; they hold people's data and tokens, and errors get logged. */
function keepParametersOut(pg: PGlite): void {
  pg.query = withoutParameters(pg.query.bind(pg))
  const transaction = pg.transaction.bind(pg)
  pg.transaction = work =>
    transaction(tx => {
      tx.query = withoutParameters(tx.query)
      return work(tx)
    })
}

function withoutParameters(query: PGlite['query']): PGlite['query'] {
  return async (...args) => {
    try {
      return await query(...args)
    } catch (error) {
      if (error instanceof Error && 'params' in error) delete error.params
      throw error
    }
  }
}
