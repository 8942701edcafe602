import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Vault } from '../../src/core/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { createVault } from '../../src/vault/index.ts'
import { hasBinary, pgliteFolder, startPostgres, tempFolder } from '../kit/backends.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const SCRIPT = fileURLToPath(new URL('../../src/reencrypt.ts', import.meta.url))
const newKey = () => randomBytes(32).toString('base64')
const under = (current: string, old: string[] = []) => createVault({ current, old })
const idOf = (key: string) =>
  createHash('sha256').update(Buffer.from(key, 'base64')).digest('hex').slice(0, 8)

/** Runs the command in a folder that holds these settings as its `.env`, as an operator would. */
async function reencrypt(settings: Record<string, string>) {
  const folder = tempFolder('murano-re')
  const all = { DISCORD_TOKEN: 'token of a chat', VENICE_API_KEY: 'key that pays', ...settings }
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}`)
  fs.writeFileSync(path.join(folder.path, '.env'), lines.join('\n'))
  const child = spawn(process.execPath, [SCRIPT], {
    cwd: folder.path,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  folder.remove()
  return { out, err, code: code as number }
}

const backends = [
  {
    name: 'pglite',
    missing: false,
    async start() {
      const folder = await pgliteFolder()
      return {
        place: { dataDir: folder.path, databaseUrl: null as string | null },
        settings: { DATA_DIR: folder.path } as Record<string, string>,
        stop: async () => folder.remove(),
      }
    },
  },
  {
    name: 'postgres',
    missing: !hasBinary('postgres'),
    async start() {
      const server = await startPostgres()
      return {
        place: { dataDir: '/nowhere', databaseUrl: server.url as string | null },
        settings: { DATABASE_URL: server.url } as Record<string, string>,
        stop: server.stop,
      }
    },
  },
]

for (const backend of backends) {
  describe.skipIf(backend.missing)(`npm run reencrypt on ${backend.name}`, () => {
    let started: Awaited<ReturnType<typeof backend.start>>
    const [first, second, current] = [newKey(), newKey(), newKey()]
    const open = () => openStore({ ...started.place, log, clock: Date.now })

    beforeAll(async () => {
      started = await backend.start()
    })
    afterAll(() => started?.stop())

    /** Two values under the first key, one under the second, two under the current one. */
    beforeEach(async () => {
      await using store = await open()
      for (const [tenant, key] of Object.entries({
        T1: first,
        T2: first,
        T3: second,
        T4: current,
        T5: current,
      }))
        await store.installations(under(key)).save('chat', tenant, { token: `xoxb-of-${tenant}` })
    })

    /** Which of the values opens with this vault: tenant and token. */
    async function readable(vault: Vault): Promise<unknown[]> {
      await using store = await open()
      const all = store.installations(vault)
      const read = (await all.list('chat')).map(tenant => all.get('chat', tenant).catch(() => null))
      return (await Promise.all(read)).filter(Boolean)
    }
    const everything = ['T1', 'T2', 'T3', 'T4', 'T5'].map(tenant => ({ token: `xoxb-of-${tenant}` }))

    it('leaves everything under the current key, says how many it was, and has nothing to do again', async () => {
      const settings = {
        ...started.settings,
        ENCRYPTION_KEY: current,
        ENCRYPTION_KEYS_OLD: `${first},${second}`,
      }
      expect(await readable(under(current))).toHaveLength(2)
      expect(await reencrypt(settings)).toEqual({
        out: '3 of 5 values re-encrypted; old keys can be removed now.\n',
        err: '',
        code: 0,
      })
      expect(await readable(under(current))).toEqual(everything)
      expect(await reencrypt({ ...settings, ENCRYPTION_KEYS_OLD: '' })).toMatchObject({
        out: '0 of 5 values re-encrypted; old keys can be removed now.\n',
        code: 0,
      })
    })

    it('does what it can where a key is missing, names that key, and says to keep the old ones', async () => {
      const settings = { ...started.settings, ENCRYPTION_KEY: current, ENCRYPTION_KEYS_OLD: second }
      const { out, err, code } = await reencrypt(settings)
      expect(code).toBe(1)
      expect(out).toBe(
        '1 of 5 values re-encrypted; 2 could not be read and stay as they are. Keep the old keys.\n',
      )
      expect(err.match(new RegExp(`installation:chat:T[12] .*${idOf(first)}`, 'g'))).toHaveLength(2)
      for (const secret of [first, second, current, 'xoxb']) expect(out + err).not.toContain(secret)
      expect(await readable(under(current, [first]))).toEqual(everything)
    })

    it('says so where nothing is encrypted yet', async () => {
      await using store = await open()
      for (const tenant of await store.installations(under(current)).list('chat'))
        await store.installations(under(current)).remove('chat', tenant)
      await store.close()
      const { out, code } = await reencrypt({ ...started.settings, ENCRYPTION_KEY: current })
      expect(out).toMatch(/^There are no encrypted values in /)
      expect(code).toBe(0)
    })

    it('never overwrites what was saved while it was at it', async () => {
      await using store = await open()
      const rotated = under(current, [first, second])
      const all = store.installations(rotated)
      const saved: Promise<void>[] = []
      // The bot refreshes each token at the worst moment: after the old one was read, before it is written back.
      const meanwhile: Vault = {
        ...rotated,
        open(sealed, about) {
          const tenant = about.split(':').at(-1)!
          saved.push(store.installations(under(second)).save('chat', tenant, { token: `newer of ${tenant}` }))
          meanwhile.open = rotated.open
          return rotated.open(sealed, about)
        },
      }
      expect(await store.installations(meanwhile).reseal()).toMatchObject({ values: 5, resealed: 3 })
      await Promise.all(saved)
      expect(saved).toHaveLength(1)
      expect(await all.get('chat', 'T1')).toEqual({ token: 'newer of T1' })
    })

    if (backend.name === 'postgres') {
      it('works while the bot has the database open', async () => {
        await using store = await open()
        const settings = {
          ...started.settings,
          ENCRYPTION_KEY: current,
          ENCRYPTION_KEYS_OLD: `${first},${second}`,
        }
        expect(await reencrypt(settings)).toMatchObject({ out: expect.stringMatching(/^3 of 5/), code: 0 })
        expect(await store.installations(under(current)).get('chat', 'T1')).toEqual({ token: 'xoxb-of-T1' })
      })
    } else {
      it('asks to stop the bot first, where only one process can have the database open', async () => {
        await using _store = await open()
        const settings = {
          ...started.settings,
          ENCRYPTION_KEY: current,
          ENCRYPTION_KEYS_OLD: `${first},${second}`,
        }
        const { out, err, code } = await reencrypt(settings)
        expect([out, code]).toEqual(['', 1])
        expect(err).toMatch(/^Nothing was re-encrypted: Murano is running .*Stop it, run this again/)
        expect(err).toContain(`process ${process.pid}`)
      })
    }
  })
}

describe('npm run reencrypt', () => {
  it('says what is wrong with the settings', async () => {
    expect(await reencrypt({})).toMatchObject({
      err: expect.stringMatching(/^ENCRYPTION_KEY is not set/),
      code: 1,
    })
    expect(await reencrypt({ ENCRYPTION_KEY: 'password' })).toMatchObject({
      err: expect.stringContaining('openssl rand -base64 32'),
      code: 1,
    })
  })

  it('makes no database where there is none', async () => {
    const folder = tempFolder('murano-re')
    const DATA_DIR = path.join(folder.path, 'elsewhere')
    const { err, code } = await reencrypt({ DATA_DIR, ENCRYPTION_KEY: newKey() })
    expect(err).toContain('does not exist')
    expect(code).toBe(1)
    expect(fs.existsSync(DATA_DIR)).toBe(false)
    folder.remove()
  })
})
