import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore, type Store } from '../../src/store/index.ts'
import { createVault } from '../../src/vault/index.ts'
import { hasBinary, type Server, startPostgres } from '../kit/backends.ts'
import { NOON } from '../kit/jobs.ts'
import { rawQuery, STORES, type StorePlace } from '../kit/stores.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const newKey = () => randomBytes(32).toString('base64')

/** Everything that a thief of the database gets: each byte of every file, or each row of every table. */
async function everythingIn(store: Store, place: StorePlace): Promise<string> {
  if (place.databaseUrl === null) {
    await store.close()
    const names = fs.readdirSync(place.dataDir, { recursive: true, encoding: 'utf8' })
    const files = names.map(name => path.join(place.dataDir, name)).filter(file => fs.statSync(file).isFile())
    return files.map(file => fs.readFileSync(file, 'latin1')).join('\n')
  }
  const tables = await rawQuery(store, `select tablename as name from pg_tables where schemaname = 'public'`)
  let all = ''
  for (const { name } of tables) {
    for (const { row } of await rawQuery(store, `select t::text as row from "${name}" t`)) all += `${row}\n`
  }
  return all
}

for (const backend of STORES) {
  describe.skipIf(backend.missing)(`installations on ${backend.name}`, () => {
    let store: Store
    let place: StorePlace
    let stop: () => Promise<void>
    let now = NOON
    const key = newKey()
    const vault = createVault({ current: key, old: [] })
    const open = () => openStore({ ...place, log, clock: () => now })

    beforeAll(async () => {
      const started = await backend.start()
      place = started.place
      stop = started.stop
      store = await open()
    })
    afterAll(async () => {
      await store?.close()
      await stop?.()
    })

    /** A process of its own as far as turns go, that is told apart from others only by the database. */
    const inLine = (leaseMs = 30_000) => {
      const asked: (() => void)[] = []
      const process = store.installations(vault, {
        leaseMs,
        pause: async () => {
          for (const told of asked.splice(0)) told()
          await new Promise(resolve => setImmediate(resolve))
        },
      })
      return {
        ...process,
        /** Resolves when it has asked for its turn, and in vain, after this call. */
        refused: async () => {
          // The question under way may have been asked before; the one after it was not.
          for (let i = 0; i < 2; i++) await new Promise<void>(resolve => asked.push(resolve))
        },
      }
    }

    it('gives back what was saved last, under its platform and tenant only', async () => {
      const all = store.installations(vault)
      expect(await all.get('chat', 'T1')).toBeNull()
      await all.save('chat', 'T1', { token: 'first', odd: 'a\0b\ud83d', deep: { list: [1, null] } })
      await all.save('chat', 'T2', { token: 'of another' })
      await all.save('talk', 'T1', { token: 'elsewhere' })
      expect(await all.get('chat', 'T1')).toEqual({
        token: 'first',
        odd: 'a\0b\ud83d',
        deep: { list: [1, null] },
      })
      await all.save('chat', 'T1', { token: 'second' })
      expect(await all.get('chat', 'T1')).toEqual({ token: 'second' })
      expect(await all.get('talk', 'T1')).toEqual({ token: 'elsewhere' })
    })

    it('lists the tenants of a platform, and forgets whom it is told to', async () => {
      const all = store.installations(vault)
      for (const tenant of ['E9', 'T8', 'T7']) await all.save('listed', tenant, {})
      await all.remove('listed', 'T8')
      await all.remove('listed', 'never there')
      await all.remove('other', 'T7')
      expect(await all.list('listed')).toEqual(['E9', 'T7'])
      expect(await all.get('listed', 'T8')).toBeNull()
    })

    it('keeps them when it is closed and opened again', async () => {
      await store.installations(vault).save('kept', 'T1', { token: 'x' })
      await store.close()
      store = await open()
      expect(await store.installations(vault).get('kept', 'T1')).toEqual({ token: 'x' })
    })

    it('opens nothing without the key, and says which one is missing', async () => {
      await store.installations(vault).save('locked', 'T1', { token: 'x' })
      const thief = store.installations(createVault({ current: newKey(), old: [newKey()] }))
      await expect(thief.get('locked', 'T1')).rejects.toMatchObject({
        code: 'vault_wrong_key',
        message: expect.stringContaining('installation:locked:T1'),
      })
    })

    it('refuses a value that was put into another row, or changed by one bit', async () => {
      const all = store.installations(vault)
      await all.save('moved', 'T1', { token: 'mine' })
      await all.save('moved', 'T2', { token: 'theirs' })
      await all.save('elsewhere', 'T1', { token: 'theirs too' })
      const put = (from: string) =>
        rawQuery(
          store,
          `update installations set sealed = (${from}) where platform = 'moved' and tenant_id = 'T1'`,
        )
      const sealedOf = (platform: string, tenant: string) =>
        `select sealed from installations where platform = '${platform}' and tenant_id = '${tenant}'`
      const [{ sealed } = {}] = await rawQuery(store, sealedOf('moved', 'T1'))
      for (const from of [sealedOf('moved', 'T2'), sealedOf('elsewhere', 'T1')]) {
        await put(from)
        await expect(all.get('moved', 'T1')).rejects.toMatchObject({ code: 'vault_damaged' })
      }
      const good = String(sealed)
      const middle = good.length - 10
      const flipped = good.slice(0, middle) + (good[middle] === 'A' ? 'B' : 'A') + good.slice(middle + 1)
      await put(`select '${flipped}'`)
      await expect(all.get('moved', 'T1')).rejects.toMatchObject({ code: 'vault_damaged' })
      await put(`select '${good}'`)
      expect(await all.get('moved', 'T1')).toEqual({ token: 'mine' })
    })

    it('shows no token to whoever has everything that is in the database', async () => {
      const tokens = ['xoxb-111-222-abcdefghijkl', 'xoxe-1-refresh-mnopqrstuv']
      const all = store.installations(vault)
      await all.save('stolen', 'T1', { bot: { token: tokens[0] }, refresh: tokens[1] })
      await all.save('stolen', 'T1', { bot: { token: `${tokens[0]}2` }, refresh: tokens[1] })
      // What is not sealed is found this way, or the search would prove nothing.
      await store.remember('control', 'xoxb-control-in-the-clear')
      const loot = await everythingIn(store, place)
      if (place.databaseUrl === null) store = await open()
      expect(loot).toContain('xoxb-control-in-the-clear')
      expect(loot).toContain(`v1.`)
      for (const token of tokens) {
        for (const form of [
          token,
          Buffer.from(token).toString('base64').slice(2, -4),
          JSON.stringify({ token }),
        ])
          expect(loot.includes(form), form).toBe(false)
      }
      expect(loot.includes(key)).toBe(false)
    })

    describe('working alone', () => {
      it('lets one at a time work for a tenant, in one process and between several, and all get their turn', async () => {
        const processes = [inLine(), inLine(), inLine()]
        let inside = 0
        let most = 0
        const work = async () => {
          most = Math.max(most, ++inside)
          await store.ping()
          inside -= 1
          return most
        }
        const runs = processes.flatMap(p => Array.from({ length: 5 }, () => p.alone('chat', 'A1', work)))
        expect(await Promise.all(runs)).toHaveLength(15)
        expect(most).toBe(1)
      })

      it('is first come, first served within a process, which asks the database for one turn at a time', async () => {
        const order: number[] = []
        let inVain = 0
        const one = store.installations(vault, {
          pause: async () => {
            inVain += 1
          },
        })
        const work = async (n: number) => {
          await store.ping()
          order.push(n)
        }
        await Promise.all([1, 2, 3, 4].map(n => one.alone('chat', 'A2', () => work(n))))
        expect(order).toEqual([1, 2, 3, 4])
        expect(inVain).toBe(0)
      })

      it('holds up no other tenant, and no reading or writing', async () => {
        const [one, other] = [inLine(), inLine()]
        const result = await one.alone('chat', 'A3', async () => {
          await other.save('chat', 'A3', { token: 'x' })
          await other.alone('chat', 'A4', async () => {})
          await other.alone('talk', 'A3', async () => {})
          await one.remove('chat', 'A3')
          return other.get('chat', 'A3')
        })
        expect(result).toBeNull()
      })

      it('goes on to the next when one fails, and hands its error to who asked', async () => {
        const [one, other] = [inLine(), inLine()]
        const failing = one.alone('chat', 'A5', () => Promise.reject(new Error('no luck')))
        const next = one.alone('chat', 'A5', async () => 'next')
        await expect(failing).rejects.toThrow('no luck')
        expect(await next).toBe('next')
        expect(await other.alone('chat', 'A5', async () => 'other')).toBe('other')
      })

      it('goes on to the next although the installation was removed or replaced meanwhile', async () => {
        const [one, other] = [inLine(), inLine()]
        const order: string[] = []
        const { second } = await one.alone('chat', 'A6', async () => {
          const next = other.alone('chat', 'A6', async () => order.push('second begins'))
          await one.save('chat', 'A6', {})
          await one.remove('chat', 'A6')
          await other.save('chat', 'A6', {})
          await other.refused()
          order.push('first ends')
          return { second: next }
        })
        await second
        expect(order).toEqual(['first ends', 'second begins'])
      })

      it('stays alone for longer than its lease, as long as it lives', async () => {
        const leaseMs = 60
        const [one, other] = [inLine(leaseMs), inLine(leaseMs)]
        const order: string[] = []
        const heldUntil = async () => {
          const rows = await rawQuery(
            store,
            `select held_until from installation_leases where tenant_id = 'A7'`,
          )
          return Number(rows[0]?.held_until)
        }
        const { second } = await one.alone('chat', 'A7', async () => {
          const next = other.alone('chat', 'A7', async () => order.push('second begins'))
          for (let i = 0; i < 4; i++) {
            now += leaseMs - 10
            await expect.poll(heldUntil, { interval: 5, timeout: 20_000 }).toBe(now + leaseMs)
          }
          await other.refused()
          order.push('first ends')
          return { second: next }
        })
        await second
        expect(order).toEqual(['first ends', 'second begins'])
      })

      it('leaves nothing behind', async () => {
        expect(await rawQuery(store, 'select * from installation_leases')).toEqual([])
      })
    })
  })
}

describe.skipIf(!hasBinary('postgres'))('installations that processes share', () => {
  let server: Server
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.stop())

  it('are free again when the lease of a killed process has ended, and not before', async () => {
    const key = newKey()
    const leaseMs = 600_000
    const script = fileURLToPath(new URL('./installations-child.ts', import.meta.url))
    const args = [script, server.url, key, 'chat', 'T1', String(leaseMs)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')

    let ahead = 0
    const clock = () => Date.now() + ahead
    await using store = await openStore({ dataDir: '/nowhere', databaseUrl: server.url, log, clock })
    const refusedAt: number[] = []
    const all = store.installations(createVault({ current: key, old: [] }), {
      pause: async () => {
        refusedAt.push(ahead)
        // A minute before the lease ends it still counts; when it has ended it does not.
        ahead = refusedAt.length === 1 ? leaseMs - 60_000 : leaseMs + 1
      },
    })
    expect(await all.alone('chat', 'T1', async () => 'free')).toBe('free')
    expect(refusedAt).toEqual([0, leaseMs - 60_000])
  })
})
