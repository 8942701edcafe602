import { statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Found } from '../../src/core/chat.ts'
import { openScene, type Scene, sendSigned, text, withButton } from './slack-adapter-kit.ts'

const ROOM = 'T0REELROOM1'
const LANTERN = 'T0LANTERN01'
const HOUSE = 'E0LANTERN01'
const PROJECTION = `${LANTERN}/C0PROJECT01`
const LINK = 'https://films.example/reel.mp4'
const HOUR_MS = 60 * 60_000

const many = { workspace: 'many', events: 'socket' } as const

/** A person opens our install page and clicks through, as Slack would lead them. */
const install = (scene: Scene, team_id: string) =>
  scene.control<{ location: string }>('install', { team_id, install_url: `${scene.publicUrl}/slack/install` })

const calls = (scene: Scene, method?: string) =>
  scene.sandbox.slack.calls().filter(call => !method || call.method === method)

const inProjection = { in: 'projection', by: 'Ines' }

describe('many workspaces', () => {
  it('are installed through our page, which says what the bot does and may see', async () => {
    await using scene = await openScene({ way: many })
    const page = await fetch(`${scene.publicUrl}/slack/install`)
    const html = await page.text()
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(html).toContain('Add to Slack')
    expect(html).toContain('reads the clips that it is asked to upscale')
    const { location } = await install(scene, LANTERN)
    expect(location).toContain('/slack/oauth_redirect')
    expect(await scene.installations.list('slack')).toEqual([LANTERN])
    await scene.control('membership', { channel_id: 'C0PROJECT01', bot: true })
    await scene.adapter.chat.post(PROJECTION, text('hello'), { key: 'hello' })
    expect(scene.messages('projection').at(-1)?.text).toBe('hello')
  })

  it('at once: each is answered with its own token, and hears its own events', async () => {
    await using scene = await openScene({ way: many })
    await install(scene, ROOM)
    await install(scene, LANTERN)
    await scene.control('membership', { channel_id: 'C0PROJECT01', bot: true })
    const { chat } = scene.adapter
    await Promise.all(
      Array.from({ length: 5 }, async (_, i) => {
        const [ours, theirs] = await Promise.all([
          chat.post(scene.at('clips'), withButton(`ours ${i}`), { key: `ours ${i}` }),
          chat.post(PROJECTION, withButton(`theirs ${i}`), { key: `theirs ${i}` }),
        ])
        await Promise.all([chat.edit(ours, text(`ours ${i}!`)), chat.edit(theirs, text(`theirs ${i}!`))])
      }),
    )
    await scene.slash('')
    await scene.slash('', inProjection)
    await scene.seen('view', ({ view }) => view.team_id === LANTERN).catch(() => {})
    const file = await scene.upload('stub.mp4', { kind: 'stub', by: 'Ines' })
    await scene.shortcut(await scene.say({ files: [file], ...inProjection }), inProjection)
    await scene.inbox.reached(1)
    const { place, found } = scene.inbox.requests[0]!
    expect(place.communityId).toBe(LANTERN)
    expect(await (found as () => Promise<Found>)()).toMatchObject({ clip: { access: LANTERN } })
    const named = calls(scene).filter(call => call.token_team && call.subject_team)
    expect(new Set(named.map(call => call.token_team))).toEqual(new Set([ROOM, LANTERN]))
    for (const call of named) expect(call.token_team, call.method).toBe(call.subject_team)
    const { credential } = scene.adapter.files
    expect((await credential!(ROOM)).authorization).not.toBe((await credential!(LANTERN)).authorization)
  })

  it('of one organisation are installed at once, and each call says which it means', async () => {
    await using scene = await openScene({ way: many })
    await install(scene, HOUSE)
    expect(await scene.installations.list('slack')).toEqual([HOUSE])
    await scene.control('membership', { channel_id: 'C0PROJECT01', bot: true })
    await scene.slash(LINK, inProjection)
    await scene.inbox.reached(1)
    const { place, reply } = scene.inbox.requests[0]!
    expect(place).toEqual({
      communityId: HOUSE,
      channelId: `${HOUSE}.${PROJECTION}`,
      isThread: false,
    })
    const { messageId } = await scene.adapter.chat.post(place.channelId, withButton('card'), { key: 'card' })
    await scene.adapter.chat.reply(reply!, text('only you'))
    await scene.press(messageId, 'u1:cancel:j1:1', inProjection)
    const bot = scene.sandbox.slack.state().workspaces.find(({ id }) => id === LANTERN)!.bot_user_id
    await scene.say({ text: `<@${bot}> ${LINK}`, ...inProjection })
    await scene.inbox.reached(3)
    expect(scene.inbox.presses[0]!.message.channelId).toBe(place.channelId)
    expect(scene.inbox.requests[1]!.place.communityId).toBe(place.communityId)
    // A token of a whole organisation opens nothing by itself: whose storage a file goes to has to be said.
    const { pathname } = new URL(import.meta.url)
    const file = {
      path: pathname,
      fileName: 'a.mp4',
      contentType: 'video/mp4',
      sizeBytes: statSync(pathname).size,
    }
    await scene.adapter.chat.post(place.channelId, text('done'), { key: 'file', file })
    expect(calls(scene).filter(({ ok }) => !ok)).toEqual([])
  })

  it('of one organisation that has installed it are one community, whichever of them an event names', async () => {
    await using scene = await openScene({ way: { workspace: 'many', events: 'http' } })
    await install(scene, HOUSE)
    const SHUTTER = 'T0SHUTTER01'
    const where = { channel_id: 'C0PROJECT01', enterprise_id: HOUSE, is_enterprise_install: 'true' }
    const hook = { response_url: 'https://hooks.slack.com/commands/x' }
    const use = (team_id: string, command: string, typed: string, by: string) => {
      const what = {
        command,
        text: typed,
        team_id,
        user_id: scene.user(by),
        trigger_id: `1.${command}.${by}`,
      }
      return sendSigned(scene, new URLSearchParams({ ...where, ...hook, ...what }).toString(), {})
    }
    await use(LANTERN, '/upscale', LINK, 'Ines')
    await use(SHUTTER, '/upscale', LINK, 'Tomas')
    await use(SHUTTER, '/upscale-admin', 'freeze', 'Ines')
    await use(LANTERN, '/upscale-admin', 'freeze', 'Tomas')
    await scene.inbox.reached(4)
    const { requests, admins } = scene.inbox
    expect(requests.map(({ place }) => place.communityId)).toEqual([HOUSE, HOUSE])
    expect(admins.map(({ communityId }) => communityId)).toEqual([HOUSE, HOUSE])
    expect(requests.map(({ place }) => place.channelId.split('/')[0])).toEqual([
      `${HOUSE}.${LANTERN}`,
      `${HOUSE}.${SHUTTER}`,
    ])
  })

  it('of one organisation are run by whoever runs the organisation, and by nobody who runs one of them', async () => {
    await using scene = await openScene({ way: many })
    await install(scene, HOUSE)
    for (const by of ['Ines', 'Tomas']) {
      const who = { user_id: scene.user(by), channel_id: 'C0PROJECT01' }
      await scene.control('slash', { ...who, command: '/upscale-admin', text: 'spend' })
    }
    await scene.inbox.reached(2)
    const managers = await Promise.all(
      scene.inbox.admins.map(async ({ personId, manages }) => ((await manages()) ? personId : null)),
    )
    expect(managers.filter(id => id !== null)).toEqual([scene.user('Tomas')])
  })

  it('that did not install it are told apart: nothing of theirs is sent with another token', async () => {
    await using scene = await openScene({ way: many })
    await install(scene, LANTERN)
    const before = calls(scene).length
    const post = scene.adapter.chat.post(scene.at('clips'), text('x'), { key: 'x' })
    await expect(post).rejects.toMatchObject({ code: 'left' })
    await expect(scene.adapter.files.credential!(ROOM)).rejects.toMatchObject({ code: 'file_hidden' })
    expect(calls(scene)).toHaveLength(before)
  })

  it('a state that is not of this browser installs nothing', async () => {
    await using scene = await openScene({ way: many })
    const page = await (await fetch(`${scene.publicUrl}/slack/install`)).text()
    const state = new URL(
      /href="([^"]+authorize[^"]+)"/.exec(page)![1]!.replaceAll('&amp;', '&'),
    ).searchParams.get('state')
    const forged = await fetch(`${scene.publicUrl}/slack/oauth_redirect?code=1.2.3&state=${state}`)
    expect(forged.status).toBe(400)
    const html = await forged.text()
    expect(html).toContain('another browser')
    expect(html).toContain('nothing was charged')
    expect(await scene.installations.list('slack')).toEqual([])
    expect(calls(scene, 'oauth.v2.access')).toEqual([])
  })
})

