import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import type { SlackOptions } from '../../adapters/slack/index.ts'
import { openScene, type Scene, sendSigned, text } from './slack-adapter-kit.ts'

const HOUSE = 'E0HOUSE'
const GOOD = `${HOUSE}.T0GOOD`
const BAD = `${HOUSE}.T0BAD`
const ALONE = 'T0ALONE'
const HOUR_MS = 60 * 60_000

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

type Answers = (method: string, given: URLSearchParams, token: string) => object | Promise<object>
const no = (error: string) => ({ ok: false, error })

/** A Web API that says what a test wants to hear. */
async function slackThat(answer: Answers): Promise<string> {
  const server = createServer(async (request, response) => {
    const method = request.url!.split('/').at(-1)!
    const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
    const said = await answer(method, new URLSearchParams(await textOf(request)), token)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ok: true, ...said }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(
    () => void server.close(),
    () => server.closeAllConnections(),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`
}

const posted: Answers = method => (method === 'chat.postMessage' ? { ts: '1732300000.000100' } : {})

/** Renews a token each time that it is shown the refresh token of last time. `ended`: so has the first token. */
function renewing({ ended = true } = {}): { answer: Answers; renewals: number } {
  const slack = {
    renewals: 0,
    answer(method: string, given: URLSearchParams, token: string) {
      const n = slack.renewals
      if (method !== 'oauth.v2.access') {
        return token === `xoxe.xoxb-${n}` && (n > 0 || !ended)
          ? posted(method, given, token)
          : no('token_expired')
      }
      if (given.get('refresh_token') !== `xoxe-${n}`) return no('invalid_refresh_token')
      slack.renewals += 1
      return { access_token: `xoxe.xoxb-${n + 1}`, refresh_token: `xoxe-${n + 1}`, expires_in: 12 * 60 * 60 }
    },
  }
  return slack
}

const spent: Answers = method => no(method === 'oauth.v2.access' ? 'invalid_refresh_token' : 'token_expired')

function onThirdTry(): Answers {
  let tries = 0
  return () => {
    tries += 1
    return tries < 3 ? no('internal_error') : {}
  }
}

/** An adapter for many workspaces, on a Slack of the test's own and on our real database. */
async function adapterOn(scene: Scene, answer: Answers, more: Partial<SlackOptions> = {}) {
  return scene.second({ apiUrl: await slackThat(answer), ...more })
}
const opened = () => openScene({ start: false, way: { workspace: 'many', events: 'http' } })

const installed = (scene: Scene, row: string, rest: { refreshToken?: string; expiresAt?: number } = {}) =>
  scene.installations.save('slack', row, {
    botToken: rest.refreshToken ? 'xoxe.xoxb-0' : 'xoxb-0',
    scopes: [],
    refreshToken: rest.refreshToken ?? null,
    expiresAt: rest.expiresAt ?? null,
    name: 'House',
  })
const rowsOf = (scene: Scene) => scene.installations.list('slack')

let keys = 0
const postIn = ({ adapter }: Pick<Scene, 'adapter'>, tenantId: string) => {
  keys += 1
  return adapter.chat.post(`${tenantId}/C0CLIPS`, text('x'), { key: `post ${keys}` })
}

/** Slack's word that a workspace, or an organisation, has removed the bot. */
const tellRemoval = (scene: Scene, { publicUrl }: { publicUrl: string }, type: string, where: object) =>
  sendSigned(
    { ...scene, publicUrl },
    JSON.stringify({
      type: 'event_callback',
      event_id: 'Ev1',
      event: { type, ...(type === 'tokens_revoked' && { tokens: { bot: ['U0BOT'] } }) },
      ...where,
    }),
    { type: 'application/json' },
  )

describe('a token that Slack refuses', () => {
  it.each(['team_disabled', 'account_inactive'])(
    'for one workspace of an organisation (%s) is kept for the others',
    async word => {
      await using scene = await opened()
      await installed(scene, HOUSE)
      const ours = await adapterOn(scene, (method, given, token) =>
        given.get('team_id') === 'T0BAD' ? no(word) : posted(method, given, token),
      )
      await postIn(ours, GOOD)
      await expect(postIn(ours, BAD)).rejects.toMatchObject({ code: 'left' })
      await postIn(ours, GOOD)
      expect(await rowsOf(scene)).toEqual([HOUSE])
      expect(ours.inbox.lefts).toEqual([])
    },
  )

  it('so is one that was never granted that workspace', async () => {
    await using scene = await opened()
    await installed(scene, HOUSE)
    const ours = await adapterOn(scene, () => no('team_access_not_granted'))
    await expect(postIn(ours, BAD)).rejects.toMatchObject({ code: 'left' })
    expect(await rowsOf(scene)).toEqual([HOUSE])
  })

  it.each<[string, object]>([
    ['once, and then takes', {}],
    ['while it does not tell of it', no('internal_error')],
  ])('%s is tried again later, and kept', async (_, told) => {
    await using scene = await opened()
    await installed(scene, ALONE)
    const ours = await adapterOn(scene, method => (method === 'auth.test' ? told : no('invalid_auth')))
    await expect(postIn(ours, ALONE)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await rowsOf(scene)).toEqual([ALONE])
    expect(ours.inbox.lefts).toEqual([])
  })

  it('and calls dead when it is asked ends the installation of the whole organisation', async () => {
    await using scene = await opened()
    await installed(scene, HOUSE)
    let dead = false
    const ours = await adapterOn(scene, (...asked) => (dead ? no('account_inactive') : posted(...asked)))
    await postIn(ours, GOOD)
    dead = true
    await expect(postIn(ours, BAD)).rejects.toMatchObject({ code: 'left' })
    await ours.inbox.reached(1)
    expect(ours.inbox.lefts).toEqual([`slack:${HOUSE}`])
    expect(await rowsOf(scene)).toEqual([])
  })

  it('for one workspace of an organisation does not end the process that has no other', async () => {
    await using scene = await opened()
    const fatal: string[] = []
    const ours = await adapterOn(
      scene,
      (method, given, token) => {
        if (given.get('team_id') === 'T0BAD') return no('team_disabled')
        if (method !== 'auth.test') return posted(method, given, token)
        return { team_id: 'T0GOOD', enterprise_id: HOUSE, is_enterprise_install: true }
      },
      { workspace: { kind: 'one', botToken: 'xoxb-0' }, onFatal: error => void fatal.push(error.code) },
    )
    await expect(postIn(ours, BAD)).rejects.toMatchObject({ code: 'left' })
    await postIn(ours, GOOD)
    expect(fatal).toEqual([])
    expect(await ours.adapter.chat.isIn(HOUSE)).toBe(true)
  })
})

describe('a token that rotates', () => {
  it('is used at once while it is good, however long its renewal takes', async () => {
    await using scene = await opened()
    await installed(scene, ALONE, { refreshToken: 'xoxe-0', expiresAt: scene.time.now() + 1.5 * HOUR_MS })
    const gate = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const slack = renewing({ ended: false })
    const ours = await adapterOn(scene, async (...call) => {
      if (call[0] === 'oauth.v2.access') {
        asked.resolve()
        await gate.promise
      }
      return slack.answer(...call)
    })
    await postIn(ours, ALONE)
    await asked.promise
    await postIn(ours, ALONE)
    gate.resolve()
    await ours.adapter.stop()
    expect(await scene.installations.get('slack', ALONE)).toMatchObject({ botToken: 'xoxe.xoxb-1' })
    await postIn(ours, ALONE)
  })

  it.each<[string, number]>([
    ['fails once is saved all the same', 1],
    ['is away for long goes on with what it has, and saves it when it can', 7],
  ])('and a database that %s after Slack has renewed it', async (_, failures) => {
    await using scene = await opened()
    await installed(scene, ALONE, { refreshToken: 'xoxe-0', expiresAt: scene.time.now() - 1 })
    let left = failures
    const save: Scene['installations']['save'] = async (...row) => {
      left -= 1
      if (left >= 0) throw new Error('connection terminated')
      await scene.installations.save(...row)
    }
    const slack = renewing()
    const ours = await adapterOn(scene, slack.answer, { installations: { ...scene.installations, save } })
    for (let uses = 0; uses < 4; uses += 1) {
      await postIn(ours, ALONE)
      // Each a read of the row; the last token is good for 12 hours.
      scene.time.leap(61_000)
    }
    await ours.adapter.stop()
    expect(await scene.installations.get('slack', ALONE)).toMatchObject({ refreshToken: 'xoxe-1' })
    expect(slack.renewals).toBe(1)
    // The next renewal goes on from there, in whichever process.
    scene.time.leap(13 * HOUR_MS)
    await postIn(await adapterOn(scene, slack.answer), ALONE)
    expect(slack.renewals).toBe(2)
  })

  it('and could not be saved gives way to what somebody has installed anew meanwhile', async () => {
    await using scene = await opened()
    await installed(scene, ALONE, { refreshToken: 'xoxe-0', expiresAt: scene.time.now() - 1 })
    const save = () => Promise.reject(new Error('connection terminated'))
    const tokens: string[] = []
    const slack = renewing()
    const ours = await adapterOn(
      scene,
      (method, given, token) => {
        tokens.push(token)
        return method === 'oauth.v2.access'
          ? slack.answer(method, given, token)
          : posted(method, given, token)
      },
      { installations: { ...scene.installations, save } },
    )
    await postIn(ours, ALONE)
    await installed(scene, ALONE)
    scene.time.leap(61_000)
    await postIn(ours, ALONE)
    expect(tokens.at(-1)).toBe('xoxb-0')
    expect(slack.renewals).toBe(1)
  })

  it('has ended, and can’t be renewed, is the end of the installation', async () => {
    await using scene = await opened()
    await installed(scene, ALONE, { refreshToken: 'xoxe-spent', expiresAt: scene.time.now() - 1 })
    const ours = await adapterOn(scene, renewing().answer)
    await expect(postIn(ours, ALONE)).rejects.toMatchObject({ code: 'left' })
    await ours.inbox.reached(1)
    expect(ours.inbox.lefts).toEqual([`slack:${ALONE}`])
    expect(await rowsOf(scene)).toEqual([])
  })

  it('has ended while nobody can renew it is kept', async () => {
    await using scene = await opened()
    await installed(scene, ALONE, { refreshToken: 'xoxe-0', expiresAt: scene.time.now() - 1 })
    const ours = await adapterOn(scene, () => no('internal_error'))
    await expect(postIn(ours, ALONE)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await rowsOf(scene)).toEqual([ALONE])
  })
})

describe('Slack’s word that the bot was removed', () => {
  it.each<[string, string, Answers, string[]]>([
    ['counts where it does not tell of the token', 'app_uninstalled', () => no('internal_error'), []],
    ['of tokens alone then does not', 'tokens_revoked', () => no('internal_error'), [ALONE]],
    ['counts where the token is dead', 'tokens_revoked', () => no('token_revoked'), []],
    ['came late where the token is good', 'app_uninstalled', () => ({}), [ALONE]],
    ['came late where the token is good when asked again', 'app_uninstalled', onThirdTry(), [ALONE]],
    ['counts where an ended token can’t be renewed', 'tokens_revoked', spent, []],
    ['came late where an ended token is renewed', 'app_uninstalled', renewing().answer, [ALONE]],
  ])('%s', async (_, type, answer, kept) => {
    await using scene = await opened()
    await installed(scene, ALONE, { refreshToken: 'xoxe-0', expiresAt: scene.time.now() - 1 })
    const ours = await adapterOn(scene, answer)
    const told: string[] = []
    ours.inbox.behave = async () => {
      await rowsOf(scene)
      told.push(...ours.inbox.lefts)
    }
    await tellRemoval(scene, ours, type, { team_id: ALONE })
    await scene.log.seen(/has ended|came late|does not tell/)
    // What was heard is told to its end, also while we stop.
    await ours.adapter.stop()
    expect(told).toEqual(kept.length > 0 ? [] : [`slack:${ALONE}`])
    expect(await rowsOf(scene)).toEqual(kept)
  })

  it.each<[string, string[]]>([
    ['app_uninstalled', ['slack_bad_token']],
    ['tokens_revoked', []],
  ])(
    '%s ends the process that has no other workspace where the token tells nothing: %j',
    async (type, ends) => {
      await using scene = await opened()
      const fatal: string[] = []
      let checked = false
      const ours = await adapterOn(
        scene,
        () => {
          const answer = checked ? no('internal_error') : { team_id: ALONE }
          checked = true
          return answer
        },
        { workspace: { kind: 'one', botToken: 'xoxb-0' }, onFatal: error => void fatal.push(error.code) },
      )
      await tellRemoval(scene, ours, type, { team_id: ALONE })
      await scene.log.seen(/word that the bot was removed/)
      await ours.adapter.stop()
      expect(fatal).toEqual(ends)
      expect(ours.inbox.lefts).toEqual(ends.map(() => `slack:${ALONE}`))
    },
  )

  it('finds the organisation, also where it names no authorization', async () => {
    await using scene = await opened()
    await installed(scene, HOUSE)
    await installed(scene, ALONE)
    const ours = await adapterOn(scene, () => no('account_inactive'))
    await tellRemoval(scene, ours, 'app_uninstalled', { team_id: 'T0GOOD', enterprise_id: HOUSE })
    await ours.inbox.reached(1)
    expect(ours.inbox.lefts).toEqual([`slack:${HOUSE}`])
    expect(await rowsOf(scene)).toEqual([ALONE])
    // A workspace of the organisation that has the bot for itself is meant itself.
    await tellRemoval(scene, ours, 'app_uninstalled', { team_id: ALONE, enterprise_id: HOUSE })
    await ours.inbox.reached(2)
    expect(ours.inbox.lefts.at(-1)).toBe(`slack:${ALONE}`)
    expect(await rowsOf(scene)).toEqual([])
  })
})

describe('whether the bot is in a workspace', () => {
  it('is read anew, so that what another process has heard counts at once', async () => {
    await using scene = await opened()
    await installed(scene, HOUSE)
    const ours = await adapterOn(scene, posted)
    await postIn(ours, GOOD)
    expect(await ours.adapter.chat.isIn(HOUSE)).toBe(true)
    // As a job of version 0.3.0 has it.
    expect(await ours.adapter.chat.isIn(GOOD)).toBe(true)
    expect(await ours.adapter.chat.isIn(ALONE)).toBe(false)
    await scene.installations.remove('slack', HOUSE)
    expect(await ours.adapter.chat.isIn(HOUSE)).toBe(false)
    expect(await ours.adapter.chat.isIn(GOOD)).toBe(false)
  })

  it('is true of the only one until its token is refused', async () => {
    await using scene = await openScene()
    const [roomId] = scene.at('clips').split('/')
    expect(await scene.adapter.chat.isIn(roomId!)).toBe(true)
    expect(await scene.adapter.chat.isIn(ALONE)).toBe(false)
    await scene.web.auth.revoke()
    await expect(postIn(scene, roomId!)).rejects.toMatchObject({ code: 'left' })
    expect(await scene.adapter.chat.isIn(roomId!)).toBe(false)
  })
})
