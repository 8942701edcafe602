import { expect, test } from 'vitest'
import { installByHand, manifestWith, openStage, refusalOf, SCOPES, type Stage } from './sandbox-slack.kit.ts'

const said = async (call: Promise<unknown>) => (await refusalOf(call)).error

/** A message of the bot in #upscale-lab. */
async function post(stage: Stage, more: Record<string, unknown> = {}) {
  const channel = stage.channel('upscale-lab')
  const { ts } = await stage.web.chat.postMessage({ channel, text: 'A puppet, larger', ...more })
  return { channel, ts: ts! }
}

test('a message is posted, answered in its thread, changed and deleted, and people see each step', async () => {
  await using stage = await openStage()
  const posted = stage.event('message')
  const { channel, ts } = await post(stage, { metadata: { event_type: 'job', event_payload: { id: '1' } } })
  expect((await posted).message).toMatchObject({ channel, ts, text: 'A puppet, larger', edits: 0 })
  const reply = await stage.web.chat.postMessage({ channel, thread_ts: ts, text: 'Thanks!' })
  expect(reply.message).toMatchObject({ thread_ts: ts, app_id: stage.state().app_id })
  await stage.web.chat.update({ channel, ts, text: 'A puppet, four times larger' })
  expect(stage.message(channel, ts)).toMatchObject({ text: 'A puppet, four times larger', edits: 1 })
  const { permalink } = await stage.web.chat.getPermalink({ channel, message_ts: reply.ts! })
  expect(permalink).toContain(`/archives/${channel}/p${reply.ts!.replace('.', '')}?thread_ts=${ts}`)
  const gone = stage.event('message_deleted')
  await stage.web.chat.delete({ channel, ts: reply.ts! })
  expect(await gone).toEqual({ type: 'message_deleted', channel, ts: reply.ts })
  expect(stage.message(channel, reply.ts!)).toBeUndefined()
})

test('a call needs a token that is good, of the right kind, with the scope that the method asks for', async () => {
  await using stage = await openStage()
  const { slack } = stage.sandbox
  expect(await said(stage.client().auth.test())).toBe('not_authed')
  expect(await said(stage.client('xoxb-made-up').auth.test())).toBe('invalid_auth')
  expect(await said(stage.client(slack.appToken).auth.test())).toBe('not_allowed_token_type')
  expect(await said(stage.web.apps.connections.open())).toBe('not_allowed_token_type')
  expect(await said(stage.client('xapp-made-up').apps.connections.open())).toBe('invalid_auth')
  const call = stage.web.conversations.join({ channel: stage.channel('clips') })
  await expect(call).rejects.toMatchObject({
    data: { error: 'missing_scope', needed: 'channels:join', provided: SCOPES.join(',') },
  })
})

test('a token that was revoked and one whose app was uninstalled are told apart', async () => {
  await using stage = await openStage({ slack: { rateLimits: false } })
  const { access_token: other } = await installByHand(stage, stage.team('Lantern Slides'))
  await stage.web.auth.revoke({ test: true })
  await stage.web.auth.revoke()
  expect(await said(stage.web.auth.test())).toBe('token_revoked')
  const { clientId: client_id, clientSecret: client_secret } = stage.sandbox.slack.oauthApp
  const client = stage.client(other)
  expect(await said(client.apps.uninstall({ client_id, client_secret: 'wrong' }))).toBe('bad_client_secret')
  await client.apps.uninstall({ client_id, client_secret })
  expect(await said(client.auth.test())).toBe('account_inactive')
  expect(stage.state().workspaces.map(({ installed }) => installed)).toEqual([false, false])
})

