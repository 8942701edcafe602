import type { ChildProcess } from 'node:child_process'
import type { Clip } from '../core/clip.ts'
import { Refusal, Unavailable } from '../core/errors.ts'
import { endChild, holdOpen, startChild } from './child.ts'
import type { FromReader, ToReader } from './probe-messages.ts'
import type { Remote } from './remote.ts'

export interface PoolLimits {
  /** At most so many probes at once; each is a process. */
  readers: number
  /** From a probe's start to its end, ms; then its process is killed. */
  totalMs: number
  /** Probes that may wait for a process. */
  waiting: number
  /** How long a process that has nothing to do is kept, ms. */
  idleMs: number
}

/** What is to be probed: a file here, or one far away. */
export type Source = { path: string } | { remote: Remote }

export interface ProbePool {
  /** @throws Refusal, Unavailable (too many wait, closed) */
  probe(source: Source, exactBytes: number): Promise<Clip>
  close(): Promise<void>
}

/**
 * Processes that read files. The last one is kept warm for a while: a new one takes a fifth of a second to start, but
 * an idle one holds some 50 MB of its own.
 */
export function createProbePool(limits: PoolLimits): ProbePool {
  const idle: ChildProcess[] = []
  const all = new Set<ChildProcess>()
  const queue: ((reader: ChildProcess | null) => void)[] = []
  const ending = new Set<Promise<void>>()
  let closed = false
  let cooling: NodeJS.Timeout | undefined

  const keepWarm = (reader: ChildProcess) => {
    idle.push(reader)
    clearTimeout(cooling)
    cooling = setTimeout(() => {
      for (const reader of idle.splice(0)) retire(reader)
    }, limits.idleMs)
    cooling.unref()
  }

  const retire = (reader: ChildProcess) => {
    all.delete(reader)
    const end = endChild(reader).finally(() => ending.delete(end))
    ending.add(end)
  }

  const start = (): ChildProcess => {
    const reader = startChild(new URL('./probe-process.ts', import.meta.url))
    all.add(reader)
    const gone = () => {
      all.delete(reader)
      const at = idle.indexOf(reader)
      if (at >= 0) idle.splice(at, 1)
    }
    reader.once('exit', gone)
    reader.on('error', gone)
    holdOpen(reader, false)
    return reader
  }

  const takeReader = async (): Promise<ChildProcess> => {
    if (closed) throw new Unavailable('probe_closed', 'the media reader is closed')
    const warm = idle.pop()
    if (warm) return warm
    if (all.size < limits.readers) return start()
    if (queue.length >= limits.waiting) throw new Unavailable('probe_busy', 'too many clips are being read')
    const reader = await new Promise<ChildProcess | null>(resolve => queue.push(resolve))
    if (!reader) throw new Unavailable('probe_closed', 'the media reader is closed')
    return reader
  }

  const giveBack = (reader: ChildProcess, healthy: boolean) => {
    if (closed || !healthy) retire(reader)
    if (closed) return
    const next = queue.shift()
    if (next) next(healthy ? reader : start())
    else if (healthy && idle.length === 0) keepWarm(reader)
    else if (healthy) retire(reader)
  }

  return {
    async probe(source, exactBytes) {
      const reader = await takeReader()
      let healthy = false
      holdOpen(reader, true)
      try {
        const outcome = await runProbe(reader, source, exactBytes, limits.totalMs)
        healthy = outcome.healthy
        if (closed) throw new Unavailable('probe_closed', 'the media reader is closed')
        if ('refusal' in outcome) throw outcome.refusal
        return outcome.clip
      } finally {
        holdOpen(reader, false)
        giveBack(reader, healthy)
      }
    },
    async close() {
      closed = true
      clearTimeout(cooling)
      for (const next of queue.splice(0)) next(null)
      for (const reader of all) retire(reader)
      await Promise.all(ending)
    },
  }
}

type Outcome = { healthy: boolean } & ({ clip: Clip } | { refusal: unknown })

/** One probe in one process. Resolves in time whatever that does; unhealthy: it can't be used again. */
function runProbe(
  reader: ChildProcess,
  source: Source,
  exactBytes: number,
  totalMs: number,
): Promise<Outcome> {
  const remote = 'remote' in source ? source.remote : null
  return new Promise(resolve => {
    let readFailure: unknown = null
    const end = (outcome: Outcome) => {
      clearTimeout(timer)
      reader.off('message', hear)
      reader.off('error', fail)
      reader.off('exit', exit)
      resolve(outcome)
    }
    const kill = (refusal: unknown) => end({ healthy: false, refusal: readFailure ?? refusal })
    const hear = (message: FromReader) => {
      if (message.kind === 'clip') return end({ healthy: true, clip: message.clip })
      if (message.kind === 'refused') {
        const cause = { cause: new Error(message.cause) }
        return end({ healthy: true, refusal: readFailure ?? new Refusal(message.code, message.facts, cause) })
      }
      remote?.read(message.start, message.end).then(
        bytes => reader.send({ kind: 'bytes', seq: message.seq, bytes } satisfies ToReader),
        error => {
          readFailure ??= error
          reader.send({ kind: 'bytes', seq: message.seq, bytes: null } satisfies ToReader)
        },
      )
    }
    // Out of memory, most likely: V8 aborts its process.
    const exit = () => kill(new Refusal('too_complex', { why: 'it ended its reader' }))
    const fail = (error: Error) => kill(new Refusal('internal', {}, { cause: error }))
    const timer = setTimeout(() => {
      kill(remote?.waiting() ? new Refusal('source_stalled') : new Refusal('too_complex', { why: 'time' }))
    }, totalMs)
    reader.on('message', hear)
    reader.on('error', fail)
    reader.on('exit', exit)
    const file = 'remote' in source ? { size: source.remote.size } : source
    reader.send({ kind: 'probe', source: file, exactBytes } satisfies ToReader)
  })
}
