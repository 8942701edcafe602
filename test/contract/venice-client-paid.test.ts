import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { oneConnection } from '../../src/venice/paid.ts'
import {
  client,
  clip,
  fixture,
  type Handler,
  json,
  KEY,
  keptLog,
  linked,
  order,
  scratch,
  serve,
  serveBytes,
  source,
  wholeRequest,
} from './venice-client-kit.ts'

const quick = { connectMs: 500, submitIdleMs: 300, submitTotalMs: 1500 }
const receipt: Handler = (_seen, response) =>
  json(response, 200, { model: 'topaz-video-upscale', queue_id: 'q-1' })

/** Submits, and closes the client, so that nothing of it can arrive later. */
async function submitOnce(url: string, from = linked, options = {}) {
  await using venice = client(url, { timeouts: quick, ...options })
  return await venice.submit(clip, order, from)
}

describe('the paid call, where it can be proven that nothing was accepted', () => {
  it('says not_accepted where nobody listens', async () => {
    const far = await serve(receipt)
    await far[Symbol.asyncDispose]()
    expect(await submitOnce(far.url)).toMatchObject({ kind: 'not_accepted', retryAfterMs: null })
  })

  it('says not_accepted where the name does not exist', async () => {
    expect(await submitOnce('http://venice.invalid/api/v1')).toMatchObject({ kind: 'not_accepted' })
  })

  it('says not_accepted where the TLS handshake never ends, and has sent no request', async () => {
    await using far = await serveBytes(() => {})
    const outcome = await submitOnce(`https://127.0.0.1:${far.port}/api/v1`)
    expect(outcome).toMatchObject({ kind: 'not_accepted', why: expect.stringMatching(/timeout/i) })
    expect(far.received.join('')).not.toContain('POST')
  })

  it('says not_accepted where the handshake fails, and has sent no request', async () => {
    await using far = await serveBytes(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect(await submitOnce(`https://127.0.0.1:${far.port}/api/v1`)).toMatchObject({ kind: 'not_accepted' })
    expect(far.received.join('')).not.toContain('POST')
  })

  it('waits as long as a 429 says, by its Unix time and Retry-After', async () => {
    await using far = await serve((_seen, response) =>
      json(response, 429, { error: 'Rate limit exceeded' }, { 'x-ratelimit-reset-requests': '1700000042' }),
    )
    const clock = () => 1_700_000_000_000
    const outcome = await submitOnce(far.url, linked, { clock })
    expect(outcome).toEqual({
      kind: 'not_accepted',
      why: 'Rate limit exceeded',
      retryAfterMs: 42_000,
      limited: true,
    })
    expect(far.paid()).toHaveLength(1)
  })

  it('says not_accepted where an upload is cut before its end', async () => {
    await using dir = await scratch()
    const path = join(dir.dir, 'big.mp4')
    await writeFile(path, '')
    await truncate(path, 20_000_000)
    await using far = await serveBytes((socket, received) => {
      if (received.length > 100_000) socket.resetAndDestroy()
    })
    const outcome = await submitOnce(far.url, source(null, path))
    expect(outcome).toMatchObject({ kind: 'not_accepted', why: expect.stringContaining('upload was cut') })
    expect(far.received).toHaveLength(1)
    expect(wholeRequest(far.received[0] ?? '')).toBe(false)
  })
})

describe('the paid call, where nothing proves anything', () => {
  const byBytes: [string, string | null][] = [
    ['is lost with its connection', null],
    ['is cut within its headers', 'HTTP/1.1 200 OK\r\ncontent-type: appli'],
    ['is cut within its body', 'HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{"queue_id":"q'],
    ['is no HTTP', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['is only the promise of one', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ]
  it.each(byBytes)('says unknown, after one request, where the answer %s', async (_title, answer) => {
    await using far = await serveBytes((socket, received) => {
      if (!wholeRequest(received)) return
      if (answer === null) socket.resetAndDestroy()
      else socket.end(answer)
    })
    expect(await submitOnce(far.url)).toMatchObject({ kind: 'unknown' })
    expect(far.received).toHaveLength(1)
    expect(far.received[0]?.match(/POST/g)).toHaveLength(1)
  })

  it('says unknown where no answer comes, and does not ask again', async () => {
    await using far = await serve(() => {})
    expect(await submitOnce(far.url)).toMatchObject({ kind: 'unknown' })
    expect(far.paid()).toHaveLength(1)
    expect(far.connections()).toBe(1)
  })

  it('says unknown where headers trickle without end', async () => {
    await using far = await serveBytes((socket, received) => {
      if (!wholeRequest(received)) return
      socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write('x-more: 1\r\n'), 20)
      socket.on('close', () => clearInterval(timer))
    })
    expect(await submitOnce(far.url)).toMatchObject({ kind: 'unknown' })
    expect(far.received).toHaveLength(1)
  })

  it('says unknown where the answer has no end', async () => {
    await using far = await serve((_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    expect(await submitOnce(far.url)).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('larger'),
    })
    expect(far.paid()).toHaveLength(1)
  })

  it.each([
    '{"queue',
    '',
    'null',
    '[]',
    '{}',
    '{"queue_id":""}',
    '{"queue_id":null,"error":"no"}',
    '<html>ok</html>',
  ])('says unknown on a 200 that is no receipt: %s', async body => {
    await using far = await serve((_seen, response) => json(response, 200, body))
    expect(await submitOnce(far.url)).toMatchObject({ kind: 'unknown' })
    expect(far.paid()).toHaveLength(1)
  })

  it.each([500, 502, 503, 504, 520, 408, 301])('says unknown on HTTP %i, after one request', async status => {
    await using far = await serve((_seen, response) =>
      json(response, status, { error: 'duration prompt' }, { location: '/api/v1/video/queue' }),
    )
    expect(await submitOnce(far.url)).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining(`${status}`),
    })
    expect(far.seen).toHaveLength(1)
  })
})

