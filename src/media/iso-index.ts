import { Refusal } from '../core/errors.ts'
import type { Bytes } from './bytes.ts'
import { assertShallow, broken, child, children, fourcc, type TopBox, topBoxAt, view } from './iso-boxes.ts'
import { readSamples, type Samples, sampleFormat } from './iso-samples.ts'

export interface IsoTrack {
  id: number
  kind: 'video' | 'audio' | 'other'
  /** Ticks a second. */
  timescale: number
  /** As an edit list cuts it, in seconds; null where it has none. */
  editedS: number | null
  /** e.g. "avc1". */
  format: string | null
  /** Null in a fragmented file. */
  samples: Samples | null
}

export interface IsoIndex {
  brand: string
  /** The samples lie in fragments after the index, which therefore does not count them. */
  fragmented: boolean
  /** What the index says of a fragmented file's length in seconds; null: nothing. */
  claimedS: number | null
  tracks: IsoTrack[]
}

/** 16 MiB of index hold about a million samples: hours of video. */
const MAX_INDEX = 16 << 20
const MAX_TOP_BOXES = 20_000

/**
 * Finds and checks the index of an MP4 or MOV before anything else reads it: nothing claimed is believed that the
 * bytes do not bear out, and samples that lie past the end of the file (a cut-off download) are found here.
 * @throws Refusal broken_file, too_complex
 */
export async function readIsoIndex(bytes: Bytes): Promise<IsoIndex> {
  const { brand, moov } = await findMoov(bytes)
  if (moov.end - moov.contentStart > MAX_INDEX)
    throw new Refusal('too_complex', { why: 'its index is too large' })
  const data = view(await bytes.read(moov.contentStart, moov.end))
  assertShallow(data)

  const mvhd = child(data, 'mvhd')
  const movieScale = mvhd && scaleAt(mvhd, 12, 20)
  if (!movieScale) throw broken('no movie header')
  const fragmented = child(data, 'mvex') !== null
  const tracks = [...children(data)]
    .filter(b => b.type === 'trak')
    .map(b => readTrack(b.data, movieScale, fragmented))

  if (!fragmented) {
    const end = Math.max(0, ...tracks.map(t => t.samples?.end ?? 0))
    if (end > bytes.size) throw broken('cut off')
  }
  const mehd = child(data, 'mvex', 'mehd')
  const claimed =
    mehd &&
    (mehd.byteLength >= 12 && mehd.getUint8(0) === 1 ? Number(mehd.getBigUint64(4)) : mehd.getUint32(4))
  return { brand, fragmented, claimedS: claimed ? claimed / movieScale : null, tracks }
}

async function findMoov(bytes: Bytes): Promise<{ brand: string; moov: TopBox }> {
  let brand = ''
  let at = 0
  for (let n = 0; at < bytes.size; n++) {
    if (n > MAX_TOP_BOXES) throw new Refusal('too_complex', { why: 'too many boxes' })
    const box = await topBoxAt(bytes, at)
    if (!box) throw broken('no index')
    if (box.end > bytes.size) throw broken('cut off')
    if (box.type === 'ftyp' && box.end - box.contentStart >= 4)
      brand = fourcc(view(await bytes.read(box.contentStart, box.contentStart + 4)), 0)
    if (box.type === 'moov') return { brand, moov: box }
    at = box.end
  }
  throw broken('no index')
}

/** The timescale of mvhd or mdhd, whose place depends on the version; 0 is no timescale. */
function scaleAt(header: DataView, short: number, long: number): number | null {
  const at = header.byteLength > 0 && header.getUint8(0) === 1 ? long : short
  return header.byteLength >= at + 4 ? header.getUint32(at) : null
}

function readTrack(trak: DataView, movieScale: number, fragmented: boolean): IsoTrack {
  const tkhd = child(trak, 'tkhd')
  const mdhd = child(trak, 'mdia', 'mdhd')
  const hdlr = child(trak, 'mdia', 'hdlr')
  const stbl = child(trak, 'mdia', 'minf', 'stbl')
  if (!tkhd || !mdhd || !hdlr || hdlr.byteLength < 12) throw broken('a track has no header')
  const handler = fourcc(hdlr, 8)
  const kind = handler === 'vide' ? 'video' : handler === 'soun' ? 'audio' : 'other'
  const timescale = scaleAt(mdhd, 12, 20)
  if (!timescale) throw broken('a track has no clock')
  const idAt = tkhd.getUint8(0) === 1 ? 20 : 12
  if (kind !== 'other' && !stbl) throw broken('a track has no samples')
  return {
    id: tkhd.byteLength >= idAt + 4 ? tkhd.getUint32(idAt) : -1,
    kind,
    timescale,
    editedS: editedLength(trak, movieScale),
    format: stbl && sampleFormat(stbl),
    samples: kind === 'other' || fragmented || !stbl ? null : readSamples(stbl),
  }
}

/** Seconds of the track that its edit list shows. */
function editedLength(trak: DataView, movieScale: number): number | null {
  const elst = child(trak, 'edts', 'elst')
  if (!elst || elst.byteLength < 8) return null
  const long = elst.getUint8(0) === 1
  const rowBytes = long ? 20 : 12
  const count = elst.getUint32(4)
  if (8 + count * rowBytes > elst.byteLength) throw broken('a table claims more than it holds')
  // Players and mediabunny follow a handful; thousands are a bomb for whoever expands them.
  if (count > 4096) throw new Refusal('too_complex', { why: 'too many edits' })
  let total = 0
  for (let i = 0; i < count; i++) {
    const at = 8 + i * rowBytes
    const media = long ? elst.getBigInt64(at + 8) : BigInt(elst.getInt32(at + 4))
    const length = long ? Number(elst.getBigUint64(at)) : elst.getUint32(at)
    // -1 is an empty edit: nothing is shown.
    if (media >= 0n) total += length
  }
  return total > 0 ? total / movieScale : null
}
