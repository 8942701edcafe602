import { SlackError } from './errors.ts'
import { coveredBy, install, refresh, TOKEN_LIFE_S } from './installations.ts'
import type { AppCall, Method } from './method.ts'
import { demandClient } from './methods-auth.ts'
import type { Stage } from './stage.ts'
import { sandboxWorkspace } from './state.ts'
import type { Installation, Json, Workspace } from './world.ts'

/** docs: reference/methods/oauth.v2.access (November 2026): a code is good for 10 minutes. */
const CODE_LIFE_MS = 10 * 60_000

export function oauthMethods(stage: Stage): Method[] {
  return [
    {
      name: 'oauth.v2.access',
      auth: 'client',
      tier: 4,
      writes: true,
      run(call) {
        demandClient(stage, call)
        const grant = call.args.text('grant_type') ?? 'authorization_code'
        if (grant === 'authorization_code') return exchangeCode(stage, call)
        if (grant === 'refresh_token') return exchangeRefreshToken(stage, call)
        throw new SlackError('invalid_grant_type')
      },
    },
  ]
}

/** @throws SlackError invalid_code, code_already_used, bad_redirect_uri */
function exchangeCode(stage: Stage, { args, about }: AppCall): Json {
  const code = stage.world.codes.get(args.text('code') ?? '')
  const workspace = code && stage.world.workspaces.get(code.team_id)
  if (!code || !workspace || stage.clock() - code.made_at > CODE_LIFE_MS) throw new SlackError('invalid_code')
  if (code.used) throw new SlackError('code_already_used')
  if (code.redirect_uri !== args.text('redirect_uri')) throw new SlackError('bad_redirect_uri')
  code.used = true
  about(workspace.id)
  const installation = install(stage, workspace, { scopes: code.scopes, orgWide: code.org_wide })
  for (const covered of coveredBy(stage.world, workspace, code.org_wide))
    stage.emit({ type: 'workspace', workspace: sandboxWorkspace(covered) })
  return { ...granted(stage, workspace, installation), authed_user: { id: code.user_id } }
}

/** Each refresh token is good once. @throws SlackError invalid_refresh_token */
function exchangeRefreshToken(stage: Stage, { args, about }: AppCall): Json {
  const renewed = refresh(stage, args.required('refresh_token'))
  if (!renewed) throw new SlackError('invalid_refresh_token')
  about(renewed.workspace.id)
  return granted(stage, renewed.workspace, renewed.installation)
}

function granted(stage: Stage, workspace: Workspace, installation: Installation): Json {
  const { app, organisations } = stage.world
  const enterprise = workspace.enterprise_id ? organisations.get(workspace.enterprise_id) : undefined
  return {
    app_id: app.id,
    scope: installation.scopes.join(','),
    token_type: 'bot',
    access_token: installation.bot_token,
    bot_user_id: workspace.bot_user_id,
    team: installation.org_wide ? null : { id: workspace.id, name: workspace.name },
    enterprise: enterprise ? { ...enterprise } : null,
    is_enterprise_install: installation.org_wide,
    ...(installation.refresh_token
      ? { refresh_token: installation.refresh_token, expires_in: TOKEN_LIFE_S }
      : {}),
  }
}
