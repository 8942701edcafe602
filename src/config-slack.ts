import type { Given } from './config.ts'

/** How Slack is met: as whom, and by which way events come. */
export interface SlackConfig {
  /** Null: Slack's own. No slash at its end. */
  readonly apiUrl: string | null
  readonly workspace:
    | { readonly kind: 'one'; readonly botToken: string }
    | { readonly kind: 'many'; readonly clientId: string; readonly clientSecret: string }
  readonly events:
    | { readonly kind: 'socket'; readonly appToken: string }
    | { readonly kind: 'http'; readonly signingSecret: string }
}

/** Whether anything is set that only a bot on Slack has. */
export const wantsSlack = (given: Given): boolean =>
  Boolean(
    given.SLACK_BOT_TOKEN ??
      given.SLACK_APP_TOKEN ??
      given.SLACK_SIGNING_SECRET ??
      given.SLACK_CLIENT_ID ??
      given.SLACK_CLIENT_SECRET,
  )

/** What is wrong or missing, each with its cure; never with the value itself. */
export function slackProblems(given: Given): string[] {
  if (!wantsSlack(given)) return []
  return [...workspaceProblems(given), ...eventProblems(given), ...tokenProblems(given)]
}

function workspaceProblems(given: Given): string[] {
  const many = given.SLACK_CLIENT_ID ?? given.SLACK_CLIENT_SECRET
  if (!many) return given.SLACK_BOT_TOKEN ? [] : [NO_WORKSPACE]
  if (given.SLACK_BOT_TOKEN) return [BOTH_WORKSPACES]
  return MANY_NEED.filter(([name]) => !given[name]).map(([, problem]) => problem)
}

function eventProblems(given: Given): string[] {
  if (given.SLACK_APP_TOKEN) return []
  if (!given.SLACK_SIGNING_SECRET) return [NO_EVENTS]
  return given.PUBLIC_URL ? [] : [HTTP_NEEDS_URL]
}

function tokenProblems({ SLACK_BOT_TOKEN: bot, SLACK_APP_TOKEN: app }: Given): string[] {
  const problems: string[] = []
  if (bot && !bot.startsWith('xoxb-')) {
    const found = WRONG_BOT_TOKENS.find(([prefix]) => bot.startsWith(prefix))
    problems.push(found?.[1] ?? NOT_A_BOT_TOKEN)
  }
  if (app && !app.startsWith('xapp-')) {
    problems.push(app.startsWith('xoxb-') ? BOT_TOKEN_AS_APP : NOT_AN_APP_TOKEN)
  }
  return problems
}

/** Settings in which `slackProblems` found nothing. */
export function readSlack(given: Given, apiUrl: string | null): SlackConfig {
  const { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken } = given
  return {
    apiUrl,
    workspace: botToken
      ? { kind: 'one', botToken }
      : { kind: 'many', clientId: given.SLACK_CLIENT_ID!, clientSecret: given.SLACK_CLIENT_SECRET! },
    events: appToken
      ? { kind: 'socket', appToken }
      : { kind: 'http', signingSecret: given.SLACK_SIGNING_SECRET! },
  }
}

export const slackSecrets = ({ workspace, events }: SlackConfig): string[] => [
  workspace.kind === 'one' ? workspace.botToken : workspace.clientSecret,
  events.kind === 'socket' ? events.appToken : events.signingSecret,
]

const NO_WORKSPACE =
  'Slack needs SLACK_BOT_TOKEN (one workspace), or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET (many, each installing by itself).'
const BOTH_WORKSPACES =
  'SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are for many. Empty one or the other.'
const MANY_NEED = [
  [
    'SLACK_CLIENT_ID',
    'SLACK_CLIENT_ID is missing; it goes with SLACK_CLIENT_SECRET. Your app\'s page, "Basic Information".',
  ],
  [
    'SLACK_CLIENT_SECRET',
    'SLACK_CLIENT_SECRET is missing; it goes with SLACK_CLIENT_ID. Your app\'s page, "Basic Information".',
  ],
  [
    'ENCRYPTION_KEY',
    'ENCRYPTION_KEY is missing: with SLACK_CLIENT_ID the tokens of many workspaces are kept. Make one with: openssl rand -base64 32',
  ],
  [
    'PUBLIC_URL',
    'PUBLIC_URL is missing: with SLACK_CLIENT_ID people are sent to it when they install the bot, and back to it by Slack.',
  ],
] as const
const NO_EVENTS =
  'Slack needs SLACK_APP_TOKEN (Socket Mode, no public address), or SLACK_SIGNING_SECRET and PUBLIC_URL (HTTP).'
const HTTP_NEEDS_URL =
  'PUBLIC_URL is missing: with SLACK_SIGNING_SECRET Slack calls this process by HTTP. Without a public address use SLACK_APP_TOKEN (Socket Mode).'

const NOT_A_BOT_TOKEN =
  'SLACK_BOT_TOKEN does not begin with xoxb-. Your app\'s page, "OAuth & Permissions", "Bot User OAuth Token".'
const WRONG_BOT_TOKENS = [
  ['xapp-', 'SLACK_BOT_TOKEN holds an app-level token (xapp-); that one belongs in SLACK_APP_TOKEN.'],
  [
    'xoxp-',
    'SLACK_BOT_TOKEN holds a user\'s token (xoxp-); the bot\'s is beside it, "Bot User OAuth Token" (xoxb-).',
  ],
  [
    'xoxe',
    'SLACK_BOT_TOKEN holds a token that ends after 12 hours (xoxe), because token rotation is on for your app. Use SLACK_CLIENT_ID and SLACK_CLIENT_SECRET instead, which renew it.',
  ],
] as const
const NOT_AN_APP_TOKEN =
  'SLACK_APP_TOKEN does not begin with xapp-. Your app\'s page, "Basic Information", "App-Level Tokens", scope connections:write.'
const BOT_TOKEN_AS_APP =
  'SLACK_APP_TOKEN holds a bot\'s token (xoxb-); that one belongs in SLACK_BOT_TOKEN. The app\'s: "Basic Information", "App-Level Tokens".'
