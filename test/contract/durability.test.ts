import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { lockFolder } from '../../src/store/folder-lock.ts'
import { openStore } from '../../src/store/index.ts'
import { pgliteFolder, tempFolder } from '../kit/backends.ts'
import { sampleJob } from '../kit/jobs.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const open = (dataDir: string) => openStore({ dataDir, databaseUrl: null, log, clock: Date.now })

type Line = { open?: number; acked?: string; failed?: string; code?: string }

const children: ChildProcess[] = []
const folders: { remove(): void }[] = []
afterEach(async () => {
  await Promise.all(children.splice(0).map(kill))
  for (const folder of folders.splice(0)) folder.remove()
})

/** The lines that the child says, as they come; ends with the child. */
function startChild(
  mode: string,
  dataDir: string,
): { child: ChildProcess; lines: AsyncIterableIterator<Line> } {
  const script = fileURLToPath(new URL('./durability-child.ts', import.meta.url))
  const child = spawn(process.execPath, [script, mode, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const input = createInterface({ input: child.stdout! })
  const lines = (async function* () {
    for await (const line of input) yield JSON.parse(line) as Line
  })()
  return { child, lines }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

async function newFolder(): Promise<string> {
  const folder = await pgliteFolder()
  folders.push(folder)
  return folder.path
}

// Making a database takes seconds, and on a busy machine many.
describe('a database in a folder', { timeout: 180_000 }, () => {
  it('has every row that was acknowledged, with its history, however often its process is killed', async () => {
    const dataDir = await newFolder()
    const acked: string[] = []
    for (const count of [3, 30, 12]) {
      const { child, lines } = startChild('rows', dataDir)
      let left = count
      for await (const line of lines) {
        if (line.acked) acked.push(line.acked)
        // Killed at once, in the middle of the next write; what it had still said counts too.
        if (line.acked && --left === 0) child.kill('SIGKILL')
      }
    }
    await using store = await open(dataDir)
    expect(acked.length).toBeGreaterThanOrEqual(45)
    for (const id of acked) {
      expect(await store.get(id)).toMatchObject({ id, state: 'quoted' })
      expect(await store.history(id)).toHaveLength(2)
      expect(await store.create({ ...sampleJob('quoting'), id: 'again' }, `event ${id}`)).toBe('duplicate')
    }
  })

  it('is forced to the disk with every write, so that a power cut loses nothing that was acknowledged', async () => {
    const dataDir = await newFolder()
    await using store = await open(dataDir)
    const fsync = vi.spyOn(fs, 'fsyncSync')
    for (let i = 0; i < 10; i++) await store.create({ ...sampleJob('quoting'), id: `j${i}` }, `e${i}`)
    expect(fsync.mock.calls.length).toBeGreaterThanOrEqual(10)
    fsync.mockRestore()
  })

  it('is made whole on first use, and is closed to other users of the machine', async () => {
    const folder = tempFolder('murano-new')
    folders.push(folder)
    // Left by a process that was killed while it made one.
    fs.mkdirSync(path.join(folder.path, 'pg.new-123'))
    fs.writeFileSync(path.join(folder.path, 'pg.new-123', 'PG_VERSION'), '18')
    await using store = await open(folder.path)
    await store.ping()
    expect(fs.readdirSync(folder.path).sort()).toEqual(['murano.lock', 'pg'])
    expect(fs.statSync(path.join(folder.path, 'pg')).mode & 0o077).toBe(0)
  })

  it('is refused to a second process, which is told who has it and what to do', async () => {
    const dataDir = await newFolder()
    const store = await open(dataDir)
    const line: Line | undefined = (await startChild('open', dataDir).lines.next()).value
    expect(line?.code).toBe('store_locked')
    expect(line?.failed).toContain(`already open in process ${process.pid} on ${os.hostname()}`)
    expect(line?.failed).toMatch(/Stop that process, or set DATA_DIR .* or set DATABASE_URL/)
    // Also within this process, and by another name of the folder.
    const alias = `${dataDir}-alias`
    fs.symlinkSync(dataDir, alias)
    folders.push({ remove: () => fs.rmSync(alias) })
    await expect(open(alias)).rejects.toMatchObject({ code: 'store_locked' })
    await store.close()
    await (await open(dataDir)).close()
  })

  it('is free at once when its process is killed', async () => {
    const dataDir = await newFolder()
    const { child, lines } = startChild('open', dataDir)
    expect((await lines.next()).value).toEqual({ open: child.pid })
    await expect(open(dataDir)).rejects.toMatchObject({ owner: { pid: child.pid } })
    await kill(child)
    await (await open(dataDir)).close()
  })
})

describe.each(['kernel', 'pid-file'] as const)('the lock on a folder, by %s', way => {
  it.skipIf(way === 'kernel' && process.platform !== 'linux')('is held by one at a time', async () => {
    const folder = tempFolder('murano-lock')
    folders.push(folder)
    const lock = await lockFolder(folder.path, { way })
    await expect(lockFolder(folder.path, { way })).rejects.toMatchObject({ owner: { pid: process.pid } })
    await lock.release()
    await (await lockFolder(folder.path, { way })).release()
  })
})

describe('a lock file', () => {
  const lockWith = (pid: number, host: string) => {
    const folder = tempFolder('murano-lock')
    folders.push(folder)
    fs.writeFileSync(
      path.join(folder.path, 'murano.lock'),
      JSON.stringify({ pid, host, since: '2026-11-22T12:00:00.000Z' }),
    )
    return lockFolder(folder.path, { way: 'pid-file' })
  }

  it('of a process that is gone is taken over', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await new Promise(resolve => child.once('exit', resolve))
    await (await lockWith(child.pid ?? 0, os.hostname())).release()
  })

  it('of a living process is respected, however long that has been silent', async () => {
    await expect(lockWith(process.ppid, os.hostname())).rejects.toMatchObject({
      owner: { pid: process.ppid },
    })
  })

  it('of another machine is respected, since nothing is known of its processes', async () => {
    await expect(lockWith(1, 'another.example')).rejects.toThrow(
      /process 1 on another\.example .*If it is not running any more, delete .*murano\.lock/,
    )
  })
})

describe.skipIf(process.platform !== 'linux')('two containers that share a volume', () => {
  it('do not both get it, though neither sees the other in its network', async () => {
    const folder = tempFolder('murano-lock')
    folders.push(folder)
    // As the other container does it: the file is locked, but no socket of this network is bound.
    const file = path.join(folder.path, 'murano.lock')
    fs.writeFileSync(file, JSON.stringify({ pid: 7, host: 'other-container', since: 'today' }))
    const other = spawn('sh', ['-c', 'exec 9>>"$0"; flock -x 9; echo held; exec sleep 60', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(other)
    await new Promise(resolve => other.stdout.once('data', resolve))
    await expect(lockFolder(folder.path)).rejects.toMatchObject({
      owner: { pid: 7, host: 'other-container' },
    })
  })

  it('get it one after the other, though a killed one has left its name behind', async () => {
    const folder = tempFolder('murano-lock')
    folders.push(folder)
    fs.writeFileSync(
      path.join(folder.path, 'murano.lock'),
      JSON.stringify({ pid: 7, host: 'dead-container', since: 'today' }),
    )
    await (await lockFolder(folder.path)).release()
  })
})
