import type { Router } from 'express'
import { expect, test } from 'vitest'
import { MOUNT } from '../../src/sandbox/control.ts'
import { createSlack } from '../../src/sandbox/slack/index.ts'
import { installByHand, listen, openStage, SCOPES } from './sandbox-slack.kit.ts'

/** "POST /slack/api/chat.update"; a route for any method counts as POST, which is how Slack's clients call. */
function routesOf(router: Router, mount: string): string[] {
  return router.stack.flatMap(layer => {
    const { route } = layer
    if (!route) return []
    const methods = new Set(route.stack.map(step => step.method?.toUpperCase() ?? 'POST'))
    return [...methods].map(method => `${method} ${mount}${route.path}`)
  })
}

test('the coverage names exactly the routes that the routers have', async () => {
  const slack = createSlack()
  const real = [
    ...routesOf(slack.api, MOUNT.slackApi),
    ...routesOf(slack.upload, MOUNT.slackUpload),
    ...routesOf(slack.files, MOUNT.slackFiles),
    ...routesOf(slack.response, MOUNT.slackResponse),
    ...routesOf(slack.oauth, MOUNT.slackOauth),
  ]
  const told = slack.coverage.routes.map(({ method, path }) => `${method} ${path}`)
  expect(real.length).toBeGreaterThan(25)
  expect(told.toSorted()).toEqual(real.toSorted())
  expect(slack.coverage.deviations.every(sentence => /^[A-Z].*\.$/.test(sentence))).toBe(true)
  await slack.close()
})

