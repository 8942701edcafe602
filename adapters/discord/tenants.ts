import {
  type APIGuild,
  type GatewayGuildCreateDispatchData,
  type GatewayGuildUpdateDispatchData,
  type REST,
  Routes,
} from 'discord.js'
import type { Log } from '../../src/core/ports.ts'
import { toChatError } from './failures.ts'
import { uploadBytes } from './limits.ts'

/** What is known of the communities that have the bot; Discord calls them guilds, and their people servers. */
export interface Tenants {
  /** The gateway tells of a guild, or of a change to it. */
  heard(guild: GatewayGuildCreateDispatchData | GatewayGuildUpdateDispatchData): void
  /** It has removed the bot. */
  forget(guildId: string): void
  /** Whether the bot is there, as far as the gateway has told. */
  isIn(guildId: string): boolean
  /** The same as Discord says it is now. @throws ChatError unavailable */
  isThere(guildId: string): Promise<boolean>
  /** Largest file, in bytes, that the bot may post there. */
  uploadLimit(guildId: string): Promise<number>
}

export function createTenants({ rest, log }: { rest: REST; log: Log }): Tenants {
  const tiers = new Map<string, number>()
  const left = new Set<string>()
  return {
    heard({ id, premium_tier }) {
      left.delete(id)
      // A guild that is out of order is announced by its id alone.
      if (typeof premium_tier === 'number') tiers.set(id, premium_tier)
    },
    forget(guildId) {
      tiers.delete(guildId)
      left.add(guildId)
    },
    isIn: guildId => !left.has(guildId),
    async isThere(guildId) {
      try {
        await rest.get(Routes.guild(guildId))
        return true
      } catch (error) {
        const failure = toChatError(error)
        if (failure.code === 'gone' || failure.code === 'forbidden') return false
        throw failure
      }
    },
    uploadLimit: async guildId => uploadBytes(tiers.get(guildId) ?? (await fetchTier(rest, guildId, log))),
  }
}

/** The tier only widens the limit, so without an answer the smallest one is assumed. */
async function fetchTier(rest: REST, guildId: string, log: Log): Promise<number | null> {
  try {
    return ((await rest.get(Routes.guild(guildId))) as APIGuild).premium_tier
  } catch (error) {
    log.warn(
      { error: toChatError(error), guildId },
      "the server's upload limit is not known; assuming the smallest",
    )
    return null
  }
}
