import {
  SlackError,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api'
import { ChatError, type ChatErrorCode } from '../../src/core/chat.ts'
import { MuranoError } from '../../src/core/errors.ts'

/**
 * What Slack's words mean to us. Pages of the methods at docs.slack.dev/reference/methods, November 2026. A word that is
 * not here means that Slack finds our request wrong.
 */
const MEANING: Readonly<Record<string, ChatErrorCode>> = {
  // Said of private channels too, where the bot is no member (any more).
  channel_not_found: 'hidden',
  message_not_found: 'gone',
  thread_not_found: 'gone',
  cannot_reply_to_message: 'gone',
  edit_window_closed: 'gone',
  user_not_found: 'gone',
  user_not_in_channel: 'gone',
  file_not_found: 'gone',
  file_deleted: 'gone',
  not_in_channel: 'not_member',
  is_archived: 'archived',
  is_inactive: 'archived',
  no_permission: 'forbidden',
  missing_scope: 'forbidden',
  access_denied: 'forbidden',
  not_allowed_token_type: 'forbidden',
  cant_update_message: 'forbidden',
  messages_tab_disabled: 'forbidden',
  ekm_access_denied: 'forbidden',
  file_upload_size_restricted: 'file_refused',
  file_uploads_disabled: 'file_refused',
  file_uploads_except_images_disabled: 'file_refused',
  storage_limit_reached: 'file_refused',
  posting_to_channel_denied: 'file_refused',
  malware_detected: 'file_refused',
  blocked_file_type: 'file_refused',
  account_inactive: 'left',
  token_revoked: 'left',
  invalid_auth: 'left',
  not_authed: 'left',
  team_disabled: 'left',
  // An organisation has the app, but this workspace of it does not.
  team_access_not_granted: 'left',
  user_removed_from_team: 'left',
  token_expired: 'unavailable',
  ratelimited: 'unavailable',
  rate_limited: 'unavailable',
  message_limit_exceeded: 'unavailable',
  accesslimited: 'unavailable',
  // A workspace that moves into an organisation is away for a while.
  org_login_required: 'unavailable',
  team_added_to_org: 'unavailable',
  service_unavailable: 'unavailable',
  request_timeout: 'unavailable',
  internal_error: 'unavailable',
  fatal_error: 'unavailable',
  expired_url: 'expired',
  used_url: 'expired',
  expired_trigger_id: 'expired',
  trigger_expired: 'expired',
  invalid_trigger_id: 'expired',
  exchanged_trigger_id: 'expired',
  trigger_exchanged: 'expired',
}

/** Families of words, e.g. restricted_action_thread_locked, slack_connect_file_upload_sharing_blocked. */
const FAMILIES: readonly [RegExp, ChatErrorCode][] = [
  [/^restricted_action/, 'forbidden'],
  [/^slack_connect_\w+_blocked$/, 'file_refused'],
]

/** The window was opened by an earlier delivery of the same event. */
const EXCHANGED = ['exchanged_trigger_id', 'trigger_exchanged']
/** This token opens nothing any more; another one may. Of an organisation's token it may be said for one workspace alone. */
const DEAD_TOKEN = ['account_inactive', 'token_revoked', 'invalid_auth', 'not_authed', 'team_disabled']

/** Slack's own word for what went wrong; null where it gave none. */
export function wordOf(error: unknown): string | null {
  if (error instanceof WebAPIPlatformError) return error.data.error
  return error instanceof HookError ? error.word : null
}

export const isExchanged = (error: unknown): boolean => EXCHANGED.includes(wordOf(error) ?? '')
export const isDeadToken = (error: unknown): boolean => DEAD_TOKEN.includes(wordOf(error) ?? '')
export const isExpiredToken = (error: unknown): boolean => wordOf(error) === 'token_expired'

/** Slack's answer, or none from it; all other errors are of this machine or of our own. */
export const isFromSlack = (error: unknown): boolean =>
  error instanceof SlackError || error instanceof HookError || error instanceof ChatError

/** How long Slack wants us to wait, ms; null: it is no rate limit. */
export const pauseOf = (error: unknown): number | null =>
  error instanceof WebAPIRateLimitedError ? error.retryAfter * 1000 : null

/** Nobody knows whether Slack did what it was asked: the answer got lost, or was none. */
export const isUnknown = (error: unknown): boolean =>
  error instanceof WebAPIRequestError ||
  (error instanceof WebAPIHTTPError && error.statusCode >= 500) ||
  ['service_unavailable', 'request_timeout', 'internal_error', 'fatal_error'].includes(wordOf(error) ?? '')

/** The scope that Slack finds missing; null where it misses none. */
export function missingScopeOf(error: unknown): string | null {
  if (!(error instanceof WebAPIPlatformError) || error.data.error !== 'missing_scope') return null
  const { needed } = error.data as { needed?: unknown }
  return typeof needed === 'string' ? needed : 'unnamed'
}

/** A response_url, or an address to upload to, that did not answer with success. */
export class HookError extends Error {
  readonly status: number
  /** What it said, where that is one of Slack's words ("expired_url"). */
  readonly word: string | null
  constructor(status: number, body: string) {
    super(`Slack said ${status}`)
    this.status = status
    this.word = /^[a-z_]{3,60}$/.exec(body.trim())?.[0] ?? wordIn(body)
  }
}

const wordIn = (body: string): string | null => /"error"\s*:\s*"([a-z_]{3,60})"/.exec(body)?.[1] ?? null

export function toChatError(error: unknown, facts: Record<string, string> = {}): ChatError {
  if (error instanceof ChatError) {
    return Object.keys(facts).length === 0
      ? error
      : new ChatError(error.code, error.message, { cause: error.cause, facts: { ...error.facts, ...facts } })
  }
  return new ChatError(meaningOf(error), wordsOf(error), { cause: withoutSecrets(error), facts })
}

/** Our own mistakes stay what they are; only what came from the conversation with Slack is translated. */
export const fitForLogs = (error: unknown): unknown => (isOurs(error) ? error : toChatError(error))

/** A wrong argument, a missing file, a key that opens no row. fetch throws TypeErrors too, but always with a cause. */
export const isOurs = (error: unknown): boolean =>
  (error instanceof TypeError && error.cause === undefined) ||
  (error instanceof MuranoError && !(error instanceof ChatError)) ||
  (error instanceof Error && 'syscall' in error && 'path' in error)

function meaningOf(error: unknown): ChatErrorCode {
  const word = wordOf(error)
  if (word !== null) {
    return MEANING[word] ?? FAMILIES.find(([family]) => family.test(word))?.[1] ?? 'refused'
  }
  const status = statusOf(error)
  // No network, a time-out, a rate limit: it passes.
  if (status === null || status >= 500 || status === 429 || status === 408) return 'unavailable'
  if (status === 413) return 'file_refused'
  return status === 404 || status === 410 ? 'expired' : 'refused'
}

const statusOf = (error: unknown): number | null => {
  if (error instanceof WebAPIHTTPError) return error.statusCode
  return error instanceof HookError ? error.status : null
}

function wordsOf(error: unknown): string {
  const scope = missingScopeOf(error)
  if (scope !== null) return `Slack said missing_scope (${masked(scope)})`
  if (error instanceof WebAPIPlatformError) return `Slack said ${masked(error.data.error)}${detailOf(error)}`
  if (error instanceof WebAPIHTTPError) return `Slack said ${error.statusCode}`
  if (error instanceof WebAPIRateLimitedError) return `Slack wants a pause of ${error.retryAfter} s`
  if (error instanceof HookError) return error.word ? `${error.message} ${error.word}` : error.message
  return `Slack could not be reached: ${masked(reasonOf(error))}`
}

/** Which of our blocks it did not like, say. */
function detailOf(error: WebAPIPlatformError): string {
  const { messages } = (error.data.response_metadata ?? {}) as { messages?: unknown }
  return Array.isArray(messages) && messages.length > 0
    ? `: ${masked(messages.slice(0, 3).join('; ')).slice(0, 500)}`
    : ''
}

/** fetch says no more than "fetch failed", and a refused connection has no message at all: the reason is further in. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof WebAPIRequestError) return reasonOf(error.original)
  if (error.cause instanceof Error) return reasonOf(error.cause)
  return error.message || ('code' in error && typeof error.code === 'string' ? error.code : error.name)
}

/** Tokens, and addresses that are keys by themselves, in text that others wrote (the libraries' own log lines, say). */
export const masked = (text: string): string =>
  text
    .replaceAll(/\b(?:xox[a-z]|xoxe\.xox[a-z]|xapp)-[\w.-]+/g, '[token]')
    .replaceAll(/\bBearer\s+[^\s"',]+/gi, 'Bearer [token]')
    .replaceAll(/(https?:\/\/hooks\.slack\.com|\/slack\/response)\/[^\s"'<>)]+/g, '$1/[secret]')
    .replaceAll(/([?&](?:ticket|code|state)=)[^\s&"']+/g, '$1[secret]')

/**
 * The libraries' errors carry whole answers (headers, bodies, and with OAuth the tokens), and loggers print every property
 * of a cause. Only the words and the stack go on.
 */
function withoutSecrets(error: unknown): Error {
  const slim = new Error(wordsOf(error))
  if (error instanceof Error && error.stack) slim.stack = masked(error.stack)
  return slim
}
