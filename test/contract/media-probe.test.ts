import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refusal } from '../../src/core/errors.ts'
import { createMedia, type MediaReader, type ProbeCost } from '../../src/media/index.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { linkTo, openDoor } from '../kit/door.ts'
import { serveFile } from '../kit/file-server.ts'

const door = openDoor()
let media: MediaReader
let dir: string
let cost: ProbeCost | null = null
beforeAll(async () => {
  media = createMedia({
    door,
    stallMs: 300,
    onRead: c => {
      cost = c
    },
  })
  dir = await mkdtemp(join(tmpdir(), 'murano-probe-'))
})
afterAll(async () => {
  await media.close()
  await door[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const refusal = async (work: Promise<unknown>): Promise<Refusal> => {
  const error = await work.then(
    value => expect.fail(`no refusal but ${JSON.stringify(value)}`),
    e => e,
  )
  expect(error).toBeInstanceOf(Refusal)
  return error
}

/** A clip whose data is enlarged to `megabytes`, with its index where it was. */
async function enlarged(path: string, megabytes: number): Promise<string> {
  const file = await readFile(path)
  const mdat = file.indexOf('mdat') - 4
  const end = mdat + file.readUInt32BE(mdat)
  file.writeUInt32BE(end - mdat + megabytes * 1e6, mdat)
  const out = join(dir, 'large.mp4')
  await writeFile(
    out,
    Buffer.concat([file.subarray(0, end), Buffer.alloc(megabytes * 1e6), file.subarray(end)]),
  )
  return out
}

describe.each(Object.entries(clips))('the clip %s', (_, clip) => {
  const expected = {
    width: clip.displayWidth,
    height: clip.displayHeight,
    codedWidth: clip.codedWidth,
    codedHeight: clip.codedHeight,
    rotation: clip.rotation,
    fps: expect.closeTo(clip.fps, 2),
    variableFps: clip.variableFps,
    durationS: expect.closeTo(clip.durationS, 2),
    videoCodec: clip.videoCodec,
    audioCodec: clip.audioCodec,
    container: clip.container,
    sizeBytes: expect.any(Number),
  }

  it('has its exact numbers when read from a file', async () => {
    expect(await media.probeFile(clipPath(clip))).toEqual(expected)
  })

  it.each(['ranges', 'whole', 'chunked'] as const)(
    'has the same numbers from a server that gives %s',
    async manner => {
      await using server = await serveFile(clipPath(clip), manner)
      expect(await media.probeSource(linkTo(server.url))).toEqual(await media.probeFile(clipPath(clip)))
    },
  )
})

describe('a probe over the network', () => {
  it('reads next to nothing of a large file, though its index is at the end', async () => {
    const path = await enlarged(clipPath(clips.moovLast), 60)
    await using server = await serveFile(path)
    const clip = await media.probeSource(linkTo(server.url))
    expect(clip).toMatchObject({ width: 320, fps: 30, durationS: 1 })
    expect(clip.sizeBytes).toBeGreaterThan(60e6)
    expect(cost?.bytesRead).toBeLessThan(200_000)
    expect(cost?.requests).toBeLessThanOrEqual(3)
    expect(server.bytesSent).toBeLessThan(200_000)
  })

  it('refuses a large file whose server gives no ranges, having read no more than its limit', async () => {
    const path = await enlarged(clipPath(clips.moovLast), 60)
    await using server = await serveFile(path, 'whole')
    expect((await refusal(media.probeSource(linkTo(server.url)))).code).toBe('too_complex')
    expect(cost?.bytesRead).toBeLessThan(21e6)
  })

  it.each([403, 404, 410, 500])('answers status %i with source_gone', async status => {
    await using server = await serveFile(clipPath(clips.silent), { status })
    expect(await refusal(media.probeSource(linkTo(server.url)))).toMatchObject({
      code: 'source_gone',
      facts: { status },
    })
  })

  it('answers a host that does not exist and one that does not listen with source_gone', async () => {
    const server = await serveFile(clipPath(clips.silent))
    await server[Symbol.asyncDispose]()
    expect((await refusal(media.probeSource(linkTo(server.url)))).code).toBe('source_gone')
    expect((await refusal(media.probeSource(linkTo('http://nothing.invalid/clip.mp4')))).code).toBe(
      'source_gone',
    )
  })

  it.each(['stalls', 'silent'] as const)('does not wait for a server that %s', async manner => {
    await using server = await serveFile(clipPath(clips.mp4Sound), manner)
    expect((await refusal(media.probeSource(linkTo(server.url)))).code).toBe('source_stalled')
  })

  it('takes up a cut connection once, and refuses after the second cut', async () => {
    const path = await enlarged(clipPath(clips.moovLast), 1)
    await using server = await serveFile(path)
    const answered = server.nextRequest()
    const probing = media.probeSource(linkTo(server.url))
    await answered
    server.manner = 'cuts'
    expect((await probing).fps).toBe(30)
    expect(server.cutsLeft).toBeLessThan(1)

    server.manner = 'cuts'
    server.cutsLeft = 99
    expect((await refusal(media.probeSource(linkTo(server.url)))).code).toBe('source_gone')
  })

  it('refuses an empty file', async () => {
    const path = join(dir, 'empty.mp4')
    await writeFile(path, '')
    for (const manner of ['ranges', 'whole', 'chunked'] as const) {
      await using server = await serveFile(path, manner)
      expect((await refusal(media.probeSource(linkTo(server.url)))).code).toBe('empty_file')
    }
  })
})

describe('a file without an index of its frames that is too large to be read whole', () => {
  // Whole reading ends at 4/5 of this; each of the two clips is larger than that, and smaller than this.
  const sparing = async (clip: (typeof clips)['webmVp9' | 'fragmented'], probeBytes: number) => {
    const careful = createMedia({ door, probeBytes })
    await using _ = { [Symbol.asyncDispose]: () => careful.close() }
    await using server = await serveFile(clipPath(clip))
    return await careful.probeSource(linkTo(server.url))
  }

  it('is measured by its first frames and the length in its header', async () => {
    const clip = await sparing(clips.webmVp9, 60_000)
    // The header's 2.008 s, where a full count finds 2.007 s.
    expect(clip).toMatchObject({ durationS: expect.closeTo(2.008, 4), fps: expect.closeTo(29.995, 2) })
  })

  it('is refused where its header does not say its length', async () => {
    expect((await refusal(sparing(clips.fragmented, 25_000))).code).toBe('too_complex')
  })
})

describe('the reader', () => {
  it('answers many at once, and starts anew after it was idle', async () => {
    const brief = createMedia({ door, probeIdleMs: 1 })
    await using _ = { [Symbol.asyncDispose]: () => brief.close() }
    const all = await Promise.all(Array.from({ length: 8 }, () => brief.probeFile(clipPath(clips.webmVp9))))
    expect(new Set(all.map(clip => clip.fps)).size).toBe(1)
    expect((await brief.probeFile(clipPath(clips.silent))).fps).toBe(30)
  })

  it('refuses what is under way when it closes, and whatever is asked of it later', async () => {
    const closing = createMedia({ door })
    const underWay = closing.probeFile(clipPath(clips.silent))
    const refused = expect(underWay).rejects.toMatchObject({ code: 'probe_closed' })
    await closing.close()
    await refused
    await expect(closing.probeFile(clipPath(clips.silent))).rejects.toMatchObject({ code: 'probe_closed' })
  })
})
