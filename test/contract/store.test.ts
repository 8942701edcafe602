import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Job } from '../../src/core/job.ts'
import { postingsOf } from '../../src/core/ledger.ts'
import { advance } from '../../src/core/transitions.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { hasBinary, pgliteFolder, type Server, startPostgres } from '../kit/backends.ts'
import { NOON, sampleEvents, sampleJob } from '../kit/jobs.ts'
import { openAt, rawQuery, STORES, type StorePlace } from '../kit/stores.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

let made = 0
/** A job of its own, in the state that the events lead to. */
function newJob<S extends Job['state']>(state: S, over: Partial<Job> = {}) {
  return { ...sampleJob(state), id: `job${++made}`, ...over } as ReturnType<typeof sampleJob<S>>
}

for (const backend of STORES) {
  describe.skipIf(backend.missing)(`the store on ${backend.name}`, () => {
    let store: Store
    let place: StorePlace
    let stop: () => Promise<void>
    let now = NOON

    beforeAll(async () => {
      const started = await backend.start()
      place = started.place
      stop = started.stop
      store = await openAt(place, () => now)
    })
    afterAll(async () => {
      await store?.close()
      await stop?.()
    })

    /** Puts a job into the store and moves it on to be like `target`: same state, due when asked. */
    async function put(target: Job, due: number | null): Promise<Job> {
      const first = { ...newJob('quoting'), id: target.id, version: target.version - 1 }
      expect(await store.create(first, `event of ${target.id}`)).toBe('created')
      expect(await store.save(first, target, sampleEvents().expired, due, [])).toBe(true)
      return target
    }

    it('makes one job of an event that arrives 50 times at once', async () => {
      const jobs = Array.from({ length: 50 }, () => newJob('quoting'))
      const results = await Promise.all(jobs.map(job => store.create(job, 'the same event')))
      expect(results.filter(r => r === 'created')).toHaveLength(1)
      const kept = await Promise.all(jobs.map(job => store.get(job.id)))
      expect(kept.filter(Boolean)).toHaveLength(1)
      expect(kept[results.indexOf('created')]).toEqual(jobs[results.indexOf('created')])
    })

    it('still knows an event whose job was forgotten', async () => {
      const job = newJob('quoting')
      await store.create(job, 'refused event')
      await store.forget(job.id)
      expect(await store.get(job.id)).toBeNull()
      expect(await store.create(newJob('quoting'), 'refused event')).toBe('duplicate')
    })

    it('forgets no job that was offered a price', async () => {
      const job = await put(newJob('quoted'), null)
      await store.forget(job.id)
      expect(await store.get(job.id)).toEqual(job)
    })

    it('gives back every kind of job as it was written', async () => {
      for (const state of ['quoted', 'processing', 'delivered', 'failed', 'unconfirmed'] as const) {
        const job = await put(newJob(state), null)
        expect(await store.get(job.id)).toEqual(job)
      }
    })

    it('keeps a job whose file name holds characters that the database refuses', async () => {
      const job = newJob('quoting', { fileName: 'a\0b\ud83d.mp4' })
      expect(await store.create(job, `odd ${job.id}`)).toBe('created')
      expect((await store.get(job.id))?.fileName).toBe('a\ufffdb\ufffd.mp4')
    })

    it('lets one of two win that move the same job at once, and writes nothing of the other', async () => {
      for (let round = 0; round < 10; round++) {
        const job = await put(newJob('quoted'), null)
        const events = [sampleEvents().confirmed, sampleEvents().cancelled]
        const nexts = events.map(event => advance(job, event, NOON))
        const wins = await Promise.all(
          nexts.map((next, i) => store.save(job, next, events[i]!, null, postingsOf(job, next))),
        )
        expect(wins.filter(Boolean)).toHaveLength(1)
        const winner = wins.indexOf(true)
        expect(await store.get(job.id)).toEqual(nexts[winner])
        const history = await store.history(job.id)
        expect(history.at(-1)).toMatchObject({ from: 'quoted', event: events[winner] })
        expect(history.filter(h => h.version === job.version + 1)).toHaveLength(1)
      }
    })

    it('refuses to save what was decided on an older version or another state', async () => {
      const job = await put(newJob('quoted'), null)
      const next = advance(job, sampleEvents().confirmed, NOON)
      const event = sampleEvents().confirmed
      const postings = postingsOf(job, next)
      expect(await store.save({ ...job, version: job.version - 1 }, next, event, null, postings)).toBe(false)
      expect(
        await store.save(
          newJob('unconfirmed', { id: job.id, version: job.version }),
          next,
          event,
          null,
          postings,
        ),
      ).toBe(false)
      expect(await store.save({ ...job, id: 'nobody' }, next, event, null, postings)).toBe(false)
      expect(await store.get(job.id)).toEqual(job)
      expect(await store.history(job.id)).toHaveLength(2)
      expect(await rawQuery(store, `select from ledger where job_id = '${job.id}'`)).toEqual([])
    })

    it('writes the history of a job in order, from its creation', async () => {
      const job = newJob('quoting')
      await store.create(job, `history ${job.id}`)
      const quoted = advance(job, sampleEvents().quoted, NOON)
      await store.save(job, quoted, sampleEvents().quoted, null, [])
      expect(await store.history(job.id)).toMatchObject([
        { version: 1, from: null, to: 'quoting', at: now },
        { version: 2, from: 'quoting', to: 'quoted', event: { type: 'quoted' } },
      ])
    })

    it('keeps its history from being changed or deleted, by anybody', async () => {
      const job = await put(newJob('quoted'), null)
      const before = await store.history(job.id)
      for (const statement of [
        'update job_events set at = 0',
        'delete from job_events',
        'truncate job_events',
      ]) {
        await expect(rawQuery(store, statement), statement).rejects.toThrow('append-only')
      }
      expect(await store.history(job.id)).toEqual(before)
    })

    it('merges posts that are noted at once, without moving the job', async () => {
      const job = await put(newJob('processing'), null)
      const ref = (messageId: string) => ({ channelId: '2', messageId })
      await Promise.all([
        store.notePosts(job.id, { card: ref('10') }),
        store.notePosts(job.id, { threadId: '11' }),
        store.notePosts(job.id, { progress: ref('12') }),
      ])
      await store.notePosts(job.id, { progress: ref('13') })
      expect(await store.get(job.id)).toEqual({
        ...job,
        posts: { card: ref('10'), threadId: '11', progress: ref('13') },
      })
    })

    it('loses no post to a save by somebody who did not know of it', async () => {
      const job = await put(newJob('processing'), null)
      await store.notePosts(job.id, { threadId: '11' })
      await store.save(job, advance(job, sampleEvents().finished, NOON), sampleEvents().finished, null, [])
      expect(await store.get(job.id)).toMatchObject({ state: 'saving', posts: { threadId: '11' } })
    })

    describe('claiming what is due', () => {
      const opts = { leaseMs: 60_000, untoldMs: 30_000, limit: 100 }
      beforeEach(async () => {
        now = NOON
        // What the tests before have left is nobody's business here.
        await rawQuery(store, 'update jobs set told = true, due_at = null')
      })

      it('gives the longest due first, as many as asked for, of the states asked for', async () => {
        const late = await put(newJob('saving'), NOON - 3000)
        const later = await put(newJob('saving'), NOON - 5000)
        const latest = await put(newJob('saving'), NOON - 1000)
        await put(newJob('delivering'), NOON - 9000)
        await put(newJob('saving'), NOON + 1)
        const claim = () => store.claimDue(['saving'], { ...opts, now: NOON, limit: 2 })
        expect((await claim()).map(due => due.job)).toEqual([later, late])
        expect((await claim()).map(due => due.job)).toEqual([latest])
        expect(await claim()).toEqual([])
      })

      it('gives it to somebody else when the lease has run out, and not before', async () => {
        const job = await put(newJob('submitting'), NOON)
        await store.markTold(job.id, job.version)
        const claim = (at: number) => store.claimDue(['submitting'], { ...opts, now: at })
        expect(await claim(NOON - 1)).toEqual([])
        expect(await claim(NOON)).toEqual([{ job, told: true }])
        expect(await claim(NOON + opts.leaseMs - 1)).toEqual([])
        expect(await claim(NOON + opts.leaseMs)).toEqual([{ job, told: true }])
      })

      it('never gives one job to two who claim at once', async () => {
        const jobs = []
        for (let i = 0; i < 20; i++) jobs.push(await put(newJob('unconfirmed'), NOON - i))
        const claims = await Promise.all(
          Array.from({ length: 8 }, () => store.claimDue(['unconfirmed'], { ...opts, now: NOON, limit: 3 })),
        )
        const ids = claims.flat().map(due => due.job.id)
        expect(new Set(ids).size).toBe(ids.length)
        const rest = await store.claimDue(['unconfirmed'], { ...opts, now: NOON })
        expect([...ids, ...rest.map(due => due.job.id)].sort()).toEqual(jobs.map(job => job.id).sort())
      })

      it('gives a job that nobody was told of, once a lease, until somebody was', async () => {
        const job = await put(newJob('delivered'), null)
        const claim = (at: number) => store.claimDue(['delivered'], { ...opts, now: at })
        const untold = NOON + opts.untoldMs
        expect(await claim(untold - 1)).toEqual([])
        expect(await claim(untold)).toEqual([{ job, told: false }])
        expect(await claim(untold + opts.leaseMs - 1)).toEqual([])
        expect(await claim(untold + opts.leaseMs)).toEqual([{ job, told: false }])
        await store.markTold(job.id, job.version - 1)
        expect(await claim(untold + 2 * opts.leaseMs)).toHaveLength(1)
        await store.markTold(job.id, job.version)
        // Nothing else was due of it, so it never comes again.
        expect(await claim(untold + 1000 * opts.leaseMs)).toEqual([])
      })

      it('gives a job that is both due and untold once, not for each reason', async () => {
        const job = await put(newJob('cancelled'), NOON)
        const claim = (at: number) => store.claimDue(['cancelled'], { ...opts, now: at })
        expect(await claim(NOON)).toEqual([{ job, told: false }])
        expect(await claim(NOON + opts.untoldMs)).toEqual([])
        expect(await claim(NOON + opts.leaseMs - 1)).toEqual([])
        expect(await claim(NOON + opts.leaseMs)).toHaveLength(1)
      })

      it('leaves to others the telling that a claimer does not care for', async () => {
        const job = await put(newJob('expired'), NOON)
        await store.claimDue(['expired'], { ...opts, now: NOON, untoldMs: Number.MAX_SAFE_INTEGER })
        expect(await store.claimDue(['expired'], { ...opts, now: NOON + opts.untoldMs - 1 })).toEqual([])
        expect(await store.claimDue(['expired'], { ...opts, now: NOON + opts.untoldMs })).toHaveLength(1)
        await store.markTold(job.id, job.version)
      })

      it('takes a request that is still being read only when its time is up', async () => {
        const job = newJob('quoting', { createdAt: NOON })
        await store.create(job, `reading ${job.id}`)
        const mine = async (at: number) =>
          (await store.claimDue(['quoting'], { ...opts, now: at })).filter(due => due.job.id === job.id)
        expect(await mine(NOON + 14 * 60_000)).toEqual([])
        expect(await mine(NOON + 15 * 60_000)).toHaveLength(1)
      })

      it('marks a job untold at every save', async () => {
        const job = await put(newJob('confirmed'), null)
        await store.markTold(job.id, job.version)
        now = NOON + 1000
        const next = advance(job, sampleEvents().submitting, now)
        await store.save(job, next, sampleEvents().submitting, null, [])
        const claim = (at: number) => store.claimDue(['submitting'], { ...opts, now: at })
        expect((await claim(now + opts.untoldMs - 1)).filter(due => due.job.id === job.id)).toEqual([])
        expect((await claim(now + opts.untoldMs)).filter(due => due.job.id === job.id)).toEqual([
          { job: next, told: false },
        ])
      })
    })

    it('lists every job of the states asked for, the oldest first', async () => {
      const second = await put(newJob('undelivered', { createdAt: NOON + 1 }), null)
      const first = await put(newJob('undelivered', { createdAt: NOON }), null)
      // `put` creates with the time of day of its first version, so the rows are equally old: by id then.
      expect((await store.list(['undelivered'])).map(job => job.id)).toEqual([second.id, first.id].sort())
      expect(await store.list([])).toEqual([])
    })

    it('agrees on one value of a setting that 20 ask for at once', async () => {
      let count = 0
      const values = await Promise.all(
        Array.from({ length: 20 }, () => store.setting('link secret', () => `secret ${++count}`)),
      )
      expect(new Set(values).size).toBe(1)
      expect(await store.setting('link secret', () => 'another')).toBe(values[0])
    })

    it('remembers what it was told last', async () => {
      expect(await store.recall('dialect')).toBeNull()
      await store.remember('dialect', 'guide')
      await store.remember('dialect', 'spec')
      expect(await store.recall('dialect')).toBe('spec')
    })

    it('keeps everything when it is closed and opened again', async () => {
      const job = await put(newJob('processing'), NOON)
      await store.notePosts(job.id, { threadId: '9' })
      await store.close()
      await store.close()
      store = await openAt(place, () => now)
      expect(await store.get(job.id)).toEqual({ ...job, posts: { threadId: '9' } })
    })

    it('refuses a database that a newer version has changed, and says so', async () => {
      await rawQuery(store, `insert into kysely_migration values ('999_future', '2030-01-01')`)
      await store.close()
      await expect(openAt(place, () => now)).rejects.toMatchObject({
        code: 'store_newer',
        message: expect.stringContaining('newer Murano'),
      })
    })
  })
}

