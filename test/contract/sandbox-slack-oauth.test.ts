import type { Installation, InstallationStore } from '@slack/oauth'
import { WebClient } from '@slack/web-api'
import { expect, test } from 'vitest'
import { MOUNT } from '../../src/sandbox/control.ts'
import { openPeople, type People } from './sandbox-slack-people.kit.ts'

const ROOM = 'T0REELROOM1'
const LANTERN = 'T0LANTERN01'
const HOUSE = 'E0LANTERN01'
const SCOPES = ['app_mentions:read', 'chat:write', 'commands']

/** Installations by workspace, or by organisation where the app is installed for all of it. */
class Store implements InstallationStore {
  readonly kept = new Map<string, Installation>()

  async storeInstallation(installation: Installation): Promise<void> {
    const id = installation.isEnterpriseInstall ? installation.enterprise?.id : installation.team?.id
    this.kept.set(id!, installation)
  }

  fetchInstallation: InstallationStore['fetchInstallation'] = async query => {
    const found = this.kept.get((query.isEnterpriseInstall ? query.enterpriseId : query.teamId) ?? '')
    if (!found) throw new Error('not installed')
    return found as never
  }
}

/** A Bolt app that many workspaces can install by pages of its own, with its request URL set. */
async function openInstallable(people: People, installerOptions: object = {}) {
  const { slack, env, url } = people.sandbox
  const { clientId, clientSecret } = slack.oauthApp
  const store = new Store()
  const opened = await people.httpApp(origin => ({
    clientId,
    clientSecret,
    stateSecret: 'ours',
    scopes: SCOPES,
    installationStore: store,
    redirectUri: `${origin}/slack/oauth_redirect`,
    installerOptions: {
      authorizationUrl: `${url}${MOUNT.slackOauth}/v2/authorize`,
      clientOptions: { slackApiUrl: env.SLACK_API_URL, retryConfig: { retries: 0 } },
      redirectUriPath: '/slack/oauth_redirect',
      ...installerOptions,
    },
  }))
  await slack.setRequestUrl(opened.url)
  return { ...opened, store, page: `${opened.origin}/slack/install` }
}

const ownPage = (url: string) => `<a href="/">home</a> <a href="${url.replaceAll('&', '&amp;')}">Add</a>`
const workspace = (people: People, id: string) =>
  people.sandbox.slack.state().workspaces.find(one => one.id === id)!
const client = (people: People, token: string) =>
  new WebClient(token, { slackApiUrl: people.sandbox.env.SLACK_API_URL, retryConfig: { retries: 0 } })
const location = (answer: Response) => new URL(answer.headers.get('location') ?? '')

/** Opens the page that asks, and answers it by hand; the app's own cookies stay behind. */
async function answer(page: string, form: Record<string, string>): Promise<Response> {
  const html = await (await fetch(page)).text()
  const asked = /href="([^"]+authorize[^"]+)"/.exec(html)![1]!.replaceAll('&amp;', '&')
  return fetch(asked, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })
}

test.each([
  ['a page with a button', {}],
  ['a page of its own, with an escaped link', { renderHtmlForInstallPath: ownPage }],
  ['an address that sends straight to Slack', { directInstall: true }],
])(
  'a person installs the app through %s, and from then on their workspace is served by its own token',
  async (_, more) => {
    await using people = await openPeople()
    const { app, store, origin, page } = await openInstallable(people, more)
    const changed = people.event('workspace')
    const { location: end } = await people.done<{ location: string }>('install', {
      team_id: LANTERN,
      install_url: page,
    })
    expect(end).toMatch(`${origin}/slack/oauth_redirect?`)
    expect((await changed).workspace).toMatchObject({ id: LANTERN, installed: true })
    const installation = store.kept.get(LANTERN)!
    expect(installation).toMatchObject({
      team: { id: LANTERN, name: 'Lantern Slides' },
      isEnterpriseInstall: false,
      bot: { scopes: SCOPES, userId: workspace(people, LANTERN).bot_user_id },
    })
    expect(installation.bot?.token).not.toBe(people.sandbox.env.SLACK_BOT_TOKEN)
    const used = new Promise<string[]>(resolve =>
      app.command('/upscale', async ({ ack, context, body }) => {
        await ack()
        resolve([context.teamId!, context.botToken!, body.trigger_id])
      }),
    )
    await people.done('slash', { ...people.who('Ines', 'projection'), command: '/upscale', text: '' })
    const [team, token, trigger_id] = await used
    expect([team, token]).toEqual([LANTERN, installation.bot?.token])
    const view = { type: 'modal' as const, title: { type: 'plain_text' as const, text: 'Hello' }, blocks: [] }
    const openWith = (other: string) => client(people, other).views.open({ trigger_id: trigger_id!, view })
    await expect(openWith(people.sandbox.env.SLACK_BOT_TOKEN)).rejects.toThrow(/invalid_trigger_id/)
    expect((await openWith(token!)).ok).toBe(true)
  },
)

