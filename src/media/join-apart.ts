import { rm } from 'node:fs/promises'
import { Final } from '../core/errors.ts'
import { endChild, startChild } from './child.ts'

export interface JoinTask {
  video: string
  sound: string
  out: string
}

export type JoinResult = { ok: true } | { ok: false; code: string; message: string }

/**
 * Joins picture and sound in a process that is ended after `totalMs`. `out` is whole or absent.
 * @throws Final with one of the codes of `join`, or join_failed, join_timeout
 */
export async function joinApart(task: JoinTask, totalMs: number, signal: AbortSignal): Promise<void> {
  const child = startChild(new URL('./join-process.ts', import.meta.url))
  const result = await new Promise<JoinResult>(resolve => {
    const fail = (code: string, message: string) => resolve({ ok: false, code, message })
    const timer = setTimeout(() => fail('join_timeout', `not joined after ${totalMs} ms`), totalMs)
    const stop = () => fail('join_failed', 'closed meanwhile')
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    child.once('message', result => resolve(result as JoinResult))
    child.on('error', error => fail('join_failed', String(error)))
    child.once('exit', () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      fail('join_failed', 'its process ended')
    })
    child.send(task)
  })
  await endChild(child)
  if (result.ok) return
  await rm(task.out, { force: true })
  throw new Final(result.code, result.message)
}
