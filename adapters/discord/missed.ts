import { setTimeout as wait } from 'node:timers/promises'
import { GatewayDispatchEvents, type GatewayDispatchPayload, InteractionType } from 'discord.js'
import type { Log } from '../../src/core/ports.ts'
import type { Outcome } from './inbound.ts'
import { replay } from './replay.ts'
import { isUpscale, isUpscaleMessage } from './requests.ts'
import type { SessionProgress, Sessions } from './sessions.ts'

/** What happened while no process was there, being told. */
export interface Missed {
  /** Resolves when all of it has come in, or is known not to. Takes 20 seconds at most, and never rejects. */
  told: Promise<unknown>
  /** Resolves when that has been dealt with too, but for requests for new clips, which take nothing back. Never rejects. */
  dealtWith: Promise<unknown>
  /** Everything comes by other sessions now: what was told in full is forgotten as soon as it is dealt with. */
  handOver(): void
  /** Stops listening; what was not dealt with is told to the next process again. */
  close(): void
}

export interface MissedOptions {
  token: string
  log: Log
  /** `missed`: it happened before we were there. Never rejects. */
  onEvent(event: GatewayDispatchPayload, missed: boolean): Promise<Outcome>
}

/**
 * Goes on with the sessions of earlier processes beside our own, until ours are there: several for the same servers may
 * be open at once (docs: events/gateway#sharding, August 2026), and so there is no moment at which nobody listens.
 */
export async function catchUp(sessions: Sessions, options: MissedOptions): Promise<Missed> {
  const heirs = (await sessions.earlier()).map(session => inherit(session, sessions, options))
  return {
    told: Promise.all(heirs.map(heir => heir.outcome)),
    dealtWith: Promise.all(heirs.map(heir => heir.dealtWith)),
    handOver() {
      for (const heir of heirs) void heir.handOver()
    },
    close() {
      for (const heir of heirs) heir.close()
    },
  }
}

/** How often it is asked for where the connection is cut, and after what rest; ours to choose. */
const TRIES = 3
const AGAIN_MS = 1_000

function inherit(session: SessionProgress, sessions: Sessions, { token, log, onEvent }: MissedOptions) {
  const inTurn = takingTurns()
  const works: Promise<Outcome>[] = []
  const urgent: Promise<Outcome>[] = []
  const closing = new AbortController()
  const close = () => closing.abort()
  // What this process was told it is not told again: it may still be at work on it.
  let { seq } = session.now()
  const hear = (event: GatewayDispatchPayload, missed: boolean) => {
    seq = event.s
    const done = session.came(event.s)
    const work = missed ? inTurn(messageOf(event), () => onEvent(event, true)) : onEvent(event, false)
    works.push(work)
    if (missed && !isNewClip(event)) urgent.push(work)
    // What came to nothing is told again after the next start.
    void work.then(result => result === 'done' && done())
  }
  const ask = async (tries: number): Promise<'all' | 'over' | 'cut'> => {
    const asked = replay({ ...session.now(), seq }, { token, onEvent: hear })
    closing.signal.addEventListener('abort', asked.close)
    const how = await asked.outcome
    if (how !== 'cut' || tries === 1) return how
    const { signal } = closing
    const stays = await wait(AGAIN_MS, true, { ref: false, signal }).catch(() => false)
    return stays ? ask(tries - 1) : how
  }
  const outcome = ask(TRIES)
  void outcome.then(how => {
    log.info({ how, events: works.length }, 'asked for what happened while the bot was down')
    if (how === 'over') sessions.over(session)
  })
  return {
    outcome,
    dealtWith: outcome.then(() => Promise.all(urgent)),
    close,
    async handOver() {
      close()
      if ((await outcome) !== 'all') return
      const results = await Promise.all(works)
      if (results.every(result => result === 'done')) sessions.over(session)
    },
  }
}

/** Work of one kind is done in the order in which it came: of two presses on one message, the first comes first. */
function takingTurns() {
  const last = new Map<string, Promise<unknown>>()
  return <T>(kind: string | null, work: () => Promise<T>): Promise<T> => {
    if (kind === null) return work()
    const turn = (last.get(kind) ?? Promise.resolve()).then(work)
    last.set(kind, turn)
    return turn
  }
}

const isNewClip = (event: GatewayDispatchPayload): boolean =>
  event.t === GatewayDispatchEvents.InteractionCreate && (isUpscale(event.d) || isUpscaleMessage(event.d))

const messageOf = (event: GatewayDispatchPayload): string | null =>
  event.t === GatewayDispatchEvents.InteractionCreate && event.d.type === InteractionType.MessageComponent
    ? event.d.message.id
    : null
