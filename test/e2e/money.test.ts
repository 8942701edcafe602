import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { call, type Member } from '../../src/sandbox/member.ts'
import { buttonsOf, linkOf, videoOf } from '../../src/sandbox/readable.ts'
import { clipPath, clips } from '../fixtures/clips/clips.ts'
import { withHeavySound } from '../kit/heavy-clip.ts'
import { aloud, ask, closingOf, now, openStage, pressNamed, type Stage, threadOf } from '../kit/stage.ts'

const clip = { path: clipPath(clips.mp4Sound), name: 'clip.mp4' }

let stage: Stage
let mira: Member
/** Paid requests that were there before the test. */
let before = { accepted: 0, sent: 0 }
beforeAll(async () => {
  stage = await openStage()
  mira = await stage.join()
})
afterAll(async () => stage[Symbol.asyncDispose]())
beforeEach(async () => {
  // So many refusals in so short a time are more than the breaker lets by; for the bot they are half a minute apart.
  stage.skip(31_000)
  before = { accepted: 0, sent: 0 }
  before = { accepted: await accepted(), sent: await sent() }
})
afterEach(async () => {
  const on = stage.sandbox.venice.faults.list().filter(f => f.on)
  for (const { name } of on) await stage.fault(name, false)
})

/** Paid requests of this test that the other side accepted, whatever it answered. */
const accepted = async () =>
  (await mira.book()).queue_requests.filter(r => r.queue_id !== null).length - before.accepted
const sent = async () => (await mira.book()).queue_requests.length - before.sent

async function confirmed(fault: string) {
  const card = await ask(mira, clip)
  await stage.fault(fault, true)
  await pressNamed(mira, card, 'Confirm')
  return card
}

describe('the paid request', () => {
  it.each(['lost-answer', 'accepted-500'])(
    'is never sent again by itself after "%s"; people decide',
    async fault => {
      const card = await confirmed(fault)
      const question = await closingOf(mira, card)
      expect(aloud(mira, question)).toContain("don't know whether Venice accepted")
      expect(buttonsOf(question).map(b => b.label)).toEqual(['Retry (may be charged twice)', 'Give up'])
      expect(await accepted()).toBe(1)

      await stage.fault(fault, false)
      await pressNamed(mira, question, 'Retry')
      await mira.until('the result', () => threadOf(mira, card).find(m => videoOf(m)))
      expect(await accepted()).toBe(2)
      const answered = now(mira, question)
      expect(buttonsOf(answered)).toEqual([])
      expect(aloud(mira, answered)).toContain('Sent again on request of @Mira.')
      expect(aloud(mira, answered)).toContain("don't know whether Venice accepted")
    },
  )

  it('after a Retry that is refused still says that the first request may have been charged', async () => {
    const card = await confirmed('accepted-500')
    const question = await closingOf(mira, card)
    await stage.fault('accepted-500', false)
    await stage.fault('spend-limit', true)
    await pressNamed(mira, question, 'Retry')
    const closing = await mira.until('the end', () =>
      threadOf(mira, card).find(m => aloud(mira, m).includes('was not upscaled')),
    )
    expect(aloud(mira, closing)).toContain('not answered: It may have been charged ($0.04)')
    await mira.until('the card to lose its buttons', () => buttonsOf(now(mira, question)).length === 0)
  })

  it('given up says that it may have been charged', async () => {
    const card = await confirmed('lost-answer')
    const question = await closingOf(mira, card)
    await pressNamed(mira, question, 'Give up')
    const closing = await mira.until('the end', () =>
      threadOf(mira, card).find(
        m => m.id !== question.id && aloud(mira, m).includes('It was given up by choice'),
      ),
    )
    expect(aloud(mira, closing)).toContain('may have been charged')
    expect(await accepted()).toBe(1)
  })

  it.each([
    ['bad-video', 'did not accept this clip', 'Nothing was charged.'],
    ['content-policy', 'refuses this video', 'charged $0.04 and gave it back.'],
    ['needs-consent', 'consent', 'Nothing was charged.'],
    ['wrong-type', 'does not take this type of file', 'Nothing was charged.'],
    ['too-short', 'short', 'Nothing was charged.'],
    ['too-long', 'long', 'charged $0.04 and gave it back.'],
  ])(
    'refused for good ("%s") says why and what was charged, is not repeated, and keeps no copy',
    async (fault, why, charged) => {
      const kept = new Set(await stage.keptFiles())
      const card = await confirmed(fault)
      const text = aloud(mira, await closingOf(mira, card))
      expect(text).toContain(why)
      expect(text).toContain(charged)
      expect(await sent()).toBe(1)
      expect(await accepted()).toBe(0)
      expect((await stage.keptFiles()).filter(f => !f.startsWith('results/') && !kept.has(f))).toEqual([])
    },
  )

  it('refused as too large in every way in which it can be sent says so, and nothing was charged', async () => {
    const card = await confirmed('too-large')
    const text = aloud(mira, await closingOf(mira, card))
    expect(text).toContain('large')
    expect(text).toContain('Nothing was charged.')
    // As a link, and then inside the request.
    expect([await sent(), await accepted()]).toEqual([2, 0])
  })

  it.each([
    ['spend-limit', 'has spent as much as it may'],
    ['diem-limit', 'has spent as much as it may'],
    ['pro-only', 'does not let our account'],
    ['payment-required', 'our key'],
  ])(
    'refused for the key or the account ("%s") says so, and can be tried again by one press',
    async (fault, why) => {
      const card = await confirmed(fault)
      const closing = await closingOf(mira, card)
      expect(aloud(mira, closing)).toContain(why)
      expect(aloud(mira, closing)).toContain('Nothing was charged.')
      expect(buttonsOf(closing).map(b => b.label)).toEqual(['Try again for $0.04'])
      expect([await sent(), await accepted()]).toEqual([1, 0])
    },
  )

  it.each([
    ['no-credit', 'is empty'],
    ['bad-key', 'refuses our key'],
    ['forbidden', 'does not let our account'],
  ])(
    'that can not be paid anyway ("%s") is not sent: it is said at the press, and the offer stays open',
    async (fault, why) => {
      const card = await confirmed(fault)
      const whisper = await mira.until('the reason', () =>
        mira
          .messages()
          .findLast(m => aloud(mira, m).includes(why) && aloud(mira, m).includes('by this press')),
      )
      expect(aloud(mira, whisper)).toContain('Nothing was charged by this press.')
      expect(buttonsOf(now(mira, card)).map(b => b.label)).toEqual(['Confirm $0.04', 'Cancel'])
      expect(await sent()).toBe(0)
    },
  )

  it.each(['429', 'overloaded'])(
    'that provably did not arrive ("%s") is tried again when that has passed, and paid once',
    async fault => {
      const card = await confirmed(fault)
      await mira.until('the wait to be said', () =>
        threadOf(mira, card).some(m => aloud(mira, m).includes('did not take it yet')),
      )
      expect(await accepted()).toBe(0)
      await stage.fault(fault, false)
      // The bot waits as long as it was told to, or a growing time of its own; its clock may jump there.
      await mira.until('the result', () => threadOf(mira, card).find(m => videoOf(m)), 120_000)
      expect(await accepted()).toBe(1)
    },
  )
})

