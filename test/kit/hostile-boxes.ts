/** Byte surgery on MP4 files, for making broken ones. Positions are those of a box's header. */
import {
  BufferTarget,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  FilePathSource,
  Input,
  MP4,
  Mp4OutputFormat,
  Output,
} from 'mediabunny'
import { type Clip, clipPath, clips } from '../fixtures/clips/clips.ts'

export function box(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(content.length + 8)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, content])
}

/** A box at the top of the file. */
export function boxAt(file: Buffer, type: string): { start: number; end: number } {
  for (let at = 0; at + 8 <= file.length; at += file.readUInt32BE(at)) {
    const size = file.readUInt32BE(at)
    if (size < 8) break
    if (file.toString('latin1', at + 4, at + 8) === type) return { start: at, end: at + size }
  }
  throw new Error(`no ${type} at the top`)
}

/** The first box of a type anywhere; the clips hold each of these names once before any picture data. */
export function tables(file: Buffer, type: string): number {
  const at = file.indexOf(type, 0, 'latin1')
  if (at < 4) throw new Error(`no ${type}`)
  return at - 4
}

export function u32(file: Buffer, at: number, value: number): Buffer {
  file.writeUInt32BE(value, at)
  return file
}

export function u16(file: Buffer, at: number, value: number): Buffer {
  file.writeUInt16BE(value, at)
  return file
}

export function without(file: Buffer, type: string): Buffer {
  const { start, end } = boxAt(file, type)
  return Buffer.concat([file.subarray(0, start), file.subarray(end)])
}

/** A fragmented file whose header says how long it is, in ticks of the movie's clock. */
export function withClaimedLength(file: Buffer, ticks: number): Buffer {
  const mvex = tables(file, 'mvex')
  const mehd = box('mehd', u32(Buffer.alloc(8), 4, ticks))
  for (const at of [boxAt(file, 'moov').start, mvex]) u32(file, at, file.readUInt32BE(at) + mehd.length)
  return Buffer.concat([file.subarray(0, mvex + 8), mehd, file.subarray(mvex + 8)])
}

/** Renames all tracks but those with this handler, so that nobody reads them. */
export function only(file: Buffer, handler: string): Buffer {
  const moov = boxAt(file, 'moov')
  for (let at = moov.start + 8; at < moov.end; at += file.readUInt32BE(at)) {
    const end = at + file.readUInt32BE(at)
    const isTrack = file.toString('latin1', at + 4, at + 8) === 'trak'
    const hdlr = file.indexOf('hdlr', at, 'latin1')
    if (isTrack && hdlr < end && file.toString('latin1', hdlr + 12, hdlr + 16) !== handler)
      file.write('free', at + 4)
  }
  return file
}

/** The same bytes each time (xorshift32), that look like nothing. */
export function noise(length: number): Buffer {
  const out = Buffer.alloc(length)
  let x = 0x9e3779b9
  for (let i = 0; i < length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    out[i] = x & 0xff
  }
  // Never by chance the beginning of something known.
  out[0] = 0xee
  return out
}

/** A valid clip of one small frame, repeated: an honest index of absurd length. */
export async function manyFrames(
  _: (c: Clip) => Promise<Buffer>,
  count: number,
  fps: number,
): Promise<Buffer> {
  using input = new Input({ source: new FilePathSource(clipPath(clips.silent)), formats: [MP4] })
  const track = await input.getPrimaryVideoTrack()
  const decoderConfig = await track?.getDecoderConfig()
  const sample = track && (await new EncodedPacketSink(track).getFirstPacket())
  if (!sample || !decoderConfig) throw new Error('the fixture has no frames')
  const target = new BufferTarget()
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target })
  const source = new EncodedVideoPacketSource('avc')
  output.addVideoTrack(source)
  await output.start()
  const tiny = sample.clone({ data: sample.data.subarray(0, 8), duration: 1 / fps })
  for (let i = 0; i < count; i++) await source.add(tiny.clone({ timestamp: i / fps }), { decoderConfig })
  await output.finalize()
  if (!target.buffer) throw new Error('nothing was written')
  return Buffer.from(target.buffer)
}
