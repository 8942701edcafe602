/**
 * A stand-in for Venice's video API that really reads, bills and enlarges clips. Speaks the three dialects in which
 * the API is described and fails in every documented way on demand. Imports nothing of the bot.
 */

import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import express from 'express'
import { type Coverage, type FaultSwitch, MOUNT, type VeniceBook, type VeniceDialect } from '../control.ts'
import { balance, models, rateLimits, usageHistory } from './account.ts'
import { createClips } from './clips.ts'
import { controlRouter } from './control.ts'
import { COVERAGE } from './coverage.ts'
import { createFaults } from './faults.ts'
import { answerErrors, gate, type Hanging, note } from './gate.ts'
import { createJobs } from './jobs.ts'
import { createLedger } from './ledger.ts'
import { createLimits, type PerMinute } from './limits.ts'
import { queue, quote } from './queue.ts'
import { refuse } from './refusal.ts'
import { file, revokeLink } from './result.ts'
import { complete, retrieve } from './retrieve.ts'
import { createTraffic } from './traffic.ts'
import type { World } from './world.ts'

export interface VeniceOptions {
  /** Default guide. */
  dialect?: VeniceDialect
  /** Accepted keys, all of one account. Default: one random key. */
  apiKeys?: string[]
  /** Default 100. */
  creditUsd?: number
  /** Current time in ms; limits, times and stamps go by it. */
  clock?: () => number
  /** The least time that a clip appears to take, ms. Default 4000. */
  processingMs?: number
  /** Requests per minute, where they are not to be the documented ones. */
  limits?: Partial<PerMinute>
  /** At least 0, below 1: where the fault cut-anywhere cuts. Default Math.random. */
  random?: () => number
  /** A file that is served as the result of every clip; nothing is enlarged then, and it is never removed. */
  resultFile?: string
  /** Where clips lie. Default: a temporary folder, removed at close. */
  workDir?: string
  log?: (line: string) => void
}

export interface VeniceStandIn {
  /** To be mounted at MOUNT.veniceApi. Reads its own bodies: mount no body parser before it. */
  api: express.Router
  /** To be mounted at MOUNT.control + '/venice'. */
  control: express.Router
  apiKey: string
  book(): VeniceBook
  faults: {
    list(): FaultSwitch[]
    /** False for an unknown name. */
    set(name: string, on: boolean): boolean
  }
  coverage: Coverage
  /** Told by the server once it listens, for absolute download addresses: "http://127.0.0.1:1234". */
  setBaseUrl(url: string): void
  /** Ends conversions and hanging answers, removes the files. May be called twice. */
  close(): Promise<void>
}

export function createVenice(options: VeniceOptions = {}): VeniceStandIn {
  const dialect = options.dialect ?? 'guide'
  const apiKeys = options.apiKeys ?? [`sandbox-${randomBytes(24).toString('base64url')}`]
  const apiKey = apiKeys[0]
  if (apiKey === undefined) throw new RangeError('apiKeys must hold at least one key')
  const clock = options.clock ?? Date.now
  const log = options.log ?? (() => undefined)
  if (options.workDir) mkdirSync(options.workDir, { recursive: true })
  const workDir = options.workDir ?? mkdtempSync(join(tmpdir(), 'sandbox-venice-'))
  const closing = new AbortController()
  const hanging: Hanging = new Set()
  let baseUrl = ''

  const clips = createClips()
  const faults = createFaults()
  const ledger = createLedger(options.creditUsd ?? 100, clock)
  const traffic = createTraffic(clock)
  const jobs = createJobs({
    clips,
    workDir,
    resultFile: options.resultFile ? resolve(options.resultFile) : null,
    clock,
    log,
    refund: job =>
      ledger.refund({
        usd: job.chargedUsd,
        sku: job.model,
        seconds: job.source.durationS,
        usdPerSecond: job.usdPerSecond,
        queueId: job.queueId,
      }),
  })
  const world: World = {
    dialect,
    apiKeys: new Set(apiKeys),
    processingMs: options.processingMs ?? 4000,
    workDir,
    clock,
    log,
    clips,
    faults,
    jobs,
    ledger,
    prices: { times: 1 },
    limits: createLimits(clock, options.limits),
    random: options.random ?? Math.random,
    traffic,
    fileUrl: job => `${baseUrl}${MOUNT.veniceApi}/files/${job.token}`,
    closing: closing.signal,
  }

  function book(): VeniceBook {
    return {
      dialect,
      credit_usd: ledger.creditUsd(),
      jobs: jobs.book(),
      queue_requests: traffic.queueRequests(),
      last_minute: traffic.lastMinute(),
      requests: traffic.requests(),
    }
  }

  let closed: Promise<void> | null = null
  async function close(): Promise<void> {
    closing.abort()
    for (const response of hanging) response.destroy()
    await clips.close()
    await jobs.idle()
    if (!options.workDir) await rm(workDir, { recursive: true, force: true })
  }

  return {
    api: apiRouter(world, hanging),
    control: controlRouter(world, book),
    apiKey,
    book,
    faults: { list: faults.list, set: faults.set },
    coverage: COVERAGE,
    setBaseUrl(url) {
      baseUrl = url.replace(/\/+$/, '')
    },
    close() {
      closed ??= close()
      return closed
    },
  }
}

function apiRouter(world: World, hanging: Hanging): express.Router {
  const router = express.Router()
  const keyed = (route: Parameters<typeof gate>[2]['route']) =>
    gate(world, hanging, { route, needsKey: true })
  const open = (route: Parameters<typeof gate>[2]['route']) =>
    gate(world, hanging, { route, needsKey: false })
  router.use(note(world))
  router.post('/video/queue', keyed('queue'), queue(world))
  router.post('/video/retrieve', keyed('retrieve'), retrieve(world))
  router.post('/video/complete', keyed('complete'), complete(world))
  router.post('/video/quote', open('quote'), quote(world))
  router.get('/billing/balance', keyed('balance'), balance(world))
  router.get('/billing/usage-history', keyed('usage'), usageHistory(world, randomBytes(32).toString('hex')))
  router.get('/billing/usage', keyed('usage-gone'), () => {
    throw refuse('usageGone')
  })
  router.get('/api_keys/rate_limits', keyed('limits'), rateLimits(world))
  router.get('/models', open('models'), models())
  router.get('/files/:token', open('file'), file(world))
  router.delete('/files/:token', open('file'), revokeLink(world))
  router.use((_request, response) => {
    response.status(404).json({ error: 'Not found' })
  })
  router.use(answerErrors(world))
  return router
}
