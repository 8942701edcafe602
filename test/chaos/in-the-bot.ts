/**
 * Loaded into the bot's process by the harness, with `node --import`, before anything of the bot. It changes nothing of
 * what the bot does: it stands where the database drivers, the queue and the file system are called, says on stderr what
 * passes, and at the one step that it was given ends the process with SIGKILL, before or after that call.
 *
 * CHAOS_DIE_AT: "before write NAME" or "after write NAME", with the names of writes.ts; empty: nowhere.
 * CHAOS_DIE_NTH: at which passing, from 1. CHAOS_CLOCK_MS: how far the world's clock is ahead of the machine's.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { PGlite, type Transaction } from '@electric-sql/pglite'
import { Queue } from 'bullmq'
import pg from 'pg'
import { jobIn, nameOfWrite } from './writes.ts'

const { CHAOS_DIE_AT = '', CHAOS_DIE_NTH = '1', CHAOS_CLOCK_MS = '0' } = process.env
for (const name of ['CHAOS_DIE_AT', 'CHAOS_DIE_NTH', 'CHAOS_CLOCK_MS', 'NODE_OPTIONS'])
  delete process.env[name]

shiftClock(Number(CHAOS_CLOCK_MS))
shiftFiles(Number(CHAOS_CLOCK_MS))

let passings = Number(CHAOS_DIE_NTH)
/** Written before the process goes on, so that it stands there even if the next thing is its end. */
const say = (line: string) => fs.writeSync(2, `chaos ${line}\n`)

function passing(step: string): void {
  if (step !== CHAOS_DIE_AT || --passings > 0) return
  say(`died ${step}`)
  process.kill(process.pid, 'SIGKILL')
}

/** One write under its name: what the harness reports of jobs, and the two steps around it. */
async function around<T>(
  name: string | null,
  params: readonly unknown[],
  write: () => Promise<T>,
): Promise<T> {
  if (name === null) return write()
  const job = name.startsWith('job ') ? jobIn(params) : null
  const tell = (when: string) => job && say(`move ${when} ${name.slice(4)} ${job.id} ${job.fileName}`)
  if (name.startsWith('unnamed')) say(name)
  tell('begin')
  passing(`before write ${name}`)
  const done = await write()
  tell('end')
  passing(`after write ${name}`)
  return done
}

type Query = (this: unknown, ...given: unknown[]) => unknown
const textOf = (query: unknown): string =>
  typeof query === 'string' ? query : ((query as { text?: string } | null)?.text ?? '')
const listOf = (params: unknown): readonly unknown[] => (Array.isArray(params) ? params : [])

/** What was written, and is not committed yet. */
const open = new WeakSet<object>()

function standBefore(target: { query: Query }): void {
  const query = target.query
  target.query = function (...given) {
    const text = textOf(given[0])
    const params = listOf(given[1] ?? (given[0] as { values?: unknown } | null)?.values)
    // A transaction's query is called without it.
    const holder = (this as object | undefined) ?? target
    if (/^begin/i.test(text)) open.delete(holder)
    const ends = /^commit$/i.test(text) && open.delete(holder)
    const name = ends ? 'commit' : nameOfWrite(text, params)
    // Called back and not awaited: how pg's own pool does it, for what has no name here.
    if (name === null || typeof given.at(-1) === 'function') return query.apply(this, given)
    if (!ends) open.add(holder)
    return around(name, params, () => query.apply(this, given) as Promise<unknown>)
  }
}
standBefore(PGlite.prototype as unknown as { query: Query })
standBefore(pg.Client.prototype as unknown as { query: Query })

/** The embedded database commits by itself, when the work in its transaction is done. */
const transaction = PGlite.prototype.transaction
PGlite.prototype.transaction = async function <T>(this: PGlite, work: (tx: Transaction) => Promise<T>) {
  let wrote = false
  const done = await transaction.call(this, async tx => {
    standBefore(tx as unknown as { query: Query })
    const inside = await work(tx)
    wrote = open.delete(tx)
    if (wrote) passing('before write commit')
    return inside
  })
  if (wrote) passing('after write commit')
  return done as T
}

const add = Queue.prototype.add
Queue.prototype.add = function (...given) {
  return around('queue add', [], () => add.apply(this, given))
}

const rename = fs.promises.rename
fs.promises.rename = (from, to) => {
  const kept = /\/files\/(sources|results)\//.exec(String(to))?.[1]
  return around(kept ? `file kept in ${kept}` : null, [], () => rename(from, to))
}
syncBuiltinESMExports()

/** The machine stood still for a while, as far as this process and all stand-ins can tell. */
function shiftClock(aheadMs: number): void {
  if (aheadMs === 0) return
  const Real = Date
  const now = Real.now.bind(Real)
  Real.now = () => now() + aheadMs
  globalThis.Date = new Proxy(Real, {
    construct: (target, given, as) =>
      Reflect.construct(target, given.length > 0 ? given : [Real.now()], as) as object,
    apply: () => new Real(Real.now()).toString(),
  })
}

/** The disk knows nothing of that: what was written just now must not look as if it had lain there since then. */
function shiftFiles(aheadMs: number): void {
  const stat = fs.promises.stat
  fs.promises.stat = (async (...given: Parameters<typeof stat>) => {
    const found = await stat(...given)
    if (found && typeof found.mtimeMs === 'number') found.mtimeMs += aheadMs
    return found
  }) as typeof stat
  syncBuiltinESMExports()
}
