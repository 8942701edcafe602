/**
 * Broken and hostile files, made from the committed clips or from bytes, the same each time. Each has the refusal that
 * it must end in; `too_long` is the one that core decides, after a probe that must succeed.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RefusalCode } from '../../src/core/errors.ts'
import { type Clip, clipPath, clips } from '../fixtures/clips/clips.ts'
import { box, boxAt, manyFrames, noise, only, tables, u16, u32, without } from './hostile-boxes.ts'

export interface HostileFile {
  name: string
  path: string
  refusal: RefusalCode
}

type Make = (clip: (c: Clip) => Promise<Buffer>) => Promise<Buffer> | Buffer

const text = (s: string) => () => Buffer.from(s)
const bytes = (...b: number[]) => Buffer.from(b)
const padded = (head: Buffer) => Buffer.concat([head, noise(8192)])

/** A copy of a clip with one edit. */
const edited =
  (clip: Clip, edit: (file: Buffer) => Buffer | undefined): Make =>
  async read => {
    const file = Buffer.from(await read(clip))
    return edit(file) ?? file
  }

const FILES: readonly [name: string, refusal: RefusalCode, make: Make][] = [
  // Not a video at all.
  ['zero-bytes.mp4', 'empty_file', text('')],
  ['one-byte.mp4', 'not_video', text('x')],
  ['random.mp4', 'not_video', () => noise(100_000)],
  ['notes.mp4', 'not_video', text('Dear diary, this is not a video.\n'.repeat(50))],
  ['sign-in.mp4', 'not_video', text('<!DOCTYPE html><html><title>Sign in</title></html>')],
  ['picture.mp4', 'not_video', () => padded(bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a))],
  ['photo.mp4', 'not_video', () => box('ftyp', Buffer.from('heic\0\0\0\0mif1heic'))],
  ['archive.mp4', 'not_video', () => padded(bytes(0x50, 0x4b, 3, 4))],

  // Videos of other kinds.
  ['clip.avi', 'unsupported_container', () => padded(Buffer.from('RIFF\x00\x10\x00\x00AVI LIST'))],
  ['renamed-avi.mp4', 'unsupported_container', () => padded(Buffer.from('RIFF\x00\x10\x00\x00AVI LIST'))],
  ['clip.flv', 'unsupported_container', () => padded(Buffer.from('FLV\x01\x05\x00\x00\x00\x09'))],
  ['clip.gif', 'unsupported_container', () => padded(Buffer.from('GIF89a'))],
  ['clip.ogv', 'unsupported_container', () => padded(Buffer.from('OggS\x00\x02'))],
  ['clip.ts', 'unsupported_container', () => transportStream()],
  ['clip.mkv', 'unsupported_container', edited(clips.webmVp9, asMatroska)],

  // No picture.
  ['song.m4a', 'no_video_track', edited(clips.mp4Sound, f => only(f, 'soun'))],
  ['song.webm', 'no_video_track', edited(clips.webmVp9, soundOnlyWebm)],
  ['song.mp3.mp4', 'no_video_track', () => padded(Buffer.from('ID3\x04\x00'))],

  // Cut off or with parts missing.
  ['half.mp4', 'broken_file', edited(clips.mp4Sound, f => f.subarray(0, f.length / 2))],
  ['almost.mp4', 'broken_file', edited(clips.mp4Sound, f => f.subarray(0, Math.floor(f.length * 0.99)))],
  ['half-index-last.mp4', 'broken_file', edited(clips.moovLast, f => f.subarray(0, f.length / 2))],
  ['almost-index-last.mp4', 'broken_file', edited(clips.moovLast, f => f.subarray(0, f.length - 40))],
  ['half.webm', 'broken_file', edited(clips.webmVp9, f => f.subarray(0, f.length / 2))],
  ['almost.webm', 'broken_file', edited(clips.webmVp9, f => f.subarray(0, f.length - 100))],
  ['half-fragmented.mp4', 'broken_file', edited(clips.fragmented, f => f.subarray(0, f.length / 2))],
  ['header-only.mp4', 'broken_file', edited(clips.mp4Sound, f => f.subarray(0, boxAt(f, 'ftyp').end))],
  ['header-only.webm', 'broken_file', edited(clips.webmVp9, f => f.subarray(0, 40))],
  ['no-index.mp4', 'broken_file', edited(clips.mp4Sound, f => without(f, 'moov'))],
  ['no-data.mp4', 'broken_file', edited(clips.mp4Sound, f => without(f, 'mdat'))],
  ['no-fragments.mp4', 'broken_file', edited(clips.fragmented, f => f.subarray(0, boxAt(f, 'moov').end))],
  ['zero-filled.mp4', 'broken_file', edited(clips.mp4Sound, f => f.fill(0, boxAt(f, 'moov').start + 8))],

  // Sizes that lie.
  ['4gb-box.mp4', 'broken_file', edited(clips.moovLast, f => u32(f, boxAt(f, 'mdat').start, 0xffff_ffff))],
  ['4gb-index.mp4', 'broken_file', edited(clips.mp4Sound, f => u32(f, boxAt(f, 'moov').start, 0xffff_fff0))],
  ['64-bit-overflow.mp4', 'broken_file', () => Buffer.concat([ftyp(), hugeBox()])],
  ['size-one-loop.mp4', 'broken_file', () => Buffer.concat([ftyp(), ...Array(64).fill(loopBox())])],
  [
    'size-zero-index.mp4',
    'broken_file',
    () => Buffer.concat([ftyp(), bytes(0, 0, 0, 0), Buffer.from('free')]),
  ],
  [
    'tiny-boxes.mp4',
    'too_complex',
    () => Buffer.concat([ftyp(), ...Array(60_000).fill(box('free', Buffer.alloc(0)))]),
  ],
  ['nested.mp4', 'too_complex', () => Buffer.concat([ftyp(), nested(20_000)])],

  // Minutes of work in a few megabytes: only an end from outside helps.
  ['million-clusters.webm', 'too_complex', edited(clips.webmVp9, f => endless(f, millionClusters()))],
  ['bottomless-cluster.webm', 'too_complex', edited(clips.webmVp9, f => endless(f, bottomlessCluster()))],

  // Counts that lie.
  [
    '2-billion-sizes.mp4',
    'broken_file',
    edited(clips.mp4Sound, f => u32(f, tables(f, 'stsz') + 16, 0x8000_0000)),
  ],
  ['2-billion-equal.mp4', 'broken_file', edited(clips.mp4Sound, f => equalSizes(f))],
  [
    'endless-times.mp4',
    'broken_file',
    edited(clips.mp4Sound, f => u32(f, tables(f, 'stts') + 16, 0xffff_ffff)),
  ],
  ['many-times.mp4', 'broken_file', edited(clips.mp4Sound, f => u32(f, tables(f, 'stts') + 12, 0x7fff_ffff))],
  ['far-chunks.mp4', 'broken_file', edited(clips.mp4Sound, f => u32(f, tables(f, 'stco') + 16, 0xffff_0000))],
  ['edit-bomb.mp4', 'broken_file', edited(clips.mp4Sound, f => u32(f, tables(f, 'elst') + 12, 0x7fff_ffff))],
  ['fragment-bomb.mp4', 'too_complex', edited(clips.fragmented, f => endlessRun(f))],
  ['100000-frames-in-100s.mp4', 'too_complex', read => manyFrames(read, 100_000, 1000)],
  ['100000-frames.mp4', 'too_long', read => manyFrames(read, 100_000, 30)],

  // Numbers that can't be.
  ['width-0.mp4', 'broken_file', edited(clips.mp4Sound, f => noWidth(f))],
  ['width-65535.mp4', 'broken_file', edited(clips.mp4Sound, f => u16(f, entry(f) + 32, 65_535))],
  ['no-clock.mp4', 'broken_file', edited(clips.mp4Sound, f => u32(f, tables(f, 'mdhd') + 20, 0))],
  ['no-movie-clock.mp4', 'broken_file', edited(clips.mp4Sound, f => u32(f, tables(f, 'mvhd') + 20, 0))],
  [
    'frames-of-a-day.mp4',
    'broken_file',
    edited(clips.mp4Sound, f => u32(f, tables(f, 'stts') + 20, 0xffff_ffff)),
  ],
  ['frames-of-no-time.mp4', 'broken_file', edited(clips.mp4Sound, f => u32(f, tables(f, 'stts') + 20, 0))],

  // A codec that nobody knows.
  ['xyzw.mp4', 'unsupported_codec', edited(clips.mp4Sound, f => void f.write('xyzw', entry(f) + 4))],
  ['xyzw.webm', 'unsupported_codec', edited(clips.webmVp9, f => void f.write('V_XY9', f.indexOf('V_VP9')))],
]

