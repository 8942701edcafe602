import { describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'

/** The line that is logged of these facts, at the level of errors. */
function lineOf(facts: object, message = 'something happened', secrets: string[] = []): string {
  const lines: string[] = []
  createLog({ level: 'debug', secrets, write: line => lines.push(line) }).error(facts, message)
  expect(lines).toHaveLength(1)
  return lines[0]!
}

describe('a log line', () => {
  it('is one JSON object with its facts, whatever was masked in it', () => {
    const error = new Error('refused: xoxb-1-2-abc "quoted"\nnext line', {
      cause: new Error('Bearer abcdefgh'),
    })
    const line = lineOf({ error, jobId: 'j1' }, 'posting failed')
    expect(JSON.parse(line)).toMatchObject({
      jobId: 'j1',
      msg: 'posting failed',
      error: {
        type: 'Error',
        message: 'refused: [token] "quoted"\nnext line',
        cause: { message: 'Bearer [token]' },
      },
    })
  })

  it('holds no secret that was known at start, wherever it stood', () => {
    const line = lineOf(
      { deep: { list: ['key-of-ours'] }, error: new Error('key-of-ours') },
      'key-of-ours!',
      ['key-of-ours'],
    )
    expect(line).not.toContain('key-of-ours')
    expect(line).toContain('[secret]!')
  })

  it.each([
    'xoxb-401-402-AbCdEf012345',
    'xoxp-1-2-3-abcdef',
    'xapp-1-A012-401-abcdef0123456789',
    'xoxe.xoxb-1-Mi0yLTEyMy0+/abc==',
    'xoxe.xoxp-1-Mi0yLTEyMy0',
    'xoxe-1-My0xLTEyMw',
    'xoxa-2-abcdef',
  ])('holds no token of an installation, which nobody knew at start: %s', token => {
    for (const text of [token, `token=${token}&x=1`, `"${token}"`, `a\n${token}\nb`, `(${token})`]) {
      const line = lineOf({ text, error: new Error(text) }, text)
      expect(line).not.toContain(token)
      // Nor what is left of it behind a prefix.
      expect(line).not.toContain(token.slice(7))
      expect(line).toContain('[token]')
    }
  })

  it('holds no header that opens something', () => {
    for (const header of ['Bearer abc.def-ghi_jkl', 'bearer  AbCdEfGh', 'Authorization: Bearer abcd1234==']) {
      const secret = header.split(' ').at(-1)!
      const line = lineOf({ headers: { authorization: header } }, `sent\n${header}`)
      expect(line).not.toContain(secret)
    }
  })

  it.each([
    ['https://hooks.slack.com/commands/T012/401402/', 'AbCdEf012345'],
    ['https://hooks.slack.com/actions/T012/401402/', 'AbCdEf012345'],
    ['http://127.0.0.1:4000/slack/response/T012/', 'AbCd-Ef_012345'],
    ['https://files.slack.com/upload/v1/', 'CwABAAAAXAoAAQ'],
    ['wss://wss-primary.slack.com/link/?app_id=A1&ticket=', '12ab-34cd%3D56'],
    ['https://murano.example.org/slack/oauth_redirect?code=', '401.402.abcdef&state=eyJhbGciOi.J9'],
    ['https://discord.com/api/v10/webhooks/123/', 'aW50ZXJhY3Rpb24'],
    ['https://discord.com/api/v10/interactions/123/', 'aW50ZXJhY3Rpb24'],
    ['https://cdn.discordapp.com/a.mp4?ex=1&hm=', '0123456789abcdef'],
    ['https://murano.example.org/files/a.mp4?until=1&sig=', '0123456789abcdef'],
  ])('holds no address that is a key itself: %s', (address, key) => {
    const line = lineOf({ url: address + key, error: new Error(`POST ${address}${key} failed`) })
    for (const part of key.split('&state=')) expect(line).not.toContain(part)
    expect(line).toContain('[signed]')
  })

  it('keeps what only looks a little like a secret', () => {
    const text =
      'bearer of bad news; the xox family, xapp store; ticket=12; /slack/response; 3 boxes-of-clips; code=42 at a.mp4'
    expect(JSON.parse(lineOf({}, text)).msg).toBe(text)
  })
})
