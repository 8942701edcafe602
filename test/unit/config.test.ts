import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BadConfig, isLive, readConfig, readDatabasePlace, SETTINGS, secretsOf } from '../../src/config.ts'

const enough = { DISCORD_TOKEN: 'token', VENICE_API_KEY: 'key' }
const KEY = Buffer.alloc(32, 1).toString('base64')
const OLD = Buffer.alloc(32, 2).toString('base64url')
const slack = { VENICE_API_KEY: 'key', SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' }
const many = {
  VENICE_API_KEY: 'key',
  SLACK_CLIENT_ID: '1.2',
  SLACK_CLIENT_SECRET: 'client secret',
  SLACK_SIGNING_SECRET: 'signing secret',
  ENCRYPTION_KEY: KEY,
  PUBLIC_URL: 'https://murano.example.org',
}

/** What is wrong with these settings, a sentence each. */
function problems(env: Record<string, string>): string[] {
  try {
    readConfig(env)
  } catch (error) {
    expect(error).toBeInstanceOf(BadConfig)
    return (error as Error).message.split('\n  - ').slice(1)
  }
  return []
}

describe('.env.example', () => {
  const lines = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8').split('\n')

  it('lists exactly the settings that the config reads, in its order', () => {
    const listed = lines.flatMap(line => /^#?\s?([A-Z][A-Z_]+)=/.exec(line)?.[1] ?? [])
    expect(listed).toEqual(SETTINGS.map(s => s.name))
  })

  it('says of each what it is and where to get it, in the words of the config', () => {
    const text = lines
      .filter(l => l.startsWith('# '))
      .map(l => l.slice(2))
      .join(' ')
    for (const { about } of SETTINGS) expect(text).toContain(about)
  })
})

describe('the config', () => {
  it('needs a token and a key, and defaults the rest', () => {
    expect(readConfig(enough)).toMatchObject({
      venice: { baseUrl: 'https://api.venice.ai/api/v1', apiKey: 'key' },
      discord: { token: 'token', apiUrl: null },
      publicUrl: 'http://localhost:3000',
      reachable: false,
      databaseUrl: null,
      redisUrl: null,
      port: 3000,
    })
  })

  it('lists every problem at once', () => {
    const env = { PORT: 'many', PUBLIC_URL: 'murano', REDIS_URL: 'http://x', SLACK_CLIENT_ID: '1' }
    const message = problems({ ...env, SLACK_APP_TOKEN: 'y', ENCRYPTION_KEYS_OLD: 'short' }).join('\n')
    const names = [
      'VENICE_API_KEY',
      'PORT',
      'PUBLIC_URL',
      'REDIS_URL',
      'SLACK_CLIENT_SECRET',
      'SLACK_APP_TOKEN',
    ]
    for (const name of [...names, 'ENCRYPTION_KEY is missing', 'ENCRYPTION_KEYS_OLD']) {
      expect(message).toContain(name)
    }
  })

  it('takes an empty line for "not set"', () => {
    expect(readConfig({ ...enough, DATABASE_URL: '', PORT: ' ' })).toMatchObject({
      databaseUrl: null,
      port: 3000,
    })
  })

  it('wants https for a public address, except on this machine', () => {
    expect(() => readConfig({ ...enough, PUBLIC_URL: 'http://murano.example.org' })).toThrow('https://')
    expect(readConfig({ ...enough, PUBLIC_URL: 'http://127.0.0.1:3000/' })).toMatchObject({
      publicUrl: 'http://127.0.0.1:3000',
      // The real provider can't open a link to this machine; one that runs here can.
      reachable: false,
    })
  })

  it('takes links for reachable by https, or where the provider is on this machine too', () => {
    const reachable = (PUBLIC_URL: string, VENICE_BASE_URL = '') =>
      readConfig({ ...enough, PUBLIC_URL, VENICE_BASE_URL }).reachable
    expect(reachable('https://murano.example.org')).toBe(true)
    expect(reachable('http://localhost:3000')).toBe(false)
    expect(reachable('http://localhost:3000', 'http://127.0.0.1:4000/v1')).toBe(true)
  })

  it('is live exactly when something of a chat is set', () => {
    expect([isLive({}), isLive({ DISCORD_TOKEN: ' ' }), isLive(enough)]).toEqual([false, false, true])
    const ofSlack = ['BOT_TOKEN', 'APP_TOKEN', 'SIGNING_SECRET', 'CLIENT_ID', 'CLIENT_SECRET']
    for (const name of ofSlack) expect(isLive({ [`SLACK_${name}`]: 'x' }), name).toBe(true)
    // Settings that a sandbox can have too.
    expect(isLive({ VENICE_API_KEY: 'x', SLACK_API_URL: 'http://127.0.0.1', ENCRYPTION_KEY: KEY })).toBe(
      false,
    )
  })

  it('needs a chat, and takes one or several', () => {
    expect(problems({ VENICE_API_KEY: 'key' })).toEqual([expect.stringContaining('No chat is set up')])
    expect(readConfig(enough)).toMatchObject({ discord: { token: 'token' }, slack: null })
    expect(readConfig(slack)).toMatchObject({ discord: null, slack: {} })
    expect(readConfig({ ...enough, ...slack })).toMatchObject({ discord: {}, slack: {} })
  })

  it('opens addresses of APIs without a slash at their end', () => {
    const env = {
      ...enough,
      ...slack,
      SLACK_API_URL: 'http://x/slack/',
      DISCORD_API_URL: 'http://x/discord/',
    }
    expect(readConfig(env)).toMatchObject({
      slack: { apiUrl: 'http://x/slack' },
      discord: { apiUrl: 'http://x/discord' },
    })
  })

  it('knows every secret among the settings, so that the log can mask it', () => {
    const values: Record<string, string> = {
      ENCRYPTION_KEY: KEY,
      ENCRYPTION_KEYS_OLD: OLD,
      DATABASE_URL: 'postgres://user:pass@host/db',
      REDIS_URL: 'redis://:pass@host',
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_APP_TOKEN: 'xapp-1',
      SLACK_CLIENT_ID: '1.2',
    }
    const secret = SETTINGS.filter(s => 'secret' in s).map(s => s.name)
    const all = Object.fromEntries(secret.map(name => [name, values[name] ?? `secret of ${name}`]))
    const url = { PUBLIC_URL: 'https://murano.example.org' }
    // Slack takes one way or the other, so it takes two configs to see all of them.
    const { SLACK_CLIENT_SECRET, SLACK_SIGNING_SECRET, ...one } = all
    const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, ...other } = all
    const known = [one, { ...other, ...url, SLACK_CLIENT_ID: '1.2' }].flatMap(env =>
      secretsOf(readConfig(env)),
    )
    expect([...new Set(known)].sort()).toEqual(Object.values(all).sort())
    expect(secret).toHaveLength(10)
    expect([...new Set(readDatabasePlace(all).secrets)].sort()).toEqual(Object.values(all).sort())
    const keys = { ENCRYPTION_KEYS_OLD: `${OLD}, ${KEY}` }
    expect(readDatabasePlace(keys).secrets).toEqual(expect.arrayContaining([OLD, KEY]))
  })
})

describe('the config of Slack', () => {
  it('is a token and Socket Mode for one workspace', () => {
    expect(readConfig(slack)).toMatchObject({
      slack: {
        apiUrl: null,
        workspace: { kind: 'one', botToken: 'xoxb-1' },
        events: { kind: 'socket', appToken: 'xapp-1' },
      },
      vault: null,
    })
  })

  it('is OAuth, a key and an address for many workspaces', () => {
    expect(readConfig(many)).toMatchObject({
      slack: {
        workspace: { kind: 'many', clientId: '1.2', clientSecret: 'client secret' },
        events: { kind: 'http', signingSecret: 'signing secret' },
      },
      vault: { current: KEY, old: [] },
    })
    const { SLACK_SIGNING_SECRET: _, ...rest } = many
    expect(readConfig({ ...rest, SLACK_APP_TOKEN: 'xapp-1' })).toMatchObject({
      slack: { workspace: { kind: 'many' }, events: { kind: 'socket' } },
    })
  })

  it('prefers Socket Mode where both ways are set', () => {
    expect(readConfig({ ...slack, SLACK_SIGNING_SECRET: 'x' }).slack?.events.kind).toBe('socket')
  })

  it.each(['SLACK_CLIENT_ID', 'SLACK_CLIENT_SECRET', 'ENCRYPTION_KEY', 'PUBLIC_URL'] as const)(
    'says what is missing where many workspaces lack %s',
    name => {
      const { [name]: _, SLACK_SIGNING_SECRET: __, ...rest } = many
      const said = problems({ ...rest, SLACK_APP_TOKEN: 'xapp-1' })
      expect(said).toEqual([expect.stringMatching(`^${name} is missing`)])
    },
  )

  it.each([
    ['no workspace', { SLACK_APP_TOKEN: 'xapp-1' }, 'Slack needs SLACK_BOT_TOKEN'],
    ['one workspace and many', { ...many, SLACK_BOT_TOKEN: 'xoxb-1' }, 'Empty one or the other'],
    ['no way for events', { SLACK_BOT_TOKEN: 'xoxb-1' }, 'Slack needs SLACK_APP_TOKEN'],
    [
      'HTTP without an address',
      { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'x' },
      'PUBLIC_URL is missing',
    ],
    ['swapped: app for bot', { ...slack, SLACK_BOT_TOKEN: 'xapp-1-SECRET' }, 'belongs in SLACK_APP_TOKEN'],
    ['swapped: bot for app', { ...slack, SLACK_APP_TOKEN: 'xoxb-SECRET' }, 'belongs in SLACK_BOT_TOKEN'],
    ["a user's token", { ...slack, SLACK_BOT_TOKEN: 'xoxp-SECRET' }, "a user's token"],
    ['a token that ends', { ...slack, SLACK_BOT_TOKEN: 'xoxe.xoxb-1-SECRET' }, 'token rotation'],
    ['another bot token', { ...slack, SLACK_BOT_TOKEN: 'SECRET' }, 'does not begin with xoxb-'],
    ['another app token', { ...slack, SLACK_APP_TOKEN: 'SECRET' }, 'does not begin with xapp-'],
  ])('says in one sentence what is wrong, and never the value: %s', (_, env, sentence) => {
    const said = problems({ VENICE_API_KEY: 'key', ...env })
    expect(said).toEqual([expect.stringContaining(sentence)])
    expect(said.join()).not.toContain('SECRET.')
    expect(said.join()).not.toContain('-SECRET')
  })

  it('takes HTTP on this machine itself', () => {
    const env = { VENICE_API_KEY: 'key', SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'signing secret' }
    expect(problems({ ...env, PUBLIC_URL: 'http://127.0.0.1:3000' })).toEqual([])
    expect(problems({ ...env, PUBLIC_URL: 'http://murano.example.org' })).toEqual([
      expect.stringContaining('https://'),
    ])
  })
})

describe('the keys', () => {
  it.each([
    ['base64', KEY],
    ['base64url', Buffer.alloc(32, 0xfb).toString('base64url')],
    ['hex', Buffer.alloc(32, 3).toString('hex')],
  ])('are 32 bytes in %s', (_, key) => {
    const env = { ...enough, ENCRYPTION_KEY: key, ENCRYPTION_KEYS_OLD: ` ${KEY} , ${OLD},` }
    expect(readConfig(env).vault).toEqual({ current: key, old: [KEY, OLD] })
  })

  it.each(['password', KEY.slice(4), `${KEY}AAAA`, 'f'.repeat(63)])('are nothing else: %s', bad => {
    const said = [...problems({ ...enough, ENCRYPTION_KEY: bad })]
    said.push(...problems({ ...enough, ENCRYPTION_KEY: KEY, ENCRYPTION_KEYS_OLD: `${OLD},${bad}` }))
    expect(said).toEqual([
      expect.stringMatching(/^ENCRYPTION_KEY holds .*openssl rand/),
      expect.stringMatching(/^ENCRYPTION_KEYS_OLD holds .*openssl rand/),
    ])
    expect(said.join()).not.toContain(bad)
  })

  it('for reading are of no use without one for writing', () => {
    expect(problems({ ...enough, ENCRYPTION_KEYS_OLD: OLD })).toEqual([
      expect.stringContaining('set ENCRYPTION_KEY too'),
    ])
  })
})

describe('the caps', () => {
  const caps = (env: Record<string, string>) => readConfig({ ...enough, ...env }).caps

  it('are amounts of dollars, none where nothing is set, and three jobs at once', () => {
    expect(caps({})).toEqual({
      personDayUsd: null,
      communityMonthUsd: null,
      jobUsd: null,
      totalMonthUsd: null,
      jobsAtOnce: 3,
    })
    expect(
      caps({
        CAP_PERSON_DAY_USD: '5',
        CAP_COMMUNITY_MONTH_USD: '7.50',
        CAP_JOB_USD: '0.29',
        CAP_TOTAL_MONTH_USD: '1000.1',
        JOBS_AT_ONCE: '12',
      }),
    ).toEqual({
      personDayUsd: 5_000_000,
      communityMonthUsd: 7_500_000,
      jobUsd: 290_000,
      totalMonthUsd: 1_000_100_000,
      jobsAtOnce: 12,
    })
  })

  it.each(['$5', '5,00', '-1', '0', '0.00', '1e3', '0.005', 'none', '.5'])(
    'say of "%s" that it is no amount, and how to have no cap',
    bad => {
      const names = ['CAP_PERSON_DAY_USD', 'CAP_COMMUNITY_MONTH_USD', 'CAP_JOB_USD', 'CAP_TOTAL_MONTH_USD']
      expect(problems({ ...enough, ...Object.fromEntries(names.map(name => [name, bad])) })).toEqual(
        names.map(
          name => `${name} is not an amount of dollars above 0, like 5 or 7.50. Empty it for no cap.`,
        ),
      )
    },
  )

  it.each(['0', '2.5', '-1', 'many', '10000000'])('say of "%s" that it is no number of jobs', bad => {
    expect(problems({ ...enough, JOBS_AT_ONCE: bad })).toEqual([
      'JOBS_AT_ONCE is not a whole number from 1, like 3.',
    ])
  })
})

describe('trusted origins', () => {
  it('are a list, written as browsers write them', () => {
    const origins = (TRUSTED_ORIGINS: string) => readConfig({ ...enough, TRUSTED_ORIGINS }).trustedOrigins
    expect(origins('')).toEqual([])
    expect(origins('https://Clips.Internal:443/, http://[::1]:8080,')).toEqual([
      'https://clips.internal',
      'http://[::1]:8080',
    ])
  })

  it.each([
    'clips.internal',
    'ftp://clips.internal',
    'https://clips.internal/videos',
    'https://a?b',
    'https://u:p@a',
  ])('are origins and nothing more: %s', bad => {
    expect(problems({ ...enough, TRUSTED_ORIGINS: `https://good.example,${bad}` })).toEqual([
      expect.stringContaining(`"${bad}"`),
    ])
  })
})

describe('who runs the bot', () => {
  it('is nobody unless they are named, each with the chat that they are on', () => {
    const operators = (OPERATORS: string) => [...readConfig({ ...enough, OPERATORS }).operators]
    expect(operators('')).toEqual([])
    expect(operators('discord:80351110224678912, slack:U012ABCDEF,')).toEqual([
      'discord:80351110224678912',
      'slack:U012ABCDEF',
    ])
  })

  it.each([
    ['80351110224678912', '"80351110224678912" does not say on which chat.'],
    ['irc:ann', '"irc:ann" is of no chat that there is.'],
    ['constructor:1', '"constructor:1" is of no chat that there is.'],
    ['discord:ann', '"discord:ann" holds no user id of discord.'],
    ['discord:', '"discord:" holds no user id of discord.'],
    ['slack:U012ABCDEF:x', '"slack:U012ABCDEF:x" holds no user id of slack.'],
    ['slack:@ann', '"slack:@ann" holds no user id of slack. They look like U012ABCDEF.'],
  ])('is not %s', (bad, problem) => {
    expect(problems({ ...enough, OPERATORS: `discord:80351110224678912,${bad}` })).toEqual([
      expect.stringContaining(`OPERATORS: ${problem}`),
    ])
  })
})
