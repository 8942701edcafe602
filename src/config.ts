import { resolve } from 'node:path'
import { z } from 'zod'
import {
  address,
  dollars,
  encryptionKey,
  isLoopback,
  list,
  operator,
  origin,
  port,
  publicAddress,
  wholeNumber,
} from './config-shapes.ts'
import { readSlack, type SlackConfig, slackProblems, slackSecrets, wantsSlack } from './config-slack.ts'
import type { Caps } from './core/caps.ts'
import { MuranoError } from './core/errors.ts'
import { MODELS, type ModelProfile, TOPAZ_VIDEO_UPSCALE } from './core/pricing.ts'

interface Setting {
  readonly name: string
  readonly about: string
  /** Must never be shown, logged or passed on. */
  readonly secret?: true
}

/** Everything that can be set from outside, as data: `.env.example` and the README are held to this table by tests. */
export const SETTINGS = [
  {
    name: 'DISCORD_TOKEN',
    about: 'The Discord bot\'s token. Developer portal, your application, "Bot", "Reset Token".',
    secret: true,
  },
  {
    name: 'SLACK_BOT_TOKEN',
    about:
      'The Slack bot\'s token (xoxb-...), for one workspace. Your app\'s page, "OAuth & Permissions", "Bot User OAuth Token".',
    secret: true,
  },
  {
    name: 'SLACK_APP_TOKEN',
    about:
      'For Socket Mode (xapp-...), which needs no public address. Your app\'s page, "Basic Information", "App-Level Tokens", scope connections:write.',
    secret: true,
  },
  {
    name: 'VENICE_API_KEY',
    about: 'The key that pays. venice.ai, Settings, API, "Generate new API key".',
    secret: true,
  },
  {
    name: 'PUBLIC_URL',
    about:
      'Where the world reaches this process, e.g. https://murano.example.org; results too large for the chat are linked there, and clips over 45 MB reach Venice only from there.',
  },
  {
    name: 'CAP_PERSON_DAY_USD',
    about:
      'The most that one person may spend in one community on one day (UTC), in dollars, e.g. 5 or 7.50. Empty: no cap.',
  },
  {
    name: 'CAP_COMMUNITY_MONTH_USD',
    about:
      'The most that one community (a Discord server, a Slack workspace) may spend in one month (UTC), in dollars. Empty: no cap.',
  },
  { name: 'CAP_JOB_USD', about: 'The most that one upscale may cost, in dollars. Empty: no cap.' },
  {
    name: 'CAP_TOTAL_MONTH_USD',
    about: 'The most that everything together may spend in one month (UTC), in dollars. Empty: no cap.',
  },
  {
    name: 'JOBS_AT_ONCE',
    about: 'How many upscales of one person may run at once in one community. Default 3.',
  },
  {
    name: 'OPERATORS',
    about:
      'Who runs all of this bot, comma separated: discord:USER_ID, slack:USER_ID. They alone may use the word everywhere in /upscale-admin. Default: nobody.',
  },
  {
    name: 'SLACK_SIGNING_SECRET',
    about:
      'For HTTP instead of Socket Mode, where no SLACK_APP_TOKEN is set; needs PUBLIC_URL. Your app\'s page, "Basic Information", "Signing Secret".',
    secret: true,
  },
  {
    name: 'SLACK_CLIENT_ID',
    about:
      'For many workspaces, each installing by itself, instead of SLACK_BOT_TOKEN; needs PUBLIC_URL and ENCRYPTION_KEY. Your app\'s page, "Basic Information", "Client ID".',
  },
  { name: 'SLACK_CLIENT_SECRET', about: 'Goes with SLACK_CLIENT_ID, and stands below it.', secret: true },
  {
    name: 'ENCRYPTION_KEY',
    about:
      'Encrypts what workspaces gave us, in the database. 32 bytes: openssl rand -base64 32. Keep a copy, apart from those of the database.',
    secret: true,
  },
  {
    name: 'ENCRYPTION_KEYS_OLD',
    about:
      'Earlier keys, comma separated, for reading only. After a change of key: restart, npm run reencrypt, then empty this.',
    secret: true,
  },
  { name: 'PORT', about: 'Port of the web face (result files, health). Default 3000.' },
  { name: 'DATA_DIR', about: 'Folder for the embedded database and for files. Default ./data.' },
  {
    name: 'DATABASE_URL',
    about: 'A Postgres server, postgres://user:password@host/db. Empty: an embedded database in DATA_DIR.',
    secret: true,
  },
  {
    name: 'REDIS_URL',
    about: 'A Redis for the queue, redis://host:6379. Empty: the queue lives in the database.',
    secret: true,
  },
  {
    name: 'TRUSTED_ORIGINS',
    about:
      'Where clips may come from besides the public internet, comma separated, e.g. https://clips.internal:8443: stores inside your own network.',
  },
  {
    name: 'VENICE_MODEL',
    about: `The model that upscales: ${MODELS.map(model => model.id).join(' or ')}. Default ${TOPAZ_VIDEO_UPSCALE.id}.`,
  },
  { name: 'VENICE_BASE_URL', about: 'The Venice API. Default https://api.venice.ai/api/v1.' },
  { name: 'DISCORD_API_URL', about: "The Discord API. Default: Discord's own." },
  { name: 'SLACK_API_URL', about: "The Slack API. Default: Slack's own." },
] as const satisfies readonly Setting[]

