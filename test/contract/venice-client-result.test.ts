import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Ended, Unavailable } from '../../src/core/errors.ts'
import type { ProviderRef } from '../../src/core/job.ts'
import { client, type Far, json, KEY, keptLog, type Seen, scratch, serve } from './venice-client-kit.ts'

const job: ProviderRef = { model: 'topaz-video-upscale', queueId: 'q-1' }
const quick = { connectMs: 500, answerMs: 500, downloadIdleMs: 300, resumeAfterMs: 1 }

/** 300 kB that could be a video, no two places alike. */
const film = Buffer.alloc(300_000)
for (let i = 0; i < film.length; i += 4) film.writeUInt32BE((i * 2_654_435_761) % 2 ** 32, i)
film.write('\0\0\0\x18ftypisom', 0, 'latin1')

/** Where things are asked for, and the file that the client is writing. */
type There = Far & { part: string }
type Serve = (seen: Seen, response: ServerResponse, far: There) => void
const completed = (far: Far) => ({ status: 'completed', url: `${far.origin}/file?sig=secret` })

/** Venice at /api/v1, and the file's server at /file; both count what they were asked. */
async function fetchFrom(routes: Record<string, Serve>, options = {}, provider = job) {
  await using dir = await scratch()
  const path = join(dir.dir, 'result.mp4')
  await using far = await serve((seen, response) => {
    const route = seen.path.replace('/api/v1/video', '').replace(/\?.*/, '')
    const serveIt = routes[route]
    if (serveIt) serveIt(seen, response, Object.assign(far, { part: `${path}.part` }))
    else json(response, 500, { error: `no ${route}` })
  })
  await using venice = client(far.url, { timeouts: quick, ...options })
  const outcome = await venice.fetchResult(provider, path).then(
    result => ({ result, error: null }),
    error => ({ result: null, error }),
  )
  const left = await readdir(dir.dir)
  const bytes = left.includes('result.mp4') ? await readFile(path) : null
  return { ...outcome, bytes, left, seen: far.seen, asked: far.seen.map(s => s.path.replace(/\?.*/, '')) }
}

const whole = (_seen: Seen, response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': film.length })
  response.end(film)
}
const viaLink: Serve = (_seen, response, far) => json(response, 200, completed(far))
/** Sends so much of the file, waits until the client has it on disk, and cuts. */
async function cutAt(bytes: number, response: ServerResponse, { part }: There, headers = {}) {
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': film.length, ...headers })
  response.write(film.subarray(0, bytes))
  while ((await stat(part)).size < bytes) await setTimeout(5)
  response.socket?.resetAndDestroy()
}

