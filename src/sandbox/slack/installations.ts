import { randomBytes } from 'node:crypto'
import type { Stage } from './stage.ts'
import type { Installation, TokenEnd, Workspace, World } from './world.ts'

/** Seconds that a rotating token lives. */
export const TOKEN_LIFE_S = 43_200

const random = (bytes: number) => randomBytes(bytes).toString('base64url').replaceAll(/[-_]/g, '0')

/** "xoxb-…", or "xoxe.xoxb-1-…" where it rotates. */
export function botToken(rotating: boolean): string {
  return rotating ? `xoxe.xoxb-1-${random(60)}` : `xoxb-4012110000011-4012110000012-${random(18)}`
}

/** The workspaces that an installation covers: one, or all of its organisation. */
export function coveredBy(world: World, workspace: Workspace, orgWide: boolean): Workspace[] {
  if (!orgWide || workspace.enterprise_id === null) return [workspace]
  return [...world.workspaces.values()].filter(other => other.enterprise_id === workspace.enterprise_id)
}

/** Gives the app tokens for a workspace, or for all of its organisation; what was installed there before goes on working. */
export function install(
  stage: Stage,
  workspace: Workspace,
  granted: { scopes: string[]; orgWide: boolean },
): Installation {
  const rotating = stage.world.app.token_rotation
  const { installation: before } = workspace
  const again = before !== null && before.org_wide === granted.orgWide && !rotating && !before.refresh_token
  const installation: Installation = {
    // Installing a second time gives the same token with the scopes of both times.
    bot_token: again ? before.bot_token : botToken(rotating),
    refresh_token: rotating ? `xoxe-1-${random(48)}` : null,
    expires_at: rotating ? stage.clock() + TOKEN_LIFE_S * 1000 : null,
    scopes: [...new Set([...(before?.scopes ?? []), ...granted.scopes])],
    org_wide: granted.orgWide,
    previous: null,
  }
  for (const covered of coveredBy(stage.world, workspace, granted.orgWide))
    covered.installation = installation
  remember(stage, installation)
  return installation
}

/** Takes the tokens of a workspace's installation away, everywhere it reaches; calls with them are told `end`. */
export function endInstallation(stage: Stage, workspace: Workspace, end: TokenEnd): Workspace[] {
  const { installation } = workspace
  if (!installation) return []
  const { ended_tokens, workspaces } = stage.world
  ended_tokens.set(installation.bot_token, end)
  if (installation.previous) ended_tokens.set(installation.previous.bot_token, end)
  const ended = [...workspaces.values()].filter(other => other.installation === installation)
  for (const other of ended) other.installation = null
  return ended
}

/** New tokens for a refresh token, which is used up by it. Null where the token is not (or no more) good. */
export function refresh(
  stage: Stage,
  refreshToken: string,
): { workspace: Workspace; installation: Installation } | null {
  const workspace = [...stage.world.workspaces.values()].find(
    ({ installation }) => installation?.refresh_token === refreshToken,
  )
  const installation = workspace?.installation
  if (!workspace || !installation || installation.expires_at === null) return null
  // Two tokens at most are good at a time.
  if (installation.previous) stage.world.ended_tokens.set(installation.previous.bot_token, 'token_revoked')
  installation.previous = { bot_token: installation.bot_token, expires_at: installation.expires_at }
  installation.bot_token = botToken(true)
  installation.refresh_token = `xoxe-1-${random(48)}`
  installation.expires_at = stage.clock() + TOKEN_LIFE_S * 1000
  remember(stage, installation)
  return { workspace, installation }
}

function remember(stage: Stage, { bot_token, refresh_token }: Installation): void {
  stage.world.issued.add(bot_token)
  if (refresh_token !== null) stage.world.issued.add(refresh_token)
}
