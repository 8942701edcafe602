import { Refusal } from '../core/errors.ts'
import type { Bytes } from './bytes.ts'

/** One box of an MP4 or MOV that lies in memory; `data` is its content without the header. */
export interface Box {
  type: string
  data: DataView
}

/** A box at the top of the file. */
export interface TopBox {
  type: string
  start: number
  contentStart: number
  end: number
}

export const broken = (why: string) => new Refusal('broken_file', { why })

const fourcc = (v: DataView, at: number) =>
  String.fromCharCode(v.getUint8(at), v.getUint8(at + 1), v.getUint8(at + 2), v.getUint8(at + 3))

export const view = (b: Uint8Array) => new DataView(b.buffer, b.byteOffset, b.byteLength)

/** Size of the box whose header starts at `at`, and of the header; null where there is no header. */
function header(v: DataView, at: number, room: number): { size: number; headerSize: number } | null {
  if (v.byteLength - at < 8) return null
  const short = v.getUint32(at)
  // 0: to the end of what it lies in.
  if (short === 0) return { size: room, headerSize: 8 }
  if (short !== 1) return short < 8 ? null : { size: short, headerSize: 8 }
  if (v.byteLength - at < 16) return null
  const long = v.getBigUint64(at + 8)
  return long < 16n || long > BigInt(Number.MAX_SAFE_INTEGER) ? null : { size: Number(long), headerSize: 16 }
}

/** The box at a place of the file; its end may lie past the file's end. Null: no box begins there. */
export async function topBoxAt(bytes: Bytes, start: number): Promise<TopBox | null> {
  const v = view(await bytes.read(start, Math.min(start + 16, bytes.size)))
  const h = header(v, 0, bytes.size - start)
  return h && { type: fourcc(v, 4), start, contentStart: start + h.headerSize, end: start + h.size }
}

/** Children of a box. Stops at the first that does not fit: writers pad with zeros. */
export function* children(data: DataView, from = 0): Generator<Box> {
  let at = from
  while (data.byteLength - at >= 8) {
    const h = header(data, at, data.byteLength - at)
    if (!h || at + h.size > data.byteLength) return
    yield {
      type: fourcc(data, at + 4),
      data: new DataView(data.buffer, data.byteOffset + at + h.headerSize, h.size - h.headerSize),
    }
    at += h.size
  }
}

/** The first box down a path of types, e.g. `mdia`, `minf`, `stbl`. */
export function child(data: DataView, ...path: string[]): DataView | null {
  let here: DataView | null = data
  for (const type of path) {
    let found: DataView | null = null
    for (const box of children(here)) {
      if (box.type !== type) continue
      found = box.data
      break
    }
    if (!found) return null
    here = found
  }
  return here
}

/** How deep boxes that may hold boxes are nested; honest files stay below 10. */
export function assertShallow(data: DataView, depth = 0): void {
  if (depth > 24) throw new Refusal('too_complex', { why: 'boxes nested too deep' })
  for (const box of children(data)) if (CONTAINERS.has(box.type)) assertShallow(box.data, depth + 1)
}

/** The boxes that mediabunny descends into by calling itself, so that depth is stack. */
const CONTAINERS = new Set([
  'moov',
  'trak',
  'mdia',
  'minf',
  'dinf',
  'mfra',
  'edts',
  'sinf',
  'schi',
  'stbl',
  'mvex',
  'moof',
  'traf',
  'wave',
  'udta',
  'meta',
])

/** A run may claim any number of samples in a few bytes where they all share their defaults; no second has so many. */
const MAX_RUN = 100_000

/** @throws Refusal too_complex where a fragment (`moof`) claims what would fill the memory of whoever lists it. */
export function assertHonestFragment(moof: DataView): void {
  assertShallow(moof)
  for (const traf of children(moof)) {
    if (traf.type !== 'traf') continue
    for (const { type, data } of children(traf.data))
      if (type === 'trun' && data.byteLength >= 8 && data.getUint32(4) > MAX_RUN)
        throw new Refusal('too_complex', { why: 'too many frames' })
  }
}

export { fourcc }
