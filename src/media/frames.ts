import { EncodedPacketSink, type InputVideoTrack } from 'mediabunny'
import { Refusal } from '../core/errors.ts'
import { addDuration, type Durations, isVariable } from './pace.ts'

export interface Frames {
  count: number
  /** When the first frame begins and the last one ends, in seconds. */
  startS: number
  endS: number
  variable: boolean
}

/** An hour and a half at 60 frames a second; what has more is no clip, and counting it would take too long. */
const MAX_FRAMES = 330_000

/**
 * Counts a track's frames one by one: for files whose index does not count them (WebM, fragmented MP4). Exact when it
 * runs to the end; a count of the first `atMost` frames only says how those were.
 * @throws Refusal too_complex, broken_file (no frames)
 */
export async function countFrames(track: InputVideoTrack, atMost = Infinity): Promise<Frames> {
  const starts: number[] = []
  let endS = -Infinity
  const packets = new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })
  for await (const packet of packets) {
    if (starts.length >= MAX_FRAMES) throw new Refusal('too_complex', { why: 'too many frames' })
    // Frames come in the order of decoding: stop only where all earlier ones have been seen.
    if (starts.length >= atMost && packet.timestamp >= endS) break
    starts.push(packet.timestamp)
    endS = Math.max(endS, packet.timestamp + packet.duration)
  }
  if (starts.length === 0) throw new Refusal('broken_file', { why: 'no frames' })

  const times = Float64Array.from(starts).sort()
  const ticksPerS = await track.getTimeResolution()
  const durations: Durations = new Map()
  for (let i = 1; i < times.length; i++)
    addDuration(durations, Math.round(((times[i] ?? 0) - (times[i - 1] ?? 0)) * ticksPerS))
  const startS = times[0] ?? 0
  const lastS = times.at(-1) ?? 0
  // WebM need not say how long the very last frame is: as long as the others, then.
  if (endS <= lastS && times.length > 1) endS = lastS + (lastS - startS) / (times.length - 1)
  return { count: starts.length, startS, endS, variable: isVariable(durations) }
}
