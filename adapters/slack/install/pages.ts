import { InstallProvider } from '@slack/oauth'
import { type Request, type Response, Router } from 'express'
import { SCOPES } from '../permissions.ts'
import { bridge, restSettings, type WebHandler } from '../rest.ts'
import type { TenantsOptions, Workspace } from '../tenants.ts'
import { installedPage, installPage, notInstalledPage } from './html.ts'
import type { Installation } from './installations.ts'

/** GET /slack/install and, back from Slack, GET /slack/oauth_redirect. */
export function installPages(
  options: TenantsOptions,
  app: Extract<Workspace, { kind: 'many' }>,
  keep: (row: string, installation: Installation) => Promise<void>,
): WebHandler {
  const { apiUrl, publicUrl, stateSecret, log } = options
  const provider = new InstallProvider({
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    stateSecret,
    logger: bridge(log),
    clientOptions: restSettings(options),
    // The page for people lies beside the API, at Slack as in its stand-ins.
    ...(apiUrl !== null && {
      authorizationUrl: new URL('../oauth/v2/authorize', apiUrl.replace(/\/*$/, '/')).href,
    }),
    renderHtmlForInstallPath: installPage,
    installationStore: {
      async storeInstallation({ team, enterprise, isEnterpriseInstall, bot }) {
        const where = isEnterpriseInstall ? enterprise : team
        if (!where || !bot) throw new Error('Slack gave no workspace, or no bot token')
        await keep(where.id, {
          botToken: bot.token,
          scopes: bot.scopes,
          refreshToken: bot.refreshToken ?? null,
          expiresAt: bot.expiresAt === undefined ? null : bot.expiresAt * 1000,
          name: where.name ?? where.id,
        })
      },
      fetchInstallation: () => Promise.reject(new Error('tokens are not asked for by this way')),
    },
  })
  const install = {
    scopes: Object.keys(SCOPES),
    redirectUri: new URL('slack/oauth_redirect', publicUrl.replace(/\/*$/, '/')).href,
  }
  const pages = Router()
  pages.use(['/slack/install', '/slack/oauth_redirect'], (_request, response, next) => {
    response.set({
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    next()
  })
  pages.get('/slack/install', (request, response) =>
    provider.handleInstallPath(request, response, {}, install),
  )
  pages.get('/slack/oauth_redirect', (request, response) =>
    provider.handleCallback(request, response, {
      success: ({ team, enterprise, appId }) =>
        void response
          .type('html')
          .send(
            installedPage(team?.name ?? enterprise?.name ?? 'your workspace', appId ?? '', team?.id ?? ''),
          ),
      failure: error => void response.status(400).type('html').send(notInstalledPage(error.code)),
    }),
  )
  return (request, response, next) => pages(request as Request, response as Response, next)
}
