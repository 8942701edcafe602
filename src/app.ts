import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createDiscord } from '../adapters/discord/index.ts'
import { createSlack } from '../adapters/slack/index.ts'
import type { Config } from './config.ts'
import type { Adapter, Inbox } from './core/chat.ts'
import { CONTAINER_TYPES } from './core/clip.ts'
import { MuranoError } from './core/errors.ts'
import type { Clock, Door, FileHosts, Log } from './core/ports.ts'
import { writeCsv } from './csv.ts'
import { onAdmin } from './flows/admin.ts'
import { onPress } from './flows/answer.ts'
import { createForecasts } from './flows/forecasts.ts'
import { onLeft } from './flows/leave.ts'
import { createPolls } from './flows/poll.ts'
import { createProgress } from './flows/progress.ts'
import { onRequest } from './flows/request.ts'
import { onWork } from './flows/step.ts'
import { recover, sweep } from './flows/sweep.ts'
import { RESULT_LINK_MS, type Timer, type World } from './flows/world.ts'
import { type LinkedFile, startHttp, type WebHandler } from './http/server.ts'
import { createMedia } from './media/index.ts'
import { openQueue } from './queue/index.ts'
import { createDoor } from './sources/index.ts'
import { type Folder, KEY, openFolder } from './storage/folder.ts'
import { createSigner, readLink, type Signer } from './storage/link.ts'
import { openStore, type Store } from './store/index.ts'
import { startTicker } from './ticker.ts'
import { createVault } from './vault/index.ts'
import { createVenice } from './venice/index.ts'

export interface App {
  /** Port of the web face. */
  port: number
  /** Stops taking work, lets what runs come to a safe point, closes everything. Safe to call twice. */
  close(): Promise<void>
}

const POLL_TICK_MS = 500
const SWEEP_TICK_MS = 5_000
/** Kept a day longer than links to it work. */
const KEEP_FILES_MS = RESULT_LINK_MS + 24 * 60 * 60_000

/** Paid for, and not yet kept by us: the provider's copy does not wait for anybody to come back. */
const PAID = ['submitting', 'processing', 'saving'] as const

/**
 * What was missed is told and dealt with in seconds; where it is not, whoever has confirmed something does not wait for
 * it any longer. Longer than a platform may take to tell it.
 */
const CATCH_UP_MS = 30_000

/** How long requests that are being read may go on after a stop. */
const INTAKE_MS = 25_000

const timer: Timer = (ms, callback) => {
  const handle = setTimeout(callback, ms)
  return () => clearTimeout(handle)
}

