import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tempFolder } from '../kit/backends.ts'
import { NOON } from '../kit/jobs.ts'
import { openAt, rawQuery, STORES, type StorePlace } from '../kit/stores.ts'
import { agree, offered } from './store-spend.kit.ts'

const SCRIPT = fileURLToPath(new URL('../../src/ledger-check.ts', import.meta.url))

/** Runs the command in a folder that holds these settings as its `.env`, as an operator would. */
async function ledgerCheck(settings: Record<string, string>) {
  const folder = tempFolder('murano-lc')
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

for (const backend of STORES) {
  describe.skipIf(backend.missing)(`npm run ledger:check on ${backend.name}`, () => {
    let place: StorePlace
    let settings: Record<string, string>
    let stop: () => Promise<void>
    const open = () => openAt(place, () => NOON)

    beforeAll(async () => {
      const started = await backend.start()
      place = started.place
      settings = place.databaseUrl ? { DATABASE_URL: place.databaseUrl } : { DATA_DIR: place.dataDir }
      stop = started.stop
    })
    afterAll(() => stop?.())

    it('says that all is in order, and of how much, where nobody has spent and where two have', async () => {
      expect(await ledgerCheck(settings)).toEqual({
        out: '0 jobs, 0 lines, all in order\n',
        err: '',
        code: 0,
      })
      {
        await using store = await open()
        for (const id of ['one', 'two']) await agree(store, await offered(store, id), NOON)
        await offered(store, 'nobody’s yet')
      }
      expect(await ledgerCheck(settings)).toEqual({
        out: '2 jobs, 4 lines, all in order\n',
        err: '',
        code: 0,
      })
    })

    if (backend.shared) {
      it('works while the bot has the database open', async () => {
        await using _store = await open()
        expect(await ledgerCheck(settings)).toMatchObject({ err: '', code: 0 })
      })
    } else {
      it('asks to stop the bot first, where only one process can have the database open', async () => {
        await using _store = await open()
        const { out, err, code } = await ledgerCheck(settings)
        expect([out, code]).toEqual(['', 1])
        expect(err).toMatch(/^Nothing was checked: Murano is running .*Stop it, run this again/)
        expect(err).toContain(`process ${process.pid}`)
      })
    }

    it('names every job whose books are wrong, and fails', async () => {
      {
        await using store = await open()
        await rawQuery(store, `update jobs set data = data || '{"agreedUsd": 100001}' where id = 'two'`)
      }
      expect(await ledgerCheck(settings)).toEqual({
        out: [
          'Job two: it is confirmed, so $0.100001 should be "held", but its lines add up to $0.100000.',
          '2 jobs, 4 lines, 1 not in order\n',
        ].join('\n'),
        err: '',
        code: 1,
      })
    })
  })
}

describe('npm run ledger:check', () => {
  it('makes no database where there is none', async () => {
    const folder = tempFolder('murano-lc')
    const DATA_DIR = path.join(folder.path, 'elsewhere')
    const { err, code } = await ledgerCheck({ DATA_DIR })
    expect(err).toContain('does not exist')
    expect(code).toBe(1)
    expect(fs.existsSync(DATA_DIR)).toBe(false)
    folder.remove()
  })
})