describe('tokens that end', () => {
  const rotating = { way: many, standIn: { tokenRotation: true } }

  it('are renewed beside the work two hours before, once, although two processes want to', async () => {
    await using scene = await openScene(rotating)
    await install(scene, ROOM)
    const other = await scene.second()
    const tokens = async () =>
      Promise.all([scene, other].flatMap(({ adapter }) => [1, 2].map(() => adapter.files.credential!(ROOM))))
    const [before] = await tokens()
    scene.time.leap(10.5 * HOUR_MS)
    expect(new Set((await tokens()).map(({ authorization }) => authorization))).toEqual(
      new Set([before!.authorization]),
    )
    // Its renewal is seen through to its end.
    await Promise.all([scene.adapter.stop(), other.adapter.stop()])
    scene.time.leap(61_000)
    const after = await tokens()
    expect(new Set(after.map(({ authorization }) => authorization)).size).toBe(1)
    expect(after[0]).not.toEqual(before)
    // The first exchanged the code, the second the refresh token.
    expect(calls(scene, 'oauth.v2.access').map(({ ok }) => ok)).toEqual([true, true])
    await scene.adapter.chat.post(scene.at('clips'), text('still here'), { key: 'k' })
  })

  it('and have ended already are renewed on the way', async () => {
    await using scene = await openScene(rotating)
    await install(scene, ROOM)
    await scene.adapter.chat.post(scene.at('clips'), text('a'), { key: 'a' })
    // Its clock is behind, so only Slack knows that the token has ended.
    const other = await scene.second({ clock: () => Date.now() + 9 * HOUR_MS })
    scene.time.leap(13 * HOUR_MS)
    await other.adapter.chat.post(scene.at('clips'), text('b'), { key: 'b' })
    await scene.adapter.chat.post(scene.at('clips'), text('c'), { key: 'c' })
    expect(calls(scene, 'oauth.v2.access')).toHaveLength(2)
    expect(scene.messages('clips').filter(m => ['a', 'b', 'c'].includes(m.text))).toHaveLength(3)
  })

  it('a renewal that fails stops nothing while the old token lives', async () => {
    await using scene = await openScene(rotating)
    await install(scene, ROOM)
    const wrong = await scene.second({
      workspace: { kind: 'many', clientId: scene.sandbox.slack.oauthApp.clientId, clientSecret: 'wrong' },
    })
    scene.time.leap(11 * HOUR_MS)
    for (const key of ['a', 'b', 'c']) {
      await wrong.adapter.chat.post(scene.at('clips'), text('still here'), { key })
    }
    await wrong.adapter.stop()
    expect(scene.log.lines.filter(({ message }) => /could not be renewed/.test(message))).toHaveLength(1)
    scene.time.leap(2 * HOUR_MS)
    const late = wrong.adapter.chat.post(scene.at('clips'), text('too late'), { key: 'late' })
    await expect(late).rejects.toMatchObject({ name: 'ChatError' })
    expect(await scene.installations.list('slack')).toEqual([ROOM])
  })
})