test('an app whose manifest asks for more may more', async () => {
  const scopes = ['chat:write.public', 'channels:join', 'channels:read', 'groups:read', 'links.embed:write']
  await using stage = await openStage({ slack: { manifest: await manifestWith(scopes) } })
  const { web } = stage
  const channel = stage.channel('clips')
  const member = async () => (await web.conversations.info({ channel })).channel?.is_member
  await stage.done('/membership', { channel_id: channel, bot: false })
  await web.chat.postMessage({ channel, text: 'From outside' })
  expect(await member()).toBe(false)
  const joined = stage.event('channel')
  expect((await web.conversations.join({ channel })).channel).toMatchObject({ is_member: true })
  expect((await joined).channel.members).toContain(stage.state().workspaces[0]!.bot_user_id)
  expect(await web.conversations.join({ channel })).toMatchObject({ warning: 'already_in_channel' })
  expect(await member()).toBe(true)
  await stage.done('/channel', { channel_id: channel, archived: true })
  expect(await said(web.conversations.join({ channel }))).toBe('is_archived')
  const jury = stage.channel('festival-jury')
  await stage.done('/membership', { channel_id: jury, bot: true })
  expect(await said(web.conversations.join({ channel: jury }))).toBe('method_not_supported_for_channel_type')
  const address = 'https://example.com/fox'
  const titled = { type: 'plain_text' as const, text: 'Fox' }
  const urls = { video_url: address, thumbnail_url: `${address}.png` }
  await post(stage, { blocks: [{ type: 'video', title: titled, alt_text: 'Fox', ...urls }] })
})

test('a person is told of with what they run, also one from a workspace that shares a channel', async () => {
  await using stage = await openStage()
  const infoOf = async (name: string) => (await stage.web.users.info({ user: stage.user(name) })).user
  const room = stage.team('The Reel Room')
  const plain = { is_admin: false, is_owner: false, is_primary_owner: false }
  expect(await infoOf('Mira')).toMatchObject({ real_name: 'Mira', team_id: room, deleted: false, ...plain })
  expect(await infoOf('Ada')).toMatchObject({ is_admin: true, is_owner: true, is_primary_owner: true })
  const lantern = stage.team('Lantern Slides')
  expect(await infoOf('Ines')).toMatchObject({
    ...{ ...plain, is_admin: true },
    team_id: lantern,
    enterprise_user: { enterprise_id: 'E0LANTERN01', teams: [lantern] },
  })
  expect(await said(stage.web.users.info({ user: 'U0NOBODY001' }))).toBe('user_not_found')
})

test('an app that was not granted users:read is told of nobody', async () => {
  const manifest = await manifestWith([], ['users:read'])
  await using stage = await openStage({ slack: { manifest } })
  const refused = stage.web.users.info({ user: stage.user('Ada') })
  await expect(refused).rejects.toMatchObject({ data: { error: 'missing_scope', needed: 'users:read' } })
})

test('where only admins may post, admins may', async () => {
  await using stage = await openStage()
  const channel_id = stage.channel('clips')
  await stage.done('/channel', { channel_id, posting: 'admins_only' })
  const say = (name: string) =>
    stage.act('/message', { user_id: stage.user(name), channel_id, text: 'Screening at nine' })
  expect((await say('Mira')).status).toBe(403)
  expect((await say('Ada')).status).toBe(200)
})

test('where the bot may not post, Slack says why', async () => {
  await using stage = await openStage()
  const { web } = stage
  const [lab, clips, general] = [
    stage.channel('upscale-lab'),
    stage.channel('clips'),
    stage.channel('general'),
  ]
  await stage.done('/membership', { channel_id: lab, bot: false })
  await stage.done('/channel', { channel_id: clips, archived: true })
  await stage.done('/channel', { channel_id: general, posting: 'admins_only' })
  const text = 'hello'
  expect(await said(web.chat.postMessage({ channel: 'C0NOWHERE01', text }))).toBe('channel_not_found')
  const jury = stage.channel('festival-jury')
  expect(await said(web.chat.postMessage({ channel: jury, text }))).toBe('channel_not_found')
  expect(await said(web.chat.postMessage({ channel: lab, text }))).toBe('not_in_channel')
  expect(await said(web.chat.postMessage({ channel: clips, text }))).toBe('is_archived')
  expect(await said(web.chat.postMessage({ channel: general, text }))).toBe('restricted_action')
  expect(await said(web.conversations.history({ channel: lab }))).toBe('not_in_channel')
  expect(await said(web.conversations.join({ channel: lab }))).toBe('missing_scope')
  await stage.done('/membership', { channel_id: jury, bot: true })
  await web.chat.postMessage({ channel: jury, text })
})

