import { describe, expect, it } from 'vitest'
import { REFUSALS } from '../../../src/core/errors.ts'
import { type Agreed, type Failure, type Job, type JobIn, maybeBefore } from '../../../src/core/job.ts'
import { type Carded, quoteCard } from '../../../src/core/messages/card.ts'
import { failureView } from '../../../src/core/messages/failure.ts'
import { FAILURES } from '../../../src/core/messages/failures.ts'
import { progressView } from '../../../src/core/messages/progress.ts'
import { refusalView } from '../../../src/core/messages/refusals.ts'
import { differences, resultView } from '../../../src/core/messages/result.ts'
import { answeredView, unconfirmedView } from '../../../src/core/messages/unconfirmed.ts'
import { alreadyAnswered } from '../../../src/core/messages/whispers.ts'
import { clipText, lengthText } from '../../../src/core/messages/words.ts'
import { advance } from '../../../src/core/transitions.ts'
import type { View } from '../../../src/core/view.ts'
import { NOON, STATES, sampleClip, sampleEvents, sampleJob } from '../../kit/jobs.ts'
import { linesOf } from '../../kit/plain.ts'

const names = { provider: 'Acme', creditsUrl: 'https://acme.example/credits' }

/** Every literal word of a view. */
const words = (view: View) => JSON.stringify(view.parts)

describe('the clip, in words', () => {
  it('says size, rate, length, codec and sound', () => {
    expect(clipText(sampleClip())).toBe('640x360 · 30 fps · 0:12 · H.264 · sound')
    expect(clipText(sampleClip({ fps: 29.97, variableFps: true, audioCodec: null, videoCodec: 'vp9' }))).toBe(
      '640x360 · 29.97 fps on average · 0:12 · VP9 · no sound',
    )
  })

  it.each([
    [2.5, '0:02.5'],
    [2, '0:02'],
    [9.96, '0:10'],
    [59.6, '1:00'],
    [72.4, '1:12'],
    [300, '5:00'],
  ])('says %f seconds as %s', (seconds, text) => expect(lengthText(seconds)).toBe(text))
})

describe('the quote card', () => {
  const carded = STATES.filter(s => s !== 'quoting')

  it('shows the three prices side by side with their sizes, one of them chosen', () => {
    const choices = quoteCard(sampleJob('quoted'), names).parts.find(p => p.kind === 'choices')
    expect(choices).toEqual({
      kind: 'choices',
      columns: [
        { head: '1x', lines: ['640x360', '$0.16'], chosen: false },
        { head: '2x', lines: ['1280x720', '$0.16'], chosen: true },
        { head: '4x', lines: ['2560x1440', '$1.20'], chosen: false },
      ],
    })
  })

  it.each(carded)('keeps its facts when its job is %s', state => {
    const open = quoteCard(sampleJob('quoted'), names)
    const later = quoteCard(sampleJob(state) as Carded, names)
    expect(later.parts.slice(0, 4)).toEqual(open.parts.slice(0, 4))
  })

  it.each(carded.filter(s => s !== 'quoted' && s !== 'awaiting_approval'))(
    'has no controls when its job is %s',
    state => {
      expect(quoteCard(sampleJob(state) as Carded, names).controls).toEqual([])
    },
  )

  it('names the price that Confirm would charge', () => {
    expect(JSON.stringify(quoteCard(sampleJob('quoted'), names).controls)).toContain('Confirm $0.16')
  })

  it.each([
    ['exact', 'Exact prices'],
    ['quoted', 'Quoted by Acme'],
    ['estimate', 'Estimated'],
  ] as const)('says that a price is %s', (kind, text) => {
    const job = sampleJob('quoted')
    expect(words(quoteCard({ ...job, offer: { ...job.offer, kind } }, names))).toContain(text)
  })

  it('that waits for approval says why and until when, and has nothing but Cancel', () => {
    const view = quoteCard(sampleJob('awaiting_approval'), names)
    expect(linesOf(view).at(-1)).toBe(
      '@77 agreed to 2x for $0.16 at #. Above $0.10 somebody else has to agree here: @approvers, @88 or whoever manages this place. Nothing is charged before that. The offer ends #.',
    )
    expect(view.controls.flat()).toEqual([
      expect.objectContaining({ label: 'Cancel', action: expect.objectContaining({ name: 'cancel' }) }),
    ])
  })

  it('names who approved, and who declined', () => {
    const { approved } = sampleEvents()
    const confirmed = advance(sampleJob('awaiting_approval'), approved, NOON)
    expect(linesOf(quoteCard(confirmed as Carded, names)).at(-1)).toBe(
      '@77 confirmed 2x for $0.16, approved by @88 at #.',
    )
    expect(linesOf(quoteCard(sampleJob('declined'), names)).at(-1)).toBe(
      'Declined by @88. Nothing was charged.',
    )
  })

  it('warns where a varying rate is near the doubling', () => {
    expect(
      words(quoteCard(sampleJob('quoted', sampleClip({ fps: 47.9, variableFps: true })), names)),
    ).toContain('48 fps')
  })
})

