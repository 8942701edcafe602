import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readClipFacts } from '../../src/sandbox/clip-facts.ts'
import type { DiscordEvent, SandboxChannel, SandboxMessage } from '../../src/sandbox/control.ts'
import type { Member } from '../../src/sandbox/member.ts'
import { buttonNamed, buttonsOf, linkOf, selectsOf, videoOf } from '../../src/sandbox/readable.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { aloud, ask, closingOf, now, openStage, pressNamed, type Stage, threadOf } from '../kit/stage.ts'

let stage: Stage
let mira: Member
let jonas: Member
/** A thread that was there before the bot came. */
let thread: SandboxChannel

beforeAll(async () => {
  stage = await openStage()
  mira = await stage.join('Mira')
  jonas = await stage.join('Jonas')
  thread = mira.state().channels.find(c => c.type === 11)!
})
afterAll(async () => stage[Symbol.asyncDispose]())

const askFor = (
  name: keyof typeof clips,
  options: { factor?: number; channelId?: string; deliveries?: number } = {},
) => ask(mira, { path: clipPath(clips[name]), name: clips[name].file }, options)

/** The private lines that somebody got in answer to a press. */
const whispersOf = (member: Member) => member.messages().filter(m => m.ephemeral_for === member.user.id)
const nextWhisper = async (member: Member, act: () => Promise<unknown>) => {
  const before = new Set(whispersOf(member).map(m => m.id))
  await act()
  const whisper = await member.until('a private line', () =>
    whispersOf(member).find(m => !before.has(m.id) && !m.loading),
  )
  return aloud(member, whisper)
}

async function saved(message: SandboxMessage, name: string): Promise<string> {
  const response = await fetch(videoOf(message) ?? linkOf(message)!)
  expect(response.status).toBe(200)
  const path = join(stage.dataDir, name)
  await writeFile(path, new Uint8Array(await response.arrayBuffer()))
  return path
}

describe('a clip comes back upscaled', () => {
  it.each([
    ['mp4Sound', 2],
    ['movSound', 2],
    ['webmVp9', 2],
    ['rotatedPhone', 2],
    ['vfr', 2],
    ['silent', 4],
    ['anamorphic', 1],
  ] as const)(
    '%s at %ix: right size and length, sound exactly where the clip has it',
    async (name, factor) => {
      const clip = clips[name]
      const card = await askFor(name, { factor })
      await pressNamed(mira, card, 'Confirm')
      const result = await closingOf(mira, card)
      const facts = await readClipFacts(await saved(result, `${name}.mp4`))
      expect({ width: facts.width, height: facts.height, hasAudio: facts.hasAudio }).toEqual({
        width: clip.displayWidth * factor,
        height: clip.displayHeight * factor,
        hasAudio: clip.hasAudio,
      })
      expect(Math.abs(facts.durationS - clip.durationS)).toBeLessThan(0.1)
      const { jobs } = await mira.book()
      const job = jobs.at(-1)!
      expect(job.charged_usd).toBeGreaterThan(0)
      expect(jobs.filter(j => j.queue_id === job.queue_id).length).toBe(1)
    },
  )
})

describe('the quote card', () => {
  it('shows what the clip is, every price with its size, which one is chosen and when the offer ends', async () => {
    const card = await askFor('mp4Sound')
    const text = aloud(mira, card)
    expect(text).toContain('320x180 · 30 fps · 0:03 · H.264 · sound')
    for (const line of [
      '1x',
      '320x180',
      '2x',
      '640x360',
      '4x',
      '1280x720',
      '$0.04',
      'in 15 minutes',
      'Quoted by Venice',
    ]) {
      expect(text).toContain(line)
    }
    expect(text).toMatch(/▸ 2x/)
    expect(buttonsOf(card).map(b => b.label)).toEqual(['Confirm $0.04', 'Cancel'])
    await pressNamed(mira, card, 'Cancel')
  })

  it.each(['spec', 'observed'] as const)(
    'is exact where Venice reads the file itself (dialect "%s")',
    async dialect => {
      await using other = await openStage({ dialect })
      const member = await other.join()
      const card = await ask(member, { path: clipPath(clips.mp4Sound), name: 'a.mp4' })
      expect(aloud(member, card)).toContain('Exact prices')
      await pressNamed(member, card, 'Confirm')
      expect(aloud(member, await closingOf(member, card))).toContain(
        '640x360, 0:03, H.264, with your sound put back',
      )
      // Venice is told to delete its copy only when ours is posted; ours still plays afterwards.
      await vi.waitUntil(async () => (await member.book()).jobs[0]!.status === 'DELETED', 20_000)
      expect((await fetch(videoOf(await closingOf(member, card))!)).status).toBe(200)
      // 3.000 s at the first tier's 0.013 $ a second, as billed.
      expect((await member.book()).jobs[0]!.charged_usd).toBeCloseTo(0.039, 6)
    },
  )

  it('changes its choice, and an old Confirm does not confirm the new price', async () => {
    const card = await askFor('rotatedPhone')
    const oldConfirm = buttonNamed(card, 'Confirm')!
    await mira.press(card, selectsOf(card)[0]!.custom_id!, { values: ['4'] })
    const changed = await mira.until('the card to change', () => {
      const newest = now(mira, card)
      return buttonNamed(newest, 'Confirm')?.label !== oldConfirm.label && newest
    })
    expect(aloud(mira, changed)).toMatch(/▸ 4x/)
    expect(buttonNamed(changed, 'Confirm')!.custom_id).not.toBe(oldConfirm.custom_id)
    await pressNamed(mira, changed, 'Cancel')
  })

  it('cancelled keeps its facts, loses its buttons and charges nothing', async () => {
    const before = (await mira.book()).queue_requests.length
    const card = await askFor('silent')
    await pressNamed(mira, card, 'Cancel')
    const ended = await mira.until('the card to close', () => {
      const newest = now(mira, card)
      return buttonsOf(newest).length === 0 && newest
    })
    expect(aloud(mira, ended)).toContain('320x180 · 30 fps')
    expect(aloud(mira, ended)).toContain('Cancelled. Nothing was charged.')
    expect((await mira.book()).queue_requests.length).toBe(before)
  })

  it('acts for nobody but the requester', async () => {
    const card = await askFor('silent')
    const seen = await jonas.until('the card', () => {
      const same = now(jonas, card)
      return !same.loading && buttonNamed(same, 'Confirm') && same
    })
    const whisper = await nextWhisper(jonas, () => pressNamed(jonas, seen, 'Confirm'))
    expect(whisper).toContain('Only @Mira')
    expect(buttonsOf(now(mira, card)).length).toBe(2)
    await pressNamed(mira, card, 'Cancel')
  })

  it('ends with its offer: an old card says so, and its buttons go', async () => {
    const card = await askFor('silent')
    stage.skip(16 * 60_000)
    const ended = await mira.until('the card to end', () => {
      const newest = now(mira, card)
      return buttonsOf(newest).length === 0 && newest
    })
    expect(aloud(mira, ended)).toContain('The offer has ended. Nothing was charged.')
  })
})

