import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { type After, ANSWER_MS, type Outcome, type PayloadKind, type Retry } from './delivery.ts'
import type { Json } from './world.ts'

/** docs: apis/events-api/using-socket-mode (November 2026): an app may have this many connections at a time. */
const MOST_SOCKETS = 10
/** Slack replaces a connection every few hours, and says in its greeting how many seconds it will last. */
const CONNECTION_LIFE_S = 18_060
const PING_MS = 10_000
/** How long the app has to close its side before it is cut. */
const GOODBYE_MS = 1000

export interface SocketOptions {
  after: After
  appId: () => string
  /** Uses a ticket up; false where it is unknown or was used before. */
  redeem: (ticket: string) => boolean
  onOnline: (online: boolean) => void
  /** Called when a connection has been greeted. */
  onReady: () => void
}

/** The WebSocket side of Socket Mode: connections of one app, each payload to any one of them. */
export class SocketHub {
  readonly #server = new WebSocketServer({ noServer: true })
  readonly #options: SocketOptions
  /** Those that payloads are sent to, the one whose turn it is first. */
  #open: WebSocket[] = []
  readonly #waiting = new Map<string, (payload: Json | null) => void>()

  constructor(options: SocketOptions) {
    this.#options = options
  }

  get online(): boolean {
    return this.#open.length > 0
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams
    if (!this.#options.redeem(query.get('ticket') ?? '')) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
      return
    }
    this.#server.handleUpgrade(request, socket, head, ws => this.#accept(ws))
  }

  /** Resolves when the app acknowledged the envelope, or after 3 s; at once where nobody is connected. */
  carry(kind: PayloadKind, payload: Json, retry: Retry | null): Promise<Outcome> {
    const socket = this.#open.shift()
    if (!socket) return Promise.resolve({ acknowledged: false, reason: 'connection_failed', final: false })
    this.#open.push(socket)
    const envelopeId = randomUUID()
    const isEvent = kind === 'events_api'
    const envelope = {
      envelope_id: envelopeId,
      payload,
      type: kind,
      accepts_response_payload: !isEvent,
      ...(isEvent ? { retry_attempt: retry?.attempt ?? 0, retry_reason: retry?.reason ?? '' } : {}),
    }
    return new Promise(resolve => {
      const late = this.#options.after(ANSWER_MS, () => {
        this.#waiting.delete(envelopeId)
        resolve({ acknowledged: false, reason: 'timeout', final: false })
      })
      this.#waiting.set(envelopeId, answer => {
        late()
        this.#waiting.delete(envelopeId)
        resolve({ acknowledged: true, payload: isEvent ? null : answer })
      })
      socket.send(JSON.stringify(envelope))
    })
  }

  drop(): number {
    const open = [...this.#open]
    for (const socket of open) socket.terminate()
    return open.length
  }

  /** A connection that is cut while the app says goodbye would keep the app's process for 30 s, so it gets its answer. */
  async close(): Promise<void> {
    // From now on nobody comes in.
    this.#server.close()
    const all = [...this.#server.clients]
    const gone = Promise.all(all.map(socket => once(socket, 'close')))
    for (const socket of all) socket.close(1000)
    const late = setTimeout(() => {
      for (const socket of all) socket.terminate()
    }, GOODBYE_MS)
    await gone
    clearTimeout(late)
  }

  #accept(socket: WebSocket): void {
    // A socket that breaks is closed next, and that is where it is dealt with.
    socket.on('error', () => {})
    if (this.#open.length >= MOST_SOCKETS) {
      this.#dismiss(socket, 'too_many_websockets')
      return
    }
    const ping = setInterval(() => socket.ping(), PING_MS)
    const retire = this.#options.after(CONNECTION_LIFE_S * 1000, () =>
      this.#dismiss(socket, 'refresh_requested'),
    )
    socket.on('message', raw => {
      const ack = parseAck(String(raw))
      if (ack) this.#waiting.get(ack.envelope_id)?.(ack.payload)
    })
    socket.on('close', () => {
      clearInterval(ping)
      retire()
      this.#leave(socket)
    })
    const wasOnline = this.online
    this.#open.push(socket)
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#open.length,
        debug_info: {
          host: 'applink-sandbox',
          build_number: 1,
          approximate_connection_time: CONNECTION_LIFE_S,
        },
        connection_info: { app_id: this.#options.appId() },
      }),
    )
    if (!wasOnline) this.#options.onOnline(true)
    this.#options.onReady()
  }

  /** Tells a connection to go; the app closes it. It gets no more payloads. */
  #dismiss(socket: WebSocket, reason: string): void {
    this.#leave(socket)
    socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-sandbox' } }))
  }

  #leave(socket: WebSocket): void {
    if (!this.#open.includes(socket)) return
    this.#open = this.#open.filter(other => other !== socket)
    if (!this.online) this.#options.onOnline(false)
  }
}

/** `{envelope_id, payload}`; the payload is absent or empty where the app has nothing to say. */
function parseAck(text: string): { envelope_id: string; payload: Json | null } | null {
  let ack: unknown
  try {
    ack = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof ack !== 'object' || ack === null || !('envelope_id' in ack)) return null
  const payload = 'payload' in ack && typeof ack.payload === 'object' ? (ack.payload as Json | null) : null
  const empty = payload === null || Object.keys(payload).length === 0
  return { envelope_id: String(ack.envelope_id), payload: empty ? null : payload }
}
