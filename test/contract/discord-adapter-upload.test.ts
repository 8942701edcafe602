import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readlink, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, globalAgent, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { REST } from 'discord.js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDiscord } from '../../adapters/discord/index.ts'
import { openForm, sendForm } from '../../adapters/discord/upload.ts'
import type { Enclosure } from '../../src/core/view.ts'
import { openScene, recordingLog, type Scene, text } from './discord-adapter-kit.ts'

const CHANNEL = '1'.repeat(18)
const BYTES = randomBytes(8_000_000)
const view = text('done', {}, [{ kind: 'file', fileName: 'fox.mp4', description: '' }])

let folder: string
let file: Enclosure
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'murano-discord-upload-'))
  file = {
    path: join(folder, 'fox.mp4'),
    fileName: 'fox.mp4',
    contentType: 'video/mp4',
    sizeBytes: BYTES.length,
  }
  await writeFile(file.path, BYTES)
})
afterAll(() => rm(folder, { recursive: true }))

/** However a post ends, it leaves no file open. */
afterEach(async () => {
  if (process.platform !== 'linux') return
  const numbers = await readdir('/proc/self/fd')
  const open = await Promise.all(numbers.map(number => readlink(`/proc/self/fd/${number}`).catch(() => '')))
  expect(open.filter(path => path.startsWith(folder))).toEqual([])
})

/** A server of our own making, and the address under which an adapter takes it for Discord. */
async function listening(server: Server) {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const chatAt = (apiUrl: string, token = 'a.b.c') =>
  createDiscord({ token, apiUrl, log: recordingLog(), clock: Date.now }).chat

describe('the form', () => {
  it.each([
    ['fox.mp4', 'fox.mp4'],
    ['a"b\r\nX-Evil: yes\r\n\r\n.mp4', 'a_b_X-Evil_yes.mp4'],
    ['Füchse 🦊 \\".mov', 'Fuchse.mov'],
  ])('with the file %j is read by others as what it is', async (fileName, arrives) => {
    let got: { headers: IncomingHttpHeaders; body: Buffer<ArrayBuffer> } | undefined
    const server = createHttpServer(async (request, response) => {
      got = { headers: request.headers, body: await buffer(request) }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ id: '7', channel_id: CHANNEL }))
    })
    await using far = await listening(server)
    const posted = await chatAt(far.origin).post(CHANNEL, view, { key: 'k', file: { ...file, fileName } })
    expect(posted).toEqual({ channelId: CHANNEL, messageId: '7' })
    const { headers, body } = got!
    expect(headers).toMatchObject({
      authorization: 'Bot a.b.c',
      'content-length': String(body.length),
      'user-agent': expect.stringContaining('DiscordBot'),
    })
    expect(body.subarray(-4).toString()).toBe('--\r\n')
    const type = headers['content-type']!
    const form = await new Response(body, { headers: { 'content-type': type } }).formData()
    expect([...form.keys()]).toEqual(['payload_json', 'files[0]'])
    const payload = JSON.parse(form.get('payload_json') as string)
    expect(payload).toMatchObject({ enforce_nonce: true, attachments: [{ id: '0', filename: arrives }] })
    const sent = form.get('files[0]') as File
    expect({ name: sent.name, type: sent.type }).toEqual({ name: arrives, type: 'video/mp4' })
    expect(Buffer.from(await sent.arrayBuffer()).equals(BYTES)).toBe(true)
  })
})

