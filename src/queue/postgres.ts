import { setTimeout } from 'node:timers/promises'
import { createPostgresBackend, DEFAULT_SCHEMA, type PgQueryable, runMigrations } from 'bullmq'
import type { Pool } from 'pg'
import type { EmbeddedPostgres, QueueDatabase } from './database.ts'
import type { Link } from './link.ts'
import { PglitePool } from './pglite-pool.ts'

/** Idle workers are woken by NOTIFY; this is only for a notification that was lost. */
const IDLE_S = 30

/** BullMQ on the database that the jobs are in. Its tables lie in a schema of their own. */
export async function linkPostgres(database: QueueDatabase, name: string): Promise<Link> {
  return database.kind === 'pglite' ? linkPglite(database.pglite, name) : linkServer(database)
}

async function linkPglite(pg: EmbeddedPostgres, name: string): Promise<Link> {
  await pg.transaction(async tx => {
    const within: PgQueryable = {
      async query<R>(text: string, params?: readonly unknown[]) {
        // BullMQ's migrations are scripts, and they bring their own transaction; here they are given one.
        if (/^(BEGIN|COMMIT|ROLLBACK)$/.test(text)) return { rows: [] as R[] }
        if (params) return (await tx.query(text, [...params])) as { rows: R[] }
        if (/^\s*SELECT/i.test(text)) return (await tx.query(text)) as { rows: R[] }
        await tx.exec(text)
        return { rows: [] as R[] }
      },
    }
    await runMigrations(within, DEFAULT_SCHEMA)
  })
  await pg.query(`SET search_path TO public, ${DEFAULT_SCHEMA}`)
  // Nobody else can have this database open, so whatever was being worked on died with its worker. Waiting for its
  // lock to run out would leave people waiting up to a minute after a restart.
  await pg.query(
    `UPDATE ${DEFAULT_SCHEMA}.job
        SET state = 'waiting', lock_token = NULL, locked_until_ms = NULL, stalled_marked = false
      WHERE queue = $1 AND state = 'active'`,
    [name],
  )
  const pool = new PglitePool(pg)
  return {
    producer: pool,
    worker: pool,
    factory: readyBackend,
    idleS: IDLE_S,
    trouble: () => null,
    async connected() {},
    leave() {},
    async cut() {},
  }
}

async function linkServer(database: QueueDatabase & { kind: 'postgres' }): Promise<Link> {
  const pool = database.openPool({ name: 'murano-queue', max: 5, searchPath: DEFAULT_SCHEMA })
  pool.setMaxListeners(0)
  try {
    const client = await pool.connect()
    try {
      await runMigrations(client, DEFAULT_SCHEMA)
    } finally {
      client.release()
    }
  } catch (error) {
    await pool.end()
    throw error
  }
  holdBackFailures(pool)
  return {
    producer: pool,
    worker: pool,
    factory: readyBackend,
    idleS: IDLE_S,
    trouble: () => null,
    async connected() {},
    leave() {},
    cut: () => pool.end(),
  }
}

/** A server that is starting refuses at once, and BullMQ asks again at once: a busy loop, and a flood of errors. */
function holdBackFailures(pool: Pool): void {
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>
  pool.query = (async (...args: unknown[]) => {
    try {
      return await query(...args)
    } catch (error) {
      await setTimeout(500)
      throw error
    }
  }) as typeof pool.query
}

/**
 * BullMQ 6.7.0 asks the database once for its version and keeps the answer, a refusal too: a worker made while the
 * server is away for a second would never work. We have just brought the schema up to date, so it need not ask.
 */
const readyBackend: Link['factory'] = (name, options, factoryOptions) => {
  const backend = createPostgresBackend(
    name,
    options as Parameters<typeof createPostgresBackend>[1],
    factoryOptions,
  )
  backend.connection.waitUntilReady = async () => {}
  return backend
}
