/**
 * Real databases for tests: PGlite in a folder, a Postgres server, a Redis server. Each is started for the asking file,
 * listens where nobody else is, and is gone when that file ends.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../src/sandbox/bot-process.ts'
import { openStore } from '../../src/store/index.ts'

const CURES = {
  'redis-server': 'apt-get install redis-server',
  postgres: 'apt-get install postgresql',
} as const
export type Binary = keyof typeof CURES

const said = new Set<Binary>()

/**
 * Whether a suite can run that needs this program, for `describe.skipIf(!hasBinary('redis-server'))`. Where it is
 * missing this says so, with the cure, and in CI it throws, so that nothing is skipped there.
 */
export function hasBinary(name: Binary): boolean {
  if (findBinary(name)) return true
  const message = `SKIPPED: ${name} is not installed: ${CURES[name]}`
  if (process.env.CI) throw new Error(message)
  if (!said.has(name)) process.stderr.write(`\n${message}\n\n`)
  said.add(name)
  return false
}

function findBinary(name: string): string | null {
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  const debian = '/usr/lib/postgresql'
  if (fs.existsSync(debian)) {
    for (const version of fs.readdirSync(debian)) folders.push(path.join(debian, version, 'bin'))
  }
  for (const folder of folders) {
    const file = path.join(folder, name)
    if (folder && fs.existsSync(file)) return file
  }
  return null
}

/** A new folder, which `remove` takes away. Short, because the paths of Unix sockets end at 107 characters. */
export function tempFolder(prefix: string): { path: string; remove(): void } {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), `${prefix}-`))
  return { path: made, remove: () => fs.rmSync(made, { recursive: true, force: true }) }
}

export interface Server {
  url: string
  pid: number
  /** SIGKILL, as if the machine had lost it. */
  kill(): Promise<void>
  /** Starts it again where it was, with what it had. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const noLog = { debug() {}, info() {}, warn() {}, error() {} }
let template: Promise<string> | undefined

/**
 * A data folder with an empty, migrated PGlite database in it. Making one takes seconds, so it is made once for each
 * state of PGlite and of our tables, and kept; what a test gets is a copy.
 */
export async function pgliteFolder(): Promise<{ path: string; remove(): void }> {
  template ??= findOrMakeTemplate()
  const copy = tempFolder('murano-pg')
  fs.cpSync(await template, copy.path, { recursive: true })
  return copy
}

async function findOrMakeTemplate(): Promise<string> {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const key = createHash('sha256')
  const tables = fs.readdirSync(path.join(root, 'src/store')).filter(name => name.startsWith('migrations'))
  for (const file of [
    'node_modules/@electric-sql/pglite/package.json',
    ...tables.map(name => `src/store/${name}`),
  ]) {
    key.update(fs.readFileSync(path.join(root, file)))
  }
  const cache = path.join(root, 'node_modules/.cache/murano')
  const kept = path.join(cache, `pglite-${key.digest('hex').slice(0, 16)}`)
  if (fs.existsSync(kept)) return kept

  fs.mkdirSync(cache, { recursive: true })
  const dataDir = fs.mkdtempSync(path.join(cache, 'making-'))
  const store = await openStore({ dataDir, databaseUrl: null, log: noLog, clock: Date.now })
  await store.close()
  try {
    fs.renameSync(dataDir, kept)
  } catch {
    // Another test file was faster; theirs is as good.
    fs.rmSync(dataDir, { recursive: true, force: true })
  }
  return kept
}

/** A throw-away Postgres server on a free port of 127.0.0.1, with fsync off: it is the queries that are tested. */
export async function startPostgres(): Promise<Server> {
  const postgres = need('postgres')
  const folder = tempFolder('murano-srv')
  const data = path.join(folder.path, 'data')
  // Postgres refuses to run as root.
  const as = process.getuid?.() === 0 ? ownerFor(folder.path) : {}
  execFileSync(
    path.join(path.dirname(postgres), 'initdb'),
    ['-D', data, '-U', 'murano', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
    { stdio: 'pipe', cwd: folder.path, ...as },
  )
  const port = await freePort()
  const args = ['-D', data, '-p', String(port), '-k', folder.path, '-c', 'listen_addresses=127.0.0.1']
  args.push('-c', 'fsync=off', '-c', 'full_page_writes=off')
  return supervise({
    url: `postgres://murano@127.0.0.1:${port}/postgres`,
    folder,
    start: () => spawn(postgres, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder.path, ...as }),
    stopWith: 'SIGINT',
    ready: /database system is ready to accept connections/,
  })
}

/** A throw-away Redis server on a free port of 127.0.0.1, with an append-only file, so that it can be killed. */
export async function startRedis(): Promise<Server> {
  const redis = need('redis-server')
  const folder = tempFolder('murano-redis')
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder.path]
  args.push('--save', '', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction')
  return supervise({
    url: `redis://127.0.0.1:${port}`,
    folder,
    start: () => spawn(redis, args, { stdio: ['ignore', 'pipe', 'pipe'] }),
    stopWith: 'SIGTERM',
    ready: /Ready to accept connections/,
  })
}

function need(name: Binary): string {
  const file = findBinary(name)
  if (!file) throw new Error(`${name} is not installed: ${CURES[name]}`)
  return file
}

async function supervise(server: {
  url: string
  folder: { remove(): void }
  start: () => ReturnType<typeof spawn>
  stopWith: NodeJS.Signals
  ready: RegExp
}): Promise<Server> {
  const start = () =>
    new Promise<ReturnType<typeof spawn>>((resolve, reject) => {
      const started = server.start()
      let output = ''
      const hear = (chunk: Buffer) => {
        output = (output + chunk).slice(-4000)
        if (server.ready.test(output)) resolve(started)
      }
      started.stdout?.on('data', hear)
      started.stderr?.on('data', hear)
      started.once('error', reject)
      started.once('exit', code => reject(new Error(`the server ended with ${code}: ${output}`)))
    })
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
  let child = await start()
  const last = () => child.kill('SIGKILL')
  process.once('exit', last)
  return {
    url: server.url,
    get pid() {
      return child.pid ?? 0
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGKILL')
      // Postgres will not start while sessions of the killed one still hold its memory; they notice within moments.
      for (let tries = 1; ; tries++) {
        try {
          child = await start()
          return
        } catch (error) {
          if (tries === 50) throw error
          await new Promise(resolve => setTimeout(resolve, 200))
        }
      }
    },
    async stop() {
      await end(server.stopWith)
      process.off('exit', last)
      server.folder.remove()
    },
  }
}

/** User and group of somebody who is not root, and the folder given to them. */
function ownerFor(folder: string): { uid: number; gid: number } {
  const id = (flag: string, user: string) => Number(execFileSync('id', [flag, user], { stdio: 'pipe' }))
  let who: { uid: number; gid: number }
  try {
    who = { uid: id('-u', 'postgres'), gid: id('-g', 'postgres') }
  } catch {
    who = { uid: id('-u', 'nobody'), gid: id('-g', 'nobody') }
  }
  fs.chownSync(folder, who.uid, who.gid)
  return who
}
