import { fork } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Unavailable } from '../../src/core/errors.ts'
import type { ProviderRef } from '../../src/core/job.ts'
import { MOUNT, type VeniceDialect } from '../../src/sandbox/control.ts'
import { scratch } from './venice-client-kit.ts'
import type { Saved, SaveOrder } from './venice-download-child.ts'
import { type Client, type Meeting, madeJob, meet } from './venice-matrix.kit.ts'

const MB = 1_000_000
const GIB = 1024 ** 3

describe('a large result', () => {
  /**
   * Node reads a socket into new buffers of 64 kB and lets about 60 MB of them pile up before it collects the first
   * time. That is a matter of Node's, the same for 50 MB as for 5 GB, so it is let happen before the measuring starts.
   */
  const WARM_UP = 50 * MB

  function client(met: Meeting) {
    const apiUrl = new URL(MOUNT.veniceApi, met.link.url ?? '').href
    const child = fork(new URL('./venice-download-child.ts', import.meta.url), [apiUrl, met.standIn.apiKey])
    return {
      async save(order: SaveOrder): Promise<Saved> {
        child.send(order)
        const [saved] = (await once(child, 'message')) as [Saved]
        return saved
      },
      async [Symbol.asyncDispose]() {
        child.disconnect()
        await once(child, 'exit')
      },
    }
  }

  /** A file that takes no room on disk, but for three marks. */
  async function sparse(path: string, bytes: number): Promise<void> {
    await truncate(path, bytes)
    await using file = await open(path, 'r+')
    for (const [text, at] of marks(bytes)) await file.write(text, at)
  }
  const marks = (bytes: number): [string, number][] => [
    ['the beginning', 0],
    ['the middle', bytes / 2 - 5],
    ['the end', bytes - 7],
  ]

  it.each([
    ['behind a link', 'guide'],
    ['as the body of an answer', 'observed'],
  ] as const)(
    'of 1 GiB that comes %s is saved whole with less than 60 MB more memory',
    async (_how, dialect) => {
      await using dir = await scratch()
      const resultFile = join(dir.dir, 'result')
      await writeFile(resultFile, '')
      await using met = await meet(dialect, { resultFile })
      await using child = client(met)
      await truncate(resultFile, WARM_UP)
      expect(await child.save({ provider: await madeJob(met), path: met.newPath() })).toMatchObject({
        sizeBytes: WARM_UP,
      })
      await sparse(resultFile, GIB)
      const path = met.newPath()
      const saved = await child.save({ provider: await madeJob(met), path })
      if ('error' in saved) throw new Error(saved.error)
      expect(saved.sizeBytes).toBe(GIB)
      expect(saved.grewBytes / MB).toBeLessThan(60)
      expect((await stat(path)).size).toBe(GIB)
      await using file = await open(path)
      for (const [text, at] of marks(GIB)) {
        const { buffer } = await file.read({ buffer: Buffer.alloc(text.length), position: at })
        expect(buffer.toString()).toBe(text)
      }
    },
  )
})

describe('a connection that is cut at a random byte', () => {
  const ROUNDS = 50
  // Another one each time, so that more bytes are met; told where something fails, and taken from there.
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)

  /** Park and Miller's minimal generator: at least 0, below 1. */
  function dice(start: number): () => number {
    let state = (start % 2_147_483_646) + 1
    return () => {
      state = (state * 48_271) % 2_147_483_647
      return state / 2_147_483_647
    }
  }
  const WHOLE = 0.999_999_999

  /** As the flows do it: whatever passes is tried again, a minute later. Returns how often it was tried. */
  async function saved(met: Meeting, venice: Client, provider: ProviderRef, path: string): Promise<number> {
    for (let tries = 1; ; tries++) {
      met.advance(60_000)
      try {
        await venice.fetchResult(provider, path)
        return tries
      } catch (error) {
        if (!(error instanceof Unavailable) || tries === 10) throw error
        // Nothing that could be taken for a file.
        for (const left of [path, `${path}.part`]) await expect(stat(left)).rejects.toThrow('ENOENT')
      }
    }
  }

  it.each([
    ['guide', null, 7],
    // A link that works five times.
    ['spec', null, 4],
    ['spec', 'inline-result', 7],
    ['observed', null, 7],
  ] as const)(
    'leaves one whole file in the end and one paid request (%s, %s)',
    async (dialect: VeniceDialect, fault: string | null, mostCuts: number) => {
      console.log(`cut at random bytes, ${dialect}, ${fault ?? 'no fault'}: SEED=${seed}`)
      const roll = dice(seed)
      const result = Buffer.from(Array.from({ length: 300_000 }, () => Math.floor(roll() * 256)))
      // Neither a text nor too small to be a film.
      result.write('ftyp', 4)
      result[0] = 0
      let cutsLeft = 0
      let cuts = 0
      const random = () => {
        if (cutsLeft === 0) return WHOLE
        cutsLeft--
        cuts++
        return roll()
      }
      // A limit that the client takes from the headers, so that it need not wait for its next turn to ask again.
      await using met = await meet(dialect, { result, random, limits: { retrieve: 60_000 } })
      if (fault) met.standIn.faults.set(fault, true)
      met.standIn.faults.set('cut-anywhere', true)
      // The link of one job is soon used up; the others may be asked for the same file for ever.
      const jobs = mostCuts === 4 ? ROUNDS : 1
      const began = performance.now()
      const clock = () => met.clock() + (performance.now() - began)
      await using venice = met.client({ clock })
      let provider: ProviderRef | null = null
      const tries: number[] = []
      for (let round = 0; round < ROUNDS; round++) {
        met.advance(60_000)
        if (provider === null || jobs === ROUNDS) provider = await madeJob(met)
        const { queue_requests } = met.standIn.book()
        cutsLeft = 1 + Math.floor(roll() * mostCuts)
        const path = met.newPath()
        tries.push(await saved(met, venice, provider, path))
        expect((await readFile(path)).equals(result), `round ${round}, SEED=${seed}`).toBe(true)
        await expect(stat(`${path}.part`)).rejects.toThrow('ENOENT')
        expect(met.standIn.book().queue_requests).toHaveLength(queue_requests.length)
        await rm(path)
      }
      // It was cut indeed, and not only within what one call mends.
      expect(cuts).toBeGreaterThanOrEqual(ROUNDS)
      expect(Math.max(...tries)).toBeGreaterThan(1)
      const accepted = met.standIn.book().queue_requests.filter(request => request.queue_id !== null)
      expect([accepted.length, met.standIn.book().jobs.length]).toEqual([jobs, jobs])
    },
  )
})
