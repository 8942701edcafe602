import { MOUNT } from '../control.ts'
import { SlackError } from './errors.ts'
import { endInstallation } from './installations.ts'
import { uninstall } from './lifecycle.ts'
import type { AppCall, Method } from './method.ts'
import type { Stage } from './stage.ts'

/** docs: reference/methods/auth.test, auth.revoke, apps.uninstall, apps.connections.open (November 2026). */
export function authMethods(stage: Stage): Method[] {
  const { world } = stage
  return [
    {
      name: 'auth.test',
      auth: 'bot',
      tier: 'special',
      writes: false,
      run({ bearer, team }) {
        const { org_wide } = bearer.installation
        const user = world.users.get(team.bot_user_id)
        return {
          url: `https://${team.domain}.slack.com/`,
          team: team.name,
          user: user?.name,
          team_id: team.id,
          user_id: team.bot_user_id,
          bot_id: team.bot_id,
          ...(team.enterprise_id ? { enterprise_id: team.enterprise_id } : {}),
          is_enterprise_install: org_wide,
        }
      },
    },
    {
      name: 'auth.revoke',
      auth: 'bot',
      tier: 3,
      writes: true,
      run({ args, team }) {
        const test = args.flag('test')
        if (!test) endInstallation(stage, team, 'token_revoked')
        return { revoked: !test }
      },
    },
    {
      name: 'apps.uninstall',
      auth: 'bot',
      tier: 1,
      writes: true,
      run(call) {
        demandClient(stage, call)
        uninstall(stage, call.team.id)
        return {}
      },
    },
    {
      name: 'apps.connections.open',
      auth: 'app',
      tier: 'special',
      writes: false,
      run() {
        const ticket = stage.nextId('')
        world.socket_tickets.add(ticket)
        const query = new URLSearchParams({ ticket, app_id: world.app.id })
        return { url: `${stage.baseUrl().replace(/^http/, 'ws')}${MOUNT.slackSocket}?${query}` }
      },
    },
  ]
}

/** @throws SlackError invalid_client_id, bad_client_secret */
export function demandClient(stage: Stage, { client }: Pick<AppCall, 'client'>): void {
  const { client_id, client_secret } = stage.world.app
  if (client.id !== client_id) throw new SlackError('invalid_client_id')
  if (client.secret !== client_secret) throw new SlackError('bad_client_secret')
}
