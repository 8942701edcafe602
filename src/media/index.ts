import { Refusal } from '../core/errors.ts'
import type { Door, Media } from '../core/ports.ts'
import { copyTo } from './copy.ts'
import { joinApart } from './join-apart.ts'
import { createProbePool } from './probe-pool.ts'
import { openRemote } from './remote.ts'

export interface MediaOptions {
  /** Opens what is not a file here. */
  door: Door
  /** The most that a probe reads of a file far away. */
  probeBytes?: number
  /** A probe's whole time, ms. */
  probeMs?: number
  /** Probes at once. */
  probes?: number
  /** How long an idle reading process is kept, ms. */
  probeIdleMs?: number
  /** The longest time without a byte, ms. */
  stallMs?: number
  /** The largest file that is copied. */
  copyBytes?: number
  /** A copy's whole time, ms. */
  copyMs?: number
  /** A join's whole time, ms. */
  joinMs?: number
  /** Told what each `probeSource` has read, however it ended. */
  onRead?: (cost: ProbeCost) => void
}

export interface ProbeCost {
  bytesRead: number
  requests: number
}

export type MediaReader = Media & {
  /** Ends every process of ours; what is under way is refused. */
  close(): Promise<void>
}

/**
 * Reads, copies and joins clips. `probeFile` is exact. `probeSource` is too, for every MP4 and MOV that has a normal index
 * and for all files up to 4/5 of `probeBytes`; of a larger WebM or fragmented MP4 it reads the first frames only.
 */
export function createMedia(options: MediaOptions): MediaReader {
  const {
    door,
    probeBytes = 20_000_000,
    probeMs = 10_000,
    probes = 2,
    probeIdleMs = 60_000,
    stallMs = 5_000,
    copyBytes = 500_000_000,
    copyMs = 300_000,
    joinMs = 120_000,
    onRead,
  } = options
  const pool = createProbePool({ readers: probes, totalMs: probeMs, waiting: 64, idleMs: probeIdleMs })
  const closing = new AbortController()

  return {
    async probeSource(source) {
      const clock = new AbortController()
      const timer = setTimeout(
        () => clock.abort(new Refusal('source_stalled', { afterMs: probeMs })),
        probeMs,
      )
      const signal = AbortSignal.any([clock.signal, closing.signal])
      try {
        const remote = await openRemote(source, { door, stallMs, maxBytes: probeBytes, signal })
        try {
          return await pool.probe({ remote }, Math.floor(probeBytes * 0.8))
        } finally {
          onRead?.({ bytesRead: remote.bytesRead(), requests: remote.requests() })
          await remote.close()
        }
      } finally {
        clearTimeout(timer)
      }
    },
    probeFile: path => pool.probe({ path }, Infinity),
    copy: (source, path) => copyTo(source, path, { door, maxBytes: copyBytes, stallMs, totalMs: copyMs }),
    joinSound: (video, sound, out) => joinApart({ video, sound, out }, joinMs, closing.signal),
    async close() {
      closing.abort()
      await pool.close()
    },
  }
}