test('a token of one workspace finds nothing of another, and every such call is noted', async () => {
  await using stage = await openStage()
  const [room, lantern] = [stage.team('The Reel Room'), stage.team('Lantern Slides')]
  const { access_token } = await installByHand(stage, lantern)
  const other = stage.client(access_token)
  const [lab, projection] = [stage.channel('upscale-lab'), stage.channel('projection')]
  await stage.done('/membership', { channel_id: projection, bot: true })
  const { ts } = await post(stage)
  const ines = stage.user('Ines')
  const wrong = [
    other.chat.postMessage({ channel: lab, text: 'x' }),
    other.chat.postMessage({ channel: stage.user('Mira'), text: 'x' }),
    other.chat.update({ channel: lab, ts, text: 'x' }),
    other.chat.delete({ channel: lab, ts }),
    other.conversations.info({ channel: lab }),
    other.conversations.replies({ channel: lab, ts }),
    stage.web.chat.postMessage({ channel: projection, text: 'x' }),
    stage.web.chat.postEphemeral({ channel: projection, user: ines, text: 'x' }),
  ]
  const words = await Promise.all(wrong.map(said))
  expect(new Set(words)).toEqual(new Set(['channel_not_found']))
  await other.chat.postMessage({ channel: projection, text: 'Good evening' })
  const calls = stage.sandbox.slack.calls()
  expect(
    calls.filter(({ token_team, subject_team }) => token_team && token_team !== subject_team),
  ).toHaveLength(8)
  expect(calls).toContainEqual(
    expect.objectContaining({
      token_team: room,
      subject_team: lantern,
      ok: false,
      error: 'channel_not_found',
    }),
  )
  expect(calls.at(-1)).toMatchObject({ token_team: lantern, subject_team: lantern, ok: true, error: null })
})

test('in a channel that two workspaces share each bot posts for itself where it is a member', async () => {
  await using stage = await openStage()
  const { access_token, bot_user_id } = await installByHand(stage, stage.team('Lantern Slides'))
  const channel = stage.channel('print-exchange')
  await stage.web.chat.postMessage({ channel, text: 'From the Reel Room' })
  const other = stage.client(access_token)
  expect(await said(other.chat.postMessage({ channel, text: 'x' }))).toBe('not_in_channel')
  const { channel: info } = await other.conversations.info({ channel })
  expect(info).toMatchObject({
    is_ext_shared: true,
    is_member: false,
    context_team_id: stage.team('Lantern Slides'),
  })
  expect(stage.state().users.find(({ id }) => id === bot_user_id)?.team_id).toBe(stage.team('Lantern Slides'))
})

