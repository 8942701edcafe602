import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { MuranoError } from '../core/errors.ts'

/** Who has a folder open, as written into its lock file. */
export interface LockOwner {
  pid: number
  host: string
  /** ISO time. */
  since: string
}

/** Another process has the data folder open. Two at once lose acknowledged rows silently (measured), so it is refused. */
export class StoreLocked extends MuranoError {
  readonly owner: LockOwner | null
  constructor(folder: string, owner: LockOwner | null, remark = '') {
    const who = owner ? `process ${owner.pid} on ${owner.host} (since ${owner.since})` : 'another process'
    super(
      'store_locked',
      `The data folder ${folder} is already open in ${who}, and only one process can have it open.${remark} ` +
        'Stop that process, or set DATA_DIR to another folder, or set DATABASE_URL to a Postgres server, ' +
        'which several processes can share.',
    )
    this.owner = owner
  }
}

export interface FolderLock {
  release(): Promise<void>
}

/**
 * Holds `folder` for this process until it ends, however it ends. Nothing is ever taken over because of a silent
 * heartbeat: work inside WebAssembly blocks the event loop, and a blocked owner is still an owner.
 * @throws StoreLocked
 */
export async function lockFolder(
  folder: string,
  options: { way?: 'kernel' | 'pid-file' } = {},
): Promise<FolderLock> {
  const real = fs.realpathSync(folder)
  const file = path.join(real, 'murano.lock')
  const way = options.way ?? (process.platform === 'linux' ? 'kernel' : 'pid-file')
  return way === 'kernel' ? lockByKernel(real, file) : lockByPidFile(real, file)
}

const self = (): LockOwner => ({ pid: process.pid, host: os.hostname(), since: new Date().toISOString() })

function readOwner(file: string): LockOwner | null {
  try {
    const owner: unknown = JSON.parse(fs.readFileSync(file, 'utf8'))
    if (typeof owner !== 'object' || owner === null) return null
    const { pid, host, since } = owner as Record<string, unknown>
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host, since: String(since) } : null
  } catch {
    return null
  }
}

/**
 * Linux. Two locks that the kernel itself frees at the owner's death: an abstract socket, which only counts within one
 * network namespace, and flock(2), which also counts between containers that share the volume.
 */
async function lockByKernel(folder: string, file: string): Promise<FolderLock> {
  const server = await bindAbstract(folder)
  if (!server) throw new StoreLocked(folder, readOwner(file))

  const fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600)
  const release = async () => {
    fs.ftruncateSync(fd)
    fs.closeSync(fd)
    await new Promise<void>(resolve => server.close(() => resolve()))
  }
  const flocked = flock(fd)
  const before = readOwner(file)
  if (flocked === 'held' || (flocked === 'unknown' && before !== null && before.host !== os.hostname())) {
    fs.closeSync(fd)
    server.close()
    const remark = flocked === 'held' ? '' : ` If that host is gone, delete ${file}.`
    throw new StoreLocked(folder, before, remark)
  }
  // Written in place: a lock belongs to the inode, so this file is never renamed or removed.
  fs.ftruncateSync(fd)
  fs.writeSync(fd, JSON.stringify(self()), 0)
  return { release }
}

function bindAbstract(folder: string): Promise<net.Server | null> {
  const name = `\0murano-${createHash('sha256').update(folder).digest('hex').slice(0, 40)}`
  return new Promise((resolve, reject) => {
    const server = net.createServer(socket => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    )
    server.listen(name, () => {
      server.unref()
      resolve(server)
    })
  })
}

/**
 * Node has no flock of its own; the command locks the open file that we hand it, and the lock stays with our
 * descriptor when the command has ended (util-linux and busybox alike).
 */
function flock(fd: number): 'taken' | 'held' | 'unknown' {
  const run = spawnSync('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] })
  if (run.status === 0) return 'taken'
  return run.status === 1 ? 'held' : 'unknown'
}

/** Elsewhere: a file that names its owner, and is only taken over when that process does not exist any more. */
function lockByPidFile(folder: string, file: string): FolderLock {
  const mine = JSON.stringify(self())
  const draft = `${file}.${process.pid}`
  for (let attempt = 0; attempt < 5; attempt++) {
    fs.writeFileSync(draft, mine, { mode: 0o600 })
    try {
      // A link appears with its whole content or not at all, and fails where the name is taken.
      fs.linkSync(draft, file)
      return {
        async release() {
          fs.rmSync(file, { force: true })
        },
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      fs.rmSync(draft, { force: true })
    }
    const owner = readOwner(file)
    if (owner === null && !fs.existsSync(file)) continue
    if (owner === null || owner.host !== os.hostname()) {
      throw new StoreLocked(folder, owner, ` If it is not running any more, delete ${file}.`)
    }
    if (isAlive(owner.pid)) throw new StoreLocked(folder, owner)
    clearDead(file, owner)
  }
  throw new StoreLocked(folder, readOwner(file))
}

/** Moves a dead owner's file away; if somebody else was faster, what was moved is theirs, and goes back. */
function clearDead(file: string, dead: LockOwner): void {
  const aside = `${file}.${process.pid}.dead`
  try {
    fs.renameSync(file, aside)
    const moved = readOwner(aside)
    if (moved && (moved.pid !== dead.pid || moved.since !== dead.since)) fs.linkSync(aside, file)
  } catch {
    // Cleared by somebody else; the next attempt sees what is there now.
  } finally {
    fs.rmSync(aside, { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
