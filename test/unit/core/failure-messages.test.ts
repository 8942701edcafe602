import { describe, expect, it } from 'vitest'
import type { Charged, Failure, Job, JobIn, LostAnswer } from '../../../src/core/job.ts'
import { quoteCard } from '../../../src/core/messages/card.ts'
import { failureView, pastFailureView } from '../../../src/core/messages/failure.ts'
import { progressView } from '../../../src/core/messages/progress.ts'
import { resultView } from '../../../src/core/messages/result.ts'
import { advance, type JobEvent } from '../../../src/core/transitions.ts'
import type { Button, View } from '../../../src/core/view.ts'
import { NOON, sampleEvents, sampleJob } from '../../kit/jobs.ts'
import { linesOf } from '../../kit/plain.ts'

const names = { provider: 'Acme', creditsUrl: 'https://acme.example/credits' }
const words = (view: View) => JSON.stringify(view.parts)
const buttons = (view: View) => view.controls.flat() as Button[]

const failedBy = (failure: Failure, from: Job = sampleJob('processing')) =>
  advance(from, { type: 'failed', failure }, NOON) as JobIn<'failed'>
const failed = (charged: Charged) => failedBy({ code: 'provider_failed', charged })
const lost: LostAnswer = { sentAt: NOON, queuedAt: NOON, why: 'cut', agreedUsd: 156_000 }

/** Tried again, and sent again, until it was accepted. */
const again = (job: Job, by = '77'): Job => {
  const { submitting, accepted } = sampleEvents()
  const offer = (job as JobIn<'failed'>).offer
  const retry: JobEvent = { type: 'retry_chosen', offer, by }
  return [retry, submitting, accepted].reduce((next, event) => advance(next, event, NOON + 60_000), job)
}

describe('a failure', () => {
  it.each(['no', 'refunded'] as const)(
    'that charged nothing ("%s") is tried again by one plain press',
    charged => {
      const [button, ...others] = buttons(failureView(failed(charged), names))
      expect(others).toEqual([])
      expect(button).toMatchObject({
        label: 'Try again for $0.16',
        look: 'primary',
        action: { name: 'retry' },
      })
      expect(button?.ask).toBeUndefined()
    },
  )

  it.each([
    ['yes', failed('yes'), 'Acme has charged $0.16 for it already. Trying again costs $0.16 more.'],
    ['unknown', failed('unknown'), 'Up to $0.16 may have been charged. Trying again costs $0.16 more.'],
    ['a lost request', { ...failed('no'), lost: [lost] }, 'Up to $0.16 may have been charged.'],
    [
      'an earlier attempt',
      failedBy({ code: 'provider_failed', charged: 'no' }, again(failed('yes'))),
      'Acme has charged $0.16 for it already.',
    ],
  ] as [string, JobIn<'failed'>, string][])(
    'after which something was or may have been charged (%s) says so on the button and before it acts',
    (_name, job, gone) => {
      const [button] = buttons(failureView(job, names))
      expect(button).toMatchObject({ label: 'Try again for $0.16 (may be charged twice)', look: 'danger' })
      expect(button?.ask?.text).toContain(gone)
    },
  )

  it('that no second try can change has no button', () => {
    expect(buttons(failureView(failedBy({ code: 'content_refused', charged: 'no' }), names))).toEqual([])
  })

  it('shows a price that went up, on the button too, and what it was', () => {
    const job = failed('no')
    const offer = { ...job.offer, prices: job.offer.prices.map(p => ({ ...p, priceUsd: 200_000 })) }
    const view = failureView({ ...job, offer: { ...offer, wasUsd: 156_000 } }, names)
    expect(buttons(view)[0]?.label).toBe('Try again for $0.20')
    expect(words(view)).toContain('2x costs $0.20 now, was $0.16.')
    expect(words(view)).toContain('Nothing was charged.')
  })

  it('that was tried again keeps its facts, loses its button and says who did', () => {
    const open = failureView(failed('yes'), names)
    const past = pastFailureView(again(failed('yes'), '88') as JobIn<'processing'>, 0, names)
    expect(past.parts.slice(0, 3)).toEqual(open.parts.slice(0, 3))
    expect(past.controls).toEqual([])
    expect(words(past)).toContain('{"mention":"88"}," chose to try again at "')
  })

  it('that was tried again does not count what was lost after it', () => {
    const second = again(failed('no')) as JobIn<'processing'>
    const past = pastFailureView({ ...second, lost: [{ ...lost, sentAt: NOON + 60_000 }] }, 0, names)
    expect(words(past)).toContain('Nothing was charged.')
    expect(words(past)).not.toContain('may have been charged')
  })

  it('when its time is over says that the clip is not kept, and what to do', () => {
    const view = failureView({ ...failed('no'), retryUntil: null }, names)
    expect([buttons(view), words(view)]).toEqual([[], expect.stringContaining('Post it again')])
  })

  it('of a second attempt says what the first has cost', () => {
    const job = failedBy({ code: 'provider_failed', charged: 'no' }, again(failed('yes')))
    expect(words(failureView(job, names))).toContain('For earlier attempts Acme has charged $0.16 besides.')
  })

  it('adds up requests of different prices that may have been charged', () => {
    const job = { ...failed('unknown'), lost: [{ ...lost, agreedUsd: 200_000 }] }
    expect(words(failureView(job, names))).toContain('(up to $0.36 for 2 requests)')
  })

  it('of a community that left counts the lost request once', () => {
    const left = { code: 'community_left', charged: 'unknown' } as const
    expect(words(failureView(failedBy(left, sampleJob('unconfirmed')), names))).toContain(
      'may have been charged ($0.16)',
    )
  })
})