test('a message has to say something that Slack takes', async () => {
  await using stage = await openStage()
  const { web } = stage
  const channel = stage.channel('upscale-lab')
  const raw = (args: Record<string, unknown>) => said(web.apiCall('chat.postMessage', { channel, ...args }))
  expect(await raw({})).toBe('no_text')
  expect(await raw({ text: '  ', blocks: [] })).toBe('no_text')
  expect(await raw({ blocks: '{' })).toBe('invalid_blocks_format')
  const text = { type: 'mrkdwn', text: 'x'.repeat(3000) }
  expect(await raw({ blocks: Array(5).fill({ type: 'section', text }) })).toBe('msg_blocks_too_long')
  const titled = { type: 'plain_text', text: 'Fox' }
  const address = 'https://example.com/fox'
  const video = {
    type: 'video',
    title: titled,
    alt_text: 'Fox',
    video_url: address,
    thumbnail_url: `${address}.png`,
  }
  expect(await raw({ blocks: [video] })).toBe('missing_scope')
  expect(await raw({ text: 'a', markdown_text: 'b' })).toBe('markdown_text_conflict')
  expect(await raw({ text: 'a', metadata: { event_type: 'x' } })).toBe('invalid_metadata_format')
  expect(await raw({ text: 'a', metadata: { event_type: 'x', event_payload: {}, more: 1 } })).toBe(
    'invalid_metadata_format',
  )
  const large = { event_type: 'x', event_payload: { text: 'x'.repeat(17_000) } }
  expect(await raw({ text: 'a', metadata: large })).toBe('metadata_too_large')
  expect(await refusalOf(web.apiCall('chat.postMessage', { text: 'a' }))).toEqual({
    error: 'invalid_arguments',
    messages: ['[ERROR] missing required field: channel'],
  })
  const { ts } = await post(stage, { text: 'x'.repeat(41_000) })
  expect(stage.message(channel, ts)?.text).toHaveLength(40_000)
  expect(await said(web.chat.update({ channel, ts, text: 'x'.repeat(4001) }))).toBe('msg_too_long')
})

test('blocks in a legacy attachment are checked and kept like those of the message', async () => {
  await using stage = await openStage()
  const block = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })
  const bad = stage.web.chat.postMessage({
    channel: stage.channel('clips'),
    text: 'x',
    attachments: [{ color: '#2fa39a', blocks: [block('x'.repeat(3001)) as never] }],
  })
  expect(await refusalOf(bad)).toEqual({
    error: 'invalid_blocks',
    messages: ['[ERROR] must be less than 3001 characters [json-pointer:/attachments/0/blocks/0/text/text]'],
  })
  const { channel, ts } = await post(stage, { attachments: [{ color: '#2fa39a', blocks: [block('fine')] }] })
  expect(stage.message(channel, ts)).toMatchObject({
    attachments: [{ blocks: [{ block_id: expect.any(String) }] }],
  })
})

test('a thread hangs on its first message, never on a reply or on nothing', async () => {
  await using stage = await openStage()
  const { channel, ts } = await post(stage)
  const reply = await post(stage, { thread_ts: ts })
  expect(await said(post(stage, { thread_ts: reply.ts }))).toBe('cannot_reply_to_message')
  expect(await said(post(stage, { thread_ts: '1700000000.000100' }))).toBe('thread_not_found')
  const { messages } = await stage.web.conversations.replies({ channel, ts })
  expect(messages?.map(message => message.ts)).toEqual([ts, reply.ts])
  expect(messages?.[0]).toMatchObject({ reply_count: 1, latest_reply: reply.ts, thread_ts: ts })
  const missing = stage.web.conversations.replies({ channel, ts: '1700000000.000100' })
  expect(await said(missing)).toBe('thread_not_found')
})

test('history is told newest first, in pages, with metadata only where it is asked for', async () => {
  await using stage = await openStage()
  const channel = stage.channel('upscale-lab')
  const metadata = { event_type: 'job', event_payload: { id: '7' } }
  const first = await post(stage, { metadata })
  const second = await post(stage)
  await post(stage, { thread_ts: first.ts })
  const user = stage.user('Mira')
  await stage.web.chat.postEphemeral({ channel, user, text: 'Only for Mira' })
  const page = await stage.web.conversations.history({ channel, limit: 2, include_all_metadata: true })
  expect(page.messages?.map(message => message.ts)).toEqual([second.ts, first.ts])
  expect(page.messages?.[1]).toMatchObject({ metadata })
  expect(page.has_more).toBe(true)
  const cursor = page.response_metadata?.next_cursor ?? ''
  const rest = await stage.web.conversations.history({ channel, cursor })
  expect(rest.messages?.map(message => message.text)).toEqual([
    'Collecting our rescues of the 1978 puppet short here.',
  ])
  const newer = await stage.web.conversations.history({ channel, oldest: first.ts })
  expect(newer.messages?.map(message => message.ts)).toEqual([second.ts])
  const with_first = await stage.web.conversations.history({ channel, oldest: first.ts, inclusive: true })
  expect(with_first.messages?.map(message => message.ts)).toEqual([second.ts, first.ts])
  expect(with_first.messages?.[1]?.metadata).toBeUndefined()
  expect(await said(stage.web.conversations.history({ channel, cursor: 'x' }))).toBe('invalid_cursor')
})