describe('a workspace that removes the bot', () => {
  it.each(['app_uninstalled', 'tokens_revoked'] as const)(
    'is forgotten (%s first), and its jobs hear of it once',
    async reason => {
      await using scene = await openScene({ way: many })
      await install(scene, ROOM)
      await install(scene, LANTERN)
      await scene.control('uninstall', { team_id: LANTERN, reason })
      await scene.inbox.reached(1)
      await scene.log.seen(/installation has ended/)
      expect(new Set(scene.inbox.lefts)).toEqual(new Set([`slack:${LANTERN}`]))
      expect(await scene.installations.list('slack')).toEqual([ROOM])
      await expect(scene.adapter.chat.post(PROJECTION, text('x'), { key: 'x' })).rejects.toMatchObject({
        code: 'left',
      })
      await scene.adapter.chat.post(scene.at('clips'), text('still here'), { key: 'y' })
    },
  )

  it('and has installed it again is not forgotten when the old news comes late', async () => {
    await using scene = await openScene({ way: { workspace: 'many', events: 'http' } })
    await install(scene, ROOM)
    const news = {
      type: 'event_callback',
      team_id: ROOM,
      event_id: 'Ev1',
      event: { type: 'app_uninstalled' },
    }
    const { status } = await sendSigned(scene, JSON.stringify(news), { type: 'application/json' })
    expect(status).toBe(200)
    await scene.log.seen(/came late/)
    expect(scene.inbox.lefts).toEqual([])
    expect(await scene.installations.list('slack')).toEqual([ROOM])
  })

  it('and has installed it again by another process is served with the new token at once', async () => {
    await using scene = await openScene({ way: { workspace: 'many', events: 'http' } })
    await scene.sandbox.slack.setRequestUrl(null)
    await install(scene, ROOM)
    const other = await scene.second()
    await scene.adapter.chat.post(scene.at('clips'), text('a'), { key: 'a' })
    await scene.control('uninstall', { team_id: ROOM, reason: 'app_uninstalled' })
    await install({ ...scene, publicUrl: other.publicUrl }, ROOM)
    await scene.adapter.chat.post(scene.at('clips'), text('b'), { key: 'b' })
    expect(scene.messages('clips').at(-1)?.text).toBe('b')
    expect(scene.inbox.lefts).toEqual([])
  })

  it('is noticed by its dead token too', async () => {
    await using scene = await openScene({ way: { workspace: 'many', events: 'http' } })
    await scene.sandbox.slack.setRequestUrl(null)
    await install(scene, ROOM)
    await scene.adapter.chat.post(scene.at('clips'), text('a'), { key: 'a' })
    await scene.control('uninstall', { team_id: ROOM, reason: 'app_uninstalled' })
    const post = scene.adapter.chat.post(scene.at('clips'), text('b'), { key: 'b' })
    await expect(post).rejects.toMatchObject({ code: 'left' })
    expect(scene.inbox.lefts).toEqual([`slack:${ROOM}`])
    expect(await scene.installations.list('slack')).toEqual([])
  })

  it('where it is the only one ends the process in plain words, once', async () => {
    const fatal: string[] = []
    await using scene = await openScene({ adapter: { onFatal: error => void fatal.push(error.message) } })
    await scene.control('uninstall', { team_id: ROOM, reason: 'tokens_revoked' })
    await scene.inbox.reached(1)
    expect(scene.inbox.lefts[0]).toBe(`slack:${ROOM}`)
    const post = scene.adapter.chat.post(scene.at('clips'), text('b'), { key: 'b' })
    await expect(post).rejects.toMatchObject({ code: 'left' })
    expect(fatal).toEqual([expect.stringContaining('SLACK_BOT_TOKEN')])
  })
})