describe('the paid call, refused for good', () => {
  it.each([
    [400, 'provider_rejected'],
    [401, 'key_refused'],
    [402, 'balance_empty'],
    [403, 'access_denied'],
    [404, 'provider_rejected'],
    [409, 'needs_consent'],
    [415, 'type_refused'],
    [422, 'content_refused'],
    [308, 'provider_rejected'],
  ])('reads HTTP %i as %s, nothing charged, in the words of the API', async (status, code) => {
    await using far = await serve((_seen, response) =>
      json(response, status, { error: { message: 'Sorry.' } }),
    )
    expect(await submitOnce(far.url)).toEqual({
      kind: 'rejected',
      failure: { code, said: 'Sorry.', charged: 'no' },
    })
    expect(far.paid()).toHaveLength(1)
  })

  it.each([
    [true, 'refunded'],
    [false, 'yes'],
  ])('reads credits_refunded %s as charged: %s', async (credits_refunded, charged) => {
    await using far = await serve((_seen, response) =>
      json(response, 422, { error: 'No.', credits_refunded }),
    )
    expect(await submitOnce(far.url)).toMatchObject({
      failure: { code: 'content_refused', said: 'No.', charged },
    })
  })

  it('still is a refusal where its body is cut', async () => {
    await using far = await serveBytes((socket, received) => {
      if (wholeRequest(received))
        socket.end('HTTP/1.1 402 Payment Required\r\ncontent-length: 99\r\n\r\n{"err')
    })
    expect(await submitOnce(far.url)).toEqual({
      kind: 'rejected',
      failure: { code: 'balance_empty', charged: 'no' },
    })
  })
})