describe('taking it back before it is sent', () => {
  it('is one press while it waits, and none once it is on its way', () => {
    const controls = (job: Job) => buttons(progressView(job as JobIn<'confirmed'>, names, NOON))
    expect(controls(sampleJob('confirmed'))).toMatchObject([{ label: 'Cancel', action: { name: 'cancel' } }])
    for (const state of ['submitting', 'processing', 'saving', 'failed'] as const)
      expect(controls(sampleJob(state))).toEqual([])
  })

  it.each(['submitting', 'processing'] as const)('is said to be impossible when it is %s', state => {
    expect(words(progressView(sampleJob(state), names, NOON))).toContain(
      "Acme can't stop a job once it has it.",
    )
  })

  it('says that nothing was charged, and pings nobody', () => {
    const cancelled = { code: 'cancelled', charged: 'no' } as const
    const view = failureView(failedBy(cancelled, sampleJob('confirmed')), names)
    expect(words(view)).toContain('Cancelled before it was sent.')
    expect(words(view)).toContain('Nothing was charged.')
    expect(view.notifies).toEqual([])
    expect(words(view)).toContain('"Only ",{"mention":"77"}," can try again until "')
    expect(buttons(view)).toHaveLength(1)
    const job = failedBy(cancelled, { ...sampleJob('confirmed'), lost: [lost] })
    expect(words(failureView(job, names))).toContain('not answered: It may have been charged ($0.16)')
    expect(words(progressView(job, names, NOON))).toContain('Cancelled before it was sent.')
  })

  it('of what somebody else had approved leaves no button: it has to be asked for again', () => {
    const cancelled = { code: 'cancelled', charged: 'no' } as const
    const view = failureView(failedBy(cancelled, { ...sampleJob('confirmed'), approvedBy: '88' }), names)
    expect(buttons(view)).toEqual([])
    expect(words(view)).toContain('ask for the clip again, and they are asked.')
  })
})

describe('later words about money', () => {
  it('a result says what its earlier attempts have cost', () => {
    const { finished, saved } = sampleEvents()
    const delivering = [finished, saved].reduce(
      (job, event) => advance(job, event, NOON),
      again(failed('yes')),
    )
    const view = resultView(delivering as JobIn<'delivering'>, { kind: 'attached' }, names, NOON)
    expect(words(view)).toContain('earlier attempts that failed cost $0.16 besides')
    expect(words(resultView(sampleJob('delivered'), { kind: 'attached' }, names, NOON))).not.toContain(
      'earlier',
    )
  })

  it('a card says what was agreed to first and last, and by whom', () => {
    const closing = (job: Job) => linesOf(quoteCard(job as JobIn<'processing'>, names)).at(-1)
    const first = { ...failed('yes'), approvedBy: '88' }
    expect(closing(first)).toBe('@77 confirmed 2x for $0.16, approved by @88 at #.')
    const cheaper = { ...first.offer, prices: first.offer.prices.map(p => ({ ...p, priceUsd: 120_000 })) }
    const retried = again({ ...first, offer: cheaper }, '91') as JobIn<'processing'>
    const second = '@77 confirmed 2x for $0.16, approved by @88 at #. Sent again for $0.12 by @91 at #.'
    expect(closing(retried)).toBe(second)
    expect(closing(failedBy({ code: 'provider_failed', charged: 'no' }, retried))).toBe(second)
  })

  it('a card of what was sent again after a lost answer says by whom, until that answer comes after all', () => {
    const closing = (job: Job) => linesOf(quoteCard(job as JobIn<'processing'>, names)).at(-1)
    const retry: JobEvent = { type: 'retry_chosen', offer: sampleJob('quoted').offer, by: '91' }
    const waiting = advance(sampleJob('unconfirmed'), retry, NOON + 60_000)
    expect(closing(waiting)).toBe('@77 confirmed 2x for $0.16 at #. Sent again for $0.16 by @91 at #.')
    expect(closing(advance(waiting, sampleEvents().accepted, NOON + 61_000))).toBe(
      '@77 confirmed 2x for $0.16 at #.',
    )
  })

  it('a card whose price went up says what it was, and that nothing was charged', () => {
    const job = sampleJob('quoted')
    const text = words(quoteCard({ ...job, offer: { ...job.offer, wasUsd: 120_000 } }, names))
    expect(text).toContain('The price went up: 2x costs $0.16 now, was $0.12.')
    expect(text).toContain('Nothing is charged before you')
    expect(words(quoteCard(job, names))).not.toContain('went up')
  })
})
