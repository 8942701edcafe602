import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { secretsOf } from '../../src/config.ts'
import type { SlackCall } from '../../src/sandbox/control.ts'
import { call } from '../../src/sandbox/member.ts'
import { buttonNamed, closingOf, resultUrl } from '../../src/sandbox/person.ts'
import type { SlackPerson } from '../../src/sandbox/person-slack.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { openStage, type SlackWays, type Stage } from '../kit/stage.ts'

/** One bot in several workspaces: over a socket with tokens that rotate, and over HTTP. */
describe.each([
  ['over a socket', { many: true }],
  ['over HTTP', { many: true, http: true }],
] as [string, SlackWays][])('many workspaces %s', (_, slackWays) => {
  let stage: Stage
  let mira: SlackPerson
  let ines: SlackPerson
  let clip: { bytes: Uint8Array; name: string }

  const control = <T>(path: string, body: object) =>
    call<T>(stage.sandbox.url, 'POST', `/sandbox/slack/${path}`, body)
  const calls = () => call<SlackCall[]>(stage.sandbox.url, 'GET', '/sandbox/slack/calls')
  const install = async (person: SlackPerson) =>
    control<{ location: string }>('install', {
      team_id: person.user.team_id,
      install_url: `${stage.config.publicUrl}/slack/install`,
    })

  beforeAll(async () => {
    stage = await openStage({
      slackWays,
      slack: { tokenRotation: true },
      venice: { processingMs: 500 },
      env: { DISCORD_TOKEN: '' },
    })
    mira = await stage.slackPerson('Mira')
    ines = await stage.slackPerson('Ines')
    expect(mira.user.team_id).not.toBe(ines.user.team_id)
    clip = { bytes: await readFile(clipPath(clips.silent)), name: 'fox.mp4' }
  })
  afterAll(async () => stage[Symbol.asyncDispose]())

  it('is installed by its page, with one click and back', async () => {
    for (const person of [mira, ines]) {
      const { location } = await install(person)
      expect(location.startsWith(stage.config.publicUrl)).toBe(true)
      for (const channel of person.state().channels.filter(c => c.members.includes(person.user.id)))
        await control('membership', { channel_id: channel.id, bot: true })
    }
  })

  it("two workspaces at work at once: every call carries its own workspace's token", async () => {
    const results = await Promise.all(
      [mira, ines].map(async person => {
        const card = await person.ask({ way: 'command', clip })
        await person.press(card, 'Confirm')
        return closingOf(person, card)
      }),
    )
    for (const result of results) expect(resultUrl(result)).not.toBeNull()
    // People see a result before the bot knows that they do; what follows must not come in between.
    const delivered = () => stage.logs.filter(line => line.includes('"msg":"delivered"')).length
    await vi.waitUntil(() => delivered() >= results.length, 20_000)
    const made = (await calls()).filter(c => c.subject_team !== null && !c.method.startsWith('oauth.'))
    expect(new Set(made.map(c => c.subject_team))).toEqual(new Set([mira.user.team_id, ines.user.team_id]))
    expect(made.filter(c => c.token_team !== c.subject_team)).toEqual([])
    expect(made.length).toBeGreaterThan(10)
  })

  it('a token that ends soon is renewed before it is used, once', async () => {
    const refreshes = async () =>
      (await calls()).filter(
        c => c.method === 'oauth.v2.access' && c.ok && c.subject_team === mira.user.team_id,
      ).length
    const before = await refreshes()
    stage.skip(11 * 60 * 60_000)
    const cards = await Promise.all(
      ['a.mp4', 'b.mp4'].map(async name => {
        const message = await mira.post({ files: [await mira.upload({ ...clip, name })] })
        await mira.shortcut(message)
        return mira.until(`the card of ${name}`, () =>
          mira.messages().find(m => m.place.endsWith(`/${message.ts}`) && buttonNamed(m, 'Confirm')),
        )
      }),
    )
    expect(await refreshes()).toBe(before + 1)
    for (const card of cards) await mira.press(card, 'Cancel')
  })

  it('a workspace that removes the bot: its offer ends, what is paid is kept, nothing more is posted there', async () => {
    const open = await ines.ask({ way: 'command', clip })
    const paid = await ines.ask({ way: 'command', clip: { ...clip, name: 'paid.mp4' } })
    const before = (await ines.book()).queue_requests.length
    // Only what is logged from here on is about this job.
    const logged = stage.logs.length
    const isLogged = (what: string) => stage.logs.slice(logged).some(line => line.includes(what))
    await ines.press(paid, 'Confirm')
    await vi.waitUntil(async () => (await ines.book()).queue_requests.length > before, 20_000)
    await control('uninstall', { team_id: ines.user.team_id, reason: 'app_uninstalled' })
    await vi.waitUntil(() => isLogged('a community has removed the bot'), 20_000)
    const gone = await calls()
    await vi.waitUntil(() => isLogged('it is kept'), 60_000)
    expect((await stage.keptFiles()).filter(f => f.startsWith('results/')).length).toBeGreaterThanOrEqual(3)
    // Not even tried: without an installation there is no token to try with.
    const posts = (all: SlackCall[]) =>
      all.filter(c => /^chat\.|^files\.complete/.test(c.method) && c.subject_team === ines.user.team_id)
        .length
    expect(posts(await calls())).toBe(posts(gone))
    // Its offer is no longer open: pressed after the bot came back, it does nothing.
    await install(ines)
    await ines.press(open, 'Confirm')
    await ines.until('a private line', () => ines.messages().find(m => m.onlyMe && /cancelled/.test(m.text)))
    expect((await ines.book()).queue_requests.length).toBe(before + 1)
    // And it works there as before.
    const again = await ines.ask({ way: 'command', clip })
    expect(buttonNamed(again, 'Confirm')).toBeDefined()
    await ines.press(again, 'Cancel')
  })

  it('what nobody signed is turned away', async () => {
    const response = await fetch(`${stage.config.publicUrl}/slack/events`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000)),
        'x-slack-signature': `v0=${'0'.repeat(64)}`,
      },
      body: 'command=%2Fupscale&text=&team_id=T1&user_id=U1&channel_id=C1&trigger_id=1.2.3',
    })
    expect(response.status).toBe(slackWays.http ? 401 : 404)
  })

  it("neither the database's files nor the logs hold a token or a key", async () => {
    const secrets = [...stage.sandbox.slack.secrets(), ...secretsOf(stage.config)].filter(s => s.length >= 6)
    expect(secrets.length).toBeGreaterThan(6)
    const logs = stage.logs.join('\n')
    expect(logs.length).toBeGreaterThan(1_000)
    expect(secrets.filter(secret => logs.includes(secret))).toEqual([])
    const files = await readdir(join(stage.dataDir, 'pg'), { recursive: true, withFileTypes: true })
    let bytes = 0
    for (const file of files.filter(f => f.isFile())) {
      const content = await readFile(join(file.parentPath, file.name))
      bytes += content.length
      for (const secret of secrets) expect(content.includes(secret), `${file.name}`).toBe(false)
    }
    expect(bytes).toBeGreaterThan(1_000_000)
  })
})
