import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore, type Store } from '../../src/store/index.ts'
import { makePool } from '../../src/store/postgres.ts'
import { hasBinary, type Server, startPostgres } from '../kit/backends.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

describe.skipIf(!hasBinary('postgres'))('a Postgres server that hangs', () => {
  let server: Server
  const open = (): Promise<Store> =>
    openStore({ dataDir: '/nowhere', databaseUrl: server.url, log, clock: Date.now, queryTimeoutMs: 300 })

  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.stop())

  /** Another session, in whose way nothing gets to that table until it lets go. */
  async function blocked(table: string) {
    const pool = makePool(server.url, log, { name: 'other', max: 2 })
    const other = await pool.connect()
    await other.query('begin')
    await other.query(`lock table ${table} in access exclusive mode`)
    return {
      /** How many statements wait for a lock for at least so long. */
      async waiting(seconds: number): Promise<number> {
        const { rows } = await pool.query(
          `select 1 from pg_stat_activity where wait_event_type = 'Lock'
            and now() - query_start > interval '${seconds} seconds'`,
        )
        return rows.length
      },
      letGo: () => other.query('rollback'),
      async [Symbol.asyncDispose]() {
        other.release(true)
        await pool.end()
      },
    }
  }

  it('is waited for so long and no longer, and blocks no connection for what comes after', async () => {
    await using store = await open()
    await using lock = await blocked('limits')
    // More than there are connections.
    const held = Array.from({ length: 12 }, () => store.limits.hold('name', Date.now() + 5_000))
    for (const { status } of await Promise.allSettled(held)) expect(status).toBe('rejected')
    await expect(store.ping()).resolves.toBeUndefined()
    await lock.letGo()
    await store.limits.hold('name', Date.now() + 9_000)
    expect(await store.limits.heldUntil('name')).toBeGreaterThan(Date.now())
  })

  it('keeps a connection that only was refused something', async () => {
    await using store = await open()
    const other = makePool(server.url, log, { name: 'other', max: 1 })
    const sessions = "select pid from pg_stat_activity where application_name = 'murano' order by pid"
    const before = (await other.query(sessions)).rows
    // No text of the database may hold such a character.
    await expect(store.notePosts('\0', {})).rejects.toThrow()
    await store.ping()
    expect((await other.query(sessions)).rows).toEqual(before)
    await other.end()
  })

  it('is waited for when tables are brought up to date, as long as that takes', async () => {
    await (await open()).close()
    await using lock = await blocked('kysely_migration')
    const opening = open()
    await expect.poll(() => lock.waiting(0.6), { timeout: 5_000 }).toBe(1)
    await lock.letGo()
    await (await opening).close()
  })
})