test("every entry of the coverage answers Slack's own client, or a browser, with what was asked for", async () => {
  await using stage = await openStage({ slack: { rateLimits: false } })
  await using app = await listen(stage)
  const { slack, url, env } = stage.sandbox
  const { web } = stage
  const { clientId: client_id, clientSecret: client_secret } = slack.oauthApp
  const [mira, clips] = [stage.user('Mira'), stage.channel('clips')]
  const file = await stage.upload('fox.mp4', Buffer.from('a small clip'))
  await stage.done('/message', { user_id: mira, channel_id: clips, file_ids: [file.id] })
  const use = async () => {
    const acknowledged = stage.event('interaction')
    await stage.done('/slash', { user_id: mira, channel_id: clips, command: '/upscale', text: '' })
    await acknowledged
    return app.payloads.at(-1) as { trigger_id: string; response_url: string }
  }
  const view = { type: 'modal' as const, title: { type: 'plain_text' as const, text: 'Prices' }, blocks: [] }
  const get = async (address: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(address, { headers, redirect: 'manual' })
    return { status: answer.status, text: await answer.text() }
  }
  const bearer = { authorization: `Bearer ${slack.botToken}` }
  const known: Record<string, string> = {}
  const asked = new URLSearchParams({ client_id, scope: SCOPES.join(','), redirect_uri: `${url}/back` })
  const api = `POST ${MOUNT.slackApi}`

  const calls: [route: string, call: () => Promise<unknown>, expected: unknown][] = [
    [`${api}/auth.test`, () => web.auth.test(), { user: 'murano', team: 'The Reel Room' }],
    [
      `${api}/apps.connections.open`,
      () => stage.client(slack.appToken).apps.connections.open(),
      { url: expect.stringMatching(/^ws:/) },
    ],
    [
      `${api}/chat.postMessage`,
      async () => {
        const answer = await web.chat.postMessage({ channel: clips, text: 'one' })
        known.ts = answer.ts!
        return answer
      },
      { channel: clips, message: { text: 'one' } },
    ],
    [
      `${api}/chat.postEphemeral`,
      () => web.chat.postEphemeral({ channel: clips, user: mira, text: 'psst' }),
      { message_ts: expect.stringMatching(/^\d+\.\d{6}$/) },
    ],
    [
      `${api}/chat.update`,
      () => web.chat.update({ channel: clips, ts: known.ts!, text: 'two' }),
      { text: 'two', message: { edited: {} } },
    ],
    [
      `${api}/chat.getPermalink`,
      () => web.chat.getPermalink({ channel: clips, message_ts: known.ts! }),
      { permalink: expect.stringMatching(/^https:/) },
    ],
    [
      `${api}/conversations.info`,
      () => web.conversations.info({ channel: clips, include_num_members: true }),
      { channel: { name: 'clips', is_member: true, num_members: 4 } },
    ],
    [
      `${api}/conversations.history`,
      () => web.conversations.history({ channel: clips, limit: 1 }),
      { messages: [{ text: 'two' }], has_more: true },
    ],
    [
      `${api}/conversations.replies`,
      () => web.conversations.replies({ channel: clips, ts: known.ts! }),
      { messages: [{ text: 'two' }], has_more: false },
    ],
    [
      `${api}/chat.delete`,
      () => web.chat.delete({ channel: clips, ts: known.ts! }),
      { ts: expect.any(String) },
    ],
    [
      `${api}/conversations.join`,
      () => web.conversations.join({ channel: clips }).catch((error: { data: unknown }) => error.data),
      { error: 'missing_scope', needed: 'channels:join' },
    ],
    [
      `${api}/users.info`,
      () => web.users.info({ user: mira }),
      { user: { real_name: 'Mira', is_admin: false } },
    ],
    [
      `${api}/usergroups.list`,
      () => web.usergroups.list({ include_count: true }),
      { usergroups: [{ handle: 'approvers', name: 'Approvers', date_delete: 0, user_count: 2 }] },
    ],
    [
      `${api}/usergroups.users.list`,
      () => web.usergroups.users.list({ usergroup: 'S0APPROVERS' }),
      { users: [stage.user('Ada'), stage.user('Jonas')] },
    ],
    [
      `${api}/files.info`,
      () => web.files.info({ file: file.id }),
      { file: { name: 'fox.mp4', user: mira, shares: { public: { [clips]: [{}] } } } },
    ],
    [
      `${api}/files.getUploadURLExternal`,
      async () => {
        const answer = await web.files.getUploadURLExternal({ filename: 'a.txt', length: 3 })
        Object.assign(known, { upload: answer.upload_url, file: answer.file_id })
        return answer
      },
      { file_id: expect.stringMatching(/^F/) },
    ],
    [
      'POST /slack/upload/v1/:ticket',
      async () => await (await fetch(known.upload!, { method: 'POST', body: 'abc' })).text(),
      'OK - 3',
    ],
    [
      `${api}/files.completeUploadExternal`,
      () => web.files.completeUploadExternal({ files: [{ id: known.file!, title: 'A' }] }),
      { files: [{ title: 'A' }] },
    ],
    [`${api}/files.delete`, () => web.files.delete({ file: known.file! }), { ok: true }],
    [
      'GET /slack/files/files-pri/:place/:name',
      () => get(file.url_private, bearer),
      { status: 200, text: 'a small clip' },
    ],
    [
      'GET /slack/files/files-pri/:place/download/:name',
      () => get(file.url_private_download, bearer),
      { status: 200, text: 'a small clip' },
    ],
    [
      'GET /slack/files/sandbox/:file/:name',
      () => get(file.sandbox_url),
      { status: 200, text: 'a small clip' },
    ],
    [
      'GET /slack/files/signin',
      () => get(`${url}/slack/files/signin`),
      { status: 200, text: expect.stringContaining('Sign in') },
    ],
    [
      `${api}/views.open`,
      async () => {
        const answer = await web.views.open({ trigger_id: (await use()).trigger_id, view })
        known.view = answer.view!.id!
        return answer
      },
      { view: { title: { text: 'Prices' } } },
    ],
    [
      `${api}/views.push`,
      async () => await web.views.push({ trigger_id: (await use()).trigger_id, view }),
      { view: { previous_view_id: expect.stringMatching(/^V/) } },
    ],
    [
      `${api}/views.update`,
      () => web.views.update({ view_id: known.view!, view: { ...view, callback_id: 'new' } }),
      { view: { callback_id: 'new' } },
    ],
    [
      'POST /slack/response/:team/:hook',
      async () => {
        const body = JSON.stringify({ text: 'Only for you' })
        const answer = await fetch((await use()).response_url, { method: 'POST', body })
        return answer.status
      },
      200,
    ],
    [
      'GET /slack/oauth/v2/authorize',
      () => get(`${url}/slack/oauth/v2/authorize?${asked}`),
      { status: 200, text: expect.stringContaining('Allow') },
    ],
    [
      'POST /slack/oauth/v2/authorize',
      async () => {
        const body = new URLSearchParams({ place: stage.team('Lantern Slides'), choice: 'cancel' })
        const address = `${url}/slack/oauth/v2/authorize?${asked}`
        const answer = await fetch(address, { method: 'POST', body, redirect: 'manual' })
        return answer.headers.get('location')
      },
      expect.stringContaining('error=access_denied'),
    ],
    [
      `${api}/oauth.v2.access`,
      async () => {
        const answer = await installByHand(stage, stage.team('Lantern Slides'))
        known.token = answer.access_token!
        return answer
      },
      { token_type: 'bot', team: { name: 'Lantern Slides' } },
    ],
    [
      `${api}/apps.uninstall`,
      () => stage.client(known.token).apps.uninstall({ client_id, client_secret }),
      { ok: true },
    ],
    [`${api}/auth.revoke`, () => web.auth.revoke(), { revoked: true }],
  ]
  const told = slack.coverage.routes.map(({ method, path }) => `${method} ${path}`)
  expect(calls.map(([route]) => route).toSorted()).toEqual(told.toSorted())
  expect(env.SLACK_API_URL).toBe(url + MOUNT.slackApi)
  for (const [route, call, expected] of calls) {
    const answer = await call()
    expect({ answer }, route).toMatchObject({ answer: expected })
  }
})
