import type { GatewayGuildDeleteDispatchData } from 'discord.js'
import type { Log } from '../../src/core/ports.ts'
import type { Outcome } from './inbound.ts'
import type { Tenants } from './tenants.ts'

/** Where the bot is installed. Discord keeps that list itself and tells of it by the gateway; nothing of it is kept here. */
export interface Installations {
  /** A guild is no longer there for us. `missed`: some minutes ago perhaps. Never rejects. */
  gone(guild: GatewayGuildDeleteDispatchData, missed: boolean): Promise<Outcome>
}

export function createInstallations(options: {
  tenants: Tenants
  log: Log
  /** The bot was removed there. */
  onLeft(guildId: string): Promise<Outcome>
}): Installations {
  const { tenants, log } = options
  return {
    async gone({ id, unavailable }, missed) {
      // An outage at Discord: the guild comes back by itself (docs: events/gateway-events#guild-delete, August 2026).
      if (unavailable) return 'done'
      try {
        if (missed && (await tenants.isThere(id))) {
          log.info({ guild: id }, 'the bot was removed while it was down, and is there again')
          return 'done'
        }
      } catch (error) {
        // The next process is told again, and asks again.
        log.warn({ guild: id, error }, 'it could not be told whether the bot was invited again')
        return 'broke'
      }
      tenants.forget(id)
      return options.onLeft(id)
    },
  }
}
