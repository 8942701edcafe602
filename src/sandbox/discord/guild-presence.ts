import type { GuildChange } from '../control.ts'
import { guildCreate, isoTime } from './objects.ts'
import type { Stage } from './stage.ts'

/**
 * Somebody throws the bot out of the guild, or Discord has an outage there; and back. Only what is true of both is told
 * by GUILD_DELETE: `unavailable` is set in an outage, and absent where the bot was removed (docs:
 * events/gateway-events#guild-delete, August 2026).
 */
export function changeGuild(stage: Stage, { present, unavailable = false }: GuildChange): void {
  const { world, gateway } = stage
  const next = present ? 'member' : unavailable ? 'away' : 'removed'
  const before = world.bot_presence
  if (next === before) return
  const { id } = world.guild
  if (next === 'member') {
    world.bot_presence = next
    if (before === 'removed') welcomeBack(stage)
    gateway.dispatch('GUILD_CREATE', guildCreate(world))
    return
  }
  // The gateway says nothing more of a guild once this is told.
  if (before === 'away') world.bot_presence = 'member'
  gateway.dispatch('GUILD_DELETE', unavailable ? { id, unavailable: true } : { id })
  world.bot_presence = next
  if (next === 'removed') world.members.delete(world.bot_id)
}

/** Invited again, with the role that every bot gets. */
function welcomeBack({ world, clock }: Stage): void {
  const roles = world.roles.filter(role => role.managed_by === world.bot_id).map(role => role.id)
  world.members.set(world.bot_id, { roles, joined_at: isoTime(clock()) })
}
