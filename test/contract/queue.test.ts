import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Work } from '../../src/core/ports.ts'
import { type OpenQueueOptions, openQueue } from '../../src/queue/index.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { hasBinary, pgliteFolder, type Server, startPostgres, startRedis } from '../kit/backends.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

/** Where a queue can live; `server` is what can be killed. */
interface Home {
  dataDir: string
  databaseUrl: string | null
  redisUrl: string | null
  server: Server | null
  stop(): Promise<void>
}

const homes: { name: string; missing: boolean; start(): Promise<Home> }[] = [
  {
    name: 'pglite',
    missing: false,
    async start() {
      const folder = await pgliteFolder()
      const stop = async () => folder.remove()
      return { dataDir: folder.path, databaseUrl: null, redisUrl: null, server: null, stop }
    },
  },
  {
    name: 'postgres',
    missing: !hasBinary('postgres'),
    async start() {
      const server = await startPostgres()
      return { dataDir: '/nowhere', databaseUrl: server.url, redisUrl: null, server, stop: server.stop }
    },
  },
  {
    name: 'redis',
    missing: !hasBinary('redis-server'),
    async start() {
      const [folder, server] = await Promise.all([pgliteFolder(), startRedis()])
      const stop = async () => {
        folder.remove()
        await server.stop()
      }
      return { dataDir: folder.path, databaseUrl: null, redisUrl: server.url, server, stop }
    },
  },
]

/** A handler that writes down what it got, and can be waited on. */
function recorder(work: (work: Work) => Promise<void> | void = () => {}) {
  const events = new EventEmitter()
  const started: string[] = []
  const ended: string[] = []
  const name = (work: Work) => `${work.jobId}-${work.version}`
  return {
    started,
    ended,
    async handler(given: Work) {
      started.push(name(given))
      events.emit('change')
      try {
        await work(given)
      } finally {
        ended.push(name(given))
        events.emit('change')
      }
    },
    async until(condition: () => boolean) {
      while (!condition()) await once(events, 'change')
    },
  }
}

/** A door that work waits at until it is opened. */
function door() {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open: () => open() }
}