test("only the bot's own messages can be changed, and text alone takes their blocks away", async () => {
  await using stage = await openStage()
  const { web } = stage
  const section = { type: 'section', text: { type: 'mrkdwn', text: '*Large*' } }
  const { channel, ts } = await post(stage, { blocks: [section] })
  const theirs = stage.state().messages.find(message => message.text.startsWith('Collecting'))!
  const update = (ts: string, more = {}) => web.chat.update({ channel, ts, text: 'new', ...more })
  expect(await said(update(theirs.ts))).toBe('cant_update_message')
  expect(await said(web.chat.delete({ channel, ts: theirs.ts }))).toBe('cant_delete_message')
  expect(await said(update('1.000001'))).toBe('message_not_found')
  const user = stage.user('Mira')
  const { message_ts } = await web.chat.postEphemeral({ channel, user, text: 'psst' })
  expect(stage.message(channel, message_ts!)?.ephemeral_for).toBe(user)
  expect(await said(update(message_ts!))).toBe('message_not_found')
  await update(ts, { blocks: [section] })
  expect(stage.message(channel, ts)?.blocks).toHaveLength(1)
  await update(ts)
  expect(stage.message(channel, ts)?.blocks).toEqual([])
  await stage.done('/channel', { channel_id: channel, archived: true })
  expect(await said(update(ts))).toBe('is_inactive')
})

test('what is said to one person needs that person in the channel', async () => {
  await using stage = await openStage()
  const channel = stage.channel('clips')
  const whisper = (user: string) => stage.web.chat.postEphemeral({ channel, user, text: 'psst' })
  expect(await said(whisper(stage.user('Ines')))).toBe('user_not_in_channel')
  await stage.done('/membership', { channel_id: channel, bot: false })
  expect(await said(whisper(stage.user('Mira')))).toBe('not_in_channel')
})

test("a person's id as the channel opens the direct messages with them, once", async () => {
  await using stage = await openStage()
  const channel = stage.user('Jonas')
  const first = await stage.web.chat.postMessage({ channel, text: 'Your clip is ready' })
  const second = await stage.web.chat.postMessage({ channel, text: 'Still ready' })
  expect(first.channel).toMatch(/^D/)
  expect(second.channel).toBe(first.channel)
  const bot = stage.state().workspaces[0]!.bot_user_id
  expect(await said(stage.web.chat.postMessage({ channel: bot, text: 'Me?' }))).toBe('channel_not_found')
})

test('a form, JSON and a query are the same call', async () => {
  await using stage = await openStage()
  const channel = stage.channel('clips')
  const address = `${stage.sandbox.env.SLACK_API_URL}/chat.postMessage`
  const token = stage.sandbox.slack.botToken
  const headers = { authorization: `Bearer ${token}` }
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'hi' } }]
  const json = { ...headers, 'content-type': 'application/json; charset=utf-8' }
  const form = new URLSearchParams({ channel, blocks: JSON.stringify(blocks) })
  const multipart = new FormData()
  for (const [name, value] of form) multipart.set(name, value)
  const answers = [
    await fetch(address, { method: 'POST', headers: json, body: JSON.stringify({ channel, blocks }) }),
    await fetch(address, { method: 'POST', headers, body: form }),
    await fetch(address, { method: 'POST', headers, body: multipart }),
    await fetch(`${address}?${form}&token=${token}`),
  ]
  for (const answer of answers) expect(await answer.json()).toMatchObject({ ok: true, message: { blocks } })
  const broken = await fetch(address, { method: 'POST', headers: json, body: '[' })
  expect(await broken.json()).toMatchObject({ ok: false, error: 'json_not_object' })
  const unknown = await fetch(`${stage.sandbox.env.SLACK_API_URL}/chat.sing`, { method: 'POST', headers })
  expect(await unknown.json()).toMatchObject({ ok: false, error: 'unknown_method', req_method: 'chat.sing' })
})

