/** Runs in a worker thread of its own, so that a long copy never holds up the bot. */
import { parentPort, workerData } from 'node:worker_threads'
import { Logging, LogLevel } from 'mediabunny'
import { MuranoError } from '../core/errors.ts'
import { join } from './join.ts'
import type { JoinResult, JoinTask } from './join-thread.ts'

Logging.level = LogLevel.Silent
const { video, sound, out } = workerData as JoinTask
const result: JoinResult = await join(video, sound, out).then(
  () => ({ ok: true }) as const,
  error => ({
    ok: false,
    code: error instanceof MuranoError ? error.code : 'join_failed',
    message: String(error),
  }),
)
parentPort?.postMessage(result)
