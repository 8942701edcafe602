import { PostgresDialect, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { MuranoError } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'

/** A server that is just starting, or whose name does not resolve yet, is worth waiting for; a refused login is not. */
const PASSING = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'ENOENT',
  '57P03',
])

export interface PoolOptions {
  /** Shown in pg_stat_activity. */
  name: string
  max: number
  searchPath?: string
}

/** A pool that outlives the loss of its connections: each is replaced when it is next needed. */
export function makePool(url: string, log: Log, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.name,
    max: options.max,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...(options.searchPath ? { options: `-c search_path=${options.searchPath}` } : {}),
  })
  // Without a listener, an idle connection that drops would end the process.
  pool.on('error', error => log.warn({ error, pool: options.name }, 'a database connection was lost'))
  return pool
}

/**
 * Statements on that pool, each given up after so many ms, with its connection: on one that hangs, everything after it
 * would hang too. Whether such a statement was done is not known.
 */
export const dialectInTime = (pool: pg.Pool, queryTimeoutMs: number): PostgresDialect =>
  new PostgresDialect({
    pool: {
      options: pool.options,
      end: () => pool.end(),
      async connect() {
        const client = await pool.connect()
        let broken = false
        const inTime = {
          async query(text: string, values: readonly unknown[]) {
            // Known to the driver, and not to its types.
            const statement = { text, values: [...values], query_timeout: queryTimeoutMs }
            try {
              return await client.query(statement)
            } catch (error) {
              // What the server says leaves the connection as it was; anything else says nothing about its state.
              broken ||= !(error instanceof pg.DatabaseError)
              throw error
            }
          },
          release: (destroy = false) => client.release(destroy || broken),
        }
        // The other way to call it is for cursors, and there are none.
        return inTime as unknown as PostgresPoolClient
      },
    },
  })

/** Waits up to `waitMs` for a server that is not there yet. @throws MuranoError `database_unreachable` */
export async function waitForServer(pool: pg.Pool, url: string, waitMs: number, log: Log): Promise<void> {
  const deadline = Date.now() + waitMs
  for (let attempt = 1; ; attempt++) {
    try {
      await pool.query('select 1')
      return
    } catch (error) {
      const code = String((error as { code?: unknown }).code ?? '')
      const message = error instanceof Error ? error.message || code : String(error)
      const passes = PASSING.has(code) || message.includes('timeout')
      if (!passes || Date.now() >= deadline) {
        const cure = passes
          ? 'Check that it runs and that DATABASE_URL names its host and port.'
          : 'Check DATABASE_URL.'
        throw new MuranoError(
          'database_unreachable',
          `The database at ${whereabouts(url)} cannot be used: ${message}. ${cure}`,
          { cause: error },
        )
      }
      if (attempt === 1) log.warn({ database: whereabouts(url), message }, 'waiting for the database')
      await new Promise(resolve => setTimeout(resolve, 500))
    }
  }
}

/** "db.example:5432/murano": where, without the password. */
export function whereabouts(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url)
    return `${hostname || 'local socket'}${port ? `:${port}` : ''}${pathname}`
  } catch {
    return 'DATABASE_URL'
  }
}