describe('one workspace', () => {
  it('is the only one that its token is used for', async () => {
    await using scene = await openScene()
    const post = scene.adapter.chat.post(PROJECTION, text('x'), { key: 'x' })
    await expect(post).rejects.toMatchObject({ code: 'left' })
    expect(calls(scene, 'chat.postMessage')).toEqual([])
    await expect(scene.adapter.files.credential!(LANTERN)).rejects.toMatchObject({ code: 'file_hidden' })
  })
})

describe('connecting', () => {
  it('a token that Slack does not know is said in plain words', async () => {
    await using scene = await openScene({
      start: false,
      adapter: { workspace: { kind: 'one', botToken: 'xoxb-1-2-wrong' } },
    })
    await expect(scene.adapter.start(scene.inbox)).rejects.toMatchObject({
      code: 'slack_bad_token',
      message: expect.stringContaining('SLACK_BOT_TOKEN'),
    })
  })

  it('so is an app token, also where the bot token was put in its place', async () => {
    await using scene = await openScene({
      start: false,
      adapter: { events: { kind: 'socket', appToken: 'xapp-1-wrong' } },
    })
    await expect(scene.adapter.start(scene.inbox)).rejects.toMatchObject({ code: 'slack_bad_app_token' })
    const swapped = scene.second({ events: { kind: 'socket', appToken: scene.sandbox.slack.botToken } })
    await expect(swapped).rejects.toMatchObject({ message: expect.stringContaining('connections:write') })
  })

  it('so is a Slack that is not there', async () => {
    await using scene = await openScene({ start: false, adapter: { apiUrl: 'http://127.0.0.1:9/slack/api' } })
    await expect(scene.adapter.start(scene.inbox)).rejects.toMatchObject({
      code: 'slack_unreachable',
      message: expect.stringContaining('127.0.0.1:9'),
    })
    expect(scene.adapter.isConnected()).toBe(false)
  })

  it('comes back by itself when the socket is cut, and takes events again', async () => {
    await using scene = await openScene()
    const offline = scene.seen('bot', ({ online }) => !online)
    scene.fault('slack-socket-drop', true)
    await offline
    await scene.log.seen(/socket to Slack is back/)
    expect(scene.adapter.isConnected()).toBe(true)
    await scene.slash(LINK)
    await scene.inbox.reached(1)
  })

  it('takes signed requests at our web face and nothing else', async () => {
    await using scene = await openScene({ way: { events: 'http' } })
    await scene.slash(LINK)
    await scene.inbox.reached(1)
    const url = `${scene.publicUrl}/slack/events`
    const body = new URLSearchParams({ command: '/upscale', text: LINK, team_id: ROOM }).toString()
    const send = (secret: string, at: number) => sendSigned(scene, body, { secret, at })
    const now = Math.floor(Date.now() / 1000)
    const { signingSecret } = scene.sandbox.slack.oauthApp
    expect((await send('not the secret', now)).status).toBe(401)
    expect((await send(signingSecret, now - 400)).status).toBe(401)
    expect((await fetch(url, { method: 'POST', body })).status).toBe(401)
    expect((await fetch(url)).status).toBe(404)
    expect(scene.inbox.count()).toBe(1)
    await scene.adapter.stop()
    expect((await send(signingSecret, now)).status).toBe(503)
  })
})
