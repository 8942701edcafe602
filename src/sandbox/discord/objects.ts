import type { Json } from '../json.ts'
import { channelPermissions, guildPermissions } from './permissions.ts'
import type { Channel, Role, User, World } from './world.ts'

/** Discord's own shapes of the things in the world, as REST and gateway send them. */
export function userObject(user: User): Json {
  return {
    id: user.id,
    username: user.username,
    discriminator: user.bot ? '4821' : '0',
    global_name: user.global_name,
    avatar: null,
    banner: null,
    accent_color: null,
    avatar_decoration_data: null,
    collectibles: null,
    primary_guild: null,
    public_flags: 0,
    ...(user.bot ? { bot: true } : {}),
  }
}

export function memberObject(world: World, userId: string): Json {
  const member = world.members.get(userId)
  const user = world.users.get(userId)
  return {
    ...(user ? { user: userObject(user) } : {}),
    roles: member?.roles ?? [],
    joined_at: member?.joined_at,
    nick: null,
    avatar: null,
    banner: null,
    premium_since: null,
    communication_disabled_until: null,
    deaf: false,
    mute: false,
    pending: false,
    flags: 0,
  }
}

export function roleObject(role: Role): Json {
  return {
    id: role.id,
    name: role.name,
    permissions: role.permissions.toString(),
    color: role.color,
    colors: { primary_color: role.color, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    position: role.position,
    managed: role.managed_by !== null,
    mentionable: role.mentionable,
    flags: 0,
    ...(role.managed_by ? { tags: { bot_id: role.managed_by } } : {}),
  }
}

export function channelObject(world: World, channel: Channel): Json {
  const common = {
    id: channel.id,
    type: channel.type,
    guild_id: world.guild.id,
    name: channel.name,
    parent_id: channel.parent_id,
    last_message_id: channel.last_message_id,
    rate_limit_per_user: 0,
    flags: 0,
  }
  const thread = channel.thread
  if (!thread) {
    return {
      ...common,
      topic: channel.topic,
      position: channel.position,
      nsfw: false,
      last_pin_timestamp: null,
      permission_overwrites: channel.overwrites.map(o => ({
        id: o.id,
        type: o.type,
        allow: o.allow.toString(),
        deny: o.deny.toString(),
      })),
    }
  }
  const count = [...world.messages.values()].filter(
    m => m.channel_id === channel.id && !m.ephemeral_for,
  ).length
  return {
    ...common,
    owner_id: thread.owner_id,
    message_count: count,
    total_message_sent: count,
    member_count: thread.members.size,
    thread_metadata: {
      archived: thread.archived,
      locked: thread.locked,
      auto_archive_duration: thread.auto_archive_duration,
      archive_timestamp: isoTime(thread.archived_changed_at),
      create_timestamp: isoTime(thread.archived_changed_at),
    },
    ...(thread.members.has(world.bot_id) ? { member: threadMember(channel, world.bot_id) } : {}),
  }
}

export function threadMember(channel: Channel, userId: string): Json {
  return {
    id: channel.id,
    user_id: userId,
    join_timestamp: isoTime(channel.thread?.archived_changed_at ?? 0),
    flags: 0,
  }
}

/** The channel as an interaction carries it: with what the person who acts may do there. */
export function interactionChannel(world: World, channel: Channel, userId: string): Json {
  return {
    ...channelObject(world, channel),
    permissions: channelPermissions(world, userId, channel).toString(),
  }
}

export function interactionMember(world: World, userId: string, channel: Channel): Json {
  return {
    ...memberObject(world, userId),
    permissions: channelPermissions(world, userId, channel).toString(),
  }
}

export function guildObject(world: World): Json {
  return {
    id: world.guild.id,
    name: world.guild.name,
    icon: null,
    icon_hash: null,
    splash: null,
    discovery_splash: null,
    banner: null,
    description: 'People who make and mend moving pictures.',
    owner_id: world.guild.owner_id,
    permissions: guildPermissions(world, world.bot_id).toString(),
    region: 'deprecated',
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: 1,
    default_message_notifications: 1,
    explicit_content_filter: 2,
    roles: world.roles.map(roleObject),
    emojis: [],
    stickers: [],
    features: [],
    mfa_level: 0,
    application_id: null,
    system_channel_id: null,
    system_channel_flags: 0,
    rules_channel_id: null,
    public_updates_channel_id: null,
    safety_alerts_channel_id: null,
    max_presences: null,
    max_members: 500_000,
    vanity_url_code: null,
    premium_tier: world.guild.premium_tier,
    premium_subscription_count: [0, 2, 7, 14][world.guild.premium_tier],
    premium_progress_bar_enabled: false,
    preferred_locale: 'en-US',
    max_video_channel_users: 25,
    nsfw_level: 0,
    nsfw: false,
    incidents_data: null,
  }
}

/** GUILD_CREATE: the guild with all that a bot learns on joining. */
export function guildCreate(world: World): Json {
  const channels = [...world.channels.values()]
  return {
    ...guildObject(world),
    joined_at: world.members.get(world.bot_id)?.joined_at,
    large: false,
    unavailable: false,
    member_count: world.members.size,
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
    // Without the privileged members intent a bot is told only of itself.
    members: [memberObject(world, world.bot_id)],
    channels: channels.filter(channel => channel.type === 0).map(channel => channelObject(world, channel)),
    threads: channels
      .filter(channel => channel.thread && !channel.thread.archived)
      .map(channel => channelObject(world, channel)),
  }
}

export function applicationObject(world: World): Json {
  const bot = world.users.get(world.bot_id)!
  return {
    id: world.application_id,
    name: bot.username,
    icon: null,
    description: '',
    summary: '',
    type: null,
    bot: userObject(bot),
    bot_public: true,
    bot_require_code_grant: false,
    owner: userObject(world.users.get(world.guild.owner_id)!),
    team: null,
    verify_key: '0'.repeat(64),
    flags: 0,
    hook: true,
    approximate_guild_count: 1,
    approximate_user_install_count: 0,
    integration_types_config: { 0: { oauth2_install_params: null } },
  }
}

/** Discord writes times with microseconds and an offset. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000+00:00')
}
