import { SlackError } from './errors.ts'
import type { Stage } from './stage.ts'
import type { Installation, Workspace } from './world.ts'

/** What a bot token may: everything in its workspaces. */
export interface Bearer {
  installation: Installation
  /** One; or all of the organisation where the app is installed for it. */
  workspaces: Workspace[]
}

/** @throws SlackError not_authed, invalid_auth, token_expired, token_revoked, account_inactive, not_allowed_token_type */
export function bearerOf(stage: Stage, token: string | null): Bearer {
  if (token === null) throw new SlackError('not_authed')
  const { app, ended_tokens, workspaces } = stage.world
  if (token === app.app_token) throw new SlackError('not_allowed_token_type')
  const end = ended_tokens.get(token)
  if (end) throw new SlackError(end)
  const reached = [...workspaces.values()].filter(
    ({ installation }) => goodUntil(installation, token) !== null,
  )
  const installation = reached[0]?.installation
  if (!installation) throw new SlackError('invalid_auth')
  if (stage.clock() >= goodUntil(installation, token)!) throw new SlackError('token_expired')
  return { installation, workspaces: reached }
}

/** Wall-clock ms; null where the token is none of this installation. */
function goodUntil(installation: Installation | null, token: string): number | null {
  if (installation?.bot_token === token) return installation.expires_at ?? Number.POSITIVE_INFINITY
  if (installation?.previous?.bot_token === token) return installation.previous.expires_at
  return null
}

/** "Bearer xoxb-…" of a header. */
export function tokenOf(authorization: string | undefined): string | null {
  return /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1] ?? null
}

/** @throws SlackError missing_scope, with what is needed and what there is. */
export function demandScope(bearer: Bearer, oneOf: readonly string[]): void {
  const { scopes } = bearer.installation
  if (oneOf.some(scope => scopes.includes(scope))) return
  throw new SlackError('missing_scope', { needed: oneOf[0], provided: scopes.join(',') })
}
