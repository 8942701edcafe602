import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { SlackTicket } from '../control.ts'
import { HttpDelivery } from './http-delivery.ts'
import { SocketHub } from './socket.ts'
import type { Stage } from './stage.ts'
import { inRealTime, Timers } from './timers.ts'
import type { Json } from './world.ts'

export type PayloadKind = 'slash_commands' | 'interactive' | 'events_api'

/** docs: interactivity/handling-user-interaction and apis/events-api (November 2026): an answer is due within 3 s. */
export const ANSWER_MS = 3000
/** Events that were not acknowledged come again at once, after a minute and after five (docs: apis/events-api#retries). */
const RETRY_AFTER_MS = [0, 60_000, 300_000]
const MOST_DELIVERIES = 20
/** Payloads that can still be sent again by their ticket. */
const REMEMBERED = 1000

/** Why a payload is sent again: X-Slack-Retry-Num and X-Slack-Retry-Reason, or the envelope's retry_attempt and retry_reason. */
export interface Retry {
  attempt: number
  reason: string
}

/** What became of one attempt to hand a payload to the app. */
export type Outcome =
  | { acknowledged: true; payload: Json | null }
  /** `final`: the app asked for no further attempt (X-Slack-No-Retry). */
  | { acknowledged: false; reason: string; final: boolean }

/** Calls `act` once, some time later; what it returns cancels that. */
export type After = (ms: number, act: () => void) => () => void

/** What the app answered, within 3 s, to a payload; null where it did not. */
export interface Answered extends SlackTicket {
  ms: number
  /** The body of the acknowledgement (a view_submission's response_action, say); null: none, or no answer in time. */
  payload: Json | null
  acknowledged: boolean
}

/** The way to the app. */
export interface Delivery {
  readonly online: boolean
  /** Where payloads are POSTed; null over sockets. */
  readonly requestUrl: string | null
  /**
   * Sends a payload `deliveries` times at once and resolves with the first answer (or with acknowledged: false when
   * none came in time). The ticket is known at once, for whoever does not want to wait. Events that nobody
   * acknowledged are sent again up to three times; commands and interactivity are not.
   */
  send(
    kind: PayloadKind,
    payload: Json,
    options?: { deliveries?: number | undefined },
  ): { ticket: string; answered: Promise<Answered> }
  /** Sends the payload of a ticket again, as Slack retries it. False where there is no such ticket. */
  redeliver(ticket: string, retry: 1 | 2 | 3): boolean
}

/** The way to the app, and where the app comes in. */
export interface AppLink extends Delivery {
  /** A WebSocket that was asked for by apps.connections.open; the query's `ticket` opens it, once. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /**
   * From now on payloads are POSTed here and not sent over sockets; null: back to sockets.
   * @throws Error when the address does not answer Slack's url_verification challenge
   */
  setRequestUrl(url: string | null): Promise<void>
  /** Cuts every socket without a word, as a dying network does. Returns how many there were. */
  drop(): number
  /** Says goodbye to every socket and waits until they are gone; nothing is sent again afterwards. */
  close(): Promise<void>
}

interface Sent {
  kind: PayloadKind
  payload: Json
}

/** `after` is what time is measured with: answers that are due, events that come again. By default a real timer. */
export function createDelivery(stage: () => Stage, options: { after?: After } = {}): AppLink {
  const timers = new Timers(options.after ?? inRealTime)
  const sent = new Map<string, Sent>()
  let closed = false
  let http: HttpDelivery | null = null
  const hub = new SocketHub({
    after: timers.after,
    appId: () => stage().world.app.id,
    redeem: ticket => stage().world.socket_tickets.delete(ticket),
    onOnline: online => stage().emit({ type: 'bot', online }),
    onReady: () => {
      const { faults } = stage()
      if (faults.isOn('slack-socket-drop') && hub.drop() > 0) faults.clear('slack-socket-drop')
    },
  })
  const online = () => http !== null || hub.online
  const carry = (kind: PayloadKind, payload: Json, retry: Retry | null) =>
    http ? http.carry(kind, payload, retry) : hub.carry(kind, payload, retry)

  /** Sends an event once more, and after that in vain again, until the third time. */
  function sendAgain(event: Sent, attempt: number, reason: string): void {
    const wait = RETRY_AFTER_MS[attempt - 1]
    if (wait === undefined || closed) return
    timers.after(wait, async () => {
      const outcome = await carry(event.kind, event.payload, { attempt, reason })
      if (!outcome.acknowledged && !outcome.final) sendAgain(event, attempt + 1, outcome.reason)
    })
  }

  return {
    get online() {
      return online()
    },
    get requestUrl() {
      return http?.url ?? null
    },
    send(kind, payload, { deliveries = 1 } = {}) {
      const ticket = stage().nextId('Tk')
      sent.set(ticket, { kind, payload })
      if (sent.size > REMEMBERED) sent.delete(sent.keys().next().value!)
      const began = stage().clock()
      const times = Math.min(Math.max(1, Math.floor(deliveries)), MOST_DELIVERIES)
      const attempts = Array.from({ length: times }, () => carry(kind, payload, null))
      const answered = firstAnswer(attempts).then((outcome): Answered => {
        const { acknowledged } = outcome
        const ms = stage().clock() - began
        stage().emit({ type: 'interaction', ticket, status: acknowledged ? 'acknowledged' : 'failed', ms })
        if (acknowledged) return { ticket, ms, acknowledged, payload: outcome.payload }
        if (kind === 'events_api' && !outcome.final) sendAgain({ kind, payload }, 1, outcome.reason)
        return { ticket, ms, acknowledged, payload: null }
      })
      return { ticket, answered }
    },
    redeliver(ticket, attempt) {
      const known = sent.get(ticket)
      if (!known) return false
      void carry(known.kind, known.payload, { attempt, reason: http ? 'http_timeout' : 'timeout' })
      return true
    },
    handleUpgrade: (request, socket, head) => hub.handleUpgrade(request, socket, head),
    async setRequestUrl(url) {
      const { app } = stage().world
      const next =
        url === null ? null : new HttpDelivery({ url, app, clock: stage().clock, after: timers.after })
      await next?.challenge()
      const before = online()
      http = next
      if (online() !== before) stage().emit({ type: 'bot', online: online() })
    },
    drop: () => hub.drop(),
    async close() {
      closed = true
      await hub.close()
      timers.cancel()
    },
  }
}

/** The first attempt that was acknowledged; where none was, what the last of them met. */
async function firstAnswer(attempts: Promise<Outcome>[]): Promise<Outcome> {
  const good = attempts.map(async attempt => {
    const outcome = await attempt
    if (!outcome.acknowledged) throw outcome
    return outcome
  })
  try {
    return await Promise.any(good)
  } catch {
    const all = await Promise.all(attempts)
    return all.at(-1)!
  }
}