describe.skipIf(!hasBinary('postgres'))('a Postgres server that processes share', () => {
  let server: Server
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.stop())
  const open = (databaseUrl: string, waitForServerMs?: number) =>
    openStore({
      dataDir: '/nowhere',
      databaseUrl,
      log,
      clock: () => NOON,
      ...(waitForServerMs === undefined ? {} : { waitForServerMs }),
    })

  it('is set up once when four start at the same time', async () => {
    const stores = await Promise.all([1, 2, 3, 4].map(() => open(server.url)))
    const client = new pg.Client(server.url)
    await client.connect()
    const { rows } = await client.query('select name from kysely_migration')
    await client.end()
    expect(rows).toEqual([
      { name: '001_jobs' },
      { name: '002_installations' },
      { name: '003_polling' },
      { name: '004_ledger' },
      { name: '005_rules' },
    ])
    const job = newJob('quoting')
    expect(await stores[0]?.create(job, 'shared')).toBe('created')
    expect(await stores[3]?.get(job.id)).toEqual(job)
    expect(stores[0]?.exclusive).toBe(false)
    await Promise.all(stores.map(store => store.close()))
  })

  it('may be killed and come back while the store is open', async () => {
    await using store = await open(server.url)
    await store.ping()
    await server.kill()
    // A server that is killed leaves its sessions behind for a moment.
    await expect
      .poll(
        () =>
          store.ping().then(
            () => 'well',
            () => 'gone',
          ),
        { timeout: 20_000 },
      )
      .toBe('gone')
    await server.restart()
    await store.ping()
  })

  it('is waited for when it starts later than the bot', async () => {
    await server.kill()
    const opening = open(server.url)
    await server.restart()
    await (await opening).close()
  })

  it('gives an error that says where it was looked for, without the password, when it is not there', async () => {
    const nobody = 'postgres://murano:s3cret@127.0.0.1:1/murano'
    await expect(open(nobody, 0)).rejects.toMatchObject({
      code: 'database_unreachable',
      message: expect.stringMatching(/^(?!.*s3cret).*127\.0\.0\.1:1\/murano.*DATABASE_URL/),
    })
    await expect(open(`${server.url}x`)).rejects.toMatchObject({
      code: 'database_unreachable',
      message: expect.stringContaining('does not exist'),
    })
  })
})

