import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js'
import { describe, expect, it } from 'vitest'
import { isTokenRefused, toChatError } from '../../../adapters/discord/failures.ts'
import { ChatError } from '../../../src/core/chat.ts'

const SECRET = 'aW50ZXJhY3Rpb246MTMwMDAw'
const url = `https://discord.com/api/v10/webhooks/1/${SECRET}/messages/@original`
const body = { files: [{ name: 'a.mp4', data: Buffer.from(SECRET) }], body: { content: SECRET } }
const said = (status: number, code: number, message = 'No') =>
  new DiscordAPIError({ code, message }, code, status, 'PATCH', url, body)
/** An answer from something in front of Discord: no JSON in it. */
const wordless = (status: number) =>
  new DiscordAPIError({ error: 'x' }, undefined as unknown as number, status, 'POST', url, body)

const limited = new RateLimitError({
  global: false,
  hash: '',
  limit: 1,
  majorParameter: '1',
  method: 'POST',
  retryAfter: 90_000,
  route: '/channels/:id/messages',
  scope: 'shared',
  sublimitTimeout: 0,
  timeToReset: 90_000,
  url,
})

describe("Discord's failures in the words of the Chat port", () => {
  it.each<[ChatError['code'], string, unknown]>([
    ['gone', '10003', said(404, 10003)],
    ['gone', '10004', said(404, 10004)],
    ['gone', '10008', said(404, 10008)],
    ['gone', '30046', said(400, 30046)],
    ['gone', '404 without a number', wordless(404)],
    ['forbidden', '50001', said(403, 50001)],
    ['forbidden', '50013', said(403, 50013)],
    ['forbidden', '160005', said(400, 160005)],
    ['forbidden', '160006', said(400, 160006)],
    ['file_refused', '40005', said(413, 40005)],
    ['file_refused', '400001', said(403, 400001)],
    ['file_refused', '413 without a number', wordless(413)],
    ['expired', '10015', said(404, 10015)],
    ['expired', '10062', said(404, 10062)],
    ['expired', '50027', said(401, 50027)],
    ['refused', '50035', said(400, 50035)],
    ['refused', 'an unknown number', said(400, 999999)],
    ['unavailable', '403 without a number, from the network in front', wordless(403)],
    ['unavailable', '401', said(401, 0)],
    ['unavailable', '429', said(429, 0)],
    ['unavailable', '500', new HTTPError(500, 'Internal Server Error', 'POST', url, body)],
    ['unavailable', 'a long rate limit', limited],
    ['unavailable', 'a time-out', new DOMException('This operation was aborted', 'AbortError')],
    ['unavailable', 'a refused connection', Object.assign(new Error(''), { code: 'ECONNREFUSED' })],
    ['unavailable', 'something that is no error', 'boom'],
  ])('%s: %s', (code, _, error) => {
    const translated = toChatError(error)
    expect(translated).toBeInstanceOf(ChatError)
    expect(translated.code).toBe(code)
    expect(translated.message).toMatch(/^Discord (said|could not be reached|wants a pause)/)
  })

  it('says why it could not be reached, however deep the reason lies', () => {
    const inner = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' })
    expect(toChatError(new TypeError('fetch failed', { cause: inner })).message).toContain('ECONNREFUSED')
  })

  it('hands on neither addresses with tokens nor bodies', () => {
    const { cause, stack } = toChatError(said(404, 10008))
    expect(JSON.stringify([Object.getOwnPropertyDescriptors(cause), stack])).not.toContain(SECRET)
  })

  it('leaves its own errors as they are', () => {
    const own = new ChatError('expired', 'x')
    expect(toChatError(own)).toBe(own)
  })

  it("tells a refused bot token from a dead interaction's", () => {
    expect(isTokenRefused(said(401, 0))).toBe(true)
    expect(isTokenRefused(new Error('Expected token to be set for this request, but none was present'))).toBe(
      true,
    )
    expect(isTokenRefused(said(401, 50027))).toBe(false)
    expect(isTokenRefused(said(403, 50001))).toBe(false)
  })
})
