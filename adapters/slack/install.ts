import type { IncomingMessage, ServerResponse } from 'node:http'
import { InstallProvider } from '@slack/oauth'
import { type Request, type Response, Router } from 'express'
import type { Installation } from './installations.ts'
import { SCOPES } from './permissions.ts'
import { bridge, restSettings } from './rest.ts'
import type { TenantsOptions, Workspace } from './tenants.ts'

/** Something that our web face serves; calls `next` for what is not its own. It stands in an Express app. */
export type WebHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

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

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const STYLE = `
  :root { color-scheme: light dark; --ink: #16302e; --soft: #55706d; --paper: #f6f4ee; --card: #fff; --accent: #0f6b63 }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e8efee; --soft: #9db3b0; --paper: #0c1716; --card: #142422; --accent: #3fb8ab }
  }
  * { box-sizing: border-box }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 2rem 1rem;
    background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif }
  main { max-width: 34rem; background: var(--card); border-radius: 1rem; padding: 2.2rem;
    box-shadow: 0 1px 2px #0002, 0 12px 40px #0001 }
  h1 { margin: 0 0 .4rem; font-size: 1.6rem; line-height: 1.2 }
  h2 { margin: 1.8rem 0 .4rem; font-size: .95rem }
  p { margin: .5rem 0 } .soft { color: var(--soft) }
  a.go { display: inline-block; margin: 1.4rem 0 .2rem; padding: .75rem 1.3rem; border-radius: .6rem;
    background: var(--accent); color: var(--card); font-weight: 600; text-decoration: none }
  a.go:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px }
  ul { margin: .3rem 0; padding-left: 1.1rem } li { margin: .2rem 0 }
  code { font-size: .85em; color: var(--soft) }
  .before { display: grid; grid-template-columns: 1fr 2fr; gap: .8rem; margin: 1.4rem 0; align-items: end }
  .before div { border-radius: .4rem; background: linear-gradient(135deg, var(--accent), #d9a441); aspect-ratio: 16/9 }
  .before div:first-child { filter: blur(2px); opacity: .75 }`

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
</head>
<body><main>
${body}
</main></body>
</html>
`

/** What the bot does, what it may see and why, and one button. */
const installPage = (url: string): string =>
  page(
    'Add Murano to Slack',
    `<h1>Small clips, made large</h1>
<p>Murano upscales video clips in your Slack workspace. Somebody picks a clip, sees what it costs, and confirms;
the finished video comes back in the same thread. Nothing is charged before a person confirms a price.</p>
<div class="before" aria-hidden="true"><div></div><div></div></div>
<a class="go" href="${escaped(url)}">Add to Slack</a>
<p class="soft">Slack asks you once more. You can remove the app at any time.</p>
<h2>What it may do, and what for</h2>
<ul>
${Object.entries(SCOPES)
  .map(([scope, why]) => `<li>It ${escaped(why)} <code>${escaped(scope)}</code></li>`)
  .join('\n')}
</ul>
<p class="soft">It follows no conversations: it hears of a message only when somebody mentions it or picks
it from a message's menu, and it looks back only for a message of its own.</p>`,
  )

/** @param workspace its name, as Slack gave it */
const installedPage = (workspace: string, appId: string, teamId: string): string =>
  page(
    'Murano is installed',
    `<h1>Murano is in ${escaped(workspace)}</h1>
<p>Go to a channel and type <strong>/invite @murano</strong>. Then post a clip, open its menu (the three dots) and choose
<strong>Upscale video</strong>, or type <strong>/upscale</strong>.</p>
<a class="go" href="https://slack.com/app_redirect?app=${encodeURIComponent(appId)}&amp;team=${encodeURIComponent(teamId)}">Back to Slack</a>`,
  )

const REASONS: Readonly<Record<string, string>> = {
  slack_oauth_installer_authorization_error: 'The installation was cancelled.',
  slack_oauth_invalid_state: 'This page was opened in another browser, or was left open too long.',
  slack_oauth_missing_state: 'This page was opened without coming from the install page.',
  slack_oauth_missing_code: 'This page was opened without coming from Slack.',
}

/** @param code the library's code of what went wrong */
const notInstalledPage = (code: string | undefined): string =>
  page(
    'Murano was not installed',
    `<h1>Murano was not installed</h1>
<p>${escaped(REASONS[code ?? ''] ?? 'Slack did not complete the installation.')} Nothing has changed in your workspace, and nothing was charged.</p>
<a class="go" href="install">Start again</a>`,
  )