/** Joins the plugs to the flows and starts everything, in the order in which each needs the one before. */
export async function startApp(
  config: Config,
  options: { log: Log; clock?: Clock; onFatal: (error: Error) => void },
): Promise<App> {
  const { log, clock = Date.now, onFatal } = options
  const closers: (() => Promise<unknown>)[] = []
  const closing = { done: null as Promise<void> | null }
  const close = () => {
    closing.done ??= closeAll(closers, log)
    return closing.done
  }
  /** Whatever is opened is closed again, last opened first. */
  const open = async <T>(resource: Promise<T> | T, closer: (resource: T) => Promise<unknown>): Promise<T> => {
    const opened = await resource
    closers.unshift(() => closer(opened))
    return opened
  }

  const joined = Promise.withResolvers<World>()
  joined.promise.catch(() => {}) // Whoever waits for it hears of it.

  try {
    await mkdir(config.dataDir, { recursive: true })
    const store = await open(
      openStore({ dataDir: config.dataDir, databaseUrl: config.databaseUrl, log, clock }),
      s => s.close(),
    )
    const hosts = new Map<string, FileHosts>()
    const door = await open(createDoor({ hosts, trusted: config.trustedOrigins, log }), d => d.close())
    let running = false
    /** Platforms that have shut us out for good, with what they said. */
    const lost = new Map<string, MuranoError>()
    const { adapters, handlers } = await joinPlatforms(config, store, {
      door,
      log,
      clock,
      onLost: (platform, error) => void lost.set(platform, error),
    })
    for (const adapter of adapters) hosts.set(adapter.chat.platform, fileHosts(adapter, config))
    const stopAll = () => Promise.all(adapters.map(adapter => adapter.stop()))
    closers.unshift(stopAll)
    // What comes in before everything is joined is acknowledged, and waits for it.
    const inbox: Inbox = {
      request: async r => onRequest(await joined.promise, r),
      press: async p => onPress(await joined.promise, p),
      admin: async r => onAdmin(await joined.promise, r),
      left: async (platform, communityId) => onLeft(await joined.promise, platform, communityId),
    }
    const signer = createSigner(await store.setting('link_secret', () => randomBytes(32).toString('hex')))
    const files = await openFolder({
      root: join(config.dataDir, 'files'),
      publicUrl: config.publicUrl,
      reachable: config.reachable,
      signer,
      clock,
    })
    const media = await open(createMedia({ door }), m => m.close())
    const upscaler = await open(
      createVenice({
        ...config.venice,
        log,
        clock,
        limits: store.limits,
        dialectMemory: memoryOf(store, 'venice_dialect'),
      }),
      v => v.close(),
    )
    const http = await open(
      startHttp({
        port: config.port,
        openLink: parts => openLink(signer, files, clock, parts),
        health: () => troubles(store, adapters, log, lost),
        others: handlers,
        log,
      }),
      h => h.close(),
    )
    // After the store, because a second process on the same folder must be turned away before it takes any event; and
    // after the web face, which a platform may call as soon as we are there.
    const connected = startAll(adapters, inbox, log, lost)
    connected.catch(() => {})
    const caughtUp = within(CATCH_UP_MS, Promise.all(adapters.map(adapter => adapter.caughtUp?.())))
    const chats = new Map(adapters.map(({ chat }) => [chat.platform, chat]))
    const progress = await open(createProgress({ clock, timer, log }), p => p.flush())
    // Opened after everything that its work needs, so that it is drained before any of that closes.
    const queue = await open(openQueue({ redisUrl: config.redisUrl, database: store.database, log }), q =>
      q.close(),
    )

    const forecasts = createForecasts({ runTimes: store.runTimes, clock, log })
    const world: World = {
      store,
      books: store.books,
      rulebook: store.rulebook,
      caps: config.caps,
      operators: config.operators,
      queue,
      upscaler,
      forecasts,
      media,
      files,
      csv: writeCsv,
      chats,
      progress,
      clock,
      timer,
      newId,
      log,
    }

    if (store.exclusive) await recover(world)
    const polls = createPolls(world)
    const poll = startTicker('poll', POLL_TICK_MS, log, polls.round)
    const sweeper = startTicker('sweep', SWEEP_TICK_MS, log, async () => {
      await sweep(world)
      // With nobody left to talk to, what is paid for is still fetched and kept; then there is nothing more to do.
      if (!running || lost.size < adapters.length || (await store.list(PAID)).length > 0) return
      running = false
      onFatal(lost.values().next().value!)
    })
    await open(
      startTicker('files', 60 * 60_000, log, async () => {
        await files.sweep(KEEP_FILES_MS)
        await store.postings.prune(KEEP_FILES_MS)
        await store.prune()
      }),
      t => t.stop(),
    )

    // A stop first ends everything that begins something new, all at once, and only then what that stood on.
    closers.unshift(() =>
      Promise.all([
        within(INTAKE_MS, stopAll()),
        poll.stop().then(polls.settle),
        sweeper.stop(),
        queue.close(),
      ]),
    )
    joined.resolve(world)
    // Nothing is sent before it is known what was taken back while no process was there.
    caughtUp
      .then(() => {
        if (!closing.done) queue.start(work => onWork(world, work))
      })
      .catch(onFatal)
    await connected
    running = true
    return { port: http.port, close }
  } catch (error) {
    joined.reject(error)
    await close()
    throw error
  }
}

/** What stands for a platform (its stand-in, a proxy) has its files too. */
function fileHosts({ chat, files }: Adapter, config: Config): FileHosts {
  const apiUrl = chat.platform === 'slack' ? config.slack?.apiUrl : config.discord?.apiUrl
  return apiUrl ? { ...files, origins: [new URL(apiUrl).origin] } : files
}

