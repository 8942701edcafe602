/** Small servers that misbehave byte by byte, and a Venice client set up to meet them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clip } from '../../src/core/clip.ts'
import type { Log, SourceForProvider } from '../../src/core/ports.ts'
import { TOPAZ_VIDEO_UPSCALE } from '../../src/core/pricing.ts'
import { createVenice, type VeniceOptions } from '../../src/venice/index.ts'

export const KEY = 'vn-secret-0123456789'

export interface Seen {
  method: string
  path: string
  headers: IncomingHttpHeaders
  /** The body as text; empty where none came. */
  body: string
  /** Which connection it came on, counted from 1. */
  connection: number
}

export interface Far extends AsyncDisposable {
  url: string
  origin: string
  /** Requests that arrived whole, in order. */
  seen: Seen[]
  /** Whole requests for /video/queue. */
  paid(): Seen[]
  connections(): number
}

export type Handler = (seen: Seen, response: ServerResponse, far: Far) => void | Promise<void>

const listen = (server: Server) =>
  new Promise<number>(done =>
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)),
  )

/** An HTTP server on which every request is read whole, noted, and then handed on. */
export async function serve(handler: Handler): Promise<Far> {
  let count = 0
  const sockets = new Map<Socket, number>()
  const seen: Seen[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return // a request that was cut never counts as seen
    }
    const entry = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
      connection: sockets.get(request.socket) ?? 0,
    }
    seen.push(entry)
    await handler(entry, response, far)
  })
  server.on('connection', socket => {
    sockets.set(socket, ++count)
    socket.on('error', () => {})
  })
  const port = await listen(server)
  const far: Far = {
    url: `http://127.0.0.1:${port}/api/v1`,
    origin: `http://127.0.0.1:${port}`,
    seen,
    paid: () => seen.filter(s => s.path.endsWith('/video/queue')),
    connections: () => count,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.keys()) socket.destroy()
      await new Promise(done => server.close(done))
    },
  }
  return far
}

/** A server below HTTP: gets each connection and what came on it so far, whenever something comes. */
export async function serveBytes(onData: (socket: Socket, received: string) => void) {
  const sockets = new Set<Socket>()
  const received: string[] = []
  const server = createNetServer(socket => {
    sockets.add(socket)
    const at = received.push('') - 1
    socket.on('error', () => {})
    socket.on('data', chunk => {
      received[at] += chunk.toString('latin1')
      onData(socket, received[at] ?? '')
    })
  })
  const port = await listen(server)
  return {
    port,
    url: `http://127.0.0.1:${port}/api/v1`,
    /** Everything that came, one entry a connection. */
    received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(done => server.close(done))
    },
  }
}

export const wholeRequest = (received: string): boolean => {
  const [head, body] = received.split('\r\n\r\n')
  const length = /content-length: (\d+)/i.exec(head ?? '')?.[1]
  return length !== undefined && body !== undefined && body.length >= Number(length)
}

export function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** A log that keeps every line, to look for secrets in. */
export function keptLog(): Log & { lines: string[] } {
  const lines: string[] = []
  const keep = (facts: object, message: string) => void lines.push(`${message} ${JSON.stringify(facts)}`)
  return { lines, debug: keep, info: keep, warn: keep, error: keep }
}

/** The limits of its key are not asked for, so that every request seen is one that a test made. */
export function client(url: string, options: Partial<VeniceOptions> = {}) {
  const venice = createVenice({ baseUrl: url, apiKey: KEY, log: keptLog(), learnsLimits: false, ...options })
  return Object.assign(venice, { [Symbol.asyncDispose]: () => venice.close() })
}

/** What most tests order. */
export const order = { model: TOPAZ_VIDEO_UPSCALE, factor: 2 } as const

export const clip: Clip = {
  width: 320,
  height: 180,
  codedWidth: 320,
  codedHeight: 180,
  rotation: 0,
  fps: 30,
  variableFps: false,
  durationS: 12.34,
  videoCodec: 'avc',
  audioCodec: 'aac',
  container: 'mp4',
  sizeBytes: 55_322,
}

export const fixture = (name: string) => new URL(`../fixtures/clips/${name}`, import.meta.url).pathname

export const source = (url: string | null, path = fixture('mp4-sound.mp4')): SourceForProvider => ({
  url,
  path,
  contentType: 'video/mp4',
  sizeBytes: 0,
})
export const linked = source('https://files.example/clip.mp4?sig=abc')

export async function scratch() {
  const dir = await mkdtemp(join(tmpdir(), 'venice-client-'))
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
}
