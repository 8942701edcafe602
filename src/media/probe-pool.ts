import { Worker } from 'node:worker_threads'
import type { Clip } from '../core/clip.ts'
import { Refusal, Unavailable } from '../core/errors.ts'
import type { FromWorker, ToWorker } from './probe-messages.ts'
import type { Remote } from './remote.ts'

export interface PoolLimits {
  /** At most so many probes at once; each is a thread. */
  workers: number
  /** From a probe's start to its end, ms; then its thread is killed. */
  totalMs: number
  /** Probes that may wait for a thread. */
  waiting: number
}

/** What is to be probed: a file here, or one far away. */
export type Source = { path: string } | { remote: Remote }

export interface ProbePool {
  /** @throws Refusal, Unavailable (too many wait, closed) */
  probe(source: Source, exactBytes: number): Promise<Clip>
  close(): Promise<void>
}

/** Memory for what a file makes the reader build. An hour of video takes about 30 MB. */
const HEAP_MB = 256

/** Threads that read files. One is kept warm: a new one takes a third of a second to start. */
export function createProbePool(limits: PoolLimits): ProbePool {
  const idle: Worker[] = []
  const all = new Set<Worker>()
  const queue: ((worker: Worker | null) => void)[] = []
  let closed = false

  const start = (): Worker => {
    const worker = new Worker(new URL('./probe-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 32 },
      // Nothing of the process's secrets or flags is of use to it.
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
    })
    all.add(worker)
    worker.on('error', () => {})
    worker.once('exit', () => {
      all.delete(worker)
      const at = idle.indexOf(worker)
      if (at >= 0) idle.splice(at, 1)
    })
    worker.unref()
    return worker
  }

  const takeWorker = async (): Promise<Worker> => {
    if (closed) throw new Unavailable('probe_closed', 'the media reader is closed')
    const warm = idle.pop()
    if (warm) return warm
    if (all.size < limits.workers) return start()
    if (queue.length >= limits.waiting) throw new Unavailable('probe_busy', 'too many clips are being read')
    const worker = await new Promise<Worker | null>(resolve => queue.push(resolve))
    if (!worker) throw new Unavailable('probe_closed', 'the media reader is closed')
    return worker
  }

  const giveBack = (worker: Worker, healthy: boolean) => {
    if (closed || !healthy) {
      all.delete(worker)
      void worker.terminate()
    }
    if (closed) return
    const next = queue.shift()
    if (next) next(healthy ? worker : start())
    else if (!healthy) {
      if (idle.length === 0) idle.push(start())
    } else if (idle.length === 0) idle.push(worker)
    else void worker.terminate()
  }

  idle.push(start())
  return {
    async probe(source, exactBytes) {
      const worker = await takeWorker()
      let healthy = false
      worker.ref()
      try {
        const outcome = await runProbe(worker, source, exactBytes, limits.totalMs)
        healthy = outcome.healthy
        if ('refusal' in outcome) throw outcome.refusal
        return outcome.clip
      } finally {
        worker.unref()
        giveBack(worker, healthy)
      }
    },
    async close() {
      closed = true
      for (const next of queue.splice(0)) next(null)
      await Promise.all([...all].map(w => w.terminate()))
    },
  }
}

type Outcome = { healthy: boolean } & ({ clip: Clip } | { refusal: unknown })

/** One probe on one thread. Resolves in time whatever the thread does; unhealthy: the thread can't be used again. */
function runProbe(worker: Worker, source: Source, exactBytes: number, totalMs: number): Promise<Outcome> {
  const remote = 'remote' in source ? source.remote : null
  return new Promise(resolve => {
    let readFailure: unknown = null
    const end = (outcome: Outcome) => {
      clearTimeout(timer)
      worker.off('message', hear)
      worker.off('error', fail)
      worker.off('exit', exit)
      resolve(outcome)
    }
    const kill = (refusal: unknown) => end({ healthy: false, refusal: readFailure ?? refusal })
    const hear = (message: FromWorker) => {
      if (message.kind === 'clip') return end({ healthy: true, clip: message.clip })
      if (message.kind === 'refused') {
        const cause = { cause: new Error(message.cause) }
        return end({ healthy: true, refusal: readFailure ?? new Refusal(message.code, message.facts, cause) })
      }
      remote?.read(message.start, message.end).then(
        bytes =>
          worker.postMessage({ kind: 'bytes', seq: message.seq, bytes } satisfies ToWorker, [bytes.buffer]),
        error => {
          readFailure ??= error
          worker.postMessage({ kind: 'bytes', seq: message.seq, bytes: null } satisfies ToWorker)
        },
      )
    }
    // Out of memory comes as an error; a thread that dies of anything else was killed by the file as well.
    const fail = (error: Error) => kill(new Refusal('too_complex', { why: 'memory' }, { cause: error }))
    const exit = () => kill(new Refusal('too_complex', { why: 'it ended the reader' }))
    const timer = setTimeout(() => {
      kill(remote?.waiting() ? new Refusal('source_stalled') : new Refusal('too_complex', { why: 'time' }))
    }, totalMs)
    worker.on('message', hear)
    worker.on('error', fail)
    worker.on('exit', exit)
    const file = 'remote' in source ? { size: source.remote.size } : source
    worker.postMessage({ kind: 'probe', source: file, exactBytes } satisfies ToWorker)
  })
}
