import type { Adapter } from '../../src/core/chat.ts'
import type { MuranoError } from '../../src/core/errors.ts'
import type { Clock, Log, Postings } from '../../src/core/ports.ts'
import { registerCommands } from './commands.ts'
import { badToken, createConnection } from './connection.ts'
import { toChatError } from './failures.ts'
import { FILES } from './files.ts'
import { createIntake, type Intake } from './inbound.ts'
import { installPages, type WebHandler } from './install.ts'
import { createInstallations } from './installations.ts'
import { createChat } from './outbound.ts'
import { createRest } from './rest.ts'
import type { SessionMemory } from './sessions.ts'
import { createTenants } from './tenants.ts'

export interface DiscordOptions {
  token: string
  /** Address of the API without its version; null: Discord's own. */
  apiUrl: string | null
  log: Log
  clock: Clock
  /** Where it is kept how far the gateway was heard; null: what happens while no process runs is lost. */
  sessionMemory?: SessionMemory | null
  /** Where it is noted what was posted; null: what is posted again after some minutes may be said twice. */
  postings?: Postings | null
  /** Called once at most, when Discord has shut us out for good (token withdrawn): the process should end. */
  onFatal?(error: MuranoError): void
}

/**
 * `http` is to be served at the root of our web face. Its `start` registers the commands where they differ, and its `chat` needs no gateway. MuranoErrors of `start`:
 * discord_bad_token, discord_unreachable, discord_closed.
 */
export function createDiscord(options: DiscordOptions): Adapter & { readonly http: WebHandler } {
  const { log, clock } = options
  const { rest, uploads, close: closeRest } = createRest(options)
  let intake: Intake | null = null
  let applicationId: string | null = null
  let stopping: Promise<void> | null = null

  let fatal = false
  const onLost = (error: MuranoError) => {
    if (fatal) return
    fatal = true
    log.error({ error }, 'Discord has shut us out')
    options.onFatal?.(error)
  }

  const tenants = createTenants({ rest, log })
  const installations = createInstallations({
    tenants,
    log,
    onLeft: async guildId => (await intake?.left(guildId)) ?? 'not taken',
  })
  const connection = createConnection({
    ...options,
    memory: options.sessionMemory ?? null,
    onInteraction: async (interaction, missed) => (await intake?.accept(interaction, missed)) ?? 'not taken',
    onGuild: tenants.heard,
    onGuildGone: installations.gone,
    onLost,
  })
  const chat = createChat({
    rest,
    uploads,
    clock,
    postings: options.postings ?? null,
    tenants,
    onTokenRefused: () => onLost(badToken()),
  })

  const stop = () => {
    stopping ??= (async () => {
      await intake?.close()
      await connection.close()
      closeRest()
    })()
    return stopping
  }

  return {
    chat,
    files: FILES,
    http: installPages(() => applicationId),
    async start(inbox) {
      intake = createIntake({ rest, chat, inbox, log, clock })
      applicationId = await connection.open()
      try {
        await registerCommands(rest, applicationId, log)
      } catch (error) {
        await stop()
        throw toChatError(error)
      }
      log.info({ applicationId }, 'Discord is connected')
    },
    caughtUp: connection.caughtUp,
    stop,
    isConnected: connection.isOpen,
  }
}
