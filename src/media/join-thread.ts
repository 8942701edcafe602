import { rm } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { Final } from '../core/errors.ts'

export interface JoinTask {
  video: string
  sound: string
  out: string
}

export type JoinResult = { ok: true } | { ok: false; code: string; message: string }

/**
 * Joins picture and sound in a thread that is ended after `totalMs`. `out` is whole or absent.
 * @throws Final with one of the codes of `join`, or join_failed, join_timeout
 */
export async function joinInThread(task: JoinTask, totalMs: number, signal: AbortSignal): Promise<void> {
  const worker = new Worker(new URL('./join-worker.ts', import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
  })
  const result = await new Promise<JoinResult>(resolve => {
    const fail = (code: string, message: string) => resolve({ ok: false, code, message })
    const timer = setTimeout(() => fail('join_timeout', `not joined after ${totalMs} ms`), totalMs)
    const stop = () => fail('join_failed', 'closed meanwhile')
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    worker.once('message', resolve)
    worker.once('error', error => fail('join_failed', String(error)))
    worker.once('exit', () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      fail('join_failed', 'the thread ended')
    })
  })
  await worker.terminate()
  if (result.ok) return
  await rm(task.out, { force: true })
  throw new Final(result.code, result.message)
}
