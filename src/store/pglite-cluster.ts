import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { MuranoError } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'

const NEW = 'pg.new-'

/** Whether there is a database in this folder already. */
export const hasCluster = (dataDir: string): boolean => fs.existsSync(path.join(dataDir, 'pg', 'PG_VERSION'))

/**
 * Makes sure that `${dataDir}/pg` holds a database, and returns that path. A new one is made beside it and moved in
 * whole, so that a process killed half-way leaves no half database that would count as one. Call it with the lock held.
 */
export async function ensureCluster(dataDir: string, log: Log): Promise<string> {
  const folder = path.join(dataDir, 'pg')
  for (const name of fs.readdirSync(dataDir)) {
    if (name.startsWith(NEW)) fs.rmSync(path.join(dataDir, name), { recursive: true, force: true })
  }
  if (hasCluster(dataDir)) return folder
  if (fs.existsSync(folder) && fs.readdirSync(folder).length > 0) {
    throw new MuranoError(
      'store_broken',
      `${folder} is not empty and holds no database (no PG_VERSION). Move it away, or set DATA_DIR to another folder.`,
    )
  }
  log.info({ folder }, 'making a new database; this takes a few seconds, once')
  const made = path.join(dataDir, `${NEW}${process.pid}`)
  fs.mkdirSync(made, { mode: 0o700 })
  await initdb(made)
  fs.rmSync(folder, { recursive: true, force: true })
  fs.renameSync(made, folder)
  const parent = fs.openSync(dataDir, 'r')
  fs.fsyncSync(parent)
  fs.closeSync(parent)
  return folder
}

function initdb(folder: string): Promise<void> {
  const script = fileURLToPath(new URL('./pglite-initdb.ts', import.meta.url))
  return new Promise((resolve, reject) => {
    // It runs once, for seconds: V8's quick WebAssembly compiler alone is the faster one for that.
    const child = spawn(process.execPath, ['--liftoff-only', script, folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000)
    })
    const killChild = () => child.kill('SIGKILL')
    process.once('exit', killChild)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      process.off('exit', killChild)
      if (code === 0) resolve()
      else
        reject(new MuranoError('store_broken', `making a new database failed (${signal ?? code}): ${said}`))
    })
  })
}
