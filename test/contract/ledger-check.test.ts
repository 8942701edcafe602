import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../src/store/migrations.ts'
import { tempFolder } from '../kit/backends.ts'
import { NOON } from '../kit/jobs.ts'
import { OLD_STORES, openAt, rawQuery, STORES, type StorePlace } from '../kit/stores.ts'
import { agree, offered } from './store-spend.kit.ts'

const SCRIPT = fileURLToPath(new URL('../../src/ledger-check.ts', import.meta.url))

/** Runs the command in a folder that holds these settings as its `.env`, as an operator would. */
const ledgerCheck = async (settings: Record<string, string>) => (await runIn(settings)).ran

/** `made`: what is in that folder afterwards. */
async function runIn(settings: Record<string, string>) {
  const folder = tempFolder('murano-lc')
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  fs.writeFileSync(path.join(folder.path, '.env'), lines.join('\n'))
  const child = spawn(process.execPath, [SCRIPT], {
    cwd: folder.path,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  const made = fs.readdirSync(folder.path).filter(name => name !== '.env')
  const at = fs.realpathSync(folder.path)
  folder.remove()
  return { ran: { out, err, code: code as number }, at, made }
}

const settingsOf = ({ databaseUrl, dataDir }: StorePlace): Record<string, string> =>
  databaseUrl ? { DATABASE_URL: databaseUrl } : { DATA_DIR: dataDir }
/** As it is shown to people: without who logs in. */
const textOf = ({ databaseUrl, dataDir }: StorePlace) => databaseUrl?.replace(/^.*@/, '') ?? dataDir

for (const backend of STORES) {
  describe.skipIf(backend.missing)(`npm run ledger:check on ${backend.name}`, () => {
    let place: StorePlace
    let settings: Record<string, string>
    let stop: () => Promise<void>
    const open = () => openAt(place, () => NOON)

    beforeAll(async () => {
      const started = await backend.start()
      place = started.place
      settings = settingsOf(place)
      stop = started.stop
    })
    afterAll(() => stop?.())

    const looked = () => `in ${textOf(place)}`

    it('says how much it has looked at, and where: where nobody has spent, and where two have', async () => {
      await (await open()).close()
      const nothing = 'nobody has agreed to pay for anything yet, so there is nothing to check.'
      expect(await ledgerCheck(settings)).toEqual({
        out: `Looked at 0 jobs, 0 of them in the ledger, and its 0 lines ${looked()}: ${nothing}\n`,
        err: '',
        code: 0,
      })
      {
        await using store = await open()
        for (const id of ['one', 'two']) await agree(store, await offered(store, id), NOON)
        await offered(store, 'nobody’s yet')
      }
      expect(await ledgerCheck(settings)).toEqual({
        out: `Looked at 3 jobs, 2 of them in the ledger, and its 4 lines ${looked()}: all in order.\n`,
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
          `Looked at 3 jobs, 2 of them in the ledger, and its 4 lines ${looked()}: 1 not in order.\n`,
        ].join('\n'),
        err: '',
        code: 1,
      })
    })
  })
}

for (const backend of OLD_STORES) {
  describe.skipIf(backend.missing)(
    `npm run ledger:check on a ${backend.name} database that is not ready`,
    () => {
      let started: Awaited<ReturnType<typeof backend.start>>
      beforeAll(async () => {
        started = await backend.start()
      })
      afterAll(() => started?.stop())

      /** The tables that there are, with what has been done to the database. */
      async function look(upTo?: string): Promise<unknown[]> {
        const { db, close } = await started.open()
        if (upTo) await migrate(db, () => NOON, upTo)
        const { rows } = await sql`
        select table_name from information_schema.tables where table_schema = 'public' order by 1`.execute(db)
        await close()
        return rows
      }

      it('says that there is no Murano in an empty one, and makes nothing', async () => {
        expect(await look()).toEqual([])
        const { out, err, code } = await ledgerCheck(settingsOf(started.place))
        expect([out, code]).toEqual(['', 1])
        expect(err).toContain(`There is no Murano database in ${textOf(started.place)}.`)
        expect(await look()).toEqual([])
      })

      it('says that one of an older version has to be brought up to date first, and leaves it as it is', async () => {
        const tables = await look('003_polling')
        const { out, err, code } = await ledgerCheck(settingsOf(started.place))
        expect([out, code]).toEqual(['', 1])
        expect(err).toMatch(/made by an older Murano\. Start this version once/)
        expect(await look()).toEqual(tables)
      })
    },
  )
}

describe('npm run ledger:check', () => {
  it('makes no database where there is none', async () => {
    const folder = tempFolder('murano-lc')
    const DATA_DIR = path.join(folder.path, 'elsewhere')
    const { err, code } = await ledgerCheck({ DATA_DIR })
    expect(err).toContain(`There is no Murano database in ${DATA_DIR}.`)
    expect(code).toBe(1)
    expect(fs.existsSync(DATA_DIR)).toBe(false)
    folder.remove()
  })

  it('asks for no setting but where the database is: in a fresh folder it says that there is none', async () => {
    const { ran, at, made } = await runIn({})
    const none = `There is no Murano database in ${path.join(at, 'data')}. Start this where the bot starts, and with its DATA_DIR or DATABASE_URL.`
    expect(ran).toEqual({ out: '', err: `${none}\n`, code: 1 })
    expect(made).toEqual([])
  })

  it('says what is wrong with where the database is said to be, and with no other setting', async () => {
    const { err, code } = await ledgerCheck({ DATABASE_URL: 'db.internal', PORT: 'none', OPERATORS: 'ann' })
    const wrong = 'DATABASE_URL is not an address like postgres://user:password@host/db.'
    expect(err).toBe(`The settings need a look:\n  - ${wrong}\n`)
    expect(code).toBe(1)
  })
})
