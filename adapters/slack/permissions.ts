import type { UsersInfoResponse } from '@slack/web-api'
import type { Log } from '../../src/core/ports.ts'
import { isOurs, missingScopeOf, toChatError, wordOf } from './failures.ts'
import { readTenant, type Tenant } from './handle.ts'
import { twice, type Wait } from './rest.ts'
import type { Tenants } from './tenants.ts'

/** What the app asks for when it is installed, and what each is for. The manifest asks for the same. */
export const SCOPES = {
  'app_mentions:read': 'hears that somebody mentions it with a clip',
  'channels:history': 'finds a message of its own again in a public channel, so that nothing is posted twice',
  'chat:write': 'posts prices, progress and results, and edits them',
  commands: 'has its command and its entry in the menu of a message',
  'files:read': 'reads the clips that it is asked to upscale',
  'files:write': 'posts the finished videos',
  'groups:history': 'finds a message of its own again in a private channel',
  'usergroups:read': 'sees whether who presses Approve is in a group that may, and which group a name means',
  'users:read':
    'sees whether who presses a button or uses /upscale-admin runs the workspace, and so may decide for others',
} as const

export type Scope = keyof typeof SCOPES

/** @param granted names of scopes, as an installation or the header x-oauth-scopes has them */
export const missingScopes = (granted: readonly string[]): Scope[] =>
  (Object.keys(SCOPES) as Scope[]).filter(scope => !granted.includes(scope))

/** For the log and for whoever runs the bot. */
export const missingScopesText = (missing: readonly Scope[]): string =>
  `Slack has not granted ${missing.map(scope => `${scope} (${SCOPES[scope]})`).join(', ')}. Add what is missing at api.slack.com/apps, your app, "OAuth & Permissions", then install the app again.`

type User = NonNullable<UsersInfoResponse['user']>

/** Said of people whom this workspace does not know. */
const NOBODY = ['user_not_found', 'user_not_visible']

/**
 * Whether that person is an admin or an owner of the workspace, or, where an organisation has installed the app, of the
 * organisation; asks Slack, each time. False where the app was installed
 * before it needed to know: nobody is shut out by that, and the log tells how to put it right. @throws ChatError
 */
export async function runsWorkspace(
  { tenants, wait, log }: { tenants: Tenants; wait: Wait; log: Log },
  tenantId: string,
  userId: string,
): Promise<boolean> {
  try {
    const { user } = await tenants.ask(tenantId, client =>
      twice(wait, () => client.users.info({ user: userId })),
    )
    return user !== undefined && runs(user, readTenant(tenantId))
  } catch (error) {
    if (NOBODY.includes(wordOf(error) ?? '')) return false
    if (missingScopeOf(error) === null) throw isOurs(error) ? error : toChatError(error)
    log.warn({ tenantId }, missingScopesText(['users:read']))
    return false
  }
}

/**
 * In a shared channel it may be somebody who runs another workspace. In an organisation a person has several, and may run
 * one of them only; who runs the organisation runs them all. What an organisation has installed is one community, so
 * whoever runs one workspace of it has no say over the money of the others.
 */
export function runs(
  { team_id, enterprise_user, deleted, is_admin, is_owner, is_primary_owner }: User,
  { enterpriseId, teamId }: Tenant,
): boolean {
  if (deleted) return false
  const runsAll = (enterprise_user?.is_admin || enterprise_user?.is_owner) === true
  if (enterpriseId !== null) return runsAll && enterprise_user?.enterprise_id === enterpriseId
  if (team_id === teamId && (is_admin || is_owner || is_primary_owner)) return true
  return runsAll && (enterprise_user?.teams ?? []).includes(teamId)
}