type SettingName = (typeof SETTINGS)[number]['name']

/** What is set, by name: trimmed, and absent where it is empty. */
export type Given = Readonly<Partial<Record<SettingName, string>>>

export interface Config {
  readonly venice: { readonly baseUrl: string; readonly apiKey: string; readonly model: ModelProfile }
  /** Null: not on this platform. At least one is set. */
  readonly discord: { readonly token: string; readonly apiUrl: string | null } | null
  readonly slack: SlackConfig | null
  /** The same for every community and person. */
  readonly caps: Readonly<Caps>
  /** Who runs the whole installation: "discord:80351110224678912". */
  readonly operators: ReadonlySet<string>
  /** For `createVault`; null where there is no key, and so nothing that would have to be encrypted. */
  readonly vault: { readonly current: string; readonly old: readonly string[] } | null
  /** Origins ("https://clips.internal:8443") that clips may come from although they are not on the public internet. */
  readonly trustedOrigins: readonly string[]
  /** No slash at its end. */
  readonly publicUrl: string
  /** Whether links of ours can be opened by others: by https from anywhere, or all of them live on this machine. */
  readonly reachable: boolean
  readonly databaseUrl: string | null
  readonly redisUrl: string | null
  readonly dataDir: string
  readonly port: number
}

/** The settings are wrong; the message lists every problem with its cure. */
export class BadConfig extends MuranoError {
  constructor(problems: string[]) {
    super('bad_config', `The settings need a look:\n${problems.map(p => `  - ${p}`).join('\n')}`)
  }
}

type Env = Readonly<Record<string, string | undefined>>

/** Whether these settings describe a live bot. With nothing of any chat there is only the sandbox to talk to. */
export const isLive = (env: Env): boolean => {
  const given = whatIsSet(env)
  return Boolean(given.DISCORD_TOKEN) || wantsSlack(given)
}

/** Everything in a config that must never appear in a log. */
export function secretsOf({ venice, discord, slack, vault, databaseUrl, redisUrl }: Config): string[] {
  return [
    venice.apiKey,
    discord?.token ?? [],
    slack ? slackSecrets(slack) : [],
    vault ? [vault.current, ...vault.old] : [],
    databaseUrl ?? [],
    redisUrl ?? [],
  ].flat()
}

/** An empty line in .env means "not set". */
const whatIsSet = (env: Env): Given =>
  Object.fromEntries(
    SETTINGS.map(({ name }) => [name, env[name]?.trim()] as const).filter(([, value]) => value),
  )

/** What only shows when settings are looked at together. */
function problemsBetween(given: Given): string[] {
  const problems: string[] = []
  if (!given.DISCORD_TOKEN && !wantsSlack(given)) {
    problems.push(
      'No chat is set up. Set DISCORD_TOKEN for Discord, or SLACK_BOT_TOKEN and SLACK_APP_TOKEN for Slack, or all of them.',
    )
  }
  if (given.ENCRYPTION_KEYS_OLD && !given.ENCRYPTION_KEY) {
    problems.push('ENCRYPTION_KEYS_OLD is only for reading; set ENCRYPTION_KEY too, the key for writing.')
  }
  return [...problems, ...slackProblems(given)]
}

const trimSlash = (url: string) => url.replace(/\/+$/, '')