describe('fetching a finished file', () => {
  it('streams it from the answer itself', async () => {
    const { result, bytes, left } = await fetchFrom({ '/retrieve': whole })
    expect(result).toEqual({ sizeBytes: film.length })
    expect(bytes?.equals(film)).toBe(true)
    expect(left).toEqual(['result.mp4'])
  })

  it('follows the link, without the API key', async () => {
    const { bytes, seen } = await fetchFrom({ '/retrieve': viaLink, '/file': whole })
    expect(bytes?.equals(film)).toBe(true)
    const link = seen.find(s => s.path.startsWith('/file'))
    expect(link?.path).toBe('/file?sig=secret')
    expect(JSON.stringify(link?.headers)).not.toContain(KEY)
  })

  it('follows redirects of the link, but not for ever', async () => {
    const { bytes } = await fetchFrom({
      '/retrieve': viaLink,
      '/file': (_seen, response) => json(response, 302, '', { location: '/elsewhere' }),
      '/elsewhere': whole,
    })
    expect(bytes?.equals(film)).toBe(true)
    const { error } = await fetchFrom({
      '/retrieve': viaLink,
      '/file': (_seen, response) => json(response, 302, '', { location: '/file' }),
    })
    expect(error).toMatchObject({ name: 'Cut', message: 'redirected too often' })
  })

  it('uses the link that came with the receipt where retrieve names none', async () => {
    await using files = await serve(whole)
    const { bytes, asked } = await fetchFrom(
      { '/retrieve': (_seen, response) => json(response, 200, { status: 'COMPLETED' }) },
      {},
      { ...job, downloadUrl: `${files.origin}/once` },
    )
    expect(bytes?.equals(film)).toBe(true)
    expect(files.seen).toHaveLength(1)
    expect(asked).toEqual(['/api/v1/video/retrieve'])
  })

  it('asks complete for the link only where nothing else knows it, and only once', async () => {
    let completes = 0
    const { bytes } = await fetchFrom({
      '/retrieve': (_seen, response) => json(response, 200, { status: 'completed' }),
      '/complete': (_seen, response, far) => {
        completes++
        json(response, 200, completed(far))
      },
      '/file': (seen, response, far) =>
        far.seen.filter(s => s.path === seen.path).length === 1
          ? cutAt(1000, response, far)
          : whole(seen, response),
    })
    expect(bytes?.equals(film)).toBe(true)
    expect(completes).toBe(1)
  })

  it('remembers what complete said for the next call, as it may not be said again', async () => {
    await using dir = await scratch()
    let completes = 0
    let up = false
    await using far = await serve((seen, response) => {
      if (seen.path.endsWith('/retrieve')) json(response, 200, { status: 'completed' })
      else if (seen.path.endsWith('/complete')) json(response, 200, ++completes === 1 ? completed(far) : {})
      else if (up) whole(seen, response)
      else json(response, 503, {})
    })
    await using venice = client(far.url, { timeouts: quick })
    const fetching = () => venice.fetchResult(job, join(dir.dir, 'r.mp4'))
    await expect(fetching()).rejects.toMatchObject({ code: 'result_unavailable' })
    up = true
    await expect(fetching()).resolves.toEqual({ sizeBytes: film.length })
    expect(completes).toBe(1)
  })

  it('gives up where not even complete knows', async () => {
    const { error, left } = await fetchFrom({
      '/retrieve': (_seen, response) => json(response, 200, { status: 'COMPLETED' }),
      '/complete': (_seen, response) => json(response, 200, { success: true }),
    })
    expect(error).toMatchObject({ name: 'Final', code: 'result_gone' })
    expect(left).toEqual([])
  })

  it('is not there yet while the job is processing, and never where it failed', async () => {
    const on = (body: unknown) => fetchFrom({ '/retrieve': (_seen, response) => json(response, 200, body) })
    expect((await on({ status: 'PROCESSING' })).error).toMatchObject({
      name: 'Unavailable',
      code: 'not_finished',
    })
    expect((await on({ status: 'FAILED' })).error).toMatchObject({ name: 'Ended', code: 'provider_failed' })
  })

  it.each([
    [
      500,
      { error: 'x', credits_refunded: true },
      { code: 'provider_failed', said: 'x', charged: 'refunded' },
    ],
    [
      422,
      { error: 'Policy.', code: 'CONTENT_POLICY_VIOLATION', credits_refunded: false },
      { code: 'content_refused', said: 'Policy.', charged: 'yes' },
    ],
    [404, {}, { code: 'provider_lost_it', charged: 'unknown' }],
    [200, { status: 'failed', credits_refunded: true }, { code: 'provider_failed', charged: 'refunded' }],
  ])(
    'tells what became of the money where the job has failed after all: %i %j',
    async (status, body, failure) => {
      const { error, left } = await fetchFrom({
        '/retrieve': (_seen, response) => json(response, status, body),
      })
      expect(error).toBeInstanceOf(Ended)
      expect(error.failure).toEqual(failure)
      expect(left).toEqual([])
    },
  )
})

describe('a link that was named before', () => {
  /** Where the link is the old one, at `old`; retrieve names another. */
  async function fetchWith(old: Serve, again: Serve = viaLink) {
    await using files = await serve((seen, response) =>
      old(seen, response, Object.assign(files, { part: '' })),
    )
    const fetched = await fetchFrom(
      { '/retrieve': again, '/file': whole },
      {},
      {
        ...job,
        resultUrl: `${files.origin}/old`,
      },
    )
    return { ...fetched, old: files.seen.length }
  }

  it('is used without asking anybody', async () => {
    const { bytes, asked } = await fetchWith(whole)
    expect(bytes?.equals(film)).toBe(true)
    expect(asked).toEqual([])
  })

  it('counts before the one that came with the receipt', async () => {
    await using files = await serve(whole)
    const { bytes } = await fetchFrom(
      {},
      {},
      {
        ...job,
        downloadUrl: `${files.origin}/once`,
        resultUrl: `${files.origin}/result`,
      },
    )
    expect(bytes?.equals(film)).toBe(true)
    expect(files.seen.map(s => s.path)).toEqual(['/result'])
  })

  it.each([
    ['401', 401],
    ['403', 403],
    ['404', 404],
    ['410', 410],
    ['503', 503],
  ])('is asked for anew, once, where it is refused with %s', async (_title, status) => {
    const { bytes, asked, old } = await fetchWith((_seen, response) => json(response, status, {}))
    expect(bytes?.equals(film)).toBe(true)
    expect(asked).toEqual(['/api/v1/video/retrieve', '/file'])
    expect(old).toBe(1)
  })

  it('is asked for anew where a page came in place of the file, and where it is cut each time', async () => {
    const page = await fetchWith((_seen, response) => {
      response.end(`<!doctype html>${' '.repeat(2000)}`)
    })
    expect(page.bytes?.equals(film)).toBe(true)
    const cut = await fetchWith((_seen, response) => {
      response.writeHead(200, { 'content-length': film.length })
      response.write(film.subarray(100_000, 200_000), () => response.socket?.resetAndDestroy())
    })
    expect(cut.bytes?.equals(film)).toBe(true)
    expect(cut.old).toBe(3)
    // Not the rest of what the old one gave: nothing says that it is the same file.
    expect(cut.seen.find(s => s.path.startsWith('/file'))?.headers).not.toHaveProperty('range')
  })

  it('is given up for now where the new one is the same', async () => {
    let times = 0
    await using dir = await scratch()
    await using far = await serve((seen, response) => {
      if (seen.path.endsWith('/retrieve')) return json(response, 200, completed(far))
      times++
      json(response, 403, {})
    })
    await using venice = client(far.url, { timeouts: quick })
    const fetching = venice.fetchResult({ ...job, resultUrl: completed(far).url }, join(dir.dir, 'r.mp4'))
    await expect(fetching).rejects.toMatchObject({ name: 'Unavailable', code: 'result_unavailable' })
    expect(times).toBe(1)
  })

  it('does not keep the result from being gone for good', async () => {
    const { error } = await fetchWith(
      (_seen, response) => json(response, 410, {}),
      (_seen, response) => json(response, 404, {}),
    )
    expect(error).toMatchObject({ name: 'Ended', code: 'provider_lost_it' })
  })
})