test('too many calls of one method are refused for that workspace, and for no other method or workspace', async () => {
  await using stage = await openStage()
  const { access_token } = await installByHand(stage, stage.team('Lantern Slides'))
  const channel = stage.channel('clips')
  const info = () => stage.web.conversations.info({ channel })
  await Promise.all(Array.from({ length: 50 }, info))
  await expect(info()).rejects.toMatchObject({ retryAfter: expect.closeTo(58, -1) })
  await stage.web.auth.test()
  await stage.client(access_token).conversations.info({ channel: stage.channel('projection') })
  expect(stage.sandbox.slack.calls().filter(({ error }) => error === 'ratelimited')).toHaveLength(1)
})

test('messages for one channel come ten in ten seconds, and other channels are not held up', async () => {
  await using stage = await openStage()
  const say = (name: string) => stage.web.chat.postMessage({ channel: stage.channel(name), text: 'x' })
  await Promise.all(Array.from({ length: 10 }, () => say('clips')))
  await expect(say('clips')).rejects.toMatchObject({ retryAfter: expect.any(Number) })
  await say('general')
})

test('without rate limits nobody counts', async () => {
  await using stage = await openStage({ slack: { rateLimits: false } })
  const say = () => stage.web.chat.postMessage({ channel: stage.channel('clips'), text: 'x' })
  await Promise.all(Array.from({ length: 12 }, say))
})

test('with slack-post-lost the message stands there although the connection was cut', async () => {
  await using stage = await openStage({ faults: ['slack-post-lost'] })
  const texts = () => stage.state().messages.filter(({ text }) => text === 'A puppet, larger').length
  await expect(post(stage)).rejects.toThrow()
  expect(texts()).toBe(1)
  await post(stage)
  expect(texts()).toBe(2)
})

test('with slack-500 a call that changes something fails once and does nothing; one that reads is answered', async () => {
  await using stage = await openStage({ faults: ['slack-500'] })
  const before = stage.state().messages.length
  await stage.web.conversations.info({ channel: stage.channel('clips') })
  await expect(post(stage)).rejects.toMatchObject({ statusCode: 500 })
  expect(stage.state().messages).toHaveLength(before)
  await post(stage)
})

test('with slack-ratelimited every call is told to wait a second, once', async () => {
  await using stage = await openStage({ faults: ['slack-ratelimited'] })
  await expect(stage.web.auth.test()).rejects.toMatchObject({ retryAfter: 1 })
  await stage.web.auth.test()
})

test('with slack-slow the answer comes two seconds after the work', async () => {
  await using stage = await openStage({ faults: ['slack-slow'] })
  const posted = stage.event('message')
  const call = post(stage)
  await posted
  const began = performance.now()
  await call
  expect(performance.now() - began).toBeGreaterThan(1900)
})

test('what Slack refuses is told to the page, with the place', async () => {
  await using stage = await openStage()
  const refused = stage.event('refused')
  await said(post(stage, { blocks: [{ type: 'divider', colour: 'red' }] }))
  expect(await refused).toEqual({
    type: 'refused',
    method: 'chat.postMessage',
    error: 'invalid_blocks',
    detail: '[ERROR] invalid additional property: colour [json-pointer:/blocks/0]',
  })
})

test('times of messages rise although the clock stands still', async () => {
  const now = Date.parse('2026-11-22T12:00:00Z')
  await using stage = await openStage({ slack: { clock: () => now } })
  const times = [await post(stage), await post(stage), await post(stage)].map(({ ts }) => ts)
  expect(times).toEqual([1, 2, 3].map(count => `${now / 1000}.00000${count - 1}`))
})
