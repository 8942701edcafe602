import type { GatewayGuildDeleteDispatchData } from 'discord.js'
import type { Outcome } from './inbound.ts'
import type { Tenants } from './tenants.ts'

/** Where the bot is installed. Discord keeps that list itself and tells of it by the gateway; nothing of it is kept here. */
export interface Installations {
  /** A guild is no longer there for us. Never rejects. */
  gone(guild: GatewayGuildDeleteDispatchData): Promise<Outcome>
}

export function createInstallations(options: {
  tenants: Tenants
  /** The bot was removed there. */
  onLeft(guildId: string): Promise<Outcome>
}): Installations {
  return {
    async gone({ id, unavailable }) {
      // An outage at Discord: the guild comes back by itself (docs: events/gateway-events#guild-delete, August 2026).
      if (unavailable) return 'done'
      options.tenants.forget(id)
      return options.onLeft(id)
    },
  }
}