describe('a download that is cut', () => {
  const ranges =
    (tag: string): Serve =>
    (seen, response, far) => {
      const from = Number(/bytes=(\d+)-/.exec(seen.headers.range ?? '')?.[1] ?? Number.NaN)
      if (Number.isNaN(from)) return cutAt(200_000, response, far, { etag: tag })
      response.writeHead(206, {
        etag: tag,
        'content-range': `bytes ${from}-${film.length - 1}/${film.length}`,
        'content-length': film.length - from,
      })
      response.end(film.subarray(from))
    }

  it('goes on where it was cut, if the server can', async () => {
    const { bytes, seen } = await fetchFrom({ '/retrieve': viaLink, '/file': ranges('"v1"') })
    expect(bytes?.equals(film)).toBe(true)
    const second = seen.filter(s => s.path.startsWith('/file'))[1]
    expect(second?.headers).toMatchObject({
      range: expect.stringMatching(/^bytes=[1-9]\d*-$/),
      'if-range': '"v1"',
    })
    expect(seen.filter(s => s.path.endsWith('/retrieve'))).toHaveLength(1)
  })

  it('starts anew, if the server cannot', async () => {
    let times = 0
    const { bytes } = await fetchFrom({
      '/retrieve': viaLink,
      '/file': (seen, response, far) =>
        ++times === 1 ? cutAt(100_000, response, far) : whole(seen, response),
    })
    expect(bytes?.equals(film)).toBe(true)
  })

  it('starts anew, if the rest does not fit what is there', async () => {
    let times = 0
    const { bytes } = await fetchFrom({
      '/retrieve': viaLink,
      '/file': (seen, response, far) => {
        times++
        if (times === 1) return cutAt(100_000, response, far)
        if (times > 2) return whole(seen, response)
        response.writeHead(206, { 'content-range': `bytes 5-200004/${film.length}` })
        response.end(film.subarray(5, 200_005))
      },
    })
    expect(bytes?.equals(film)).toBe(true)
  })

  it('asks for the rest of the rest', async () => {
    let times = 0
    const { bytes } = await fetchFrom({
      '/retrieve': viaLink,
      '/file': (seen, response, far) => {
        if (++times === 1) return cutAt(100_000, response, far)
        const from = Number(/\d+/.exec(seen.headers.range ?? '')?.[0])
        const part = film.subarray(from, times === 2 ? from + 50_000 : film.length)
        response.writeHead(206, {
          'content-range': `bytes ${from}-${from + part.length - 1}/${film.length}`,
          'content-length': part.length,
        })
        response.end(part)
      },
    })
    expect(times).toBe(3)
    expect(bytes?.equals(film)).toBe(true)
  })

  it('leaves nothing of a longer first part behind', async () => {
    let times = 0
    const short = film.subarray(0, 50_000)
    const { bytes } = await fetchFrom({
      '/retrieve': (_seen, response, far) => {
        if (++times === 1) return cutAt(200_000, response, far)
        response.writeHead(200, { 'content-type': 'video/mp4' }).end(short)
      },
    })
    expect(bytes?.equals(short)).toBe(true)
  })

  it('starts anew, if it came as the answer itself', async () => {
    let times = 0
    const { bytes } = await fetchFrom({
      '/retrieve': (seen, response, far) =>
        ++times === 1 ? cutAt(100_000, response, far) : whole(seen, response),
    })
    expect(bytes?.equals(film)).toBe(true)
    expect(times).toBe(2)
  })

  it('is left for later after three attempts, with nothing left on disk', async () => {
    const { error, left, asked } = await fetchFrom({
      '/retrieve': viaLink,
      '/file': (_seen, response, far) => cutAt(50_000, response, far),
    })
    expect(error).toBeInstanceOf(Unavailable)
    expect(error).toMatchObject({ code: 'result_cut' })
    expect(left).toEqual([])
    expect(asked.filter(path => path === '/file')).toHaveLength(3)
  })

  it('counts as cut when it falls silent', async () => {
    const { error } = await fetchFrom({
      '/retrieve': (_seen, response) => {
        response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': film.length })
        response.write(film.subarray(0, 5000))
      },
    })
    expect(error).toMatchObject({ code: 'result_cut' })
  })

  it('counts as cut when it only trickles', async () => {
    const timeouts = { ...quick, downloadTotalMs: 100 }
    const { error } = await fetchFrom(
      {
        '/retrieve': (_seen, response) => {
          response.writeHead(200, { 'content-type': 'video/mp4' })
          const timer = setInterval(() => response.write('x'), 10)
          response.on('close', () => clearInterval(timer))
        },
      },
      { timeouts },
    )
    expect(error).toMatchObject({
      code: 'result_cut',
      message: expect.stringContaining('longer than 100 ms'),
    })
  })
})