describe('progress', () => {
  const at = (job: JobIn<'processing'>, ms: number) => JSON.stringify(progressView(job, names, NOON + ms))
  const running = { ...sampleJob('processing'), averageMs: 100_000 }

  it('moves its bar with time and never says 100 % before the file is there', () => {
    expect(at(running, 50_000)).toContain('50 %')
    expect(at(running, 500_000)).toContain('95 %')
  })

  it('says so when it takes far longer than usual', () => {
    expect(at({ ...running, late: true }, 30 * 60_000)).toContain('longer than usual')
  })

  it('says when it should be done and when at the latest, and how long that is', () => {
    const expected = { likelyMs: 230_000, atMostMs: 540_000 }
    const text = at({ ...running, expected }, 50_000)
    expect(text).toContain(`{"time":${running.submittedAt + 230_000},"as":"clock"}`)
    expect(text).toContain(`{"time":${running.submittedAt + 540_000},"as":"clock"}`)
    expect(text).toContain('about 4 min, at most 9')
  })

  it('promises nothing where nothing is known', () => {
    expect(at({ ...running, expected: null }, 50_000)).not.toContain('done around')
  })

  it('does not change while nothing changes, so that no edit is spent', () => {
    expect(at(running, 50_000)).toBe(at(running, 51_000))
  })

  it.each(STATES.filter(s => 'agreedUsd' in sampleJob(s)))('has words for %s', state => {
    expect(progressView(sampleJob(state) as Agreed, names, NOON).summary).not.toBe('')
  })
})

describe('refusals', () => {
  it.each(REFUSALS)('%s: says what is wrong, that nothing was charged and what to do', code => {
    const view = refusalView(
      { code, facts: { seconds: 412, limitSeconds: 300, permissions: 'Attach Files' } },
      names,
    )
    expect(view.summary).toContain('Nothing was charged.')
    expect(view.summary).not.toMatch(/undefined|NaN/)
    expect(view.summary.split('. ').length).toBeGreaterThanOrEqual(3)
  })

  it('names the permission that is missing', () => {
    expect(
      words(refusalView({ code: 'missing_permission', facts: { permissions: 'Attach Files' } }, names)),
    ).toContain('Attach Files')
  })
})

