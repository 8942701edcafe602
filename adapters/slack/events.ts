import { z } from 'zod'
import type { Place } from '../../src/core/job.ts'
import { communityOf, PLATFORM, readTenant, type SlackHandle, writeAddress, writeTenant } from './handle.ts'

const ORGANISATION = z.object({ id: z.string() })
/** `team` is null where the app is installed for a whole organisation; then the person's own workspace counts. */
export const INTERACTION = z.object({
  team: z.object({ id: z.string() }).nullish(),
  enterprise: ORGANISATION.nullish(),
  is_enterprise_install: z.boolean().nullish(),
  user: z.object({ id: z.string(), team_id: z.string().nullish() }),
})

/** Whose installation a press, a shortcut or a form belongs to. */
export function tenantOf({
  team,
  enterprise,
  is_enterprise_install,
  user,
}: z.infer<typeof INTERACTION>): string {
  const enterpriseId = is_enterprise_install ? (enterprise?.id ?? null) : null
  return writeTenant({ enterpriseId, teamId: team?.id ?? user.team_id ?? '' })
}

/** Whose installation an event is for; the first is ours. */
export const AUTHORIZATIONS = z
  .array(
    z.object({
      team_id: z.string().nullish(),
      enterprise_id: z.string().nullish(),
      is_enterprise_install: z.boolean().nullish(),
    }),
  )
  .nullish()

export const placeIn = (tenantId: string, channel: string, threadTs: string | null): Place => ({
  communityId: communityOf(readTenant(tenantId)),
  channelId: writeAddress({ tenantId, channel, threadTs }),
  isThread: threadTs !== null,
})

/** @param at wall-clock ms when it came in */
export const handleOf = (
  channelId: string,
  userId: string,
  responseUrl: string,
  at: number,
): SlackHandle => ({
  kind: PLATFORM,
  channelId,
  userId,
  responseUrl,
  at,
})

const REMOVAL = z.object({
  team_id: z.string().nullish(),
  enterprise_id: z.string().nullish(),
  authorizations: AUTHORIZATIONS,
  event: z.object({
    type: z.enum(['app_uninstalled', 'tokens_revoked']),
    tokens: z.object({ bot: z.array(z.string()).nullish() }).nullish(),
  }),
})

/** At least one of the ids is there. */
export interface Removal {
  said: 'app_uninstalled' | 'tokens_revoked'
  teamId: string | null
  enterpriseId: string | null
  /** Whether it was the installation of a whole organisation; null: Slack does not say. */
  orgWide: boolean | null
}

/** Null: nothing of ours, the bot's own token is not among those that were revoked. */
export function readRemoval(body: unknown): Removal | null {
  const { event, team_id, enterprise_id, authorizations } = REMOVAL.parse(body)
  if (event.type === 'tokens_revoked' && !event.tokens?.bot?.length) return null
  // An app that is removed may have no authorization any more, so there may be none in its event.
  const [ours] = authorizations ?? []
  const teamId = ours?.team_id ?? team_id ?? null
  const enterpriseId = ours?.enterprise_id ?? enterprise_id ?? null
  if (teamId === null && enterpriseId === null) return null
  return { said: event.type, teamId, enterpriseId, orgWide: orgWideOf(ours, teamId, enterpriseId) }
}

function orgWideOf(
  ours: { is_enterprise_install?: boolean | null | undefined } | undefined,
  teamId: string | null,
  enterpriseId: string | null,
): boolean | null {
  if (enterpriseId === null) return false
  if (teamId === null) return true
  return ours?.is_enterprise_install ?? null
}