describe('what is not the file', () => {
  const fileIs = (status: number, body: Buffer | string, headers = {}) =>
    fetchFrom({
      '/retrieve': viaLink,
      '/file': (_seen, response) => {
        response.writeHead(status, { 'content-type': 'video/mp4', ...headers })
        response.end(body)
      },
    })

  it.each([
    ['a page', Buffer.from(`<!doctype html>${' '.repeat(2000)}`)],
    ['an error', Buffer.from(`{"error":"${'x'.repeat(2000)}"}`)],
    ['too small', film.subarray(0, 500)],
    ['empty', Buffer.alloc(0)],
  ])('is asked for again later where it is %s', async (_title, body) => {
    const { error, left } = await fileIs(200, body)
    expect(error).toMatchObject({ name: 'Unavailable', code: 'result_not_video' })
    expect(left).toEqual([])
  })

  it.each([
    [410, { name: 'Final', code: 'result_gone' }],
    [401, { name: 'Unavailable', code: 'result_unavailable' }],
    [403, { name: 'Unavailable', code: 'result_unavailable' }],
    [404, { name: 'Unavailable', code: 'result_unavailable' }],
  ])('of the only link ends a paid job on HTTP 410 alone: %i', async (status, wanted) => {
    await using files = await serve((_seen, response) => {
      response.writeHead(status).end('gone')
    })
    const done = {
      '/retrieve': (_seen: unknown, response: ServerResponse) => json(response, 200, { status: 'COMPLETED' }),
    }
    const { error } = await fetchFrom(done, {}, { ...job, downloadUrl: `${files.origin}/once` })
    expect(error).toMatchObject(wanted)
  })

  it.each([403, 404, 410, 429, 500, 503])('is asked for again later on HTTP %i', async status => {
    const { error } = await fileIs(status, 'wait', { 'retry-after': '3' })
    expect(error).toMatchObject({ name: 'Unavailable', retryAfterMs: 3000 })
  })

  it.each([
    ['says so in its length', { 'content-length': 300_000 }],
    ['does not say so', {}],
  ])('is refused over the limit where it %s', async (_title, headers) => {
    const { error, left } = await fetchFrom(
      {
        '/retrieve': (_seen, response) => {
          response.writeHead(200, { 'content-type': 'video/mp4', ...headers })
          response.end(film)
        },
      },
      { maxResultBytes: 200_000 },
    )
    expect(error).toMatchObject({ name: 'Final', code: 'result_too_big' })
    expect(left).toEqual([])
  })

  it('says so where our own disk is in the way', async () => {
    await using dir = await scratch()
    await writeFile(join(dir.dir, 'file'), '')
    await using far = await serve(whole)
    await using venice = client(far.url)
    await expect(venice.fetchResult(job, join(dir.dir, 'file', 'result.mp4'))).rejects.toMatchObject({
      code: 'storage_failed',
    })
  })
})

it('keeps the signature of the link out of log and errors', async () => {
  const log = keptLog()
  const { error } = await fetchFrom(
    {
      '/retrieve': viaLink,
      '/file': (seen, response) => json(response, 404, { error: `http://x${seen.path}` }),
    },
    { log },
  )
  expect(`${error.message}${log.lines.join()}`).not.toContain('secret')
})
