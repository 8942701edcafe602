import { expect, test } from 'vitest'
import { MOUNT } from '../../src/sandbox/control.ts'
import { installByHand, openStage, refusalOf, SCOPES, type Stage } from './sandbox-slack.kit.ts'

const said = async (call: Promise<unknown>) => (await refusalOf(call)).error
const LIFE_MS = 43_200_000

/** What the app sends along to show that it is the app. */
function app(stage: Stage) {
  const { clientId: client_id, clientSecret: client_secret } = stage.sandbox.slack.oauthApp
  return { client_id, client_secret }
}

const refreshed = (stage: Stage, refresh_token: string) =>
  stage.client().oauth.v2.access({ ...app(stage), grant_type: 'refresh_token', refresh_token })

/** The code that a person's "Allow" gives, for this redirect_uri. */
async function codeFor(stage: Stage, redirect_uri: string): Promise<string> {
  const query = new URLSearchParams({ client_id: app(stage).client_id, scope: 'commands', redirect_uri })
  const answer = await fetch(`${stage.sandbox.url}${MOUNT.slackOauth}/v2/authorize?${query}`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ place: stage.team('Lantern Slides'), choice: 'allow' }),
  })
  return new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
}

test('a code is exchanged once, by the app itself, for the address that it was asked for, within ten minutes', async () => {
  let now = Date.parse('2026-11-22T12:00:00Z')
  await using stage = await openStage({ slack: { clock: () => now } })
  const redirect_uri = 'http://127.0.0.1:1/back'
  const code = await codeFor(stage, redirect_uri)
  const exchange = (more: object) =>
    stage.client().oauth.v2.access({ ...app(stage), code, redirect_uri, ...more })
  expect(await said(exchange({ client_id: 'x' }))).toBe('invalid_client_id')
  expect(await said(exchange({ client_secret: 'x' }))).toBe('bad_client_secret')
  expect(await said(exchange({ code: 'x' }))).toBe('invalid_code')
  expect(await said(exchange({ redirect_uri: 'http://127.0.0.1:2/' }))).toBe('bad_redirect_uri')
  expect(await said(exchange({ grant_type: 'password' }))).toBe('invalid_grant_type')
  expect(stage.state().workspaces[1]?.installed).toBe(false)
  const changed = stage.event('workspace')
  const granted = await exchange({})
  expect(granted).toMatchObject({
    scope: 'commands',
    token_type: 'bot',
    team: { id: stage.team('Lantern Slides'), name: 'Lantern Slides' },
    enterprise: { name: 'Lantern House' },
    is_enterprise_install: false,
    authed_user: { id: stage.user('Ines') },
  })
  expect(granted.refresh_token).toBeUndefined()
  expect((await changed).workspace.installed).toBe(true)
  expect(await said(exchange({}))).toBe('code_already_used')
  const late = await codeFor(stage, redirect_uri)
  now += 600_001
  expect(await said(exchange({ code: late }))).toBe('invalid_code')
})

test('a second installation keeps the token and adds to its scopes', async () => {
  await using stage = await openStage()
  const redirect_uri = 'http://127.0.0.1:1/back'
  const code = await codeFor(stage, redirect_uri)
  const first = await stage.client().oauth.v2.access({ ...app(stage), code, redirect_uri })
  const second = await installByHand(stage, stage.team('Lantern Slides'))
  expect(second.access_token).toBe(first.access_token)
  expect(second.scope?.split(',').toSorted()).toEqual(SCOPES.toSorted())
})

test('a rotating token ends after twelve hours, and each refresh token is good once', async () => {
  let now = Date.parse('2026-11-22T12:00:00Z')
  await using stage = await openStage({ slack: { clock: () => now, tokenRotation: true, rateLimits: false } })
  const first = await installByHand(stage, stage.team('Lantern Slides'))
  expect(first).toMatchObject({ expires_in: 43_200, access_token: expect.stringMatching(/^xoxe\.xoxb-1-/) })
  now += LIFE_MS - 1
  await stage.client(first.access_token).auth.test()
  const second = await refreshed(stage, first.refresh_token!)
  await stage.client(first.access_token).auth.test()
  expect(await said(refreshed(stage, first.refresh_token!))).toBe('invalid_refresh_token')
  now += 1
  expect(await said(stage.client(first.access_token).auth.test())).toBe('token_expired')
  await stage.client(second.access_token).auth.test()
  const known = stage.sandbox.slack.secrets()
  for (const { access_token, refresh_token } of [first, second])
    expect(known).toEqual(expect.arrayContaining([access_token, refresh_token]))
})

test('no more than two tokens are good at a time', async () => {
  await using stage = await openStage({ slack: { tokenRotation: true } })
  const first = await installByHand(stage, stage.team('Lantern Slides'))
  const second = await refreshed(stage, first.refresh_token!)
  const third = await refreshed(stage, second.refresh_token!)
  expect(await said(stage.client(first.access_token).auth.test())).toBe('token_revoked')
  await stage.client(second.access_token).auth.test()
  await stage.client(third.access_token).auth.test()
})

test('the simple token of the first workspace does not rotate', async () => {
  let now = Date.parse('2026-11-22T12:00:00Z')
  await using stage = await openStage({ slack: { clock: () => now, tokenRotation: true } })
  expect(stage.sandbox.slack.botToken).toMatch(/^xoxb-/)
  now += 10 * LIFE_MS
  expect(await stage.web.auth.test()).toMatchObject({
    team: 'The Reel Room',
    team_id: stage.team('The Reel Room'),
    is_enterprise_install: false,
  })
})

test('a token of a whole organisation reaches its workspaces, and no team_id but theirs', async () => {
  await using stage = await openStage()
  const { enterprise_id } = stage.state().workspaces[1]!
  const granted = await installByHand(stage, enterprise_id!)
  expect(granted).toMatchObject({
    team: null,
    enterprise: { id: enterprise_id },
    is_enterprise_install: true,
  })
  const client = stage.client(granted.access_token)
  const team_id = stage.team('Lantern Slides')
  expect(await client.auth.test()).toMatchObject({ team_id, enterprise_id, is_enterprise_install: true })
  const channel = stage.channel('projection')
  await stage.done('/membership', { channel_id: channel, bot: true })
  const say = (team: string) => client.apiCall('chat.postMessage', { channel, text: 'x', team_id: team })
  await say(team_id)
  expect(await said(say(stage.team('The Reel Room')))).toBe('team_access_not_granted')
  const elsewhere = client.chat.postMessage({ channel: stage.channel('clips'), text: 'x' })
  expect(await said(elsewhere)).toBe('channel_not_found')
})