const schema = z.object({
  DISCORD_TOKEN: z.string().optional(),
  VENICE_API_KEY: z.string({ error: 'VENICE_API_KEY is missing. Make one at venice.ai, Settings, API.' }),
  PUBLIC_URL: publicAddress.optional(),
  CAP_PERSON_DAY_USD: dollars('CAP_PERSON_DAY_USD').optional(),
  CAP_COMMUNITY_MONTH_USD: dollars('CAP_COMMUNITY_MONTH_USD').optional(),
  CAP_JOB_USD: dollars('CAP_JOB_USD').optional(),
  CAP_TOTAL_MONTH_USD: dollars('CAP_TOTAL_MONTH_USD').optional(),
  JOBS_AT_ONCE: wholeNumber('JOBS_AT_ONCE').default(3),
  OPERATORS: list.pipe(z.array(operator)).default([]),
  PORT: port.default(3000),
  DATA_DIR: z.string().default('data'),
  DATABASE_URL: address('DATABASE_URL', /^postgres(ql)?$/, 'postgres://user:password@host/db').optional(),
  REDIS_URL: address('REDIS_URL', /^rediss?$/, 'redis://host:6379').optional(),
  VENICE_MODEL: z
    .string()
    .default(TOPAZ_VIDEO_UPSCALE.id)
    .transform((id, context) => {
      const profile = MODELS.find(model => model.id === id)
      if (!profile)
        context.addIssue({
          code: 'custom',
          message: `VENICE_MODEL is "${id}". Known are ${MODELS.map(model => model.id).join(' and ')}.`,
        })
      return profile ?? TOPAZ_VIDEO_UPSCALE
    }),
  VENICE_BASE_URL: address('VENICE_BASE_URL', /^https?$/, 'https://api.venice.ai/api/v1').default(
    'https://api.venice.ai/api/v1',
  ),
  DISCORD_API_URL: address('DISCORD_API_URL', /^https?$/, 'https://discord.com/api')
    .transform(trimSlash)
    .optional(),
  SLACK_API_URL: address('SLACK_API_URL', /^https?$/, 'https://slack.com/api')
    .transform(trimSlash)
    .optional(),
  ENCRYPTION_KEY: encryptionKey('ENCRYPTION_KEY').optional(),
  ENCRYPTION_KEYS_OLD: list.pipe(z.array(encryptionKey('ENCRYPTION_KEYS_OLD'))).default([]),
  TRUSTED_ORIGINS: list.pipe(z.array(origin)).default([]),
})

/** Reads and checks the settings once, all problems together. @throws BadConfig */
export function readConfig(env: Env): Config {
  const given = whatIsSet(env)
  const parsed = schema.safeParse(given)
  const problems = parsed.error?.issues.map(issue => issue.message) ?? []
  problems.push(...problemsBetween(given))
  if (!parsed.success || problems.length > 0) throw new BadConfig([...new Set(problems)])
  const set = parsed.data
  return Object.freeze({
    venice: { baseUrl: trimSlash(set.VENICE_BASE_URL), apiKey: set.VENICE_API_KEY, model: set.VENICE_MODEL },
    discord: set.DISCORD_TOKEN
      ? {
          token: set.DISCORD_TOKEN,
          apiUrl: set.DISCORD_API_URL ?? null,
        }
      : null,
    slack: wantsSlack(given) ? readSlack(given, set.SLACK_API_URL ?? null) : null,
    caps: Object.freeze({
      personDayUsd: set.CAP_PERSON_DAY_USD ?? null,
      communityMonthUsd: set.CAP_COMMUNITY_MONTH_USD ?? null,
      jobUsd: set.CAP_JOB_USD ?? null,
      totalMonthUsd: set.CAP_TOTAL_MONTH_USD ?? null,
      jobsAtOnce: set.JOBS_AT_ONCE,
    }),
    operators: new Set(set.OPERATORS),
    vault: set.ENCRYPTION_KEY ? { current: set.ENCRYPTION_KEY, old: set.ENCRYPTION_KEYS_OLD } : null,
    trustedOrigins: set.TRUSTED_ORIGINS,
    publicUrl: trimSlash(set.PUBLIC_URL ?? `http://localhost:${set.PORT}`),
    reachable: isReachable(set.PUBLIC_URL, set.VENICE_BASE_URL),
    databaseUrl: set.DATABASE_URL ?? null,
    redisUrl: set.REDIS_URL ?? null,
    dataDir: resolve(set.DATA_DIR),
    port: set.PORT,
  })
}

/** Where the database is, of which alone a look at it has to know; other settings may be missing or wrong. */
export interface DatabasePlace extends Pick<Config, 'dataDir' | 'databaseUrl'> {
  /** Every secret that is set, for the log to mask. */
  readonly secrets: readonly string[]
}

/** @throws BadConfig about these settings alone */
export function readDatabasePlace(env: Env): DatabasePlace {
  const given = whatIsSet(env)
  const parsed = schema.pick({ DATA_DIR: true, DATABASE_URL: true }).safeParse(given)
  if (!parsed.success) throw new BadConfig(parsed.error.issues.map(issue => issue.message))
  return {
    dataDir: resolve(parsed.data.DATA_DIR),
    databaseUrl: parsed.data.DATABASE_URL ?? null,
    secrets: secretsAmong(given),
  }
}

/** Nothing of it is checked, so each is taken both for one and for a list. */
const secretsAmong = (given: Given): string[] =>
  SETTINGS.filter(setting => 'secret' in setting)
    .flatMap(({ name }) => given[name] ?? [])
    .flatMap(value => [value, ...list.parse(value)])

const isReachable = (publicUrl: string | undefined, veniceUrl: string): boolean =>
  publicUrl !== undefined && (publicUrl.startsWith('https:') || isLoopback(veniceUrl))
