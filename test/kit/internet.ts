import { execFile } from 'node:child_process'
import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttps, type Server as HttpsServer } from 'node:https'
import { type AddressInfo, connect, createServer, isIP, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'

/** Addresses at which the internet of tests has its one server. */
export const PUBLIC_4 = '93.184.215.14'
export const PUBLIC_6 = '2606:2800:21f:cb07:6820:80da:af6b:8b2c'

export interface Seen {
  host: string
  url: string
  headers: IncomingMessage['headers']
}

export type Answer = (req: IncomingMessage, res: ServerResponse) => void

/**
 * An internet of one https server for every name, and an inner network that nobody may come to. Both listen on this
 * machine: a connection to a public address ends at the server, one to any other at the inner listeners.
 */
export interface Internet extends AsyncDisposable {
  /** Every request that came to the server. */
  seen: Seen[]
  /** Connections to the inner listeners. */
  inside(): number
  /** Port of the inner listeners. */
  innerPort: number
  /** Addresses to which a connection was begun. */
  dialled: string[]
  /** Names that were looked up. */
  lookups: string[]
  /** What a name answers, one set of addresses after the other, the last one for ever. Others are public. */
  names: Map<string, string[][]>
  /** What the server answers at "host/path". At others: a clip. */
  answers: Map<string, Answer>
  lookup(host: string): Promise<LookupAddress[]>
  dial(addresses: readonly LookupAddress[], port: number): Socket
  /** Ends every connection that is kept. */
  hangUp(): void
  reset(): void
}

export const CLIP = Buffer.from('the bytes of a clip')

/** `hosts`: names and addresses that the server is to prove to be. */
export async function openInternet(...hosts: string[]): Promise<Internet> {
  const isPublic = new Set([PUBLIC_4, PUBLIC_6, ...hosts.filter(host => isIP(host))])
  const { key, cert } = await certificate([...new Set([...isPublic, ...hosts])])
  setDefaultCACertificates([...getCACertificates('default'), cert])
  const server = createHttps({ key, cert, maxHeaderSize: 64 << 10 }, (req, res) => {
    const { host = '', ...headers } = req.headers
    face.seen.push({ host, url: req.url ?? '', headers })
    const answer = face.answers.get(`${host}${req.url?.split('?')[0]}`)
    if (answer) answer(req, res)
    else res.writeHead(200, { 'content-type': 'video/mp4', 'content-length': CLIP.length }).end(CLIP)
  })
  await listening(server, '127.0.0.1', 0)
  let connections = 0
  const trap = () =>
    createServer(socket => {
      connections++
      socket.destroy()
    })
  const inner = [trap()]
  const innerPort = await listening(inner[0]!, '127.0.0.1', 0)
  const second = trap()
  // Where this machine has no IPv6.
  if ((await listening(second, '::1', innerPort).catch(() => null)) !== null) inner.push(second)

  const face: Internet = {
    seen: [],
    inside: () => connections,
    innerPort,
    dialled: [],
    lookups: [],
    names: new Map(),
    answers: new Map(),
    async lookup(host) {
      face.lookups.push(host)
      const sets = face.names.get(host) ?? [[PUBLIC_4]]
      const set = (sets.length > 1 ? sets.shift() : sets[0]) ?? []
      if (set.length === 0)
        throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' })
      return set.map(address => ({ address, family: isIP(address) }))
    },
    dial(addresses, port) {
      face.dialled.push(...addresses.map(a => a.address))
      const outside = port === 443 && addresses.every(a => isPublic.has(a.address))
      if (outside) return connect((server.address() as AddressInfo).port, '127.0.0.1')
      return connect(innerPort, addresses[0]?.address === '::1' && inner.length > 1 ? '::1' : '127.0.0.1')
    },
    hangUp: () => server.closeAllConnections(),
    reset() {
      face.seen.length = face.dialled.length = face.lookups.length = connections = 0
      face.names.clear()
      face.answers.clear()
      server.closeAllConnections()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await Promise.all([server, ...inner].map(s => new Promise(done => s.close(done))))
    },
  }
  return face
}

async function listening(server: Server | HttpsServer, host: string, port: number): Promise<number> {
  server.listen(port, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Made anew each time: a key in the project would be taken for a leak. */
async function certificate(hosts: readonly string[]): Promise<{ key: string; cert: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'murano-cert-'))
  const [key, cert] = [join(dir, 'key'), join(dir, 'cert')]
  const alternatives = hosts.map(host => `${isIP(host) ? 'IP' : 'DNS'}:${host}`).join(',')
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-nodes', '-days', '2', '-subj', '/CN=test'],
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-keyout', key, '-out', cert, '-addext', `subjectAltName=${alternatives}`],
  ])
  try {
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
  } finally {
    await rm(dir, { recursive: true })
  }
}
