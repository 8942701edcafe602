import { resolve } from 'node:path'
import { z } from 'zod'
import { MuranoError } from './core/errors.ts'

/** Everything that can be set from outside, as data: `.env.example` is held to this table by a test. */
export const SETTINGS = [
  {
    name: 'DISCORD_TOKEN',
    about: 'The bot\'s token. Developer portal, your application, "Bot", "Reset Token".',
  },
  { name: 'VENICE_API_KEY', about: 'The key that pays. venice.ai, Settings, API, "Generate new API key".' },
  {
    name: 'PUBLIC_URL',
    about:
      'Where the world reaches this process, e.g. https://murano.example.org; results too large for the chat are linked there.',
  },
  { name: 'PORT', about: 'Port of the web face (result files, health). Default 3000.' },
  { name: 'DATA_DIR', about: 'Folder for the embedded database and for files. Default ./data.' },
  {
    name: 'DATABASE_URL',
    about: 'A Postgres server, postgres://user:password@host/db. Empty: an embedded database in DATA_DIR.',
  },
  {
    name: 'REDIS_URL',
    about: 'A Redis for the queue, redis://host:6379. Empty: the queue lives in the database.',
  },
  { name: 'VENICE_BASE_URL', about: 'The Venice API. Default https://api.venice.ai/api/v1.' },
  { name: 'DISCORD_API_URL', about: "The Discord API. Default: Discord's own." },
] as const

export type SettingName = (typeof SETTINGS)[number]['name']

export interface Config {
  readonly venice: { readonly baseUrl: string; readonly apiKey: string }
  readonly discord: { readonly token: string; readonly apiUrl: string | null }
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

/** Whether these settings describe a live bot. Without a token for any chat there is only the sandbox to talk to. */
export const isLive = (env: Env): boolean => Boolean(env.DISCORD_TOKEN?.trim())

const address = (name: SettingName, protocols: RegExp, example: string) =>
  z.url({ protocol: protocols, error: `${name} is not an address like ${example}.` })

const number = z
  .string()
  .regex(/^\d{1,5}$/, { error: 'PORT is not a number from 0 to 65535.' })
  .transform(Number)
  .refine(n => n <= 65_535, { error: 'PORT is not a number from 0 to 65535.' })

const schema = z.object({
  DISCORD_TOKEN: z.string({
    error: 'DISCORD_TOKEN is missing. Developer portal, your application, "Bot", "Reset Token".',
  }),
  VENICE_API_KEY: z.string({ error: 'VENICE_API_KEY is missing. Make one at venice.ai, Settings, API.' }),
  PUBLIC_URL: address('PUBLIC_URL', /^https?$/, 'https://murano.example.org')
    .refine(isHttpsOrLoopback, {
      error: 'PUBLIC_URL must begin with https:// (http:// only for this machine itself).',
    })
    .optional(),
  PORT: number.default(3000),
  DATA_DIR: z.string().default('data'),
  DATABASE_URL: address('DATABASE_URL', /^postgres(ql)?$/, 'postgres://user:password@host/db').optional(),
  REDIS_URL: address('REDIS_URL', /^rediss?$/, 'redis://host:6379').optional(),
  VENICE_BASE_URL: address('VENICE_BASE_URL', /^https?$/, 'https://api.venice.ai/api/v1').default(
    'https://api.venice.ai/api/v1',
  ),
  DISCORD_API_URL: address('DISCORD_API_URL', /^https?$/, 'https://discord.com/api').optional(),
})

function isHttpsOrLoopback(url: string): boolean {
  return !URL.canParse(url) /* said already */ || new URL(url).protocol === 'https:' || isLoopback(url)
}

const isLoopback = (url: string): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)

/** Reads and checks the settings once, all problems together. @throws BadConfig */
export function readConfig(env: Env): Config {
  // An empty line in .env means "not set".
  const given = Object.fromEntries(
    SETTINGS.map(({ name }) => [name, env[name]?.trim()] as const).filter(([, value]) => value),
  )
  const parsed = schema.safeParse(given)
  if (!parsed.success) throw new BadConfig(parsed.error.issues.map(issue => issue.message))
  const set = parsed.data
  return Object.freeze({
    venice: { baseUrl: trimSlash(set.VENICE_BASE_URL), apiKey: set.VENICE_API_KEY },
    discord: {
      token: set.DISCORD_TOKEN,
      apiUrl: set.DISCORD_API_URL ? trimSlash(set.DISCORD_API_URL) : null,
    },
    publicUrl: trimSlash(set.PUBLIC_URL ?? `http://localhost:${set.PORT}`),
    reachable: isReachable(set.PUBLIC_URL, set.VENICE_BASE_URL),
    databaseUrl: set.DATABASE_URL ?? null,
    redisUrl: set.REDIS_URL ?? null,
    dataDir: resolve(set.DATA_DIR),
    port: set.PORT,
  })
}

const isReachable = (publicUrl: string | undefined, veniceUrl: string): boolean =>
  publicUrl !== undefined && (publicUrl.startsWith('https:') || isLoopback(veniceUrl))

const trimSlash = (url: string) => url.replace(/\/+$/, '')
