import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { call } from '../../src/sandbox/member.ts'
import { buttonNamed, closingOf, resultUrl } from '../../src/sandbox/person.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { openStage, type Stage } from '../kit/stage.ts'

let clip: { bytes: Uint8Array; name: string }
beforeAll(async () => {
  clip = { bytes: await readFile(clipPath(clips.silent)), name: 'fox.mp4' }
})

const says = (stage: Stage, words: string) =>
  vi.waitUntil(() => stage.logs.some(line => line.includes(words)), { timeout: 60_000, interval: 100 })
const uninstall = (stage: Stage, team_id: string) =>
  call(stage.sandbox.url, 'POST', '/sandbox/slack/uninstall', { team_id, reason: 'app_uninstalled' })
const kept = async (stage: Stage) => (await stage.keptFiles()).filter(f => f.startsWith('results/')).length

describe('a bot that is thrown out', () => {
  it('of Slack finishes what is paid for, and goes on in Discord', async () => {
    await using stage = await openStage({ venice: { processingMs: 3_000 } })
    const mira = await stage.slackPerson('Mira')
    await mira.botOnline()
    const open = await mira.ask({ way: 'command', clip })
    const paid = await mira.ask({ way: 'command', clip: { ...clip, name: 'paid.mp4' } })
    await mira.press(paid, 'Confirm')
    await vi.waitUntil(async () => (await mira.book()).queue_requests.length > 0, 20_000)
    await uninstall(stage, mira.user.team_id)
    await says(stage, 'it is kept')
    expect(await kept(stage)).toBe(1)

    const other = await stage.person('discord')
    const card = await other.ask({ way: 'command', clip })
    await other.press(card, 'Confirm')
    expect(resultUrl(await closingOf(other, card))).not.toBeNull()
    expect((await other.book()).queue_requests.length).toBe(2)
    expect(stage.logs.filter(line => line.startsWith('FATAL'))).toEqual([])
    const health = await fetch(`${stage.config.publicUrl}/healthz`)
    expect(health.status).toBe(503)
    expect(await health.json()).toMatchObject({
      troubles: { slack: expect.stringContaining('SLACK_BOT_TOKEN') },
    })
    expect(buttonNamed(mira.now(open), 'Confirm')).toBeDefined() // Nothing more is posted or changed there.
  })

  it('of the only place that it has ends, after what is paid for is kept', async () => {
    await using stage = await openStage({ venice: { processingMs: 4_000 }, env: { DISCORD_TOKEN: '' } })
    const mira = await stage.slackPerson('Mira')
    await mira.botOnline()
    const card = await mira.ask({ way: 'command', clip })
    await mira.press(card, 'Confirm')
    await vi.waitUntil(async () => (await mira.book()).queue_requests.length > 0, 20_000)
    await uninstall(stage, mira.user.team_id)
    await says(stage, 'FATAL')
    expect(await kept(stage)).toBe(1)
  })

  it('of a private channel posts the result there when it is invited back', async () => {
    await using stage = await openStage({ env: { DISCORD_TOKEN: '' } })
    const jonas = await stage.slackPerson('Jonas')
    await jonas.botOnline()
    const jury = jonas.state().channels.find(c => c.is_private && c.members.includes(jonas.user.id))!
    const bot = (present: boolean) =>
      call(stage.sandbox.url, 'POST', '/sandbox/slack/membership', { channel_id: jury.id, bot: present })
    await bot(true)
    const card = await jonas.ask({ way: 'message', clip, channel: jury.id })
    await jonas.press(card, 'Confirm')
    await vi.waitUntil(async () => (await jonas.book()).queue_requests.length > 0, 20_000)
    await bot(false)
    await says(stage, 'the result was not posted')
    await bot(true)
    const result = await closingOf(jonas, card)
    expect(result.place).toBe(card.place)
    expect(resultUrl(result)).not.toBeNull()
    expect((await jonas.book()).queue_requests.length).toBe(1)
  })
})

it('a platform whose token is wrong keeps the other from nothing', async () => {
  await using stage = await openStage({ env: { SLACK_BOT_TOKEN: 'xoxb-of-somebody-else' } })
  const mira = await stage.person('discord')
  await mira.botOnline()
  const card = await mira.ask({ way: 'command', clip })
  expect(buttonNamed(card, 'Confirm')).toBeDefined()
  expect(stage.logs.some(line => line.includes('a platform could not be joined'))).toBe(true)
})
