import type { SlackUserGroup } from '../control.ts'
import { SlackError } from './errors.ts'
import type { BotCall, Method } from './method.ts'
import type { Stage } from './stage.ts'
import type { Json } from './world.ts'

const scopes = ['usergroups:read'] as const

/** docs: reference/methods/usergroups.list and usergroups.users.list (November 2026). */
export function userGroupMethods(stage: Stage): Method[] {
  return [
    {
      name: 'usergroups.list',
      auth: 'bot',
      tier: 2,
      scopes,
      writes: false,
      run(call) {
        demandTeam(call)
        const { args, team } = call
        const groups = [...stage.world.user_groups.values()].filter(
          group => group.team_id === team.id && (!group.disabled || args.flag('include_disabled')),
        )
        return { usergroups: groups.map(group => userGroupObject(call, group)) }
      },
    },
    {
      name: 'usergroups.users.list',
      auth: 'bot',
      tier: 2,
      scopes,
      writes: false,
      run(call) {
        demandTeam(call)
        const { args, team } = call
        const group = stage.world.user_groups.get(args.required('usergroup'))
        if (group) call.about(group.team_id)
        const isThere = group?.team_id === team.id && (!group.disabled || args.flag('include_disabled'))
        if (!isThere) throw new SlackError('no_such_subteam')
        return { users: [...group.users] }
      },
    },
  ]
}

/** "team_id: required if org token is used". @throws SlackError missing_argument */
function demandTeam({ args, bearer }: BotCall): void {
  if (bearer.installation.org_wide && !args.has('team_id')) throw new SlackError('missing_argument')
}

/** docs: reference/objects/usergroup-object. */
function userGroupObject({ args }: BotCall, group: SlackUserGroup): Json {
  const { id, team_id, handle, name, users, disabled } = group
  return {
    id,
    team_id,
    is_usergroup: true,
    is_subteam: true,
    name,
    description: '',
    handle,
    is_external: false,
    date_create: 1_700_000_000,
    date_update: 1_700_000_000,
    date_delete: disabled ? 1_700_000_000 : 0,
    prefs: { channels: [], groups: [] },
    ...(args.flag('include_count') ? { user_count: users.length } : {}),
    ...(args.flag('include_users') ? { users: [...users] } : {}),
  }
}
