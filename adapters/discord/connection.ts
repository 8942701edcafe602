import {
  type APIInteraction,
  Client,
  CloseCodes,
  DiscordAPIError,
  Events,
  GatewayCloseCodes,
  GatewayDispatchEvents,
  type GatewayDispatchPayload,
  type GatewayGuildCreateDispatchData,
  type GatewayGuildDeleteDispatchData,
  type GatewayGuildUpdateDispatchData,
  GatewayIntentBits,
  Options,
  SimpleShardingStrategy,
  Status,
} from 'discord.js'
import { MuranoError } from '../../src/core/errors.ts'
import { reasonOf } from './failures.ts'
import type { Outcome } from './inbound.ts'
import { PATIENCE } from './limits.ts'
import { catchUp, type Missed } from './missed.ts'
import { type RestOptions, restSettings } from './rest.ts'
import { createSessions, type SessionMemory } from './sessions.ts'

/** None of its functions may throw or reject. `missed`: it happened while no process listened. */
export interface ConnectionOptions extends RestOptions {
  memory: SessionMemory | null
  onInteraction(interaction: APIInteraction, missed: boolean): Promise<Outcome>
  /** A guild is there, or has changed. */
  onGuild(guild: GatewayGuildCreateDispatchData | GatewayGuildUpdateDispatchData): void
  /** A guild has removed the bot, or is out of order. */
  onGuildGone(guild: GatewayGuildDeleteDispatchData, missed: boolean): Promise<Outcome>
  /** The connection is closed for good. */
  onLost(error: MuranoError): void
}

export interface Connection {
  /** Resolves with the application's id when every shard is ready. @throws MuranoError in plain words */
  open(): Promise<string>
  /** Resolves when what was missed has been dealt with, or is not to be had; only once open() was called. */
  caughtUp(): Promise<unknown>
  close(): Promise<void>
  isOpen(): boolean
}

/** Close codes after which Discord takes us back only with other settings. docs: topics/opcodes-and-status-codes */
const FOR_GOOD: Readonly<Record<number, () => MuranoError>> = {
  [GatewayCloseCodes.AuthenticationFailed]: badToken,
  [GatewayCloseCodes.InvalidShard]: () => closed('it finds our share of its servers (shard) invalid'),
  [GatewayCloseCodes.ShardingRequired]: () => closed('the bot is in too many servers for one connection'),
  [GatewayCloseCodes.InvalidAPIVersion]: () => closed('it no longer speaks version 10 of its API'),
  [GatewayCloseCodes.InvalidIntents]: () => closed('it finds what we ask to hear of (intents) invalid'),
  [GatewayCloseCodes.DisallowedIntents]: () => closed('it does not allow what we ask to hear of (intents)'),
}

export function badToken(): MuranoError {
  return new MuranoError(
    'discord_bad_token',
    'Discord does not accept DISCORD_TOKEN. Copy it again: discord.com/developers/applications, your application, "Bot", "Reset Token". It is the bot\'s token, not the client secret or the public key.',
  )
}

const closed = (why: string) =>
  new MuranoError('discord_closed', `Discord closed the connection for good: ${why}.`)

/**
 * Ends connections in such a way that their sessions stay for some minutes: what happens until the next start is told
 * then. discord.js would end the sessions (docs: events/gateway#initiating-a-disconnect, August 2026).
 */
class KeepsSessions extends SimpleShardingStrategy {
  override destroy(options?: Parameters<SimpleShardingStrategy['destroy']>[0]): Promise<void> {
    return super.destroy({ ...options, code: CloseCodes.Resuming })
  }
}

