/** Where it all happens: the stand-ins, the proxy before them, the stores, and one clock for everybody. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SandboxEnv } from '../../src/sandbox/control.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { pgliteFolder, type Server, startPostgres, startRedis } from '../kit/backends.ts'
import { type Between, startProxy } from './proxy.ts'

export type Stores = 'embedded' | 'servers'
export type Platform = 'discord' | 'slack'

export interface Place {
  stores: Stores
  sandbox: Sandbox
  proxy: Between
  /** What the bot is started with, besides what stays the same. */
  env: Record<string, string>
  dataDir: string
  /** Only on servers. */
  redis: Server | null
  databaseUrl: string | null
  /** The world's clock: of all stand-ins, and of the bot. */
  clock(): number
  /** How far it is ahead of the machine's, ms. */
  aheadMs(): number
  /** Time passes that nobody has to wait for. The bot's own clock follows at its next start. */
  pass(ms: number): void
  fault(name: string, on: boolean): void
  /** Takes the bot's commands away, with its own token, so that the next start has to register them again. */
  forgetCommands(): Promise<void>
  close(): Promise<void>
}

/** Venice works fast and allows much: what is tried here is what happens when things die, not how long they take. */
const PROCESSING_MS = 250
const LIMITS = { queue: 2_000, retrieve: 5_000, other: 5_000 }
const CREDIT_USD = 100_000

/** `aheadMs`: of the machine's clock, from the start. `env`: more settings of the bot. */
export async function openPlace(options: {
  stores: Stores
  platform: Platform
  aheadMs: number
  env: Record<string, string>
}): Promise<Place> {
  let ahead = options.aheadMs
  const clock = () => Date.now() + ahead
  const sandbox = await startSandbox({
    playground: false,
    discord: { clock },
    slack: { clock },
    venice: {
      clock,
      processingMs: PROCESSING_MS,
      limits: LIMITS,
      creditUsd: CREDIT_USD,
      // Nothing is enlarged here; the bot does not mind, it says that the picture differs.
      resultFile: clipPath(clips.silent),
    },
  })
  const proxy = await startProxy(() => sandbox.url, clock)
  for (const side of [sandbox.discord, sandbox.slack, sandbox.venice]) side.setBaseUrl(proxy.url)

  const servers = options.stores === 'servers' ? await Promise.all([startPostgres(), startRedis()]) : null
  const folder = servers ? null : await pgliteFolder()
  const dataDir = folder?.path ?? (await mkdtemp(join(tmpdir(), 'murano-chaos-')))
  const [postgres, redis] = servers ?? [null, null]
  const other = options.platform === 'discord' ? 'SLACK_' : 'DISCORD_'
  const env = Object.fromEntries(
    Object.entries(sandbox.env)
      .filter(([name]) => !name.startsWith(other))
      .map(([name, value]) => [name, value.replace(sandbox.url, proxy.url)]),
  ) as Partial<SandboxEnv>
  return {
    stores: options.stores,
    sandbox,
    proxy,
    dataDir,
    redis,
    databaseUrl: postgres?.url ?? null,
    env: {
      ...env,
      ...options.env,
      ...(servers && { DATABASE_URL: servers[0].url, REDIS_URL: servers[1].url }),
    },
    clock,
    aheadMs: () => ahead,
    pass(ms) {
      ahead += ms
    },
    fault(name, on) {
      const known = [sandbox.venice, sandbox.discord, sandbox.slack].map(side => side.faults.set(name, on))
      if (!known.includes(true)) throw new RangeError(`no stand-in has the fault "${name}"`)
    },
    async forgetCommands() {
      const { DISCORD_API_URL, DISCORD_TOKEN } = sandbox.env
      const { application_id } = sandbox.discord.state()
      const answer = await fetch(`${DISCORD_API_URL}/v10/applications/${application_id}/commands`, {
        method: 'PUT',
        headers: { authorization: `Bot ${DISCORD_TOKEN}`, 'content-type': 'application/json' },
        body: '[]',
      })
      if (!answer.ok) throw new Error(`the commands stay: ${answer.status}`)
    },
    async close() {
      await proxy.close()
      await sandbox.close()
      await Promise.all([postgres?.stop(), redis?.stop()])
      folder?.remove()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