for (const home of homes) {
  describe.skipIf(home.missing)(`the queue on ${home.name}`, { timeout: 120_000 }, () => {
    let at: Home
    let store: Store
    let made = 0
    const open: Awaited<ReturnType<typeof openQueue>>[] = []
    const children: ChildProcess[] = []

    beforeAll(async () => {
      at = await home.start()
      store = await openStore({ ...at, log, clock: Date.now })
    }, 120_000)
    afterEach(async () => {
      await Promise.all(open.splice(0).map(queue => queue.close()))
      for (const child of children.splice(0)) child.kill('SIGKILL')
    })
    afterAll(async () => {
      await store?.close()
      await at?.stop()
    })

    async function queueOf(options: Partial<OpenQueueOptions> = {}) {
      const queue = await openQueue({
        redisUrl: at.redisUrl,
        database: store.database,
        log,
        prefix: `test${++made}`,
        ...options,
      })
      open.push(queue)
      return queue
    }

    it('does work that is added 20 times at once, once', async () => {
      const queue = await queueOf()
      const work = recorder()
      await Promise.all(Array.from({ length: 20 }, () => queue.add({ jobId: 'a', version: 1 }, 0)))
      queue.start(work.handler)
      await queue.add({ jobId: 'b', version: 1 }, 0)
      await work.until(() => work.ended.includes('b-1'))
      expect(work.started).toEqual(['a-1', 'b-1'])
    })

    it('does not do work again that is added while it runs, but does when it is added afterwards', async () => {
      const queue = await queueOf()
      const gate = door()
      const work = recorder(given => (given.jobId === 'a' ? gate.opened : undefined))
      queue.start(work.handler)
      await queue.add({ jobId: 'a', version: 1 }, 0)
      await work.until(() => work.started.length === 1)
      await queue.add({ jobId: 'a', version: 1 }, 0)
      gate.open()
      await work.until(() => work.ended.length === 1)
      await queue.add({ jobId: 'b', version: 1 }, 0)
      await work.until(() => work.ended.length === 2)
      expect(work.started).toEqual(['a-1', 'b-1'])
      await queue.add({ jobId: 'a', version: 1 }, 0)
      await work.until(() => work.ended.length === 3)
      expect(work.started).toEqual(['a-1', 'b-1', 'a-1'])
    })

    it('takes another version of a job for other work', async () => {
      const queue = await queueOf()
      const work = recorder()
      await queue.add({ jobId: 'a', version: 1 }, 0)
      await queue.add({ jobId: 'a', version: 2 }, 0)
      queue.start(work.handler)
      await work.until(() => work.ended.length === 2)
      expect(work.started.sort()).toEqual(['a-1', 'a-2'])
    })

    it('waits as long as it was told to', async () => {
      const queue = await queueOf()
      const work = recorder()
      queue.start(work.handler)
      const before = Date.now()
      await queue.add({ jobId: 'later', version: 1 }, 600.4)
      await queue.add({ jobId: 'now', version: 1 }, 0)
      await work.until(() => work.ended.length === 2)
      expect(work.started).toEqual(['now-1', 'later-1'])
      expect(Date.now() - before).toBeGreaterThanOrEqual(600)
    })

    it('goes on after work that threw, and takes that again when it is added again', async () => {
      const errors: object[] = []
      const queue = await queueOf({ log: { ...log, error: facts => void errors.push(facts) } })
      const work = recorder(() => {
        throw new Error('broken')
      })
      queue.start(work.handler)
      await queue.add({ jobId: 'a', version: 1 }, 0)
      await work.until(() => work.ended.length === 1)
      await queue.add({ jobId: 'b', version: 1 }, 0)
      await work.until(() => work.ended.length === 2)
      await queue.add({ jobId: 'a', version: 1 }, 0)
      await work.until(() => work.ended.length === 3)
      expect(errors[0]).toMatchObject({ jobId: 'a', version: 1, error: { message: 'broken' } })
    })

    it('does as much at once as it was told to, and not more', async () => {
      const queue = await queueOf({ concurrency: 3 })
      const gate = door()
      const work = recorder(() => gate.opened)
      queue.start(work.handler)
      for (let i = 0; i < 6; i++) await queue.add({ jobId: `w${i}`, version: 1 }, 0)
      await work.until(() => work.started.length === 3)
      // A fourth would be fetched now if the limit were not kept.
      await queue.add({ jobId: 'w6', version: 1 }, 0)
      expect(work.started).toHaveLength(3)
      gate.open()
      await work.until(() => work.ended.length === 7)
    })

    it('is started once', async () => {
      const queue = await queueOf()
      queue.start(async () => {})
      expect(() => queue.start(async () => {})).toThrow('started once')
    })

    it('waits for running work when it is closed, and begins no more', async () => {
      const queue = await queueOf({ concurrency: 1 })
      const gate = door()
      const work = recorder(() => gate.opened)
      queue.start(work.handler)
      await queue.add({ jobId: 'running', version: 1 }, 0)
      await queue.add({ jobId: 'waiting', version: 1 }, 0)
      await work.until(() => work.started.length === 1)
      let closed = false
      const closing = Promise.all([queue.close(), queue.close()]).then(() => {
        closed = true
      })
      await expect(queue.add({ jobId: 'late', version: 1 }, 0)).rejects.toMatchObject({
        code: 'queue_unreachable',
      })
      expect(closed).toBe(false)
      gate.open()
      await closing
      expect(work.ended).toEqual(['running-1'])
      // Done is done, and what was waiting is there for the next.
      const next = await queueOf({ prefix: `test${made}` })
      const later = recorder()
      next.start(later.handler)
      await later.until(() => later.ended.length === 1)
      expect(later.started).toEqual(['waiting-1'])
    })

    it('waits no longer than it was told to, and leaves unfinished work to the next', async () => {
      const queue = await queueOf({ drainMs: 100, lockMs: 1000, stalledCheckMs: 500 })
      const gate = door()
      const work = recorder(() => gate.opened)
      queue.start(work.handler)
      await queue.add({ jobId: 'endless', version: 1 }, 0)
      await work.until(() => work.started.length === 1)
      await queue.close()
      expect(work.ended).toEqual([])
      const next = await queueOf({ prefix: `test${made}`, lockMs: 1000, stalledCheckMs: 500 })
      const again = recorder()
      next.start(again.handler)
      await again.until(() => again.ended.length === 1)
      expect(again.started).toEqual(['endless-1'])
      gate.open()
    })

    it('gives work whose process was killed to the next process', async () => {
      // PGlite has one process at a time, so ours steps aside for it.
      if (store.exclusive) await store.close()
      const script = fileURLToPath(new URL('./durability-child.ts', import.meta.url))
      const child = spawn(process.execPath, [script, 'queue', at.dataDir, at.databaseUrl ?? ''], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, TEST_REDIS_URL: at.redisUrl ?? '' },
      })
      children.push(child)
      for await (const line of createInterface({ input: child.stdout })) {
        expect(JSON.parse(line)).not.toHaveProperty('failed')
        if (line.includes('"working":"left"')) child.kill('SIGKILL')
      }
      if (store.exclusive) store = await openStore({ ...at, log, clock: Date.now })
      const before = performance.now()
      // Where others may be alive, the dead one's lock of 1 s has to run out. On PGlite, where nobody can be, its lock
      // is 30 s long, and is not waited for.
      const queue = await queueOf(
        store.exclusive ? { prefix: 'murano' } : { prefix: 'murano', stalledCheckMs: 500 },
      )
      const work = recorder()
      queue.start(work.handler)
      await work.until(() => work.ended.length === 1)
      expect(work.started).toEqual(['left-1'])
      expect(performance.now() - before).toBeLessThan(20_000)
    })

    // PGlite has no server; the killing of its process is the test above.
    if (home.name === 'pglite') return
    it('goes on by itself when its server was killed and comes back', async () => {
      const queue = await queueOf()
      const work = recorder()
      queue.start(work.handler)
      await queue.add({ jobId: 'before', version: 1 }, 0)
      await work.until(() => work.ended.length === 1)
      await at.server?.kill()
      await expect(queue.add({ jobId: 'meanwhile', version: 1 }, 0)).rejects.toThrow()
      await at.server?.restart()
      // As the sweep does it: again, until the queue takes it.
      let taken = false
      while (!taken) {
        taken = await queue.add({ jobId: 'after', version: 1 }, 0).then(
          () => true,
          () => new Promise(resolve => setTimeout(resolve, 50, false)),
        )
      }
      await work.until(() => work.ended.includes('after-1'))
    })
  })
}

