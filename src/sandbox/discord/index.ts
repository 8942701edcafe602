import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Router } from 'express'
import { type Coverage, type DiscordEvent, type DiscordState, type FaultSwitch, MOUNT } from '../control.ts'
import { cdnRouter } from './cdn.ts'
import { controlRouter } from './control-routes.ts'
import { COVERAGE } from './coverage.ts'
import { createFaults } from './faults.ts'
import { FileStore } from './files.ts'
import { Gateway } from './gateway.ts'
import { InteractionBook } from './interactions.ts'
import { guildCreate, userObject } from './objects.ts'
import { restRouter } from './rest.ts'
import { accountRoutes } from './routes-account.ts'
import { channelRoutes } from './routes-channels.ts'
import { commandRoutes } from './routes-commands.ts'
import { interactionRoutes } from './routes-interactions.ts'
import { messageRoutes } from './routes-messages.ts'
import { seedWorld } from './seed.ts'
import { snowflakes } from './snowflake.ts'
import type { Stage } from './stage.ts'
import { discordState } from './state.ts'

export interface DiscordOptions {
  /** The bot token that is taken; made up at random where none is given. */
  token?: string
  /** Wall-clock ms: ids, signed links and the life of interaction tokens go by it. */
  clock?: () => number
  /** Boost tier of the guild; 0 and 1 give the bot 10 MiB per file, 2 gives 50, 3 gives 100. */
  premiumTier?: 0 | 1 | 2 | 3
  /** Bytes per file that a member may upload (Nitro: 500 MiB). */
  memberUploadLimit?: number
  /** Where uploaded files are kept, in a folder that `close` removes; the system's own place by default. */
  workDir?: string
  log?: (line: string) => void
}

export interface DiscordStandIn {
  api: Router
  cdn: Router
  control: Router
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  token: string
  state(): DiscordState
  on(listener: (event: DiscordEvent) => void): () => void
  faults: { list(): FaultSwitch[]; set(name: string, on: boolean): boolean }
  coverage: Coverage
  /** Where this is reached from outside; links to the CDN and the gateway begin with it. */
  setBaseUrl(url: string): void
  close(): Promise<void>
}

const MEMBER_UPLOAD_LIMIT = 500 * 1024 * 1024

/** A Discord of one guild, in this process: REST, gateway, CDN, and the hands of its members. */
export function createDiscord(options: DiscordOptions = {}): DiscordStandIn {
  const clock = options.clock ?? Date.now
  const nextId = snowflakes(clock)
  const world = seedWorld(options.premiumTier ?? 0)
  const token = options.token ?? madeUpToken(world.application_id)
  const events = new EventEmitter<{ event: [DiscordEvent] }>().setMaxListeners(0)
  const emit = (event: DiscordEvent) => void events.emit('event', event)
  const files = new FileStore({ clock, nextId, workDir: options.workDir })
  const faults = createFaults()
  const gatewayUrl = () => files.baseUrl.replace(/^http/, 'ws') + MOUNT.discordGateway
  const cut = () => {
    if (faults.isOn('gateway-drop') && gateway.drop() > 0) faults.clear('gateway-drop')
  }
  const gateway = new Gateway({
    token,
    url: gatewayUrl,
    clock,
    muted: () => world.bot_presence !== 'member',
    welcome: session => ({
      ready: {
        v: 10,
        user: { ...userObject(world.users.get(world.bot_id)!), verified: true, mfa_enabled: true, flags: 0 },
        guilds: world.bot_presence === 'removed' ? [] : [{ id: world.guild.id, unavailable: true }],
        session_id: session.id,
        resume_gateway_url: session.url,
        session_type: 'normal',
        shard: [0, 1],
        application: { id: world.application_id, flags: 0 },
      },
      guilds: world.bot_presence === 'member' ? [guildCreate(world)] : [],
    }),
    onOnline: online => emit({ type: 'bot', online }),
    onReady: cut,
  })
  faults.onSet((name, on) => {
    if (name === 'gateway-drop' && on) cut()
  })
  const stage: Stage = {
    world,
    files,
    gateway,
    interactions: new InteractionBook({ clock, nextId, emit }),
    faults,
    clock,
    nextId,
    emit,
    log: options.log ?? (() => {}),
    token,
    memberUploadLimit: options.memberUploadLimit ?? MEMBER_UPLOAD_LIMIT,
  }
  const on = (listener: (event: DiscordEvent) => void) => {
    events.on('event', listener)
    return () => void events.off('event', listener)
  }
  const routes = [
    ...accountRoutes(stage, gatewayUrl),
    ...commandRoutes(stage),
    ...interactionRoutes(stage),
    ...channelRoutes(stage),
    ...messageRoutes(stage),
  ]
  return {
    api: restRouter(stage, routes),
    cdn: cdnRouter(stage),
    control: controlRouter(stage, COVERAGE, on),
    handleUpgrade: (request, socket, head) => gateway.handleUpgrade(request, socket, head),
    token,
    state: () => discordState(stage),
    on,
    faults: { list: faults.list, set: faults.set },
    coverage: COVERAGE,
    setBaseUrl: url => {
      files.baseUrl = url
    },
    async close() {
      stage.interactions.close()
      gateway.close()
      await files.close()
    },
  }
}

/** Three parts with the application's id in the first, as real tokens have. */
function madeUpToken(applicationId: string): string {
  const first = Buffer.from(applicationId).toString('base64url')
  return `${first}.${randomBytes(4).toString('base64url')}.${randomBytes(28).toString('base64url')}`
}