describe('failures', () => {
  const codes = Object.keys(FAILURES) as Failure['code'][]
  it.each(codes.filter(code => code !== 'given_up' && code !== 'community_left'))(
    '%s: says whether money moved',
    code => {
      const job = sampleJob('failed')
      const said = (charged: Failure['charged']) =>
        words(failureView({ ...job, failure: { code, charged } }, names))
      expect(said('no')).toContain('Nothing was charged.')
      expect(said('yes')).toContain('has charged $0.16')
      expect(said('refunded')).toContain('gave it back')
      expect(said('unknown')).toContain('may have been charged')
    },
  )

  it.each([
    ['no', 1, ['Nothing was charged.', 'not answered: It may have been charged ($0.16)']],
    ['refunded', 2, ['gave it back', 'up to 2 times']],
    ['unknown', 1, ['up to 2 times']],
  ] as const)(
    'a last request that was charged "%s" does not hide %i earlier ones that may have been',
    (charged, lost, texts) => {
      const job = sampleJob('failed')
      const answers = Array.from({ length: lost }, () => ({
        sentAt: NOON,
        queuedAt: NOON,
        why: 'cut',
        agreedUsd: 156_000,
      }))
      const view = failureView({ ...job, lost: answers, failure: { code: 'balance_empty', charged } }, names)
      for (const text of texts) expect(words(view)).toContain(text)
    },
  )

  it('giving up counts each lost request once', () => {
    const job = { ...sampleJob('failed'), failure: { code: 'given_up', charged: 'unknown' } as const }
    const lost = [{ sentAt: NOON, queuedAt: NOON, why: 'cut', agreedUsd: 156_000 }]
    expect(words(failureView({ ...job, lost }, names))).toContain('($0.16)')
    expect(words(failureView({ ...job, lost: [...lost, ...lost] }, names))).toContain(
      '($0.16, up to 2 times)',
    )
  })

  it('a request whose answer came late counts as charged once, not as lost', () => {
    const settled = advance(sampleJob('unconfirmed'), sampleEvents().accepted, NOON)
    expect(maybeBefore(settled as JobIn<'processing'>)).toEqual([])
    expect(words(answeredView(settled as JobIn<'processing'>, names))).toContain('only its answer was late')
  })

  it('a second question says that both requests may have been charged, and when the last one left', () => {
    const later = NOON + 60_000
    const again = [
      sampleEvents().retry_chosen,
      sampleEvents().submitting,
      sampleEvents().answer_lost,
    ].reduce<Job>((job, event) => advance(job, event, later), sampleJob('unconfirmed'))
    const text = words(unconfirmedView(again as JobIn<'unconfirmed'>, names))
    expect(text).toContain('up to 2 may have been charged')
    expect(text).toContain(`{"time":${later},"as":"date"}`)
    expect(text).not.toContain("can't have been charged")
  })

  it('an unknown outcome asks, and keeps its facts when it was answered', () => {
    const open = unconfirmedView(sampleJob('unconfirmed'), names)
    const retried = advance(
      sampleJob('unconfirmed'),
      sampleEvents().retry_chosen,
      NOON + 1,
    ) as JobIn<'confirmed'>
    const answered = answeredView(retried, names)
    expect(words(answered)).toContain('Sent again on request')
    expect(JSON.stringify(open.controls)).toContain('may be charged twice')
    expect(answered.controls).toEqual([])
    // All but the line that promises a look at the billing.
    expect(answered.parts.slice(0, open.parts.length - 1)).toEqual(open.parts.slice(0, -1))
  })
})

describe('the result', () => {
  const job = sampleJob('delivered')
  const view = (over: Partial<typeof job.result>) =>
    resultView({ ...job, result: { ...job.result, ...over } }, { kind: 'attached' }, names, NOON + 95_000)

  it('says what was asked, what came, the price and the time, and mentions only the requester', () => {
    const text = words(view({}))
    for (const fact of ['1280x720', '0:12', 'your sound put back', '$0.16', '1 min 35 s'])
      expect(text).toContain(fact)
    expect(view({}).notifies).toEqual(['77'])
  })

  it.each([
    ['another size', { clip: sampleClip({ width: 1278, height: 720 }) }, 'not 1280x720'],
    [
      'another length',
      { clip: sampleClip({ width: 1280, height: 720, durationS: 11 }) },
      'your clip is 0:12',
    ],
    ['its sound lost', { sound: 'lost' as const }, 'could not be put back'],
  ])('with %s points to it', (_name, over, text) => {
    expect(words(view(over))).toContain(text)
    expect(view(over).tone).toBe('asking')
  })

  it('names who approved it, and nobody where nobody had to', () => {
    const said = (approvedBy: string | null) =>
      linesOf(resultView({ ...job, approvedBy }, { kind: 'attached' }, names, NOON)).join('\n')
    expect(said('88')).toContain('Quoted and charged $0.16 at Acme · took 1 s · approved by @88')
    expect(said(null)).not.toContain('approved')
  })

  it('as asked points to nothing', () => {
    expect(differences(job.clip, { width: 1280, height: 720 }, job.result)).toEqual([])
  })
})

it('every state has an answer for a late press', () => {
  for (const state of STATES) expect(alreadyAnswered(sampleJob(state)).summary).not.toBe('')
  expect(Object.keys(sampleEvents()).length).toBeGreaterThan(0)
})
