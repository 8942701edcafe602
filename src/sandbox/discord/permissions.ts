import type { Channel, World } from './world.ts'

/** Bits from docs: topics/permissions (August 2026); those that the stand-in checks or that a bot may ask for. */
export const PERMISSION = {
  CREATE_INSTANT_INVITE: 1n << 0n,
  KICK_MEMBERS: 1n << 1n,
  BAN_MEMBERS: 1n << 2n,
  ADMINISTRATOR: 1n << 3n,
  MANAGE_CHANNELS: 1n << 4n,
  MANAGE_GUILD: 1n << 5n,
  ADD_REACTIONS: 1n << 6n,
  VIEW_CHANNEL: 1n << 10n,
  SEND_MESSAGES: 1n << 11n,
  MANAGE_MESSAGES: 1n << 13n,
  EMBED_LINKS: 1n << 14n,
  ATTACH_FILES: 1n << 15n,
  READ_MESSAGE_HISTORY: 1n << 16n,
  MENTION_EVERYONE: 1n << 17n,
  USE_EXTERNAL_EMOJIS: 1n << 18n,
  CONNECT: 1n << 20n,
  SPEAK: 1n << 21n,
  CHANGE_NICKNAME: 1n << 26n,
  USE_APPLICATION_COMMANDS: 1n << 31n,
  MANAGE_THREADS: 1n << 34n,
  CREATE_PUBLIC_THREADS: 1n << 35n,
  CREATE_PRIVATE_THREADS: 1n << 36n,
  SEND_MESSAGES_IN_THREADS: 1n << 38n,
  USE_EXTERNAL_APPS: 1n << 50n,
} as const

export type PermissionName = keyof typeof PERMISSION

export const EVERYTHING = Object.values(PERMISSION).reduce((all, bit) => all | bit, 0n)

export function isPermissionName(name: string): name is PermissionName {
  return Object.hasOwn(PERMISSION, name)
}

/** What a member may do in the whole guild, before any channel says otherwise. */
export function guildPermissions(world: World, userId: string): bigint {
  if (world.guild.owner_id === userId) return EVERYTHING
  const held = world.members.get(userId)?.roles ?? []
  const bits = world.roles
    .filter(role => role.id === world.guild.id || held.includes(role.id))
    .reduce((all, role) => all | role.permissions, 0n)
  return bits & PERMISSION.ADMINISTRATOR ? EVERYTHING : bits
}

/** What a member may do in a channel; a thread has no say of its own and follows its parent. */
export function channelPermissions(world: World, userId: string, channel: Channel): bigint {
  let bits = guildPermissions(world, userId)
  if (bits === EVERYTHING) return bits
  const place = channel.parent_id ? (world.channels.get(channel.parent_id) ?? channel) : channel
  const roles = world.members.get(userId)?.roles ?? []
  const steps = [
    place.overwrites.filter(o => o.type === 0 && o.id === world.guild.id),
    place.overwrites.filter(o => o.type === 0 && roles.includes(o.id)),
    place.overwrites.filter(o => o.type === 1 && o.id === userId),
  ]
  for (const step of steps) {
    bits &= ~step.reduce((all, o) => all | o.deny, 0n)
    bits |= step.reduce((all, o) => all | o.allow, 0n)
  }
  return withImplied(bits, channel.type === 11)
}

/** Who can't see a channel can do nothing there, who can't talk can't attach (docs: topics/permissions#implicit-permissions). */
function withImplied(bits: bigint, thread: boolean): bigint {
  if (!(bits & PERMISSION.VIEW_CHANNEL)) return 0n
  const talk = thread ? PERMISSION.SEND_MESSAGES_IN_THREADS : PERMISSION.SEND_MESSAGES
  if (bits & talk) return bits
  return bits & ~(PERMISSION.EMBED_LINKS | PERMISSION.ATTACH_FILES | PERMISSION.MENTION_EVERYONE)
}
