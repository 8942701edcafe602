import { type Logger, LogLevel } from '@slack/bolt'
import { WebClient, type WebClientOptions } from '@slack/web-api'
import { z } from 'zod'
import type { Clock, Log } from '../../src/core/ports.ts'
import { isDeadToken, isExpiredToken, isUnknown, masked, pauseOf } from './failures.ts'
import { PATIENCE } from './limits.ts'

export interface RestOptions {
  /** Address of the Web API; null: Slack's own. */
  apiUrl: string | null
  log: Log
}

/**
 * Settings that all our clients share; a new object for each, because the libraries write into what they are given
 * (@slack/socket-mode 3.1.0 sets 100 repeats in it, @slack/web-api 8.2.0 puts a token into `headers`, which would then go
 * to every other workspace: so there are no `headers`, ever). Nothing is repeated by itself: a message whose answer
 * got lost would stand there twice.
 */
export const restSettings = ({ apiUrl, log }: RestOptions): WebClientOptions => ({
  ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
  timeout: PATIENCE.requestMs,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  allowAbsoluteUrls: false,
  logger: bridge(log),
})

/** A client of one workspace. `teamId`: said with every call, where the token is good for a whole organisation. */
export const clientFor = (options: RestOptions, token: string, teamId: string | null): WebClient =>
  new WebClient(token, { ...restSettings(options), ...(teamId !== null && { teamId }) })

/** Resolves after `ms`. */
export type Wait = (ms: number) => Promise<void>

export const waitForReal: Wait = ms => new Promise(resolve => setTimeout(resolve, ms))

const RATE_LIMIT_TRIES = 3

/** Short pauses that Slack asks for are waited out here; a long one goes back to the queue. */
export async function patiently<T>(wait: Wait, ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask()
    } catch (error) {
      const pause = pauseOf(error)
      if (pause === null || pause > PATIENCE.rateLimitMs || tries === RATE_LIMIT_TRIES) throw error
      await wait(pause)
    }
  }
}

/** For what may be done twice (reading, editing): once more where nobody knows whether the first time arrived. */
export async function twice<T>(wait: Wait, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!isUnknown(error)) throw error
    await wait(PATIENCE.againMs)
    return ask()
  }
}

/** unknown: Slack does not say, although it was asked several times. */
export type TokenState = 'alive' | 'dead' | 'expired' | 'unknown'

/** Whether Slack still takes a client's token, whatever it said of one workspace or sent as news. */
export async function stateOfToken(client: WebClient, wait: Wait): Promise<TokenState> {
  for (const waitMs of [...PATIENCE.tokenMs, null]) {
    try {
      await patiently(wait, () => client.auth.test())
      return 'alive'
    } catch (error) {
      if (isDeadToken(error)) return 'dead'
      if (isExpiredToken(error)) return 'expired'
    }
    if (waitMs !== null) await wait(waitMs)
  }
  return 'unknown'
}

const RENEWED = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() })

/** Exchanges a refresh token, which is good for that once. `expiresAt`: wall-clock ms. */
export async function freshToken(
  options: RestOptions & { clock: Clock; wait: Wait },
  app: { clientId: string; clientSecret: string },
  refreshToken: string,
): Promise<{ botToken: string; refreshToken: string; expiresAt: number }> {
  const answer = await patiently(options.wait, () =>
    new WebClient(undefined, restSettings(options)).oauth.v2.access({
      client_id: app.clientId,
      client_secret: app.clientSecret,
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
    }),
  )
  const { access_token, refresh_token, expires_in } = RENEWED.parse(answer)
  return {
    botToken: access_token,
    refreshToken: refresh_token,
    expiresAt: options.clock() + expires_in * 1000,
  }
}

/** The libraries' own lines. Their debug lines hold whole payloads, so they are not even asked for. */
export function bridge(log: Log): Logger {
  const line = (words: unknown[]) => masked(words.map(wordsOf).join(' ')).slice(0, 1_000)
  return {
    debug() {},
    info: (...words) => log.debug({}, line(words)),
    warn: (...words) => log.warn({}, line(words)),
    // Somebody who clicks "Cancel" is an error to them; what is one to us, we say ourselves.
    error: (...words) => log.warn({}, line(words)),
    setLevel() {},
    getLevel: () => LogLevel.WARN,
    setName() {},
  }
}

const wordsOf = (word: unknown): string => (word instanceof Error ? word.message : String(word))