/** Writes every file into `dir`, under its name. */
export async function hostileFiles(dir: string): Promise<HostileFile[]> {
  await mkdir(dir, { recursive: true })
  const read = (clip: Clip) => readFile(clipPath(clip))
  const files: HostileFile[] = []
  for (const [name, refusal, make] of FILES) {
    const path = join(dir, name)
    await writeFile(path, await make(read))
    files.push({ name, path, refusal })
  }
  return files
}

const ftyp = () => box('ftyp', Buffer.from('isom\0\0\x02\0isomiso2mp41'))

/** Where the codec of the first track is named; the clips have their picture first. */
const entry = (file: Buffer) => tables(file, 'stsd') + 16

function transportStream(): Buffer {
  const stream = noise(188 * 40)
  for (let at = 0; at < stream.length; at += 188) stream[at] = 0x47
  return stream
}

/** The same bytes with the other document type, of the same length of field. */
function asMatroska(file: Buffer): Buffer {
  const at = file.indexOf('webm')
  // Field: id 2, size 1, text 4. The new text is longer, and so is the head by 4.
  const head = Buffer.from(file.subarray(0, at))
  head[at - 1] = 0x88
  const sizeAt = 4
  const long = head[sizeAt] === 0x01
  if (long) head[sizeAt + 7] = (head[sizeAt + 7] ?? 0) + 4
  else head[sizeAt] = (head[sizeAt] ?? 0) + 4
  return Buffer.concat([head, Buffer.from('matroska'), file.subarray(at + 4)])
}

