import fs from 'node:fs'
import type { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect, PostgresDialect, sql } from 'kysely'
import type pg from 'pg'
import { MuranoError } from '../core/errors.ts'
import type { Clock, JobStore, Log, Rulebook, RunTimes, SharedLimits, Vault } from '../core/ports.ts'
import { type BookStore, bookStore } from './books.ts'
import { lockFolder } from './folder-lock.ts'
import { type InstallationOptions, type InstallationStore, installationStore } from './installations.ts'
import { jobStore, type Notes, type PastEvent } from './jobs.ts'
import { limitStore } from './limits.ts'
import { migrate, tablesOf } from './migrations.ts'
import { openPglite } from './pglite.ts'
import { ensureCluster, hasCluster } from './pglite-cluster.ts'
import { polls } from './polls.ts'
import { dialectInTime, makePool, type PoolOptions, waitForServer, whereabouts } from './postgres.ts'
import { type PostingStore, postingStore } from './postings.ts'
import { rulebook } from './rulebook.ts'
import { runTimeStore } from './run-times.ts'
import type { Tables } from './schema.ts'
import { spending } from './spend.ts'

export { type LockOwner, StoreLocked } from './folder-lock.ts'
export type { PastEvent } from './jobs.ts'

const KEEP_LIMITS_MS = 24 * 60 * 60_000
/** Of a kind. More than what is looked at to foresee the next one. */
const KEEP_RUN_TIMES = 500

/** The database itself, for whatever else lives in it. */
export type Database =
  | { readonly kind: 'pglite'; readonly pglite: PGlite }
  | { readonly kind: 'postgres'; openPool(options: PoolOptions): pg.Pool }

export interface Store extends JobStore, Notes, AsyncDisposable {
  /** No other process can have it open (PGlite); otherwise several may share it. */
  readonly exclusive: boolean
  readonly database: Database
  /** What happened to a job, oldest first. */
  history(id: string): Promise<PastEvent[]>
  /** Installations, sealed by this vault. Ask once: turns are kept in order within what this returns. */
  installations(vault: Vault, options?: InstallationOptions): InstallationStore
  readonly books: BookStore
  readonly rulebook: Rulebook
  readonly postings: PostingStore
  readonly limits: SharedLimits
  readonly runTimes: RunTimes
  /** Forgets limits that nobody has used for a day, and all but the newest run times of each kind. Postings: apart. */
  prune(): Promise<void>
  /** For the health check. @throws where the database does not answer */
  ping(): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}

export interface StoreOptions {
  /** Folder for everything that is kept; made if it is missing. Not touched where `databaseUrl` is set. */
  dataDir: string
  /** postgres://..., or null for PGlite in `dataDir`. */
  databaseUrl: string | null
  log: Log
  clock: Clock
  /** Only a database that is there and up to date is opened; nothing is made, and no table changed. */
  asItIs?: boolean
  /** How long to wait for a Postgres server that is not there yet, ms. */
  waitForServerMs?: number
  /** A statement that a Postgres server does not answer is given up after this, ms. Default 30 s. */
  queryTimeoutMs?: number
}

/**
 * Opens the database and brings its tables up to date.
 * @throws StoreLocked where another process has the folder open
 * @throws MuranoError `database_unreachable`, `store_newer`, `store_migration`, `store_broken`; `no_database` and
 * `store_older` where it is to be opened as it is
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const open = options.databaseUrl
    ? await openServer(options.databaseUrl, options)
    : await openFolder(options.dataDir, options)
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= open.close()
    return closing
  }
  const limits = limitStore(open.db, options.clock)
  const runTimes = runTimeStore(open.db)
  return {
    ...jobStore(open.db, options.clock),
    ...polls(open.db),
    ...spending(open.db, options.clock),
    books: bookStore(open.db, options.clock),
    rulebook: rulebook(open.db, options.clock),
    exclusive: open.database.kind === 'pglite',
    database: open.database,
    installations: (vault, how) =>
      installationStore(open.db, { vault, clock: options.clock, log: options.log }, how),
    postings: postingStore(open.db, options.clock),
    limits,
    runTimes,
    async prune() {
      await limits.prune(KEEP_LIMITS_MS)
      await runTimes.prune(KEEP_RUN_TIMES)
    },
    async ping() {
      await sql`select 1`.execute(open.db)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface Open {
  db: Kysely<Tables>
  database: Database
  close(): Promise<void>
}

/** Sees to it that the tables are those of this version. */
async function prepare(db: Kysely<Tables>, options: StoreOptions): Promise<void> {
  if (options.asItIs) {
    const tables = await tablesOf(db, options.clock)
    if (tables === 'none') throw noDatabase(placeOf(options))
    if (tables === 'older') {
      throw new MuranoError(
        'store_older',
        `The database in ${placeOf(options)} was made by an older Murano. Start this version once, which brings it up to date.`,
      )
    }
  }
  await migrate(db, options.clock)
}

/** Where the database is, for people to read. */
export const placeOf = ({ dataDir, databaseUrl }: Pick<StoreOptions, 'dataDir' | 'databaseUrl'>): string =>
  databaseUrl ? whereabouts(databaseUrl) : dataDir

const noDatabase = (place: string) =>
  new MuranoError(
    'no_database',
    `There is no Murano database in ${place}. Start this where the bot starts, and with its DATA_DIR or DATABASE_URL.`,
  )

async function openFolder(dataDir: string, options: StoreOptions): Promise<Open> {
  const { log } = options
  if (options.asItIs && !hasCluster(dataDir)) throw noDatabase(dataDir)
  // Only for us: PGlite itself makes files that everybody could read and write.
  fs.mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = await lockFolder(dataDir)
  try {
    const { pg, close } = await openPglite(await ensureCluster(dataDir, log), log)
    const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite: pg }) })
    try {
      await prepare(db, options)
    } catch (error) {
      await close()
      throw error
    }
    return {
      db,
      database: { kind: 'pglite', pglite: pg },
      async close() {
        await close()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function openServer(url: string, options: StoreOptions): Promise<Open> {
  const { log, waitForServerMs = 15_000, queryTimeoutMs = 30_000 } = options
  const pool = makePool(url, log, { name: 'murano', max: 10 })
  try {
    await waitForServer(pool, url, waitForServerMs, log)
    // As long as it takes: tables may be large, and another process may be at it.
    await prepare(new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }), options)
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    db: new Kysely<Tables>({ dialect: dialectInTime(pool, queryTimeoutMs) }),
    database: { kind: 'postgres', openPool: poolOptions => makePool(url, log, poolOptions) },
    close: () => pool.end(),
  }
}
