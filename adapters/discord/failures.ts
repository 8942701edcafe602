import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js'
import { ChatError, type ChatErrorCode } from '../../src/core/chat.ts'

/**
 * What Discord's numbers mean to us. docs: topics/opcodes-and-status-codes#json-json-error-codes, August 2026.
 * A number that is not here is judged by its HTTP status.
 */
const MEANING: Readonly<Record<number, ChatErrorCode>> = {
  10003: 'gone', // unknown channel
  10004: 'gone', // unknown guild
  10008: 'gone', // unknown message
  30046: 'gone', // a message older than an hour was edited too often: it can't be kept up to date any more
  50001: 'forbidden', // missing access
  50013: 'forbidden', // missing permissions
  50024: 'forbidden', // not in this kind of channel, e.g. a thread in a voice channel
  40058: 'forbidden', // nothing can be posted in a forum itself
  160002: 'forbidden', // cannot reply without Read Message History
  160005: 'forbidden', // the thread is locked
  160006: 'forbidden', // as many threads are open as the guild may have
  40005: 'file_refused', // larger than this server takes
  400001: 'file_refused', // uploads are limited there for now
  10015: 'expired', // unknown webhook: the token was never one, or its time has passed
  10062: 'expired', // unknown interaction: answered too late
  50027: 'expired', // invalid webhook token: 15 minutes have passed
}

/** Numbers that are handled where they occur, by name. */
export const CODE = {
  unknownInteraction: 10062,
  alreadyAcknowledged: 40060,
  archivedThread: 50083,
  threadExists: 160004,
} as const

/** Discord's own number for what went wrong; null where it gave none. */
export const codeOf = (error: unknown): number | null =>
  error instanceof DiscordAPIError && typeof error.code === 'number' ? error.code : null

/** The bot's token itself is refused. @discordjs/rest drops it then, so nothing works until the process starts anew. */
export const isTokenRefused = (error: unknown): boolean =>
  (error instanceof DiscordAPIError && error.status === 401 && meaningOf(error) !== 'expired') ||
  (error instanceof Error && error.message.startsWith('Expected token to be set'))

export function toChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error
  return new ChatError(meaningOf(error), wordsOf(error), { cause: withoutSecrets(error) })
}

/** Our own mistakes stay what they are; only what came from the conversation with Discord is translated. */
export const fitForLogs = (error: unknown): unknown => (isOurs(error) ? error : toChatError(error))

/** A wrong argument or a missing property. fetch throws TypeErrors too, but always with a cause. */
export const isOurs = (error: unknown): boolean => error instanceof TypeError && error.cause === undefined

function meaningOf(error: unknown): ChatErrorCode {
  const known = MEANING[codeOf(error) ?? 0]
  if (known) return known
  if (!(error instanceof DiscordAPIError)) return 'unavailable' // 5xx, time-outs, no network, a long rate limit
  switch (error.status) {
    case 401:
    case 429:
      return 'unavailable'
    case 403:
      // Without a number it is the network in front of Discord that blocks us, which passes.
      return codeOf(error) === null ? 'unavailable' : 'forbidden'
    case 404:
      return 'gone'
    case 413:
      return 'file_refused'
    default:
      return 'refused'
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof DiscordAPIError)
    return `Discord said ${error.status} ${error.code ?? ''}: ${error.message}`
  if (error instanceof HTTPError) return `Discord said ${error.status} ${error.message}`
  if (error instanceof RateLimitError) {
    return `Discord wants a pause of ${Math.ceil(error.timeToReset / 1000)} s on ${error.route}`
  }
  return `Discord could not be reached: ${reasonOf(error)}`
}

/** fetch says no more than "fetch failed", and a refused connection has no message at all: the reason is further in. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause instanceof Error) return reasonOf(error.cause)
  return error.message || ('code' in error && typeof error.code === 'string' ? error.code : error.name)
}

/**
 * The errors of @discordjs/rest carry the address (with the interaction's token in it) and the whole body (with the
 * file), and loggers print every property of a cause. Only the words and the stack go on.
 */
function withoutSecrets(error: unknown): Error {
  const slim = new Error(wordsOf(error))
  if (error instanceof Error && error.stack) slim.stack = error.stack
  return slim
}
