import { broken, child, fourcc } from './iso-boxes.ts'
import { addDuration, type Durations, isVariable } from './pace.ts'

/** What the index says of a track's samples ("frames", for video). */
export interface Samples {
  count: number
  /** Sum of their durations, in the track's timescale. */
  duration: number
  /** Whether they last differently long. */
  variable: boolean
  /** Where the last of their bytes ends in the file. */
  end: number
}

/** A table of `entries` fixed rows that must lie in the box whole: a claimed count is never believed. */
function rows(table: DataView, countAt: number, rowBytes: number): number {
  if (table.byteLength < countAt + 4) throw broken('a table is cut off')
  const count = table.getUint32(countAt)
  if (countAt + 4 + count * rowBytes > table.byteLength) throw broken('a table claims more than it holds')
  return count
}

/**
 * Reads a sample table (`stbl`) without making anything per sample, so that the largest honest index takes
 * milliseconds and a claimed one costs nothing. @throws Refusal broken_file where it contradicts itself
 */
export function readSamples(stbl: DataView): Samples {
  const sizes = sampleSizes(stbl)
  const times = sampleTimes(stbl)
  // Writers are off by one at times; more than that is no index of this data.
  if (Math.abs(times.count - sizes.count) > Math.max(2, sizes.count * 0.01))
    throw broken('its tables disagree')
  return { ...times, count: sizes.count, end: lastByte(stbl, sizes) }
}

interface Sizes {
  count: number
  /** Bytes of `n` samples from `first` on. */
  sum(first: number, n: number): number
}

function sampleSizes(stbl: DataView): Sizes {
  const stsz = child(stbl, 'stsz')
  if (!stsz) return compactSizes(stbl)
  if (stsz.byteLength < 12) throw broken('a table is cut off')
  const each = stsz.getUint32(4)
  if (each > 0) return { count: stsz.getUint32(8), sum: (_, n) => n * each }
  const count = rows(stsz, 8, 4)
  return {
    count,
    sum(first, n) {
      if (first + n > count) throw broken('its tables disagree')
      let bytes = 0
      for (let i = first; i < first + n; i++) bytes += stsz.getUint32(12 + i * 4)
      return bytes
    },
  }
}

/** `stz2`: sizes of 4, 8 or 16 bits. */
function compactSizes(stbl: DataView): Sizes {
  const stz2 = child(stbl, 'stz2')
  if (!stz2 || stz2.byteLength < 12) throw broken('no sample sizes')
  const bits = stz2.getUint8(7)
  const count = stz2.getUint32(8)
  if (![4, 8, 16].includes(bits) || 12 + Math.ceil((count * bits) / 8) > stz2.byteLength)
    throw broken('a table claims more than it holds')
  const one = (i: number) => {
    if (bits === 16) return stz2.getUint16(12 + i * 2)
    if (bits === 8) return stz2.getUint8(12 + i)
    const pair = stz2.getUint8(12 + (i >> 1))
    return i % 2 ? pair & 15 : pair >> 4
  }
  return {
    count,
    sum(first, n) {
      if (first + n > count) throw broken('its tables disagree')
      let bytes = 0
      for (let i = first; i < first + n; i++) bytes += one(i)
      return bytes
    },
  }
}

function sampleTimes(stbl: DataView): Omit<Samples, 'end'> {
  const stts = child(stbl, 'stts')
  if (!stts) throw broken('no sample times')
  const runs = rows(stts, 4, 8)
  const durations: Durations = new Map()
  let count = 0
  let duration = 0
  for (let i = 0; i < runs; i++) {
    const n = stts.getUint32(8 + i * 8)
    const delta = stts.getUint32(12 + i * 8)
    count += n
    duration += n * delta
    addDuration(durations, delta, n)
  }
  return { count, duration, variable: isVariable(durations) }
}

/** The end of the samples' bytes: chunk by chunk, as `stsc` shares the samples out to `stco`. */
function lastByte(stbl: DataView, sizes: Sizes): number {
  const long = child(stbl, 'co64')
  const offsets = long ?? child(stbl, 'stco')
  const stsc = child(stbl, 'stsc')
  if (!offsets || !stsc) throw broken('no chunk table')
  const chunks = rows(offsets, 4, long ? 8 : 4)
  const runs = rows(stsc, 4, 12)
  let sample = 0
  let end = 0
  for (let r = 0; r < runs; r++) {
    const first = stsc.getUint32(8 + r * 12) - 1
    const perChunk = stsc.getUint32(12 + r * 12)
    const next = r + 1 < runs ? stsc.getUint32(8 + (r + 1) * 12) - 1 : chunks
    if (first < 0 || next < first || next > chunks) throw broken('its tables disagree')
    for (let c = first; c < next && sample < sizes.count; c++) {
      const n = Math.min(perChunk, sizes.count - sample)
      const at = long ? Number(offsets.getBigUint64(8 + c * 8)) : offsets.getUint32(8 + c * 4)
      end = Math.max(end, at + sizes.sum(sample, n))
      sample += n
    }
  }
  if (sample < sizes.count) throw broken('its tables disagree')
  return end
}

/** Four letters of the codec that the samples are stored in. */
export function sampleFormat(stbl: DataView): string | null {
  const stsd = child(stbl, 'stsd')
  return stsd && stsd.byteLength >= 16 && stsd.getUint32(4) > 0 ? fourcc(stsd, 12) : null
}