describe('after the paid request', () => {
  it('a job that fails there is said to have failed, with what was charged', async () => {
    const card = await confirmed('failed-job')
    const text = aloud(mira, await closingOf(mira, card))
    expect(text).toContain('was not upscaled')
    expect(text).toMatch(/charged/)
  })

  it('is told in the progress message where no new message may be posted any more', async () => {
    const card = await confirmed('failed-job')
    const progress = await mira.until('the progress message', () => threadOf(mira, card)[0])
    const deny = (names: string[]) =>
      call(stage.sandbox.url, 'POST', '/sandbox/discord/permissions', {
        channel_id: card.channel_id,
        deny: names,
      })
    await deny(['SEND_MESSAGES', 'SEND_MESSAGES_IN_THREADS'])
    try {
      await mira.until('the reason', () => aloud(mira, now(mira, progress)).includes('its upscaling failed'))
      expect(aloud(mira, now(mira, progress))).toContain('charged')
    } finally {
      await deny([])
    }
    // The permission is back, so the message that mentions the requester comes after all.
    stage.skip(5 * 60_000)
    await closingOf(mira, card)
  })

  it('a download that breaks off is fetched again, and the whole file arrives', async () => {
    const card = await confirmed('cut-download')
    const result = await closingOf(mira, card)
    expect(videoOf(result)).toBeTruthy()
    expect(aloud(mira, result)).not.toContain('Please look')
    expect(await accepted()).toBe(1)
  })
})

describe('a result that does not fit the place', () => {
  it('is linked instead: our own file, signed, with Range and the right type, and says until when', async () => {
    // The sound is copied packet by packet, so a clip with 12 MB of it makes a result of more than the 10 MiB of the place.
    const heavy = await withHeavySound(clipPath(clips.mp4Sound), 12_000_000)
    const card = await ask(mira, { bytes: heavy, name: 'heavy.mp4' })
    await pressNamed(mira, card, 'Confirm')
    const result = await closingOf(mira, card)
    const url = linkOf(result)!
    expect(aloud(mira, result)).toContain('too large to be attached')
    const part = await fetch(url, { headers: { range: 'bytes=0-99' } })
    const bytes = (await part.arrayBuffer()).byteLength
    expect([part.status, part.headers.get('content-type'), bytes]).toEqual([206, 'video/mp4', 100])
    const forged = await fetch(url.replace(/results\/./, 'results/1'))
    expect(forged.status).toBe(404)
    stage.skip(8 * 24 * 60 * 60_000)
    expect((await fetch(url)).status).toBe(410)
  })
})
