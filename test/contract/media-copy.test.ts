import { once } from 'node:events'
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMedia, type MediaReader } from '../../src/media/index.ts'
import { createDoor } from '../../src/sources/index.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { linkTo, openDoor, quiet } from '../kit/door.ts'
import { serveFile } from '../kit/file-server.ts'

const MB = 1_000_000
const door = openDoor()
let media: MediaReader
let dir: string
let large: string
let out: string
let into: string

beforeAll(async () => {
  media = createMedia({ door, stallMs: 300, copyMs: 20_000, copyBytes: 50 * MB })
  dir = await mkdtemp(join(tmpdir(), 'murano-copy-'))
  large = join(dir, 'large')
  const file = await open(large, 'w')
  for (let i = 0; i < 40; i++) await file.write(Buffer.alloc(MB, i))
  await file.close()
})
beforeEach(async () => {
  into = await mkdtemp(join(dir, 'into-'))
  out = join(into, 'copy')
})
afterAll(async () => {
  await media.close()
  await door[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const nothingLeft = async () => expect(await readdir(into)).toEqual([])

describe('a copy', () => {
  it.each(['ranges', 'whole', 'chunked'] as const)(
    'is the same bytes from a server that gives %s',
    async manner => {
      await using server = await serveFile(clipPath(clips.mp4Sound), manner)
      const original = await readFile(clipPath(clips.mp4Sound))
      expect(await media.copy(linkTo(server.url), out)).toEqual({ sizeBytes: original.length })
      expect(await readFile(out)).toEqual(original)
    },
  )

  it('of a large file takes little memory', async () => {
    const huge = join(into, 'huge')
    const file = await open(huge, 'w')
    await file.truncate(200 * MB)
    await file.close()
    const roomy = createMedia({ door })
    await using _ = { [Symbol.asyncDispose]: () => roomy.close() }
    await using server = await serveFile(huge)
    const before = process.memoryUsage().arrayBuffers
    let peak = 0
    // What is held, not what waits for the collector.
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const watch = setInterval(() => {
      collect()
      peak = Math.max(peak, process.memoryUsage().arrayBuffers)
    }, 300)
    expect((await roomy.copy(linkTo(server.url), out)).sizeBytes).toBe(200 * MB)
    clearInterval(watch)
    expect(peak).toBeGreaterThan(0)
    // What waits between two sides of one busy process varies; it is far from the whole.
    expect(peak - before).toBeLessThan(80 * MB)
    await rm(huge)
    await rm(out)
  })

  it.each([403, 404, 410, 503])('is refused with source_gone where the server answers %i', async status => {
    await using server = await serveFile(large, { status })
    await expect(media.copy(linkTo(server.url), out)).rejects.toMatchObject({
      code: 'source_gone',
      facts: { status },
    })
    await nothingLeft()
  })

  it('is refused with source_gone where nobody listens', async () => {
    const server = await serveFile(large)
    await server[Symbol.asyncDispose]()
    await expect(media.copy(linkTo(server.url), out)).rejects.toMatchObject({ code: 'source_gone' })
    await nothingLeft()
  })

  it.each(['stalls', 'silent'] as const)('does not wait for a server that %s', async manner => {
    await using server = await serveFile(large, manner)
    await expect(media.copy(linkTo(server.url), out)).rejects.toMatchObject({ code: 'source_stalled' })
    await nothingLeft()
  })

  it('has an end even where bytes keep coming', async () => {
    const brief = createMedia({ door, copyMs: 50 })
    await using _ = { [Symbol.asyncDispose]: () => brief.close() }
    await using server = await serveFile(large, 'stalls')
    await expect(brief.copy(linkTo(server.url), out)).rejects.toMatchObject({ code: 'source_stalled' })
    await nothingLeft()
  })

  it('goes on where a connection was cut', async () => {
    await using server = await serveFile(large, 'cuts')
    server.cutsLeft = 2
    expect((await media.copy(linkTo(server.url), out)).sizeBytes).toBe(40 * MB)
    expect((await readFile(out)).equals(await readFile(large))).toBe(true)
    expect(server.requests).toHaveLength(3)
    expect(server.requests[0]).toBeNull()
    expect(server.requests[1]).toMatch(/^bytes=\d+-$/)
    // Nothing was fetched twice but what was on its way when the line was cut.
    expect(server.bytesSent).toBeLessThan(60 * MB)
  })

  it('is given up where the file has changed since the cut, or may have', async () => {
    for (const [before, after] of [
      ['"v1"', '"v2"'],
      ['W/"v1"', 'W/"v1"'],
      [null, null],
    ] as const) {
      await using server = await serveFile(large, 'cuts')
      server.etag = before
      const first = server.nextRequest()
      const copying = media.copy(linkTo(server.url), out)
      const refused = expect(copying).rejects.toMatchObject({ code: 'source_gone' })
      await first
      server.etag = after
      await refused
      await nothingLeft()
    }
  })

  it('is given up after the third cut', async () => {
    await using server = await serveFile(large, 'cuts')
    server.cutsLeft = 99
    await expect(media.copy(linkTo(server.url), out)).rejects.toMatchObject({ code: 'source_gone' })
    expect(server.requests).toHaveLength(3)
    await nothingLeft()
  })

  it.each(['ranges', 'chunked'] as const)('of more than the limit is refused (%s)', async manner => {
    const small = createMedia({ door, copyBytes: 5 * MB })
    await using _ = { [Symbol.asyncDispose]: () => small.close() }
    await using server = await serveFile(large, manner)
    await expect(small.copy(linkTo(server.url), out)).rejects.toMatchObject({
      code: 'too_big',
      facts: { limitMb: 5 },
    })
    expect(server.bytesSent).toBeLessThan(35 * MB)
    await nothingLeft()
  })

  it('of what is small on its way and unpacks to more than the limit is refused', async () => {
    const packed = gzipSync(Buffer.alloc(60 * MB))
    const server = createServer((_, res) => {
      res.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed)
    })
    await using _ = {
      async [Symbol.asyncDispose]() {
        server.closeAllConnections()
        server.close()
      },
    }
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await expect(media.copy(linkTo(`http://127.0.0.1:${port}/`), out)).rejects.toMatchObject({
      code: 'too_big',
    })
    await nothingLeft()
  })

  it('of nothing is refused', async () => {
    const empty = join(dir, 'empty')
    await (await open(empty, 'w')).close()
    await using server = await serveFile(empty)
    await expect(media.copy(linkTo(server.url), out)).rejects.toMatchObject({ code: 'empty_file' })
    await nothingLeft()
  })

  it('to a place that can not be written to is our own fault, not a refusal', async () => {
    await using server = await serveFile(large)
    await expect(media.copy(linkTo(server.url), join(dir, 'no', 'such', 'folder'))).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })
})

describe('the door that is passed in', () => {
  it('opens everything that copies and probes read, and what it refuses is what they refuse', async () => {
    await using server = await serveFile(large)
    const closed = createDoor({ hosts: new Map(), trusted: [], log: quiet })
    const guarded = createMedia({ door: closed })
    await using _ = {
      async [Symbol.asyncDispose]() {
        await guarded.close()
        await closed.close()
      },
    }
    const refusal = { code: 'link_invalid', facts: { why: 'scheme' } }
    await expect(guarded.copy(linkTo(server.url), out)).rejects.toMatchObject(refusal)
    await expect(guarded.probeSource(linkTo(server.url))).rejects.toMatchObject(refusal)
    expect(server.requests).toEqual([])
    await nothingLeft()
  })
})