describe('an error of the embedded database', () => {
  it('keeps to itself what the query was about, in a transaction too', async () => {
    const folder = await pgliteFolder()
    await using store = await openStore({ dataDir: folder.path, databaseUrl: null, log, clock: () => NOON })
    const { database } = store
    if (database.kind !== 'pglite') throw new Error('not embedded')
    const broken = ['select $1::int / 0', ['4711']] as const
    const errorOf = (query: Promise<unknown>) =>
      query.then(
        () => null,
        (error: Error) => error,
      )
    const errors = [
      await errorOf(database.pglite.query(broken[0], [...broken[1]])),
      await errorOf(database.pglite.transaction(tx => tx.query(broken[0], [...broken[1]]))),
    ]
    for (const error of errors) {
      expect(error?.message).toBe('division by zero')
      expect(JSON.stringify({ ...error })).not.toContain('4711')
    }
    await store.close()
    folder.remove()
  })
})

describe('the folder of an embedded database', () => {
  it('is refused where it holds files but no database, instead of being made one', async () => {
    const folder = await pgliteFolder()
    fs.rmSync(path.join(folder.path, 'pg', 'PG_VERSION'))
    const open = () => openStore({ dataDir: folder.path, databaseUrl: null, log, clock: () => NOON })
    await expect(open()).rejects.toMatchObject({ code: 'store_broken' })
    // Refused without keeping the lock.
    await expect(open()).rejects.toMatchObject({ code: 'store_broken' })
    folder.remove()
  })
})
