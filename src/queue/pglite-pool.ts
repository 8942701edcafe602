import { EventEmitter } from 'node:events'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { EmbeddedPostgres } from './database.ts'

type Rows = { rows: never[]; rowCount: number }

/**
 * How long a failed query is held back. BullMQ's worker tries again at once; without real I/O in between, which PGlite
 * has not, that is a loop of microtasks in which no timer and no socket of the process is served again (seen twice).
 */
const HOLD_BACK_MS = 500

async function run(pg: EmbeddedPostgres, text: string, params?: readonly unknown[]): Promise<Rows> {
  try {
    const { rows, affectedRows } = await pg.query(text, params ? [...params] : undefined)
    // Every answer lets the event loop turn, for the same reason.
    await setImmediate()
    return { rows: rows as never[], rowCount: affectedRows ?? rows.length }
  } catch (error) {
    await setTimeout(HOLD_BACK_MS)
    throw error
  }
}

/** The part of a pg client that BullMQ listens with. All clients share PGlite's one session. */
class PgliteClient extends EventEmitter {
  readonly #pg: EmbeddedPostgres
  readonly #stop: () => void

  constructor(pg: EmbeddedPostgres) {
    super()
    this.#pg = pg
    this.#stop = pg.onNotification((channel, payload) => this.emit('notification', { channel, payload }))
  }

  query(text: string, params?: readonly unknown[]): Promise<Rows> {
    return run(this.#pg, text, params)
  }

  release(): void {
    this.#stop()
    this.removeAllListeners()
  }
}

/**
 * The part of a pg pool that BullMQ uses (6.7.0), over PGlite. PGlite's own imitation of pg is no use here: with more
 * than one client its protocol messages get mixed up.
 */
export class PglitePool extends EventEmitter {
  /** BullMQ reads this: nothing can silently break between it and a database in the same process. */
  readonly options = { keepAlive: true }
  readonly #pg: EmbeddedPostgres

  constructor(pg: EmbeddedPostgres) {
    super()
    this.#pg = pg
    this.setMaxListeners(0)
  }

  query(text: string, params?: readonly unknown[]): Promise<Rows> {
    return run(this.#pg, text, params)
  }

  async connect(): Promise<PgliteClient> {
    return new PgliteClient(this.#pg)
  }

  /** The database is not ours to close. */
  async end(): Promise<void> {}
}
