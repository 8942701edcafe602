import { refusal } from './errors.ts'
import {
  applicationObject,
  channelObject,
  guildObject,
  memberObject,
  roleObject,
  userObject,
} from './objects.ts'
import { channelPermissions, PERMISSION } from './permissions.ts'
import type { Route } from './rest.ts'
import type { Stage } from './stage.ts'

/** Who the bot is, where the gateway is, and what is in the guild. */
export function accountRoutes(stage: Stage, gatewayUrl: () => string): Route[] {
  const { world } = stage
  const get = (path: string, run: Route['run']): Route => ({ method: 'GET', path, auth: 'bot', run })
  const inGuild = (id: string | undefined) => {
    if (id !== world.guild.id || world.bot_presence === 'removed') throw refusal('unknownGuild')
  }
  const seen = () =>
    [...world.channels.values()].filter(
      channel => channelPermissions(world, world.bot_id, channel) & PERMISSION.VIEW_CHANNEL,
    )
  const application = () => ({ status: 200, body: applicationObject(world) })
  return [
    {
      method: 'GET',
      path: '/gateway',
      auth: 'open',
      run: () => ({ status: 200, body: { url: gatewayUrl() } }),
    },
    get('/gateway/bot', () => {
      const remaining = Math.max(0, 1000 - stage.gateway.identifies)
      const limit = { total: 1000, remaining, reset_after: 86_400_000, max_concurrency: 1 }
      return { status: 200, body: { url: gatewayUrl(), shards: 1, session_start_limit: limit } }
    }),
    get('/users/@me', () => ({
      status: 200,
      body: {
        ...userObject(world.users.get(world.bot_id)!),
        verified: true,
        mfa_enabled: true,
        locale: 'en-US',
        flags: 0,
      },
    })),
    get('/users/:user', ({ params }) => {
      const user = world.users.get(params.user ?? '')
      if (!user) throw refusal('unknownUser')
      return { status: 200, body: userObject(user) }
    }),
    get('/applications/@me', application),
    get('/oauth2/applications/@me', application),
    get('/guilds/:guild', ({ params }) => {
      inGuild(params.guild)
      return { status: 200, body: guildObject(world) }
    }),
    get('/guilds/:guild/channels', ({ params }) => {
      inGuild(params.guild)
      const channels = seen().filter(channel => channel.type === 0)
      return { status: 200, body: channels.map(channel => channelObject(world, channel)) }
    }),
    get('/guilds/:guild/threads/active', ({ params }) => {
      inGuild(params.guild)
      const threads = seen().filter(channel => channel.thread && !channel.thread.archived)
      return {
        status: 200,
        body: { threads: threads.map(thread => channelObject(world, thread)), members: [] },
      }
    }),
    get('/guilds/:guild/roles', ({ params }) => {
      inGuild(params.guild)
      return { status: 200, body: world.roles.map(roleObject) }
    }),
    get('/guilds/:guild/members/:user', ({ params }) => {
      inGuild(params.guild)
      if (!world.members.has(params.user ?? '')) throw refusal('unknownMember')
      return { status: 200, body: memberObject(world, params.user ?? '') }
    }),
  ]
}
