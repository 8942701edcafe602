import {
  GatewayDispatchEvents,
  type GatewayDispatchPayload,
  GatewayOpcodes,
  type GatewayReceivePayload,
  type GatewaySendPayload,
} from 'discord.js'
import { WebSocket } from 'undici'
import type { Session } from './sessions.ts'

/** A second connection, that goes on with a session which another process has left. */
export interface Replay {
  /**
   * all: everything that was missed has been told, and what happens from now on is told too; over: Discord has no such
   * session any more; cut: it could not be told, or not in time.
   */
  readonly outcome: Promise<'all' | 'over' | 'cut'>
  /** Ends the connection; the session stays, for a few minutes. */
  close(): void
}

/** Until everything that was missed has been told. Nothing waits for it meanwhile; ours to choose. */
const REPLAY_MS = 5_000
/** The session is not to be had any more. docs: topics/opcodes-and-status-codes, August 2026 */
const GONE = [4004, 4007, 4009]
/** Any code but 1000 and 1001, which end the session (docs: events/gateway#initiating-a-disconnect). */
const LEAVING = 4900

/**
 * Asks for what happened since the last event of this session that was dealt with: a session outlives its connection by
 * some minutes, and Discord tells the rest of it to whoever knows its id. `onEvent` is called in the order in which
 * things happened, `missed` for those that happened before we were there; it must not throw.
 */
export function replay(
  session: Session,
  options: { token: string; onEvent(event: GatewayDispatchPayload, missed: boolean): void },
): Replay {
  const { promise: outcome, resolve } = Promise.withResolvers<'all' | 'over' | 'cut'>()
  const address = new URL(session.url)
  address.search = new URLSearchParams({ v: '10', encoding: 'json' }).toString()
  const socket = new WebSocket(address)
  let { seq } = session
  let heart: NodeJS.Timeout | undefined
  let missed = true

  const say = (payload: GatewaySendPayload) => socket.send(JSON.stringify(payload))
  const beat = () => say({ op: GatewayOpcodes.Heartbeat, d: seq })
  const end = (how: 'all' | 'over' | 'cut') => {
    resolve(how)
    clearTimeout(patience)
    clearInterval(heart)
    socket.close(LEAVING)
  }
  const patience = setTimeout(() => end('cut'), REPLAY_MS)

  /** @throws where it is nothing that a gateway says */
  const take = (payload: GatewayReceivePayload) => {
    switch (payload.op) {
      case GatewayOpcodes.Hello: {
        const beatMs = payload.d.heartbeat_interval
        if (!(beatMs > 0)) throw new TypeError('a hello without an interval')
        clearInterval(heart)
        heart = setInterval(beat, beatMs).unref()
        return say({ op: GatewayOpcodes.Resume, d: { token: options.token, session_id: session.id, seq } })
      }
      case GatewayOpcodes.Heartbeat:
        return beat()
      case GatewayOpcodes.InvalidSession:
        return end(payload.d ? 'cut' : 'over')
      case GatewayOpcodes.Reconnect:
        return end('cut')
      case GatewayOpcodes.Dispatch:
        if (!Number.isInteger(payload.s)) throw new TypeError('an event without a number')
        seq = payload.s
        options.onEvent(payload, missed)
        if (payload.t !== GatewayDispatchEvents.Resumed) return
        missed = false
        clearTimeout(patience)
        resolve('all')
    }
  }
  socket.addEventListener('message', ({ data }) => {
    try {
      take(JSON.parse(String(data)))
    } catch {
      // Something else listens at that address by now, a proxy say.
      end('cut')
    }
  })
  socket.addEventListener('error', () => end('cut'))
  socket.addEventListener('close', ({ code }) => end(GONE.includes(code) ? 'over' : 'cut'))
  return { outcome, close: () => end('cut') }
}
