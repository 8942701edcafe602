import type { SlackUser } from '../control.ts'
import { SlackError } from './errors.ts'
import type { BotCall, Method } from './method.ts'
import type { Stage } from './stage.ts'
import type { Json } from './world.ts'

/** docs: reference/methods/users.info, reference/objects/user-object (November 2026). */
export function userMethods(stage: Stage): Method[] {
  return [
    {
      name: 'users.info',
      auth: 'bot',
      tier: 4,
      scopes: ['users:read'],
      writes: false,
      run(call) {
        const user = stage.world.users.get(call.args.required('user'))
        if (user) call.about(user.team_id)
        if (!user || !isKnownTo(stage, call, user)) throw new SlackError('user_not_found')
        return { user: userObject(stage, user) }
      },
    },
  ]
}

/** A token sees the people of its workspaces, and those who share a channel with them. */
function isKnownTo(stage: Stage, { bearer }: BotCall, user: SlackUser): boolean {
  const own = bearer.workspaces.map(({ id }) => id)
  if (own.includes(user.team_id)) return true
  return [...stage.world.channels.values()].some(
    ({ team_id, shared_team_ids, members }) =>
      members.includes(user.id) && [team_id, ...shared_team_ids].some(id => own.includes(id)),
  )
}

function userObject({ world }: Stage, user: SlackUser): Json {
  const { id, team_id, name, real_name, is_bot, role, color } = user
  const owns = user.owns_organisation === true
  const organisation = world.organisations.get(world.workspaces.get(team_id)?.enterprise_id ?? '')
  const teams = [...world.workspaces.values()].filter(team => team.enterprise_id === organisation?.id)
  return {
    id,
    team_id,
    name,
    real_name,
    color: color.slice(1),
    deleted: false,
    is_bot,
    is_app_user: false,
    // Whoever owns a workspace is one of its admins too.
    is_admin: role !== undefined,
    is_owner: role === 'owner' || role === 'primary_owner',
    is_primary_owner: role === 'primary_owner',
    is_restricted: false,
    is_ultra_restricted: false,
    profile: { real_name, display_name: real_name },
    ...(organisation && {
      enterprise_user: {
        id,
        enterprise_id: organisation.id,
        enterprise_name: organisation.name,
        is_admin: owns,
        is_owner: owns,
        is_primary_owner: owns,
        teams: teams.map(team => team.id),
      },
    }),
  }
}
