import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BadConfig, isLive, readConfig, SETTINGS } from '../../src/config.ts'

const enough = { DISCORD_TOKEN: 'token', VENICE_API_KEY: 'key' }

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
    let message = ''
    try {
      readConfig({ PORT: 'many', PUBLIC_URL: 'murano', REDIS_URL: 'http://x' })
    } catch (error) {
      expect(error).toBeInstanceOf(BadConfig)
      message = (error as Error).message
    }
    for (const name of ['DISCORD_TOKEN', 'VENICE_API_KEY', 'PORT', 'PUBLIC_URL', 'REDIS_URL'])
      expect(message).toContain(name)
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

  it('is live exactly when there is a token', () => {
    expect([isLive({}), isLive({ DISCORD_TOKEN: ' ' }), isLive(enough)]).toEqual([false, false, true])
  })
})
