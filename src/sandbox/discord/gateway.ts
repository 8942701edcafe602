import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { asNumber, asObject, asString, type Json } from '../json.ts'

/** Opcodes and close codes: docs topics/opcodes-and-status-codes#gateway (August 2026). */
const OP = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  presence: 3,
  resume: 6,
  guildMembers: 8,
  invalid: 9,
  hello: 10,
  ack: 11,
}
const CLOSE = {
  unknownOp: 4001,
  decode: 4002,
  notAuthenticated: 4003,
  wrongToken: 4004,
  twice: 4005,
  badSeq: 4007,
}
const CLOSE_API_VERSION = 4012
const CLOSE_DISALLOWED_INTENTS = 4014
const HEARTBEAT_MS = 41_250
/** Missed events that a cut session can still be told. */
const REPLAY_LIMIT = 1000
/** "The session will remain active and timeout after a few minutes": how many is not told (docs: events/gateway). */
const SESSION_LIFE_MS = 3 * 60_000

export const INTENT = {
  guilds: 1 << 0,
  members: 1 << 1,
  presences: 1 << 8,
  guildMessages: 1 << 9,
  messageContent: 1 << 15,
}
/** Off in the developer portal unless asked for there: the bot that needs one of them is told so. */
const PRIVILEGED = INTENT.members | INTENT.presences | INTENT.messageContent

interface Session {
  id: string
  intents: number
  seq: number
  sent: { seq: number; frame: string }[]
  socket: WebSocket | null
  /** Wall-clock ms when its connection was lost; null while there is one. */
  lostAt: number | null
}

export interface GatewayOptions {
  token: string
  url: () => string
  clock: () => number
  /** While the bot is not in the guild it hears nothing of it. */
  muted: () => boolean
  /** What a fresh session is told: READY's data, then one GUILD_CREATE per entry of `guilds`. */
  welcome: (session: { id: string; url: string }) => { ready: Json; guilds: Json[] }
  onOnline: (online: boolean) => void
  /** Called when a session has been told everything of its start. */
  onReady: () => void
}

/** The WebSocket side: sessions that outlive their connection, so that a cut one can resume and miss nothing. */
export class Gateway {
  readonly #server = new WebSocketServer({ noServer: true })
  readonly #sessions = new Map<string, Session>()
  readonly #options: GatewayOptions
  identifies = 0

  constructor(options: GatewayOptions) {
    this.#options = options
  }