/** Marks the picture's track as a kind of track that is neither picture nor sound (type 17, subtitles). */
function soundOnlyWebm(file: Buffer): Buffer {
  const codec = file.indexOf('V_VP9')
  const type = file.lastIndexOf(bytes(0x83, 0x81, 0x01), codec + 60)
  file[type + 2] = 0x11
  return file
}

const CLUSTER = bytes(0x1f, 0x43, 0xb6, 0x75)
const UNKNOWN_SIZE = bytes(0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)

/** A live recording (a segment of unknown size) whose clusters are these. */
function endless(file: Buffer, clusters: Buffer): Buffer {
  const size = file.indexOf(bytes(0x18, 0x53, 0x80, 0x67)) + 4
  const head = file.subarray(0, file.indexOf(CLUSTER))
  return Buffer.concat([head.subarray(0, size), UNKNOWN_SIZE, head.subarray(size + 8), clusters])
}

const millionClusters = () => Buffer.alloc(5_000_000, Buffer.concat([CLUSTER, bytes(0x80)]))

const bottomlessCluster = () => Buffer.concat([CLUSTER, UNKNOWN_SIZE, Buffer.alloc(20_000_000)])

/** A box with a 64-bit size that, added to where it is, overflows what a number can hold. */
const hugeBox = () => Buffer.concat([bytes(0, 0, 0, 1), Buffer.from('mdat'), Buffer.alloc(8, 0xff)])

/** A 64-bit size of 0: who adds it goes nowhere. */
const loopBox = () => Buffer.concat([bytes(0, 0, 0, 1), Buffer.from('free'), Buffer.alloc(8)])

function nested(depth: number): Buffer {
  const out = Buffer.alloc(depth * 8)
  for (let i = 0; i < depth; i++) {
    out.writeUInt32BE((depth - i) * 8, i * 8)
    out.write(i === 0 ? 'moov' : 'trak', i * 8 + 4)
  }
  return out
}

/** Every sample is said to be a byte, and there are two billion. */
function equalSizes(file: Buffer): Buffer {
  const at = tables(file, 'stsz')
  u32(file, at + 12, 1)
  return u32(file, at + 16, 0x8000_0000)
}

/** A run of four billion samples in no bytes: all of them share the defaults of their fragment. */
function endlessRun(file: Buffer): Buffer {
  const at = tables(file, 'trun')
  u32(file, at + 8, 0x0000_0001)
  return u32(file, at + 12, 0xffff_ffff)
}

function noWidth(file: Buffer): Buffer {
  const tkhd = tables(file, 'tkhd')
  // Version 0: width and height are the last eight bytes of the box.
  u32(file, tkhd + file.readUInt32BE(tkhd) - 8, 0)
  return u16(file, entry(file) + 32, 0)
}
