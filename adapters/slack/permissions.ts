/** What the app asks for when it is installed, and what each is for. The manifest asks for the same. */
export const SCOPES = {
  'app_mentions:read': 'hears that somebody mentions it with a clip',
  'channels:history': 'finds a message of its own again in a public channel, so that nothing is posted twice',
  'chat:write': 'posts prices, progress and results, and edits them',
  commands: 'has its command and its entry in the menu of a message',
  'files:read': 'reads the clips that it is asked to upscale',
  'files:write': 'posts the finished videos',
  'groups:history': 'finds a message of its own again in a private channel',
} as const

export type Scope = keyof typeof SCOPES

/** @param granted names of scopes, as an installation or the header x-oauth-scopes has them */
export const missingScopes = (granted: readonly string[]): Scope[] =>
  (Object.keys(SCOPES) as Scope[]).filter(scope => !granted.includes(scope))

/** For the log and for whoever runs the bot. */
export const missingScopesText = (missing: readonly Scope[]): string =>
  `Slack has not granted ${missing.map(scope => `${scope} (${SCOPES[scope]})`).join(', ')}. Add what is missing at api.slack.com/apps, your app, "OAuth & Permissions", then install the app again.`