describe('the form of the paid call', () => {
  it('sends what the guide lists, and keeps all three things that come back', async () => {
    const body = { model: 'topaz-video-upscale', queue_id: 'q-9', download_url: 'https://x.example/f?s=1' }
    await using far = await serve((_seen, response) => json(response, 200, body))
    expect(await submitOnce(far.url)).toEqual({
      kind: 'accepted',
      provider: { model: body.model, queueId: 'q-9', downloadUrl: body.download_url },
    })
    expect(JSON.parse(far.paid()[0]?.body ?? '')).toEqual({
      model: 'topaz-video-upscale',
      upscale_factor: 2,
      video_url: linked.url,
    })
    expect(far.paid()[0]?.headers.authorization).toBe(`Bearer ${KEY}`)
  })

  it('opens a connection of its own, so that a kept one that died cannot lose the answer', async () => {
    await using far = await serve((seen, response) => {
      // Answers the first request of each connection only.
      const earlier = far.seen.filter(s => s.connection === seen.connection).length
      if (earlier > 1) response.socket?.resetAndDestroy()
      else json(response, 200, { status: 'PROCESSING', queue_id: 'q-1' })
    })
    await using venice = client(far.url, { timeouts: quick })
    await venice.poll({ model: 'm', queueId: 'q-0' })
    expect(await venice.submit(clip, order, linked)).toMatchObject({ kind: 'accepted' })
    expect(far.seen.map(s => s.connection)).toEqual([1, 2])
  })

  it('carries the file itself where there is no link, byte for byte', async () => {
    await using far = await serve(receipt)
    const path = fixture('mov-sound.mov')
    expect(
      await submitOnce(far.url, { ...source(null, path), contentType: 'video/quicktime' }),
    ).toMatchObject({
      kind: 'accepted',
    })
    const { video_url } = JSON.parse(far.paid()[0]?.body ?? '')
    const [type, data] = String(video_url).split(',')
    expect(type).toBe('data:video/quicktime;base64')
    expect(Buffer.from(data ?? '', 'base64').equals(await readFile(path))).toBe(true)
  })

  it('refuses a file over the limit without a link, and sends nothing', async () => {
    await using far = await serve(receipt)
    expect(await submitOnce(far.url, source(null), { maxDataUrlBytes: 50_000 })).toEqual({
      kind: 'rejected',
      failure: { code: 'source_refused', charged: 'no' },
    })
    expect(await submitOnce(far.url, source(null, '/nowhere.mp4'))).toEqual({
      kind: 'rejected',
      failure: { code: 'source_lost', charged: 'no' },
    })
    expect(far.connections()).toBe(0)
  })

  it('sends the file itself where the link is refused as too large, once', async () => {
    await using far = await serve((seen, response) =>
      seen.body.includes('data:video')
        ? receipt(seen, response, far)
        : json(response, 413, { error: 'large' }),
    )
    expect(await submitOnce(far.url)).toMatchObject({ kind: 'accepted' })
    expect(far.paid()).toHaveLength(2)
  })

  it('gives up where both ways are too large', async () => {
    await using far = await serve((_seen, response) => json(response, 413, { error: 'Too large.' }))
    expect(await submitOnce(far.url)).toMatchObject({ kind: 'rejected', failure: { code: 'source_refused' } })
    expect(far.paid()).toHaveLength(2)
  })

  it('hears a refusal that comes before the upload has ended', async () => {
    await using dir = await scratch()
    const path = join(dir.dir, 'big.mp4')
    await writeFile(path, '')
    await truncate(path, 20_000_000)
    let answered = false
    await using far = await serveBytes((socket, received) => {
      // Goes on reading, so that no reset overtakes the answer.
      if (received.length > 100_000 && !answered) {
        answered = true
        socket.write('HTTP/1.1 413 Payload Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
      }
    })
    const outcome = await submitOnce(far.url, source(null, path))
    expect(outcome).toEqual({ kind: 'rejected', failure: { code: 'source_refused', charged: 'no' } })
  })
})

describe('learning how a server wants a job', () => {
  it('tries each way of each field once, then believes the refusal', async () => {
    await using far = await serve((_seen, response) =>
      json(response, 400, { error: 'Invalid', issues: [{ path: ['duration'] }, { path: ['prompt'] }] }),
    )
    expect(await submitOnce(far.url)).toMatchObject({ kind: 'rejected' })
    const forms = far.paid().map(s => {
      const { duration, prompt } = JSON.parse(s.body)
      return [duration, prompt]
    })
    expect(forms).toEqual([
      [undefined, undefined],
      ['12.34', ''],
      ['Auto', ''],
    ])
  })

  it('does not send again after a 400 about anything else', async () => {
    await using far = await serve((_seen, response) =>
      json(response, 400, { error: 'Invalid video format.' }),
    )
    expect(await submitOnce(far.url)).toMatchObject({ kind: 'rejected' })
    expect(far.paid()).toHaveLength(1)
  })

  it('remembers for this base URL, also for the next process', async () => {
    const needsSeconds: Handler = (seen, response) =>
      'duration' in JSON.parse(seen.body)
        ? receipt(seen, response, far)
        : json(response, 400, { error: 'x', details: { duration: {} } })
    await using far = await serve(needsSeconds)
    let kept: string | null = null
    const dialectMemory = {
      get: async () => kept,
      set: async (value: string) => {
        kept = value
      },
    }
    await submitOnce(far.url, linked, { dialectMemory })
    expect(far.paid()).toHaveLength(2)
    await submitOnce(far.url, linked, { dialectMemory })
    expect(far.paid()).toHaveLength(3)

    await using other = await serve(receipt)
    await submitOnce(other.url, linked, { dialectMemory })
    expect(JSON.parse(other.paid()[0]?.body ?? '')).not.toHaveProperty('duration')
  })

  it('still submits where the memory fails', async () => {
    await using far = await serve(receipt)
    const broken = () => {
      throw new Error('no database')
    }
    const outcome = await submitOnce(far.url, linked, { dialectMemory: { get: broken, set: broken } })
    expect(outcome).toMatchObject({ kind: 'accepted' })
  })
})

it('keeps the key and signatures out of the log and out of what is shown', async () => {
  const log = keptLog()
  const leak = `bad: Bearer ${KEY} at https://cdn.example/f.mp4?X-Amz-Signature=feedbeef and data:video/mp4;base64,AAAA`
  await using far = await serve((_seen, response) => json(response, 500, { error: leak }))
  const outcome = await submitOnce(far.url, linked, { log })
  const shown = JSON.stringify(outcome) + log.lines.join('\n')
  expect(shown).toContain('https://cdn.example/f.mp4')
  expect(shown).not.toContain(KEY)
  expect(shown).not.toContain('feedbeef')
  expect(shown).not.toContain('AAAA')
})

it('cannot send anything twice: its connection is the only one it will ever have', async () => {
  await using far = await serve(receipt)
  const { client } = oneConnection(far.origin, 500)
  const post = () => client.request({ method: 'POST', path: '/', body: '{}', reset: true })
  await (await post()).body.dump()
  await expect(post()).rejects.toThrow('one connection only')
  expect(far.connections()).toBe(1)
  await client.destroy()
})

it('closes only after a paid call that is under way has its outcome', async () => {
  const arrived = Promise.withResolvers<() => void>()
  await using far = await serve((seen, response) => arrived.resolve(() => void receipt(seen, response, far)))
  const venice = client(far.url)
  const outcome = venice.submit(clip, order, linked)
  const answer = await arrived.promise
  const ended: string[] = []
  const closed = venice.close().then(() => ended.push('closed'))
  answer()
  expect(await outcome.finally(() => ended.push('outcome'))).toMatchObject({ kind: 'accepted' })
  await closed
  expect(ended).toEqual(['outcome', 'closed'])
})
