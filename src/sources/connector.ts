import type { LookupAddress } from 'node:dns'
import { lookup as systemLookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecure, type TLSSocket } from 'node:tls'
import type { buildConnector } from 'undici'
import { isPublic } from './addresses.ts'

/** As of node:dns/promises. */
export type Lookup = (host: string, options: { all: true }) => Promise<LookupAddress[]>
/** Begins a connection to one of these addresses, whichever answers. */
export type Dial = (addresses: readonly LookupAddress[], port: number) => Socket

export interface ConnectorOptions {
  /** Origins whose addresses are not looked at. */
  trusted: ReadonlySet<string>
  lookup?: Lookup | undefined
  dial?: Dial | undefined
  /** From the first look at the name until bytes can be sent, ms. */
  connectMs: number
}

/** A name leads to where nothing of ours may go. */
export class ForbiddenAddress extends Error {
  readonly host: string
  readonly addresses: readonly string[]
  constructor(host: string, addresses: readonly string[]) {
    super(`${host} is not on the public internet`)
    this.host = host
    this.addresses = addresses
  }
}

/**
 * Makes undici's connections. A name is looked up once for each, and what was vetted is what is connected to: asking
 * again would let a name answer differently the second time. One inner address among several spoils them all.
 */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  const { trusted, dial = dialAny, connectMs } = options
  const lookup: Lookup = options.lookup ?? systemLookup

  const connect = async (host: string, port: number, secure: boolean, vet: boolean): Promise<Socket> => {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(timeout(host, connectMs)), connectMs)
    let socket: Socket | undefined
    try {
      const family = isIP(host)
      const found = family ? [{ address: host, family }] : lookup(host, { all: true })
      const addresses = await Promise.race([found, late.promise])
      if (vet && !addresses.every(({ address }) => isPublic(address)))
        throw new ForbiddenAddress(
          host,
          addresses.map(({ address }) => address),
        )
      if (addresses.length === 0)
        throw Object.assign(new Error(`${host} has no address`), { code: 'ENODATA' })
      socket = dial(addresses, port)
      await Promise.race([once(socket, 'connect'), late.promise])
      if (!secure) return socket
      socket = encrypted(socket, host)
      await Promise.race([once(socket, 'secureConnect'), late.promise])
      return socket
    } catch (error) {
      socket?.destroy()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  return ({ hostname, host, protocol, port }, done) => {
    const { origin } = new URL(`${protocol}//${host}`)
    const secure = protocol === 'https:'
    connect(hostname, Number(port) || (secure ? 443 : 80), secure, !trusted.has(origin)).then(
      socket => done(null, socket as Socket & TLSSocket),
      error => done(error, null),
    )
  }
}

const dialAny: Dial = (addresses, port) =>
  connectPlain({
    // Only a word: every address it could stand for is given.
    host: 'vetted',
    port,
    lookup: (_host, _options, done) => done(null, [...addresses]),
    autoSelectFamily: true,
    noDelay: true,
  })

/** The certificate has to be for the name, wherever the name has led. */
const encrypted = (socket: Socket, host: string): TLSSocket =>
  connectSecure({
    socket,
    host,
    ...(isIP(host) ? {} : { servername: host }),
    ALPNProtocols: ['http/1.1'],
  })

const timeout = (host: string, ms: number) =>
  Object.assign(new Error(`not connected to ${host} after ${ms} ms`), { code: 'ETIMEDOUT' })