describe.skipIf(!hasBinary('redis-server'))('a queue whose Redis is away', { timeout: 120_000 }, () => {
  it('opens, refuses work at once, works when Redis comes, and closes when it has gone again', async () => {
    const server = await startRedis()
    await server.kill()
    const nowhere = { kind: 'postgres' as const, openPool: () => expect.unreachable('Redis is set') }
    const queue = await openQueue({ redisUrl: server.url, database: nowhere, log })
    const work = recorder()
    queue.start(work.handler)
    const before = performance.now()
    await expect(queue.add({ jobId: 'a', version: 1 }, 0)).rejects.toMatchObject({
      code: 'queue_unreachable',
    })
    expect(performance.now() - before).toBeLessThan(1000)

    await server.restart()
    let taken = false
    while (!taken) {
      taken = await queue.add({ jobId: 'a', version: 1 }, 0).then(
        () => true,
        () => new Promise(resolve => setTimeout(resolve, 50, false)),
      )
    }
    await work.until(() => work.ended.length === 1)

    await server.kill()
    await queue.close()
    await server.stop()
  })

  it('lets its process end by itself after closing, with nothing unhandled', async () => {
    const server = await startRedis()
    const script = `
      import { openQueue } from ${JSON.stringify(new URL('../../src/queue/index.ts', import.meta.url).href)}
      process.on('unhandledRejection', error => { console.log('unhandled', error); process.exit(9) })
      const log = { debug() {}, info() {}, warn() {}, error() {} }
      const queue = await openQueue({ redisUrl: process.argv[1], database: {}, log })
      queue.start(async () => {})
      if (process.argv[2] === 'up') while (await queue.add({ jobId: 'a', version: 1 }, 0).then(() => false, () => true))
        await new Promise(resolve => setTimeout(resolve, 20))
      await queue.close()
      process.on('exit', () => console.log('ended', process.getActiveResourcesInfo().join()))`
    for (const state of ['up', 'down']) {
      if (state === 'down') await server.kill()
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, server.url, state])
      let said = ''
      child.stdout.on('data', chunk => {
        said += chunk
      })
      child.stderr.on('data', chunk => {
        said += chunk
      })
      // Without a limit of its own: a handle that is left would keep it until the test's time is up.
      const [code] = await once(child, 'close')
      expect({ state, code, said: said.slice(0, 5) }, said).toEqual({ state, code: 0, said: 'ended' })
    }
    await server.stop()
  })
})