  get online(): boolean {
    return [...this.#sessions.values()].some(session => session.socket !== null)
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, ws => this.#accept(ws, request.url ?? ''))
  }

  /** Sends an event to every session whose intents ask for it (`intent` 0: to all). */
  dispatch(type: string, data: unknown, intent = 0): void {
    if (this.#options.muted()) return
    this.#forgetOld()
    for (const session of this.#sessions.values()) {
      if (intent === 0 || session.intents & intent) this.#send(session, type, data)
    }
  }

  /** Cuts the connections without a close frame, as a dying network does; the sessions stay. Returns how many. */
  drop(): number {
    const open = [...this.#sessions.values()].flatMap(session => session.socket ?? [])
    for (const socket of open) socket.terminate()
    return open.length
  }

  close(): void {
    this.#sessions.clear()
    for (const socket of this.#server.clients) socket.terminate()
    this.#server.close()
  }

  #send(session: Session, type: string, data: unknown): void {
    session.seq += 1
    const frame = JSON.stringify({ op: OP.dispatch, t: type, s: session.seq, d: data })
    session.sent.push({ seq: session.seq, frame })
    if (session.sent.length > REPLAY_LIMIT) session.sent.shift()
    session.socket?.send(frame)
  }

  #accept(socket: WebSocket, url: string): void {
    const query = new URLSearchParams(url.split('?')[1] ?? '')
    // A socket that breaks is closed next, and that is where it is dealt with.
    socket.on('error', () => {})
    if (query.get('v') !== '10') {
      socket.close(CLOSE_API_VERSION, 'Invalid API version.')
      return
    }
    let session: Session | undefined
    const say = (op: number, data: unknown) => socket.send(JSON.stringify({ op, d: data, s: null, t: null }))
    const attach = (to: Session) => {
      const wasOnline = this.online
      to.socket?.close(4000, 'Resumed elsewhere.')
      to.socket = socket
      to.lostAt = null
      session = to
      if (!wasOnline) this.#options.onOnline(true)
    }

    socket.on('message', raw => {
      const frame = parseFrame(String(raw))
      const op = asNumber(frame?.op)
      if (!frame || op === undefined) return socket.close(CLOSE.decode, 'Error while decoding payload.')
      const data = asObject(frame.d) ?? {}
      if (op === OP.heartbeat) return say(OP.ack, null)
      if (op === OP.identify) {
        if (session) return socket.close(CLOSE.twice, 'Already authenticated.')
        if (!this.#tokenFits(data)) return socket.close(CLOSE.wrongToken, 'Authentication failed.')
        const intents = asNumber(data.intents) ?? 0
        if (intents & PRIVILEGED) return socket.close(CLOSE_DISALLOWED_INTENTS, 'Disallowed intent(s).')
        attach(this.#open(intents))
        return this.#greet(session!)
      }
      if (op === OP.resume) {
        if (!this.#tokenFits(data)) return socket.close(CLOSE.wrongToken, 'Authentication failed.')
        this.#forgetOld()
        const known = this.#sessions.get(asString(data.session_id) ?? '')
        if (!known) return say(OP.invalid, false)
        const seen = asNumber(data.seq) ?? 0
        if (seen > known.seq) return socket.close(CLOSE.badSeq, 'Invalid seq.')
        // More was missed than is kept.
        if (seen < (known.sent[0]?.seq ?? 1) - 1) return say(OP.invalid, false)
        attach(known)
        for (const missed of known.sent) if (missed.seq > seen) socket.send(missed.frame)
        return this.#send(known, 'RESUMED', {})
      }
      if (!session) return socket.close(CLOSE.notAuthenticated, 'Not authenticated.')
      if (op === OP.guildMembers || op === OP.presence || op === 4) return
      socket.close(CLOSE.unknownOp, 'Unknown opcode.')
    })

    socket.on('close', code => {
      if (!session || session.socket !== socket) return
      session.socket = null
      session.lostAt = this.#options.clock()
      // 1000 and 1001 from the client end the session (docs: events/gateway#initiating-a-disconnect).
      if (code === 1000 || code === 1001) this.#sessions.delete(session.id)
      if (!this.online) this.#options.onOnline(false)
    })

    say(OP.hello, { heartbeat_interval: HEARTBEAT_MS })
  }

  /** Nobody has come back to them in time. */
  #forgetOld(): void {
    const now = this.#options.clock()
    for (const { id, lostAt } of this.#sessions.values()) {
      if (lostAt !== null && now - lostAt > SESSION_LIFE_MS) this.#sessions.delete(id)
    }
  }

  #tokenFits(data: Json): boolean {
    return (asString(data.token) ?? '').replace(/^Bot /, '') === this.#options.token
  }

  #open(intents: number): Session {
    this.identifies += 1
    const session: Session = {
      id: randomBytes(16).toString('hex'),
      intents,
      seq: 0,
      sent: [],
      socket: null,
      lostAt: null,
    }
    this.#sessions.set(session.id, session)
    return session
  }

  #greet(session: Session): void {
    const { ready, guilds } = this.#options.welcome({ id: session.id, url: this.#options.url() })
    this.#send(session, 'READY', ready)
    if (session.intents & INTENT.guilds)
      for (const guild of guilds) this.#send(session, 'GUILD_CREATE', guild)
    this.#options.onReady()
  }
}

function parseFrame(text: string): Json | undefined {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}
