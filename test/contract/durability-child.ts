/**
 * A process of its own for the durability tests, to be killed. What it says goes out as one JSON line at a time.
 * Usage: durability-child <open|rows|queue> <data folder>
 */

import { advance } from '../../src/core/transitions.ts'
import { openQueue } from '../../src/queue/index.ts'
import { openStore } from '../../src/store/index.ts'
import { NOON, sampleEvents, sampleJob } from '../kit/jobs.ts'

const [mode, dataDir = '', databaseUrl = ''] = process.argv.slice(2)
const log = { debug() {}, info() {}, warn() {}, error() {} }
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

try {
  const store = await openStore({ dataDir, databaseUrl: databaseUrl || null, log, clock: Date.now })
  say({ open: process.pid })
  if (mode === 'rows') {
    for (let i = 0; ; i++) {
      const job = { ...sampleJob('quoting'), id: `${process.pid}x${i}` }
      await store.create(job, `event ${job.id}`)
      const quoted = advance(job, sampleEvents().quoted, NOON)
      await store.save(job, quoted, sampleEvents().quoted, NOON, [])
      say({ acked: job.id })
    }
  }
  if (mode === 'queue') {
    const queue = await openQueue({
      redisUrl: process.env.TEST_REDIS_URL || null,
      database: store.database,
      log,
      lockMs: store.exclusive && !process.env.TEST_REDIS_URL ? 30_000 : 1000,
      stalledCheckMs: 500,
    })
    queue.start(async work => {
      say({ working: work.jobId })
      await new Promise(() => {})
    })
    await queue.add({ jobId: 'left', version: 1 }, 0)
    await queue.add({ jobId: 'later', version: 1 }, 60_000)
  }
} catch (error) {
  say({
    failed: error instanceof Error ? error.message : String(error),
    code: (error as { code?: string }).code,
  })
  process.exit(3)
}
// Stays until it is killed.
setInterval(() => {}, 60_000)
