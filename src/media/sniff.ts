import { Refusal } from '../core/errors.ts'
import type { Bytes } from './bytes.ts'

export type Family = 'iso' | 'matroska'

const ascii = (b: Uint8Array, at: number, length: number) =>
  String.fromCharCode(...b.subarray(at, Math.min(b.length, at + length)))

const starts = (b: Uint8Array, ...bytes: number[]) => bytes.every((x, i) => b[i] === x)

/** Boxes that an MP4 or MOV may begin with. */
const FIRST_BOXES = new Set([
  'ftyp',
  'styp',
  'moov',
  'moof',
  'mdat',
  'free',
  'skip',
  'wide',
  'pnot',
  'sidx',
  'uuid',
])
/** Still pictures in the same boxes as MP4. */
const PICTURE_BRANDS = new Set([
  'avif',
  'avis',
  'heic',
  'heix',
  'hevc',
  'hevx',
  'heim',
  'heis',
  'mif1',
  'msf1',
  'crx ',
])

/** Videos that are not taken in, by how their bytes begin; the names are shown to people. */
const OTHER_VIDEO: readonly [name: string, is: (b: Uint8Array) => boolean][] = [
  ['AVI', b => ascii(b, 0, 4) === 'RIFF' && ascii(b, 8, 3) === 'AVI'],
  ['FLV', b => ascii(b, 0, 3) === 'FLV'],
  ['GIF', b => /^GIF8[79]a/.test(ascii(b, 0, 6))],
  ['Ogg', b => ascii(b, 0, 4) === 'OggS'],
  ['MPEG-TS', b => b[0] === 0x47 && b[188] === 0x47 && (b.length <= 376 || b[376] === 0x47)],
  ['MPEG-TS', b => b[4] === 0x47 && b[196] === 0x47 && (b.length <= 388 || b[388] === 0x47)],
  ['MPEG-PS', b => starts(b, 0, 0, 1, 0xba) || starts(b, 0, 0, 1, 0xb3)],
  ['WMV', b => starts(b, 0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11)],
  ['RealMedia', b => ascii(b, 0, 4) === '.RMF'],
  ['MXF', b => starts(b, 0x06, 0x0e, 0x2b, 0x34, 0x02, 0x05, 0x01, 0x01)],
  ['IVF', b => ascii(b, 0, 4) === 'DKIF'],
  ['Y4M', b => ascii(b, 0, 9) === 'YUV4MPEG2'],
]

const SOUND_ONLY: readonly ((b: Uint8Array) => boolean)[] = [
  b => ascii(b, 0, 3) === 'ID3',
  b => ascii(b, 0, 4) === 'fLaC',
  b => ascii(b, 0, 4) === 'RIFF' && ascii(b, 8, 4) === 'WAVE',
]

/** What kind of file this is, by its bytes alone. @throws Refusal (empty_file, not_video, unsupported_container, no_video_track) */
export async function sniff(bytes: Bytes): Promise<Family> {
  if (bytes.size === 0) throw new Refusal('empty_file')
  const b = await bytes.read(0, Math.min(bytes.size, 4096))
  if (starts(b, 0x1a, 0x45, 0xdf, 0xa3)) return 'matroska'
  if (FIRST_BOXES.has(ascii(b, 4, 4))) {
    if (ascii(b, 4, 4) === 'ftyp' && PICTURE_BRANDS.has(ascii(b, 8, 4))) throw new Refusal('not_video')
    return 'iso'
  }
  const other = OTHER_VIDEO.find(([, is]) => is(b))
  if (other) throw new Refusal('unsupported_container', { container: other[0] })
  if (SOUND_ONLY.some(is => is(b))) throw new Refusal('no_video_track')
  throw new Refusal('not_video')
}
