import { describe, expect, it } from 'vitest'
import { REFUSALS } from '../../../src/core/errors.ts'
import type { ChargeLine, Evidence, JobIn } from '../../../src/core/job.ts'
import { acceptedLate } from '../../../src/core/messages/accepted-late.ts'
import { refusalView } from '../../../src/core/messages/refusals.ts'
import { dearer, stopped } from '../../../src/core/messages/stops.ts'
import { answeredView, unconfirmedView } from '../../../src/core/messages/unconfirmed.ts'
import { tooLateToCancel } from '../../../src/core/messages/whispers.ts'
import { advance } from '../../../src/core/transitions.ts'
import type { Button, View } from '../../../src/core/view.ts'
import { NOON, sampleEvents, sampleJob } from '../../kit/jobs.ts'

const names = { provider: 'Acme', creditsUrl: 'https://acme.example/credits' }
const words = (view: View) => JSON.stringify(view.parts)
const line = (usd: number): ChargeLine => ({ at: NOON + 1_000, usd, what: 'upscale 2x', queueId: null })

describe('the question about a lost answer', () => {
  const job = sampleJob('unconfirmed')
  const withEvidence = (evidence: Evidence | null) => words(unconfirmedView({ ...job, evidence }, names))
  const found = (lines: ChargeLine[] | null, looks = 1) => withEvidence({ at: NOON + 3_000, lines, looks })

  it('shows the lines of the billing, and marks those of the price', () => {
    const text = found([line(156_000), line(900_000), line(-156_000)])
    expect(text).toContain(
      `{"time":${NOON + 1_000},"as":"clock"}," · $0.16 · upscale 2x"," · ",{"bold":"this may be it"}`,
    )
    expect(text).toContain('$0.90 · upscale 2x"]')
    expect(text).toContain('$0.16 given back')
    expect(text.match(/this may be it/g)).toHaveLength(1)
  })

  it('says that there is no line yet, and after the last look that there is none', () => {
    expect(found([])).toContain('no line for it yet')
    expect(found([])).toContain('may take some minutes to show')
    expect(found([], 4)).toContain('it is not looked at again')
  })

  it('says where the billing was not looked at yet, or could not be read', () => {
    expect(withEvidence(null)).toContain('comes here in a moment')
    expect(found(null)).toContain('could not be read')
    expect(found(null)).toContain('Whoever runs this bot can look there')
  })

  it('never hides a line of the price among many others', () => {
    const text = found([...Array.from({ length: 20 }, () => line(900_000)), line(156_000)])
    expect(text).toContain('this may be it')
    expect(text).toContain('and 15 more')
  })

  it('answered, keeps what the billing said and names who decided', () => {
    const looked = advance(job, sampleEvents().looked, NOON)
    const giveUp = { type: 'failed', failure: { code: 'given_up', charged: 'unknown' }, by: '88' } as const
    const open = unconfirmedView(looked as JobIn<'unconfirmed'>, names)
    const answered = answeredView(advance(looked, giveUp, NOON) as JobIn<'failed'>, names)
    expect(answered.parts.slice(0, open.parts.length)).toEqual(open.parts)
    expect(words(answered)).toContain('"Given up on request of ",{"mention":"88"}')
  })

  it('answered, stays about its own request when a later one is lost too', () => {
    const { retry_chosen, submitting, answer_lost } = sampleEvents()
    const second = [retry_chosen, submitting, answer_lost].reduce(
      (now, event) => advance(now, event, NOON + 60_000),
      job as ReturnType<typeof advance>,
    ) as JobIn<'unconfirmed'>
    const first = words(answeredView(second, names, 1))
    expect(first).toContain(`{"time":${NOON},"as":"date"}`)
    expect(first).not.toContain('up to 2')
    expect(words(unconfirmedView(second, names))).toContain('up to 2 may have been charged')
  })

  it('with a price that went up names it on the button', () => {
    const offer = { ...job.offer, wasUsd: 100_000 }
    const view = unconfirmedView({ ...job, offer }, names)
    expect((view.controls.flat()[0] as Button).label).toBe('Retry for $0.16 (may be charged twice)')
    expect(words(view)).toContain('was $0.10')
    // What may have been charged already is the old price all the same.
    expect(words(view)).toContain('It may have been charged ($0.16)')
  })
})

describe('a press that is not spent', () => {
  const quoted = sampleJob('quoted')
  const said = (view: View) => words(view)

  it('says what is left, what it costs, that nothing was charged, until when the offer stands and where credits are', () => {
    const text = said(stopped(quoted, { code: 'too_little', leftUsd: 109_999, priceUsd: 156_000 }, names))
    for (const fact of [
      'has $0.10 left, and this costs $0.16',
      'Nothing was charged by this press.',
      `Your offer stays open until ",{"time":${quoted.offer.expiresAt},"as":"clock"}`,
      names.creditsUrl,
    ])
      expect(text).toContain(fact)
  })

  it.each([
    [{ code: 'too_little', leftUsd: 0, priceUsd: 156_000 }, 'is empty, and this costs $0.16'],
    [{ code: 'key_refused' }, 'Whoever runs this bot has to look at the key'],
    [{ code: 'access_denied' }, 'Whoever runs this bot has to look at the account'],
    [{ code: 'unreachable', retryAt: null }, 'press again in a moment'],
    [{ code: 'unreachable', retryAt: NOON + 5 }, `press again at ",{"time":${NOON + 5}`],
  ] as const)('%j says so', (why, fact) => {
    for (const job of [quoted, sampleJob('failed'), sampleJob('unconfirmed')]) {
      const text = said(stopped(job, why, names))
      expect(text).toContain(fact)
      expect(text).toContain('Nothing was charged by this press.')
    }
  })

  it('because the price went up says both prices', () => {
    expect(said(dearer({ ...quoted.offer, wasUsd: 120_000 }))).toContain('costs $0.16 now, was $0.12.')
  })

  it.each(['submitting', 'processing', 'saving', 'delivering'] as const)(
    'cancel, when it is %s, says that it is too late',
    state => expect(said(tooLateToCancel(sampleJob(state), names))).toContain('Acme'),
  )
})

describe('what is said late or early', () => {
  it('a request that was accepted after people had decided is said to be charged, with its number', () => {
    const { retry_chosen, failed } = sampleEvents()
    const sent = sampleJob('submitting')
    const receipt = { model: 'm', queueId: 'q-77' }
    const retried = advance(sampleJob('unconfirmed'), retry_chosen, NOON)
    const text = words(acceptedLate(sent, retried, receipt, names))
    for (const fact of ['It is charged ($0.16).', 'on top of what was sent since', '{"code":"q-77"}'])
      expect(text).toContain(fact)
    const givenUp = { ...failed, failure: { code: 'given_up', charged: 'unknown' } } as typeof failed
    const ended = advance(sampleJob('unconfirmed'), givenUp, NOON)
    expect(words(acceptedLate(sent, ended, receipt, names))).toContain('had been given up')
  })

  it('a request is refused with when to try again, where that is known', () => {
    expect(REFUSALS).toContain('key_refused')
    const down = (retryAfterMs: number) =>
      refusalView({ code: 'provider_down', facts: { retryAfterMs } }, names).summary
    expect(down(30_000)).toContain('Try again in 30 s.')
    expect(down(0)).toContain('Try again in a few minutes.')
  })

  it.each([
    ['key_refused', 'refuses our key'],
    ['access_denied', 'does not let our account use it'],
  ])('a request is refused where the key does not open the account (%s)', (account, what) => {
    expect(refusalView({ code: 'key_refused', facts: { account } }, names).summary).toContain(what)
  })
})
