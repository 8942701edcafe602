import { type RateLimitData, REST, RESTEvents, type RESTOptions } from 'discord.js'
import type { Log } from '../../src/core/ports.ts'
import { PATIENCE } from './limits.ts'
import { sendForm } from './upload.ts'

export interface RestOptions {
  token: string
  apiUrl: string | null
  log: Log
}

/** Settings that all our REST clients share. */
export const restSettings = (apiUrl: string | null) => ({
  version: '10',
  ...(apiUrl === null ? {} : { api: apiUrl }),
  timeout: PATIENCE.requestMs,
  // Short pauses are waited for in the client's queues; a long one goes back to ours.
  rejectOnRateLimit: (limit: RateLimitData) =>
    Math.max(limit.timeToReset, limit.retryAfter, limit.sublimitTimeout) > PATIENCE.rateLimitMs,
  // 10,000 refused requests in 10 minutes get the address banned (docs: topics/rate-limits): warn early.
  invalidRequestWarningInterval: 500,
})

/**
 * One client for everything small, and one that sends nothing but Forms: its time-out counts until the whole body has
 * been sent. They live apart from the gateway, so that messages can still be posted while and after it closes.
 */
export function createRest({ token, apiUrl, log }: RestOptions): {
  rest: REST
  uploads: REST
  close(): void
} {
  const make = (settings: Partial<RESTOptions>) => {
    const client = new REST({ ...restSettings(apiUrl), ...settings }).setToken(token)
    client.on(RESTEvents.InvalidRequestWarning, ({ count, remainingTime }) =>
      log.warn(
        { count, remainingTime },
        'many requests to Discord were refused; at 10000 it blocks this address',
      ),
    )
    client.on(RESTEvents.RateLimited, ({ route, timeToReset, scope }) =>
      log.debug({ route, timeToReset, scope }, 'Discord asks for a pause'),
    )
    return client
  }
  const clients = [make({}), make({ timeout: PATIENCE.uploadMs, makeRequest: sendForm })] as const
  return {
    rest: clients[0],
    uploads: clients[1],
    close() {
      for (const client of clients) {
        client.clearHashSweeper()
        client.clearHandlerSweeper()
      }
    },
  }
}
