import { setTimeout as sleep } from 'node:timers/promises'
import { withBackend } from 'bullmq'
import { MuranoError, Unavailable } from '../core/errors.ts'
import type { Log, Work, WorkQueue } from '../core/ports.ts'
import type { QueueDatabase } from './database.ts'
import type { Link } from './link.ts'
import { linkPostgres } from './postgres.ts'
import { quietErrors } from './quiet.ts'
import { linkRedis } from './redis.ts'

export type { QueueDatabase } from './database.ts'

export interface OpenQueueOptions {
  /** redis://..., or null: the queue lives in `database`. */
  redisUrl: string | null
  database: QueueDatabase
  log: Log
  /** Pieces of work done at once in this process. Default 4. */
  concurrency?: number
  /** Keeps several bots apart that share a server. Default "murano". No colon. */
  prefix?: string
  /** How long `close` waits for work that is running, ms. Default 25 s. */
  drainMs?: number
  /** How long a piece of work belongs to a worker that gives no sign of life, ms. Default 15 s. */
  lockMs?: number
  /** How often to look for work whose worker died, ms. Default 5 s. */
  stalledCheckMs?: number
}

/** Adding takes milliseconds; longer than this, and whoever waits is better off knowing. */
const ADD_TIMEOUT_MS = 5000
/** How long opening waits for a Redis that is not there; then it goes on without. */
const CONNECT_MS = 5000
/** For saying goodbye to a server that may be gone. */
const GOODBYE_MS = 3000

/**
 * Opens the work queue. A Redis that is away does not keep it from opening: adding throws until it is back, and the
 * jobs' rows bring the work back by themselves.
 * @throws where the database refuses the queue's tables
 */
export async function openQueue(options: OpenQueueOptions): Promise<WorkQueue & AsyncDisposable> {
  const { log, concurrency = 4, prefix = 'murano', drainMs = 25_000 } = options
  const report = quietErrors(log)
  const link: Link = options.redisUrl
    ? linkRedis(options.redisUrl, report)
    : await linkPostgres(options.database, prefix)

  const { Queue, Worker } = withBackend(link.factory)
  const queue = new Queue<Work, void, 'step'>(prefix, {
    connection: link.producer,
    // Nobody reads them; on Postgres they are rows.
    streams: { events: { maxLen: 100 } },
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
  })
  queue.on('error', error => report(error, 'queue'))
  await link.connected(CONNECT_MS)
  const trouble = link.trouble()
  if (trouble) log.error({ trouble }, 'the queue cannot be reached; work waits in the database until it can')

  let worker:
    | { pause(doNotWaitActive: boolean): Promise<void>; close(force: boolean): Promise<void> }
    | undefined
  let closing: Promise<void> | undefined
  const running = new Set<Promise<void>>()

  const goodbye = (parting: Promise<unknown>) =>
    within(GOODBYE_MS, parting).catch((error: unknown) => report(error, 'closing'))

  async function close(): Promise<void> {
    if (worker) {
      // Stops fetching; what is running goes on.
      await goodbye(worker.pause(true))
      const drained = await within(drainMs, Promise.allSettled(running))
      if (!drained)
        log.warn({ running: running.size }, 'stopping although work is still running; it will be done again')
      link.leave()
      // Not forced, it also waits until the results of what has just ended are written.
      await goodbye(worker.close(!drained))
    }
    link.leave()
    await goodbye(queue.close())
    await link.cut()
  }

  const opened: WorkQueue & AsyncDisposable = {
    async add(work, delayMs) {
      const trouble = closing ? 'the queue is closed' : link.trouble()
      if (trouble) throw new Unavailable('queue_unreachable', trouble)
      const added = queue.add('step', work, {
        // The same work has the same id, and so is there once while it waits or runs.
        jobId: `${work.jobId}-${work.version}`,
        ...(delayMs > 0 ? { delay: Math.ceil(delayMs) } : {}),
      })
      if (!(await within(ADD_TIMEOUT_MS, added))) {
        throw new Unavailable('queue_unreachable', `the queue did not answer within ${ADD_TIMEOUT_MS} ms`)
      }
    },

    start(handler) {
      if (worker || closing)
        throw new MuranoError('queue_started', 'the queue is started once, and not after close')
      const made = new Worker<Work, void, 'step'>(
        prefix,
        async job => {
          const work = { jobId: job.data.jobId, version: job.data.version }
          const run = (async () => handler(work))().catch((error: unknown) => {
            // The job's row is due again by and by; the queue keeps no second opinion of when.
            log.error({ error, ...work }, 'a piece of work failed')
          })
          running.add(run)
          await run.finally(() => running.delete(run))
        },
        {
          connection: link.worker,
          concurrency,
          drainDelay: link.idleS,
          lockDuration: options.lockMs ?? 15_000,
          stalledInterval: options.stalledCheckMs ?? 5000,
          // However often its worker dies: the row, not the queue, gives up on a job.
          maxStalledCount: 1_000_000,
          // The default of 15 s leaves a worker idle for that long after each refused connection.
          runRetryDelay: 500,
        },
      )
      worker = made
      made.on('error', error => report(error, 'worker'))
      made.on('stalled', id => log.warn({ work: id }, 'its worker died; it is done again'))
    },

    close() {
      closing ??= close()
      return closing
    },
    [Symbol.asyncDispose]: () => opened.close(),
  }
  return opened
}

/** True when `promise` ended in time; it rejects as `promise` does, and a late rejection is nobody's any more. */
async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const stop = new AbortController()
  promise.catch(() => {})
  try {
    return await Promise.race([promise.then(() => true), sleep(ms, false, { signal: stop.signal })])
  } finally {
    stop.abort()
  }
}