/** The platforms that the settings name, and what they serve on our web face. */
async function joinPlatforms(
  config: Config,
  store: Store,
  options: {
    door: Door
    log: Log
    clock: Clock
    onLost: (platform: string, error: MuranoError) => void
  },
): Promise<{ adapters: Adapter[]; handlers: WebHandler[] }> {
  const adapters: Adapter[] = []
  const handlers: WebHandler[] = []
  const join = (adapter: Adapter & { http: WebHandler | null }) => {
    adapters.push(adapter)
    if (adapter.http) handlers.push(adapter.http)
  }
  const onFatal = (platform: string) => (error: MuranoError) => options.onLost(platform, error)
  if (config.discord) {
    const sessionMemory = memoryOf(store, 'discord_sessions')
    const { postings } = store
    join(
      createDiscord({ ...config.discord, ...options, sessionMemory, postings, onFatal: onFatal('discord') }),
    )
  }
  if (config.slack) {
    join(
      createSlack({
        ...config.slack,
        stateSecret: await store.setting('oauth_state_secret', () => randomBytes(32).toString('hex')),
        publicUrl: config.publicUrl,
        installations: config.vault ? store.installations(createVault(config.vault)) : null,
        postings: store.postings,
        ...options,
        onFatal: onFatal('slack'),
      }),
    )
  }
  return { adapters, handlers }
}

/** A note of that name, kept between starts. */
const memoryOf = (store: Store, name: string) => ({
  get: () => store.recall(name),
  set: (value: string) => store.remember(name, value),
})

/** A platform that can't be joined keeps the others from nothing. @throws where none can be joined */
async function startAll(
  adapters: readonly Adapter[],
  inbox: Inbox,
  log: Log,
  lost: Map<string, MuranoError>,
): Promise<void> {
  await Promise.all(
    adapters.map(async adapter => {
      const { platform } = adapter.chat
      try {
        await adapter.start(inbox)
      } catch (error) {
        if (!(error instanceof MuranoError)) throw error
        lost.set(platform, error)
        if (adapters.length > 1)
          log.error({ platform, error }, 'a platform could not be joined; going on without it')
      }
    }),
  )
  if (lost.size === adapters.length) throw lost.values().next().value
}

async function troubles(
  store: Store,
  adapters: readonly Adapter[],
  log: Log,
  lost: ReadonlyMap<string, MuranoError>,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  await store.ping().catch(error => {
    log.error({ error }, 'the database does not answer')
    found.database = 'does not answer'
  })
  for (const { chat, isConnected } of adapters) {
    const gone = lost.get(chat.platform)
    if (gone) found[chat.platform] = gone.message
    else if (!isConnected()) found[chat.platform] = 'not connected'
  }
  return found
}

const within = (ms: number, work: Promise<unknown>) =>
  Promise.race([work, new Promise(resolve => setTimeout(resolve, ms).unref())])

async function closeAll(closers: (() => Promise<unknown>)[], log: Log): Promise<void> {
  for (const close of closers) {
    await close().catch(error => log.warn({ error }, 'something did not close cleanly'))
  }
}

function openLink(
  signer: Signer,
  files: Folder,
  clock: Clock,
  parts: { key: string; until: string; signature: string },
): LinkedFile {
  if (!KEY.test(parts.key)) return { kind: 'unknown' }
  const grant = readLink(signer, parts)
  if (!grant) return { kind: 'unknown' }
  if (clock() > grant.expiresAt) return { kind: 'expired' }
  const container = parts.key.slice(parts.key.lastIndexOf('.') + 1) as keyof typeof CONTAINER_TYPES
  return { kind: 'file', path: files.path(grant.key), contentType: CONTAINER_TYPES[container] }
}

/** 80 random bits in letters and digits that are hard to mistake. */
function newId(): string {
  return [...randomBytes(16)].map(byte => ALPHABET[byte & 31]).join('')
}
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz023456789'
