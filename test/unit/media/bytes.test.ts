import { describe, expect, it } from 'vitest'
import { type Bytes, windowed } from '../../../src/media/bytes.ts'

/** Bytes whose value tells their place, that keep what was asked of them. */
function recorded(size: number): Bytes & { asked: [number, number][] } {
  const asked: [number, number][] = []
  return {
    size,
    asked,
    async read(start, end) {
      asked.push([start, end])
      const bytes = new Uint8Array(end - start)
      for (let i = 0; i < bytes.length; i++) bytes[i] = (start + i) % 251
      return bytes
    },
    close: async () => {},
  }
}

const at = (bytes: Uint8Array, start: number) => bytes.every((b, i) => b === (start + i) % 251)

describe('windowed reading', () => {
  it('gives the bytes that were asked for, wherever they come from', async () => {
    const w = windowed(recorded(3_000_000))
    for (const [start, end] of [
      [0, 10],
      [5, 5],
      [100_000, 100_020],
      [2_999_990, 3_000_000],
      [0, 3_000_000],
      [40_000, 90_000],
    ] as const) {
      const bytes = await w.read(start, end)
      expect(bytes).toHaveLength(end - start)
      expect(at(bytes, start)).toBe(true)
    }
  })

  it('answers what it has without asking again', async () => {
    const raw = recorded(1_000_000)
    const w = windowed(raw)
    await w.read(0, 100)
    await w.read(50, 4_000)
    await w.read(900_000, 900_100)
    await w.read(20, 30)
    expect(raw.asked).toHaveLength(2)
  })

  it('fetches only what is missing of what it has in part', async () => {
    const raw = recorded(1_000_000)
    const w = windowed(raw)
    await w.read(0, 100)
    const [, firstEnd = 0] = raw.asked[0] ?? []
    const bytes = await w.read(firstEnd - 10, firstEnd + 500_000)
    expect(at(bytes, firstEnd - 10)).toBe(true)
    expect(raw.asked[1]?.[0]).toBe(firstEnd)
  })

  it('reads little after a jump, and more and more while reading on', async () => {
    const raw = recorded(50_000_000)
    const w = windowed(raw)
    await w.read(0, 16)
    await w.read(40_000_000, 40_000_016)
    expect(raw.asked[1]).toEqual([40_000_000, 40_000_000 + 16_384])
    for (let i = 0; i < 100; i++) await w.read(40_000_016 + i * 20_000, 40_000_016 + (i + 1) * 20_000)
    expect(raw.asked.length).toBeLessThan(12)
  })

  it('does not keep more than 24 MiB', async () => {
    const raw = recorded(60_000_000)
    const w = windowed(raw)
    for (let i = 0; i < 6; i++) await w.read(i * 9_000_000, (i + 1) * 9_000_000)
    const before = raw.asked.length
    await w.read(0, 10)
    expect(raw.asked.length).toBe(before + 1)
  })

  it('refuses to read past the end, and more than 64 MiB at once', async () => {
    const w = windowed(recorded(100_000_000))
    await expect(w.read(99_999_999, 100_000_001)).rejects.toMatchObject({ code: 'broken_file' })
    await expect(w.read(0, 70_000_000)).rejects.toMatchObject({ code: 'too_complex' })
  })
})