describe('events that come more than once', () => {
  it('a double press starts one job', async () => {
    const before = (await mira.book()).queue_requests.length
    const card = await askFor('silent')
    await Promise.all([pressNamed(mira, card, 'Confirm'), pressNamed(mira, card, 'Confirm')])
    await closingOf(mira, card)
    expect((await mira.book()).queue_requests.length).toBe(before + 1)
  })

  it('a command and a press that are delivered three times make one card and one job', async () => {
    const before = (await mira.book()).queue_requests.length
    const cards = () => mira.messages().filter(m => m.interaction).length
    const cardsBefore = cards()
    const card = await askFor('silent', { deliveries: 3 })
    await pressNamed(mira, card, 'Confirm', 3)
    await closingOf(mira, card)
    expect((await mira.book()).queue_requests.length).toBe(before + 1)
    expect(cards()).toBe(cardsBefore + 1)
  })
})

describe('in the thread', () => {
  it('one progress message is edited, at most once in five seconds, and ends with Done', async () => {
    const edits: number[] = []
    let progressId = ''
    const listen = (event: DiscordEvent) => {
      if (event.type === 'message' && event.message.id === progressId) edits.push(Date.now())
    }
    mira.on(listen)
    const card = await askFor('mp4Sound')
    await pressNamed(mira, card, 'Confirm')
    const progress = await mira.until('the progress message', () => threadOf(mira, card)[0])
    progressId = progress.id
    const done = await mira.until('the last progress', () => {
      const newest = now(mira, progress)
      return aloud(mira, newest).includes('Done.') && newest
    })
    expect(aloud(mira, done)).toContain(
      'Queued\u00a0✓ › Submitted\u00a0✓ › Upscaling\u00a0✓ › Saving\u00a0✓ › Done',
    )
    const gaps = edits.slice(1).map((at, i) => at - edits[i]!)
    // The stand-in's clock and ours are read at different ends of a socket.
    for (const gap of gaps) expect(gap).toBeGreaterThan(4_800)
    expect(threadOf(mira, card).length).toBe(2)
  })

  it('the card keeps its facts and says who confirmed', async () => {
    const card = await askFor('silent')
    await pressNamed(mira, card, 'Confirm')
    await closingOf(mira, card)
    expect(buttonsOf(now(mira, card))).toEqual([])
    expect(aloud(mira, now(mira, card))).toContain('320x180 · 30 fps · 0:02 · H.264 · no sound')
    expect(aloud(mira, now(mira, card))).toMatch(/@Mira confirmed 2x for \$0\.03/)
  })

  it('asked for in a thread, everything stays there', async () => {
    const before = mira.state().channels.length
    const card = await askFor('silent', { channelId: thread.id })
    expect(card.channel_id).toBe(thread.id)
    await pressNamed(mira, card, 'Confirm')
    await mira.until('the result in the same thread', () =>
      mira
        .messages()
        .find(
          m => m.channel_id === thread.id && m.id > card.id && m.mentions.some(u => u.id === mira.user.id),
        ),
    )
    expect(mira.state().channels.length).toBe(before)
  })
})

it('a stop and the logs of all of the above hold no secret', () => {
  const text = stage.logs.join('\n')
  expect(text.length).toBeGreaterThan(1_000)
  expect(text).not.toContain(stage.sandbox.env.DISCORD_TOKEN)
  expect(text).not.toContain(stage.sandbox.env.VENICE_API_KEY)
})
