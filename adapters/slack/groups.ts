import { ChatError } from '../../src/core/chat.ts'
import type { Log } from '../../src/core/ports.ts'
import { fitForLogs, isOurs, missingScopeOf, toChatError } from './failures.ts'
import { missingScopesText } from './permissions.ts'
import { twice, type Wait } from './rest.ts'
import type { Tenants } from './tenants.ts'
import { isGroup } from './text.ts'

export interface GroupOptions {
  tenants: Tenants
  wait: Wait
  log: Log
}

/**
 * Whether that person is in any of these user groups; asks Slack, each time. A group that can't be looked into may hold
 * them: that is not known, and no "no". @throws ChatError unavailable, left
 */
export async function isInAny(
  options: GroupOptions,
  tenantId: string,
  userId: string,
  groups: readonly string[],
): Promise<boolean> {
  const looked = await Promise.allSettled(
    groups.filter(isGroup).map(usergroup =>
      asking(options, tenantId, async () => {
        const { users } = await options.tenants.ask(tenantId, client =>
          twice(options.wait, () => client.usergroups.users.list({ usergroup })),
        )
        return users?.includes(userId) ?? false
      }),
    ),
  )
  if (looked.some(look => look.status === 'fulfilled' && look.value)) return true
  const failed = looked.find(look => look.status === 'rejected')
  if (failed) throw failed.reason
  return false
}

/** Ids of the user groups with these handles; null: there is none. @throws ChatError unavailable, left */
export async function findGroups(
  options: GroupOptions,
  tenantId: string,
  handles: readonly string[],
): Promise<(string | null)[]> {
  if (handles.length === 0) return []
  const { usergroups = [] } = await asking(options, tenantId, () =>
    options.tenants.ask(tenantId, client => twice(options.wait, () => client.usergroups.list())),
  )
  const named = (handle: string) =>
    usergroups.find(group => group.handle?.toLowerCase() === handle.toLowerCase())?.id
  return handles.map(handle => named(handle) ?? null)
}

/**
 * A missing scope, a group that was disabled or deleted (no_such_subteam), a plan without groups (plan_upgrade_required):
 * all of it can be put right, and none of it says that somebody is in no group.
 */
async function asking<T>({ log }: GroupOptions, tenantId: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isOurs(error)) throw error
    const failure = toChatError(error)
    if (failure.code === 'left') throw failure
    const advice = missingScopeOf(error) === null ? '' : ` ${missingScopesText(['usergroups:read'])}`
    log.warn({ tenantId, error: fitForLogs(error) }, `user groups could not be looked up.${advice}`)
    throw new ChatError('unavailable', failure.message, { cause: failure })
  }
}