test('without an address the install page beside the request URL is opened', async () => {
  await using people = await openPeople()
  const missing = await people.act('install', { team_id: LANTERN })
  expect([missing.status, await missing.json()]).toEqual([
    400,
    { error: expect.stringMatching(/^Give the address of the bot's install page/) },
  ])
  const { store } = await openInstallable(people)
  await people.done('install', { team_id: LANTERN })
  expect(store.kept.has(LANTERN)).toBe(true)
})

test('with nothing but the control routes a bot over HTTP is set up, installed, and taken back to sockets', async () => {
  await using people = await openPeople()
  const control = `${people.sandbox.url}${MOUNT.control}/slack`
  const secrets = await (await fetch(`${control}/app`)).json()
  expect(secrets).toEqual({
    client_id: people.sandbox.slack.oauthApp.clientId,
    client_secret: people.sandbox.slack.oauthApp.clientSecret,
    signing_secret: people.sandbox.slack.oauthApp.signingSecret,
  })
  const { app, url } = await people.httpApp()
  const online = people.event('bot')
  await people.done('request-url', { url })
  expect((await online).online).toBe(true)
  const heard = new Promise<string>(resolve =>
    app.command('/upscale', async ({ ack, body }) => {
      await ack()
      resolve(body.text)
    }),
  )
  await people.done('slash', { ...people.who('Mira'), command: '/upscale', text: 'reel' })
  expect(await heard).toBe('reel')
  await people.done('request-url', { url: null })
  expect(people.sandbox.slack.state().bot_online).toBe(false)
})

test('an address that does not answer the challenge is not taken, with the reason', async () => {
  await using people = await openPeople()
  const { app, url } = await people.httpApp()
  await people.done('request-url', { url })
  const stray = `${people.sandbox.url}/sandbox/nowhere`
  const refused = await people.act('request-url', { url: stray })
  expect([refused.status, await refused.json()]).toEqual([
    400,
    { error: `${stray} did not answer Slack's challenge: status 404, or another text.` },
  ])
  expect((await people.act('request-url', { url: 'ftp://127.0.0.1/' })).status).toBe(400)
  expect((await people.act('request-url', {})).status).toBe(400)
  const heard = new Promise<string>(resolve =>
    app.command('/upscale', async ({ ack, body }) => {
      await ack()
      resolve(body.text)
    }),
  )
  await people.done('slash', { ...people.who('Mira'), command: '/upscale', text: 'the one before stands' })
  expect(await heard).toBe('the one before stands')
})

test('an app that refuses on the way back is told of, with its status', async () => {
  await using people = await openPeople()
  const { store, page } = await openInstallable(people, { stateCookieName: 'other', stateStore: forgetful })
  const refused = await people.act('install', { team_id: LANTERN, install_url: page })
  expect(refused.status).toBe(502)
  expect(await refused.json()).toEqual({ error: expect.stringMatching(/oauth_redirect answered 500/) })
  expect(store.kept.size).toBe(0)
  expect(workspace(people, LANTERN).installed).toBe(false)
  const nowhere = await people.act('install', { team_id: LANTERN, install_url: 'http://127.0.0.1:1/' })
  expect(await nowhere.json()).toEqual({ error: expect.stringMatching(/can't be reached/) })
  const stray = `${people.sandbox.url}/sandbox/install`
  const none = await people.act('install', { team_id: LANTERN, install_url: stray })
  expect(await none.json()).toEqual({
    error: `There is no page at ${stray}. A bot that was started for many workspaces has its install page at /slack/install.`,
  })
})

/** Knows no state when it comes back. */
const forgetful = {
  generateStateParam: async () => 'state-1',
  verifyStateParam: async () => {
    throw new Error('forgotten')
  },
}

test('a person who cancels is sent back with that and the state, and nothing is installed', async () => {
  await using people = await openPeople()
  const { page } = await openInstallable(people)
  const back = location(await answer(page, { place: LANTERN, choice: 'cancel' }))
  expect(back.pathname).toBe('/slack/oauth_redirect')
  expect(back.searchParams.get('error')).toBe('access_denied')
  expect(back.searchParams.get('state')).toBeTruthy()
  expect(back.searchParams.has('code')).toBe(false)
})

test('a code is good once, for ten minutes, with the address it was asked for', async () => {
  await using people = await openPeople()
  const { page, origin } = await openInstallable(people)
  const { clientId, clientSecret } = people.sandbox.slack.oauthApp
  const redirect_uri = `${origin}/slack/oauth_redirect`
  const codeFor = async () => {
    const back = location(await answer(page, { place: LANTERN, choice: 'allow' }))
    return back.searchParams.get('code')!
  }
  const exchange = (code: string, uri = redirect_uri) =>
    new WebClient(undefined, { slackApiUrl: people.sandbox.env.SLACK_API_URL }).oauth.v2.access({
      client_id: clientId,
      client_secret: clientSecret,
      code,
      redirect_uri: uri,
    })
  const code = await codeFor()
  await expect(exchange(code, `${origin}/elsewhere`)).rejects.toThrow(/bad_redirect_uri/)
  expect(await exchange(code)).toMatchObject({ ok: true, team: { id: LANTERN }, scope: SCOPES.join(',') })
  await expect(exchange(code)).rejects.toThrow(/code_already_used/)
  const late = await codeFor()
  people.time.leap(10 * 60_000 + 1)
  await expect(exchange(late)).rejects.toThrow(/invalid_code/)
})

test('the page says in a sentence what is wrong with an address, and asks in plain words otherwise', async () => {
  await using people = await openPeople()
  const { clientId } = people.sandbox.slack.oauthApp
  const good = {
    client_id: clientId,
    scope: 'commands',
    redirect_uri: 'http://127.0.0.1:1/back',
    team: LANTERN,
  }
  const open = async (query: Record<string, string>) => {
    const asked = new URLSearchParams(query)
    const page = await fetch(`${people.sandbox.url}${MOUNT.slackOauth}/v2/authorize?${asked}`)
    return [page.status, await page.text()]
  }
  const [status, text] = await open(good)
  expect(status).toBe(200)
  expect(text).toContain('Murano asks to be installed')
  expect(text).toContain(`<option value="${LANTERN}" selected>Lantern Slides</option>`)
  expect(text).toContain('Lantern House (the whole organisation)')
  for (const [wrong, sentence] of [
    [{ client_id: '1.2' }, 'Invalid client_id parameter.'],
    [{ scope: '' }, 'no scope was asked for'],
    [{ scope: 'commands,admin' }, 'admin is not in the app&#39;s manifest'],
    [{ redirect_uri: 'nowhere' }, 'does not understand this address'],
  ] as const)
    expect(await open({ ...good, ...wrong })).toEqual([400, expect.stringContaining(sentence)])
  const { redirect_uri: _, ...without } = good
  expect(await open(without)).toEqual([400, expect.stringContaining('redirect_uri is missing')])
})

test('installed for the whole organisation, payloads name no team and the app finds its token all the same', async () => {
  await using people = await openPeople()
  const { app, store } = await openInstallable(people)
  await people.done('install', { team_id: HOUSE })
  expect(store.kept.get(HOUSE)).toMatchObject({ isEnterpriseInstall: true, enterprise: { id: HOUSE } })
  const said = await people.done<{ ts: string }>('message', {
    ...people.who('Ines', 'projection'),
    text: 'reel',
  })
  const used = new Promise<unknown[]>(resolve =>
    app.shortcut('upscale_video', async ({ ack, body, context }) => {
      await ack()
      resolve([body, context])
    }),
  )
  const shortcut = { ...people.who('Ines', 'projection'), message_ts: said.ts, callback_id: 'upscale_video' }
  await people.done('shortcut', shortcut)
  const [body, context] = await used
  expect(body).toMatchObject({
    team: null,
    enterprise: { id: HOUSE, name: 'Lantern House' },
    is_enterprise_install: true,
    user: { id: people.user('Ines'), team_id: LANTERN },
  })
  const token = store.kept.get(HOUSE)?.bot?.token
  expect(context).toMatchObject({
    isEnterpriseInstall: true,
    enterpriseId: HOUSE,
    teamId: LANTERN,
    botToken: token,
  })
})

test.each([
  ['app_uninstalled', 'tokens_revoked'],
  ['tokens_revoked', 'app_uninstalled'],
] as const)(
  'taking the app off a workspace ends its token and tells the app %s, then %s',
  async (first, second) => {
    await using people = await openPeople()
    const app = people.socketApp()
    const told: unknown[] = []
    const both = new Promise<void>(resolve => {
      const note = async ({ body }: { body: { team_id: string; event: unknown } }) => {
        told.push([body.team_id, body.event])
        if (told.length === 2) resolve()
      }
      app.event('app_uninstalled', note as never)
      app.event('tokens_revoked', note as never)
    })
    await app.start()
    const { bot_user_id } = workspace(people, ROOM)
    const changed = people.event('workspace')
    await people.done('uninstall', { team_id: ROOM, reason: first })
    expect((await changed).workspace).toMatchObject({ id: ROOM, installed: false })
    await both
    const events: Record<string, unknown> = {
      app_uninstalled: { type: 'app_uninstalled', event_ts: expect.any(String) },
      tokens_revoked: {
        type: 'tokens_revoked',
        tokens: { oauth: [], bot: [bot_user_id] },
        event_ts: expect.any(String),
      },
    }
    expect(told).toEqual([
      [ROOM, events[first]],
      [ROOM, events[second]],
    ])
    await expect(client(people, people.sandbox.env.SLACK_BOT_TOKEN).auth.test()).rejects.toThrow(
      /account_inactive/,
    )
    const slash = await people.act('slash', { ...people.who('Mira'), command: '/upscale', text: '' })
    expect(slash.status).toBe(404)
    expect((await people.act('uninstall', { team_id: ROOM, reason: first })).status).toBe(404)
  },
)
