import { describe, expect, it } from 'vitest'
import type { Bytes } from '../../../src/media/bytes.ts'
import { readIsoIndex } from '../../../src/media/iso-index.ts'
import { box } from '../../kit/hostile-boxes.ts'

const u32s = (...values: number[]) => {
  const b = Buffer.alloc(values.length * 4)
  values.forEach((v, i) => {
    b.writeInt32BE(v | 0, i * 4)
  })
  return b
}
const inside = (type: string, ...parts: Buffer[]) => box(type, Buffer.concat(parts))

interface Shape {
  /** Rows of count and ticks, at 1000 ticks a second. */
  times: number[]
  sizes: number[]
  /** Where the one chunk begins. */
  chunkAt: number
  /** Rows of length (of 1000 a second) and start. */
  edits?: number[]
}

/** The smallest file with one picture track, and `data` bytes after its index. */
function file({ times, sizes, chunkAt, edits }: Shape, data: number): Bytes {
  const rows = edits?.flatMap((v, i) => (i % 2 ? [v, 0x10000] : [v])) ?? []
  const trak = inside(
    'trak',
    box('tkhd', u32s(0, 0, 0, 7)),
    ...(edits ? [inside('edts', box('elst', u32s(0, edits.length / 2, ...rows)))] : []),
    inside(
      'mdia',
      box('mdhd', u32s(0, 0, 0, 1000, 0)),
      box('hdlr', Buffer.concat([u32s(0, 0), Buffer.from('vide')])),
      inside(
        'minf',
        inside(
          'stbl',
          box('stsd', Buffer.concat([u32s(0, 1, 16), Buffer.from('avc1'), u32s(0, 0)])),
          box('stts', u32s(0, times.length / 2, ...times)),
          box('stsz', u32s(0, 0, sizes.length, ...sizes)),
          box('stsc', u32s(0, 1, 1, sizes.length, 1)),
          box('stco', u32s(0, 1, chunkAt)),
        ),
      ),
    ),
  )
  const moov = inside('moov', box('mvhd', u32s(0, 0, 0, 1000, 0)), trak)
  const all = Buffer.concat([box('ftyp', Buffer.from('qt  ')), moov, box('mdat', Buffer.alloc(data))])
  return {
    size: all.length,
    read: async (start, end) => new Uint8Array(all.subarray(start, end)),
    close: async () => {},
  }
}

const plain: Shape = { times: [10, 40], sizes: Array(10).fill(10), chunkAt: 12 }

describe('the index of an MP4', () => {
  it('tells the frames, their time and their pace', async () => {
    const index = await readIsoIndex(file(plain, 100))
    expect(index).toMatchObject({ brand: 'qt  ', fragmented: false })
    expect(index.tracks).toMatchObject([
      { id: 7, kind: 'video', format: 'avc1', timescale: 1000, editedS: null },
    ])
    expect(index.tracks[0]?.samples).toMatchObject({ count: 10, duration: 400, variable: false, end: 112 })
  })

  it('tells how long the shown part is, without what an edit leaves out', async () => {
    const index = await readIsoIndex(file({ ...plain, edits: [50, -1, 120, 0, 80, 200] }, 100))
    expect(index.tracks[0]?.editedS).toBeCloseTo(0.2)
  })

  it('holds the last byte of the last frame against the size of the file', async () => {
    const { size } = await file(plain, 100)
    const fits = { ...plain, chunkAt: size - 100 }
    await expect(readIsoIndex(file(fits, 100))).resolves.toBeDefined()
    const cut = { ...plain, chunkAt: size - 99 }
    await expect(readIsoIndex(file(cut, 100))).rejects.toMatchObject({
      code: 'broken_file',
      facts: { why: 'cut off' },
    })
  })

  it('is broken where it counts times and sizes differently', async () => {
    await expect(readIsoIndex(file({ ...plain, times: [1000, 40] }, 100))).rejects.toMatchObject({
      code: 'broken_file',
      facts: { why: 'its tables disagree' },
    })
  })
})
