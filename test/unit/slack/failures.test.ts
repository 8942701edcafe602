import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api'
import { describe, expect, it } from 'vitest'
import {
  fitForLogs,
  HookError,
  isDeadToken,
  isOurs,
  isUnknown,
  masked,
  toChatError,
} from '../../../adapters/slack/failures.ts'
import { ChatError } from '../../../src/core/chat.ts'
import { MuranoError } from '../../../src/core/errors.ts'

const said = (error: string, more: object = {}) => new WebAPIPlatformError({ ok: false, error, ...more })
const SECRETS = [
  'xoxb-4012110000011-4012110000012-abcDEF',
  'xoxe.xoxb-1-Mi0yLTQwMTIx',
  'xoxe-1-My0xLTQwMTIx',
  'xapp-1-A0MURANO001-4012110000003-abcdef',
]
const HOOK = 'https://hooks.slack.com/actions/T012/345/secretsecret'

describe('what Slack says', () => {
  it.each([
    ['channel_not_found', 'hidden'],
    ['message_not_found', 'gone'],
    ['thread_not_found', 'gone'],
    ['cannot_reply_to_message', 'gone'],
    ['edit_window_closed', 'gone'],
    ['not_in_channel', 'not_member'],
    ['is_archived', 'archived'],
    ['is_inactive', 'archived'],
    ['restricted_action', 'forbidden'],
    ['restricted_action_read_only_channel', 'forbidden'],
    ['restricted_action_thread_locked', 'forbidden'],
    ['no_permission', 'forbidden'],
    ['missing_scope', 'forbidden'],
    ['cant_update_message', 'forbidden'],
    ['messages_tab_disabled', 'forbidden'],
    ['ekm_access_denied', 'forbidden'],
    ['team_access_not_granted', 'left'],
    ['file_upload_size_restricted', 'file_refused'],
    ['file_uploads_disabled', 'file_refused'],
    ['storage_limit_reached', 'file_refused'],
    ['posting_to_channel_denied', 'file_refused'],
    ['slack_connect_file_upload_sharing_blocked', 'file_refused'],
    ['account_inactive', 'left'],
    ['token_revoked', 'left'],
    ['invalid_auth', 'left'],
    ['not_authed', 'left'],
    ['token_expired', 'unavailable'],
    ['ratelimited', 'unavailable'],
    ['message_limit_exceeded', 'unavailable'],
    ['org_login_required', 'unavailable'],
    ['team_added_to_org', 'unavailable'],
    ['internal_error', 'unavailable'],
    ['expired_trigger_id', 'expired'],
    ['invalid_blocks', 'refused'],
    ['msg_blocks_too_long', 'refused'],
    ['something_quite_new', 'refused'],
  ])('%s means %s', (word, code) => {
    const error = toChatError(said(word))
    expect(error).toMatchObject({ code, message: expect.stringContaining(word) })
  })

  it.each([
    [new WebAPIHTTPError(503, 'Service Unavailable', {}, ''), 'unavailable'],
    [new WebAPIHTTPError(413, 'Too Large', {}, ''), 'file_refused'],
    [new WebAPIRateLimitedError(30), 'unavailable'],
    [
      new WebAPIRequestError(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })),
      'unavailable',
    ],
    [new TypeError('fetch failed', { cause: new Error('other side closed') }), 'unavailable'],
    [new HookError(404, '{"ok":false,"error":"used_url"}'), 'expired'],
    [new HookError(404, 'expired_url'), 'expired'],
    [new HookError(500, '<html>'), 'unavailable'],
    [new HookError(400, '{"ok":false,"error":"invalid_blocks"}'), 'refused'],
  ])('%s is %s', (error, code) => {
    expect(toChatError(error).code).toBe(code)
  })

  it('names which scope is missing and which block is wrong', () => {
    expect(toChatError(said('missing_scope', { needed: 'files:write' })).message).toContain('files:write')
    const metadata = { response_metadata: { messages: ['[ERROR] must be more than 1 [/blocks/0]'] } }
    expect(toChatError(said('invalid_blocks', metadata)).message).toContain('/blocks/0')
  })

  it('is what it was when it is translated twice, with what a sentence needs added', () => {
    const once = toChatError(said('not_in_channel'))
    expect(toChatError(once)).toBe(once)
    const again = toChatError(once, { invite: '/invite @murano' })
    expect(again).toMatchObject({ code: 'not_member', facts: { invite: '/invite @murano' } })
  })

  it('is unknown in its effect where no answer came, and only there', () => {
    expect(isUnknown(new WebAPIRequestError(new Error('timeout')))).toBe(true)
    expect(isUnknown(new WebAPIHTTPError(502, '', {}, ''))).toBe(true)
    expect(isUnknown(said('internal_error'))).toBe(true)
    for (const error of [
      said('not_in_channel'),
      new WebAPIRateLimitedError(1),
      new WebAPIHTTPError(404, '', {}),
    ]) {
      expect(isUnknown(error)).toBe(false)
    }
  })

  it('says of a token that it is dead, or else that it is not', () => {
    expect(['token_revoked', 'account_inactive', 'invalid_auth'].map(w => isDeadToken(said(w)))).toEqual([
      true,
      true,
      true,
    ])
    expect(['token_expired', 'missing_scope', 'ratelimited'].some(w => isDeadToken(said(w)))).toBe(false)
  })
})

describe('errors of ours stay what they are', () => {
  it('a wrong argument, a missing file, a key that opens no row', () => {
    const missing = Object.assign(new Error('ENOENT'), { syscall: 'open', path: '/nowhere' })
    for (const error of [new TypeError('not an address'), missing, new MuranoError('vault_wrong_key', 'x')]) {
      expect(isOurs(error)).toBe(true)
      expect(fitForLogs(error)).toBe(error)
    }
    expect(isOurs(new ChatError('gone', 'x'))).toBe(false)
    expect(isOurs(new TypeError('fetch failed', { cause: new Error('x') }))).toBe(false)
  })
})

describe('secrets', () => {
  it('leave no error: no token, no response_url, no answer of an installation', () => {
    for (const secret of [...SECRETS, HOOK]) {
      const errors = [
        said(`bad ${secret}`, { access_token: secret }),
        new WebAPIHTTPError(500, secret, { authorization: secret }, secret),
        new WebAPIRequestError(new Error(`could not reach ${secret}`)),
        new HookError(500, secret),
      ]
      for (const error of errors) {
        const slim = toChatError(error)
        const cause = slim.cause as Error
        const all = [slim.message, slim.stack, cause.message, cause.stack, JSON.stringify(cause)].join('\n')
        expect(all).not.toContain(secret)
        expect(Object.keys(cause)).toEqual([])
      }
    }
  })

  it('are masked in lines that libraries write', () => {
    for (const secret of SECRETS)
      expect(masked(`Authorization: "Bearer ${secret}", and ${secret}`)).not.toContain(secret)
    expect(masked(`POST ${HOOK} failed`)).toBe('POST https://hooks.slack.com/[secret] failed')
    expect(masked('GET /slack/oauth_redirect?code=1.2.abc&state=eyJ.x')).toBe(
      'GET /slack/oauth_redirect?code=[secret]&state=[secret]',
    )
    expect(masked('wss://wss-primary.slack.com/link/?ticket=abc-123&app_id=1')).not.toContain('abc-123')
    expect(masked('nothing to hide')).toBe('nothing to hide')
  })
})
