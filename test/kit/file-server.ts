import { once } from 'node:events'
import { createReadStream, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Manner =
  /** Range requests, ETag, as a CDN does. */
  | 'ranges'
  /** The whole file whatever is asked for. */
  | 'whole'
  /** The whole file with no length said beforehand. */
  | 'chunked'
  /** Half of what is asked for, then silence. */
  | 'stalls'
  /** No answer at all. */
  | 'silent'
  /** Half of what is asked for, then the connection is cut; `cutsLeft` times. */
  | 'cuts'
  | { status: number }

export interface FileServer extends AsyncDisposable {
  url: string
  manner: Manner
  cutsLeft: number
  etag: string | null
  /** Every request's range header, or null. */
  requests: (string | null)[]
  bytesSent: number
  /** Resolves when the next request is being answered. */
  nextRequest(): Promise<void>
}

/** Serves one file at every path, in a manner that can be changed while it runs. */
export async function serveFile(path: string, manner: Manner = 'ranges'): Promise<FileServer> {
  const server = createServer((req, res) => {
    face.requests.push(req.headers.range ?? null)
    server.emit('asked')
    answer(face, path, req, res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const face: FileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/clip`,
    manner,
    cutsLeft: 1,
    etag: '"v1"',
    requests: [],
    bytesSent: 0,
    nextRequest: async () => void (await once(server, 'asked')),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(done => server.close(done))
    },
  }
  return face
}

function answer(face: FileServer, path: string, req: IncomingMessage, res: ServerResponse): void {
  const { manner } = face
  if (manner === 'silent') return
  if (typeof manner === 'object') return void res.writeHead(manner.status).end('no such file')
  const { size } = statSync(path)
  const asked = /^bytes=(\d+)-(\d*)$/.exec(req.headers.range ?? '')
  const sameFile = !req.headers['if-range'] || req.headers['if-range'] === face.etag
  const ranged = asked && sameFile && manner !== 'whole' && manner !== 'chunked'
  const start = ranged ? Number(asked[1]) : 0
  const end = ranged && asked[2] ? Math.min(Number(asked[2]) + 1, size) : size
  if (face.etag) res.setHeader('etag', face.etag)
  if (ranged && start >= size) return void res.writeHead(416, { 'content-range': `bytes */${size}` }).end()
  if (ranged) res.setHeader('content-range', `bytes ${start}-${end - 1}/${size}`)
  if (manner !== 'chunked') res.setHeader('content-length', end - start)
  res.writeHead(ranged ? 206 : 200)
  res.flushHeaders()

  const cut = manner === 'cuts' && face.cutsLeft-- > 0
  const half = cut || manner === 'stalls'
  const stop = half ? start + Math.floor((end - start) / 2) : end
  if (stop === start) return void (half ? cut && res.destroy() : res.end())
  const stream = createReadStream(path, { start, end: stop - 1 })
  stream.on('data', piece => {
    face.bytesSent += piece.length
  })
  stream.pipe(res, { end: !half })
  // Once what was written has left, so that the other side has something to go on from.
  if (cut) stream.once('end', () => res.write('', () => setImmediate(() => res.destroy())))
}
