/** The parent's side of clip-process.ts: one forked process per task, at most one enlargement at a time. */

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ClipFacts, EnlargedFile, OutputCodec } from './clip.ts'
import type { ClipAnswer, ClipTask } from './clip-process.ts'

const script = fileURLToPath(new URL('./clip-process.ts', import.meta.url))

/** Reading takes milliseconds; a clip that is built to take longer (a million frames) is not a clip we take. */
const READ_TIMEOUT_MS = 20_000
const ENLARGE_TIMEOUT_MS = 30 * 60_000
const STDERR_KEPT = 2_000

export interface Clips {
  /** Rejects with a plain sentence when the file is no readable video. */
  read(file: string): Promise<ClipFacts>
  /** Waits for its turn. Rejects when the conversion fails or `close` ends it. */
  enlarge(
    file: string,
    out: string,
    wanted: { width: number; height: number; codec: OutputCodec },
  ): Promise<EnlargedFile>
  close(): Promise<void>
}

export function createClips(): Clips {
  const running = new Set<ChildProcess>()
  let closed = false
  let turn: Promise<unknown> = Promise.resolve()

  function run(task: ClipTask, timeoutMs: number): Promise<unknown> {
    if (closed) return Promise.reject(new Error('closed'))
    const child = fork(script, { execArgv: [], env: {}, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    running.add(child)
    let printed = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-STDERR_KEPT)
    })
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`gave up after ${timeoutMs / 1000} s`))
        child.kill('SIGKILL')
      }, timeoutMs)
      child.once('message', (message: ClipAnswer) => {
        if (message.ok) resolve(message.value)
        else reject(new Error(message.error))
        child.disconnect()
      })
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        clearTimeout(timer)
        running.delete(child)
        // Loses against an answer that came before.
        reject(new Error(`the clip process ended (${signal ?? code}) ${printed}`.trim()))
      })
      child.send(task)
    })
  }

  return {
    read: file => run({ do: 'read', file }, READ_TIMEOUT_MS) as Promise<ClipFacts>,
    enlarge(file, out, wanted) {
      const mine = turn.then(() => run({ do: 'enlarge', file, out, ...wanted }, ENLARGE_TIMEOUT_MS))
      turn = mine.catch(() => undefined)
      return mine as Promise<EnlargedFile>
    },
    async close() {
      closed = true
      await Promise.all(
        [...running].map(
          child =>
            new Promise(resolve => {
              child.once('exit', resolve)
              child.kill('SIGKILL')
            }),
        ),
      )
    },
  }
}