describe('a refusal before the whole file was sent', () => {
  const answer = (status: string, type: string, body: string) =>
    [
      `HTTP/1.1 ${status}`,
      `Content-Type: ${type}`,
      `Content-Length: ${body.length}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n')
  const tooLarge = answer(
    '413 Payload Too Large',
    'application/json',
    '{"message":"Request entity too large","code":40005}',
  )
  const ofTheNetwork = answer('413 Payload Too Large', 'text/html', '<h1>413</h1>')
  const badForm = answer(
    '400 Bad Request',
    'application/json',
    '{"message":"Invalid Form Body","code":50035}',
  )

  /** Until nothing that a socket is given leaves it any more. */
  const stuck = async (socket: Socket) => {
    for (let turns = 0; turns < 100; ) {
      await setImmediate()
      turns = socket.writableLength > 0 ? turns + 1 : 0
    }
  }

  it.each([
    ['too large', tooLarge, 'file_refused'],
    ['too large, by the network in front of Discord', ofTheNetwork, 'file_refused'],
    ['bad form', badForm, 'refused'],
  ])('is read while nobody reads the file: %s', async (_, words, code) => {
    let sending: Socket | undefined
    const server = createServer(socket => {
      socket.once('data', async () => {
        sending = globalAgent.sockets[`127.0.0.1:${socket.localPort}:`]![0]!
        socket.pause()
        await stuck(sending)
        socket.write(words)
      })
    })
    await using far = await listening(server)
    // More than the buffers of a connection take, and mostly a hole.
    const large = { ...file, path: join(folder, 'large.mp4') }
    await writeFile(large.path, BYTES)
    await truncate(large.path, 100_000_000)
    const posting = chatAt(far.origin).post(CHANNEL, view, { key: 'k', file: large })
    await expect(posting).rejects.toMatchObject({ code })
    // The rest of the file would never be taken from it.
    if (!sending!.closed) await once(sending!, 'close')
    expect(far.connections()).toBe(1)
  })

  it('is read also when the connection is cut right behind it', async () => {
    const server = createServer(socket => {
      socket.once('data', () => socket.write(tooLarge, () => socket.destroy()))
    })
    await using far = await listening(server)
    for (let round = 0; round < 10; round++) {
      const posting = chatAt(far.origin).post(CHANNEL, view, { key: 'k', file })
      await expect(posting).rejects.toMatchObject({ code: 'file_refused' })
    }
  })

  it('that is cut in the middle is asked for again', async () => {
    let first = true
    const server = createServer(socket => {
      socket.once('data', async () => {
        socket.pause()
        if (!first) return void socket.write(tooLarge)
        first = false
        socket.write(tooLarge.slice(0, -10))
        // The client reads it before it hears of the cut.
        for (let turn = 0; turn < 5; turn++) await setImmediate()
        socket.resetAndDestroy()
      })
    })
    await using far = await listening(server)
    const posting = chatAt(far.origin).post(CHANNEL, view, { key: 'k', file })
    await expect(posting).rejects.toMatchObject({ code: 'file_refused' })
    expect(far.connections()).toBe(2)
  })
})

/** Stands between the adapter and the stand-in, and cuts its first connection after so many bytes of one side. */
async function cuttingRelay(scene: Scene, { of, after }: { of: 'request' | 'answer'; after: number }) {
  const target = new URL(scene.sandbox.url)
  let connections = 0
  const server = createServer(near => {
    const first = ++connections === 1
    const far = connect(Number(target.port), target.hostname)
    let left = first ? after : Number.POSITIVE_INFINITY
    const pass = (from: Socket, to: Socket, counted: boolean) => {
      from.on('data', chunk => {
        if (!counted) return to.write(chunk)
        to.write(chunk.subarray(0, left))
        left -= chunk.length
        if (left <= 0) near.destroy()
      })
      from.on('error', () => {}).on('close', () => to.destroy())
    }
    pass(near, far, of === 'request')
    pass(far, near, of === 'answer')
  })
  return listening(server)
}

describe('a connection that is cut', () => {
  it.each([
    ['in the middle of the file', { of: 'request', after: 3_000_000 }],
    ['before the answer', { of: 'answer', after: 0 }],
    ['in the middle of the answer', { of: 'answer', after: 700 }],
  ] as const)('%s is made up for, and the file is posted once', async (_, cut) => {
    await using scene = await openScene({ start: false })
    await using relay = await cuttingRelay(scene, cut)
    const before = scene.sandbox.discord.state().messages.length
    const chat = chatAt(`${relay.origin}/discord/api`, scene.sandbox.env.DISCORD_TOKEN)
    const { messageId } = await chat.post(scene.ids.lab, view, { key: 'result', file })
    expect(relay.connections()).toBe(2)
    expect(scene.sandbox.discord.state().messages).toHaveLength(before + 1)
    const url = /"url":"([^"]*fox\.mp4[^"]*)"/.exec(JSON.stringify(scene.message(messageId).components))![1]!
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(BYTES)).toBe(true)
  })
})

it('tries four times in all where every connection is cut, whichever side notices first', async () => {
  const server = createServer(socket => {
    // The end of the answer before the cut: what is written then fails as EPIPE, not as ECONNRESET.
    socket.once('data', () => socket.pause().end(() => socket.resetAndDestroy()))
  })
  for (let round = 0; round < 5; round++) {
    await using far = await listening(server)
    const posting = chatAt(far.origin).post(CHANNEL, view, { key: 'k', file })
    await expect(posting).rejects.toMatchObject({ code: 'unavailable' })
    expect(far.connections()).toBe(4)
  }
})

it('does not wait for ever where the file becomes shorter while it is sent', async () => {
  const shrinking = { ...file, path: join(folder, 'shrinking.mp4') }
  await writeFile(shrinking.path, BYTES)
  const server = createServer(socket => {
    socket.once('data', async () => {
      socket.pause()
      await truncate(shrinking.path, 1000)
      socket.resume()
    })
  })
  await using far = await listening(server)
  const posting = chatAt(far.origin).post(CHANNEL, view, { key: 'k', file: shrinking })
  await expect(posting).rejects.toThrow('the file became shorter')
})

it('gives the connection up when it is told to', async () => {
  const stop = new AbortController()
  const closed = Promise.withResolvers<void>()
  let arrived = 0
  const server = createServer(socket => {
    socket.on('data', chunk => {
      arrived += chunk.length
      stop.abort()
    })
    socket.once('close', () => closed.resolve())
  })
  await using far = await listening(server)
  await using form = await openForm({}, view, file)
  const rest = new REST({ api: far.origin, retries: 0, makeRequest: sendForm }).setToken('a.b.c')
  const posting = rest.post('/x', { body: form, passThroughBody: true, signal: stop.signal })
  await expect(posting).rejects.toMatchObject({ name: 'AbortError' })
  await closed.promise
  expect(arrived).toBeLessThan(BYTES.length)
})
