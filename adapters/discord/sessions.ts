import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Log } from '../../src/core/ports.ts'
import { reasonOf } from './failures.ts'

/** A place where the adapter keeps a few lines between starts. */
export interface SessionMemory {
  get(): Promise<string | null>
  set(value: string): Promise<void>
}

/** What it takes to go on with a session of the gateway (docs: events/gateway#resuming, August 2026). */
export interface Session {
  id: string
  /** Where to ask for it. */
  url: string
  /** Number of the last event up to which everything has been dealt with. */
  seq: number
}

/** A session whose events are being dealt with. */
export interface SessionProgress {
  /** An event has come. Call what is returned once it has been dealt with: until then it counts as missed. */
  came(seq: number): () => void
  now(): Session
}

/**
 * The sessions that the next process can go on with: ours, and those of earlier processes of which something may be
 * left to do. Several processes on one database write over each other's. What is gone on with is that of whoever wrote
 * last: of those that stop in order, the one that was there last. Where that one is killed instead, it may be that of a
 * process that is gone for longer, and then it may be too old to be gone on with.
 */
export interface Sessions {
  /** What earlier processes left behind. Asked for once, before anything else. */
  earlier(): Promise<SessionProgress[]>
  /** A shard has a new session; what its last one has missed is lost. */
  begun(shard: number, session: Session): void
  of(shard: number): SessionProgress | undefined
  /** There is nothing more to be had of it. */
  over(session: SessionProgress): void
  /** Resolves when what is kept is how it stands, whoever has written over it. Never rejects. */
  settle(): Promise<void>
}

/** In a storm of events, how far we are is not written down more often. */
const BETWEEN_NOTES_MS = 1_000

const Kept = z.object({
  owner: z.string(),
  sessions: z.array(z.object({ id: z.string(), url: z.string(), seq: z.number() })),
})

export function createSessions(options: {
  token: string
  apiUrl: string | null
  memory: SessionMemory | null
  log: Log
}): Sessions {
  const { memory, log } = options
  // A session is of one bot at one address: another bot's token has no business there.
  const owner = createHash('sha256').update(`${options.apiUrl} ${options.token}`).digest('hex').slice(0, 16)
  const left = new Set<SessionProgress>()
  const ours = new Map<number, SessionProgress>()
  let kept = ''
  let writing: Promise<void> = Promise.resolve()
  let resting: NodeJS.Timeout | null = null

  const write = async (always: boolean) => {
    const sessions = [...left, ...ours.values()].map(session => session.now())
    const value = JSON.stringify({ owner, sessions } satisfies z.infer<typeof Kept>)
    if (!memory || (value === kept && !always)) return
    try {
      await memory.set(value)
      kept = value
    } catch (error) {
      log.warn({ error: reasonOf(error) }, 'how far the gateway was heard could not be kept')
    }
  }
  const soon = (always: boolean) => {
    writing = writing.then(() => write(always))
    return writing
  }
  /** The first change is written at once, and those that follow it closely together. */
  const changed = () => {
    if (!memory || resting) return
    resting = setTimeout(() => {
      resting = null
      void soon(false)
    }, BETWEEN_NOTES_MS)
    resting.unref()
    void soon(false)
  }

  return {
    async earlier() {
      const noted = await memory?.get().catch(error => {
        log.warn({ error: reasonOf(error) }, 'what happened while the bot was down is not known')
      })
      const found = noted ? Kept.safeParse(asJson(noted)) : null
      if (found?.data?.owner !== owner) return []
      for (const session of found.data.sessions)
        if (isGateway(session.url, options.apiUrl)) left.add(progressOf(session, changed))
        else
          log.warn(
            { session: session.id },
            'a kept session has no address of a gateway, and is not gone on with',
          )
      return [...left]
    },
    begun(shard, session) {
      ours.set(shard, progressOf(session, changed))
      changed()
    },
    of: shard => ours.get(shard),
    over(session) {
      left.delete(session)
      changed()
    },
    async settle() {
      if (resting) clearTimeout(resting)
      resting = null
      await soon(true)
    },
  }
}

/** Discord's own gateways ("gateway-us-east1-b.discord.gg"), for the token goes there; where there is another API, anywhere. */
function isGateway(url: string, apiUrl: string | null): boolean {
  const address = URL.parse(url)
  if (apiUrl !== null) return address?.protocol === 'ws:' || address?.protocol === 'wss:'
  return address?.protocol === 'wss:' && /^gateway(-[a-z0-9-]+)?\.discord\.gg$/.test(address.hostname)
}

function progressOf(session: Session, changed: () => void): SessionProgress {
  const open = new Set<number>()
  let newest = session.seq
  return {
    came(seq) {
      newest = Math.max(newest, seq)
      open.add(seq)
      return () => {
        open.delete(seq)
        changed()
      }
    },
    now: () => ({ ...session, seq: open.size > 0 ? Math.min(...open) - 1 : newest }),
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
