import { once } from 'node:events'
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely'
import pg from 'pg'
import { openStore, type Store, type StoreOptions } from '../../src/store/index.ts'
import { openPglite } from '../../src/store/pglite.ts'
import { ensureCluster } from '../../src/store/pglite-cluster.ts'
import type { Tables } from '../../src/store/schema.ts'
import { hasBinary, pgliteFolder, startPostgres, tempFolder } from './backends.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

/** Where a database is, as `openStore` wants it. */
export type StorePlace = Pick<StoreOptions, 'dataDir' | 'databaseUrl'>

/** Every database that the store runs on, each with a way to get an empty one. */
export const STORES = [
  {
    name: 'pglite',
    /** Whether several processes can have it open. */
    shared: false,
    missing: false,
    async start() {
      const folder = await pgliteFolder()
      const place: StorePlace = { dataDir: folder.path, databaseUrl: null }
      return { place, stop: async () => folder.remove() }
    },
  },
  {
    name: 'postgres',
    shared: true,
    missing: !hasBinary('postgres'),
    async start() {
      const server = await startPostgres()
      const place: StorePlace = { dataDir: '/nowhere', databaseUrl: server.url }
      return { place, stop: server.stop }
    },
  },
]

/** A database before this version has seen it. */
interface Old {
  db: Kysely<Tables>
  close(): Promise<void>
}

/** The same databases with nothing in them, to be filled as an older version did, and then opened as a store. */
export const OLD_STORES = [
  {
    name: 'pglite',
    missing: false,
    async start() {
      const folder = tempFolder('murano-old')
      const place: StorePlace = { dataDir: folder.path, databaseUrl: null }
      const open = async (): Promise<Old> => {
        const { pg: pglite, close } = await openPglite(await ensureCluster(folder.path, log), log)
        return { db: new Kysely({ dialect: new PGliteDialect({ pglite }) }), close }
      }
      return { place, open, stop: async () => folder.remove() }
    },
  },
  {
    name: 'postgres',
    missing: !hasBinary('postgres'),
    async start() {
      const server = await startPostgres()
      const place: StorePlace = { dataDir: '/nowhere', databaseUrl: server.url }
      const open = async (): Promise<Old> => {
        const pool = new pg.Pool({ connectionString: server.url, max: 1 })
        // `end` does not wait for it, and what a server that stops says to a connection would be nobody's.
        const gone = once(pool, 'remove')
        const close = async () => void (await Promise.all([pool.end(), gone]))
        return { db: new Kysely({ dialect: new PostgresDialect({ pool }) }), close }
      }
      return { place, open, stop: server.stop }
    },
  },
]

export const openAt = (place: StorePlace, clock: () => number): Promise<Store> =>
  openStore({ ...place, log, clock })

/** A statement that the store has no method for. */
export async function rawQuery(store: Store, text: string): Promise<Record<string, unknown>[]> {
  const { database } = store
  if (database.kind === 'pglite') return (await database.pglite.query<Record<string, unknown>>(text)).rows
  const pool = database.openPool({ name: 'test', max: 1 })
  try {
    return (await pool.query(text)).rows
  } finally {
    await pool.end()
  }
}