/** The gateway: one client, all its shards in this process. It hears of servers and of nothing that people write. */
export function createConnection(options: ConnectionOptions): Connection {
  const { log } = options
  const client = new Client({
    intents: [GatewayIntentBits.Guilds],
    shards: 'auto',
    rest: restSettings(options.apiUrl),
    ws: { buildStrategy: manager => new KeepsSessions(manager) },
    makeCache: Options.cacheWithLimits({ ...Options.DefaultMakeCacheSettings, MessageManager: 0 }),
  })
  const sessions = createSessions(options)
  // discord.js ends the process on an `error` that nobody listens to.
  client.on(Events.Error, error => log.error({ error }, 'discord.js reports an error'))
  client.on(Events.Warn, warning => log.warn({ warning }, 'discord.js warns'))
  client.on(Events.ShardError, (error, shard) => log.warn({ shard, error: error.message }, 'gateway trouble'))
  client.on(Events.ShardReconnecting, shard => log.info({ shard }, 'gateway lost; reconnecting'))
  client.on(Events.ShardResume, (shard, replayed) => log.info({ shard, replayed }, 'gateway is back'))

  // Events as they came, not as discord.js wraps them: its wrapper waits until all servers are known, which can be later
  // than the three seconds that an answer may take, and is built from caches.
  client.on(Events.Raw, (event: GatewayDispatchPayload, shard: number) => {
    if (event.t === GatewayDispatchEvents.Ready) {
      const { session_id: id, resume_gateway_url: url } = event.d
      return sessions.begun(shard, { id, url, seq: event.s })
    }
    const done = sessions.of(shard)?.came(event.s)
    void heard(options, event, false).then(outcome => outcome !== 'not taken' && done?.())
  })
  let missed: Missed | null = null
  const caughtUp = Promise.withResolvers<unknown>()

  return {
    async open() {
      const { token, log } = options
      const catching = await catchUp(sessions, {
        token,
        log,
        onEvent: (event, missed) => heard(options, event, missed),
      })
      missed = catching
      caughtUp.resolve(catching.dealtWith)
      try {
        const applicationId = await open(client, options)
        void catching.told.then(catching.handOver)
        return applicationId
      } catch (error) {
        catching.close()
        throw error
      }
    },
    caughtUp: () => caughtUp.promise,
    async close() {
      missed?.close()
      // In the half second between a cut and the next attempt this ends nothing (@discordjs/ws 1.2.3 takes such a shard
      // for idle, and connects it again): a process that wants to be gone must exit.
      await client.destroy()
      await sessions.settle()
    },
    isOpen: () => client.isReady() && client.ws.shards.every(shard => shard.status === Status.Ready),
  }
}

/** What an event means to us. Never rejects. */
async function heard(
  options: ConnectionOptions,
  event: GatewayDispatchPayload,
  missed: boolean,
): Promise<Outcome> {
  switch (event.t) {
    case GatewayDispatchEvents.InteractionCreate:
      return options.onInteraction(event.d, missed)
    case GatewayDispatchEvents.GuildDelete:
      return options.onGuildGone(event.d, missed)
    case GatewayDispatchEvents.GuildCreate:
    case GatewayDispatchEvents.GuildUpdate:
      options.onGuild(event.d)
  }
  return 'done'
}

async function open(client: Client, { token, apiUrl, onLost }: ConnectionOptions): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let opening = true
  const lost = (error: MuranoError) => (opening ? reject(error) : onLost(error))
  client.on(Events.ShardDisconnect, ({ code }) => {
    const error = FOR_GOOD[code]
    if (error) lost(error())
  })
  client.on(Events.Invalidated, () => lost(closed('it ended our session')))
  client.once(Events.ClientReady, ready => resolve(ready.application.id))
  const timer = setTimeout(
    () => reject(unreachable(apiUrl, 'the gateway was not ready in time')),
    PATIENCE.readyMs,
  )
  client.login(token).catch(error => reject(inPlainWords(error, apiUrl)))
  try {
    return await promise
  } catch (error) {
    await client.destroy()
    throw error
  } finally {
    opening = false
    clearTimeout(timer)
  }
}

const unreachable = (apiUrl: string | null, why: string) =>
  new MuranoError(
    'discord_unreachable',
    `Discord could not be reached at ${apiUrl ?? 'discord.com'}: ${why}. Check this machine's network${apiUrl ? ' and DISCORD_API_URL' : ''}; status: discordstatus.com.`,
  )

function inPlainWords(error: unknown, apiUrl: string | null): MuranoError {
  if (error instanceof MuranoError) return error
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'TokenInvalid' || (error instanceof DiscordAPIError && error.status === 401)) return badToken()
  const why = reasonOf(error)
  if (/disallowed intents/i.test(why)) return FOR_GOOD[GatewayCloseCodes.DisallowedIntents]!()
  return unreachable(apiUrl, why)
}
