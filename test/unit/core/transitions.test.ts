import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Job, JobIn, State } from '../../../src/core/job.ts'
import { advance, ImpossibleTransition, type JobEvent } from '../../../src/core/transitions.ts'
import { NOON, STATES, sampleEvents, sampleJob } from '../../kit/jobs.ts'
import { walks } from '../../kit/walks.ts'

/** Every event that a state takes, and where it leads. Everything else must be refused. */
const ALLOWED: Record<State, Partial<Record<JobEvent['type'], State>>> = {
  quoting: { quoted: 'quoted' },
  quoted: {
    chose: 'quoted',
    cancelled: 'cancelled',
    expired: 'expired',
    confirmed: 'confirmed',
    approval_asked: 'awaiting_approval',
    requoted: 'quoted',
  },
  awaiting_approval: {
    approved: 'confirmed',
    declined: 'declined',
    cancelled: 'cancelled',
    expired: 'expired',
    requoted: 'quoted',
  },
  declined: {},
  expired: {},
  cancelled: {},
  confirmed: { submitting: 'submitting', failed: 'failed' },
  submitting: {
    accepted: 'processing',
    not_accepted: 'confirmed',
    answer_lost: 'unconfirmed',
    failed: 'failed',
  },
  unconfirmed: {
    retry_chosen: 'confirmed',
    requoted: 'unconfirmed',
    looked: 'unconfirmed',
    accepted: 'processing',
    failed: 'failed',
  },
  processing: { polled: 'processing', poll_failed: 'processing', finished: 'saving', failed: 'failed' },
  saving: { saved: 'delivering', postponed: 'saving', failed: 'failed' },
  delivering: { delivered: 'delivered', postponed: 'delivering', undeliverable: 'undelivered' },
  delivered: { cleaned: 'delivered', postponed: 'delivered' },
  undelivered: {},
  failed: { retry_chosen: 'confirmed', requoted: 'failed', closed: 'failed' },
}

describe('advance', () => {
  const events = Object.values(sampleEvents())
  const table = STATES.flatMap(state =>
    events.map(event => ({ state, event, type: event.type, to: ALLOWED[state][event.type] })),
  )

  it.each(table.filter(row => row.to))(
    'takes a job from $state by "$type" to $to, one version up',
    ({ state, event, to }) => {
      const job = sampleJob(state)
      const next = advance(job, event, NOON + 1)
      expect(next.state).toBe(to)
      expect(next.version).toBe(job.version + 1)
    },
  )

  it('refuses every other event in every state', () => {
    const impossible = table.filter(row => !row.to)
    expect(impossible.length).toBe(STATES.length * events.length - 38)
    for (const { state, event } of impossible) {
      expect(() => advance(sampleJob(state), event, NOON), `${state} takes ${event.type}`).toThrow(
        ImpossibleTransition,
      )
    }
  })

  it('reaches the paid state only through a confirmation', () => {
    const before = STATES.filter(state => 'submitting' in ALLOWED[state])
    expect(before).toEqual(['confirmed'])
    const intoConfirmed = STATES.flatMap(state =>
      Object.entries(ALLOWED[state]).flatMap(([type, to]) => (to === 'confirmed' ? [type] : [])),
    )
    expect(intoConfirmed.sort()).toEqual([
      'approved',
      'confirmed',
      'not_accepted',
      'retry_chosen',
      'retry_chosen',
    ])
  })

  it('freezes the price of the chosen size at the press', () => {
    const dearer = advance(sampleJob('quoted'), { type: 'chose', factor: 4 }, NOON)
    const { offer } = dearer as JobIn<'quoted'>
    const agreed = advance(dearer, { type: 'confirmed', offer }, NOON)
    expect(agreed).toMatchObject({ agreedUsd: 12 * 100_000, offer: { chosen: 4 } })
  })

  it('counts attempts while a job is sent back for a reason that passes, and starts anew when it moves on', () => {
    const { submitting, not_accepted, accepted } = sampleEvents()
    const once = advance(sampleJob('submitting'), not_accepted, NOON)
    const twice = advance(advance(once, submitting, NOON), not_accepted, NOON)
    expect([once.attempts, twice.attempts]).toEqual([1, 2])
    expect(advance(advance(twice, submitting, NOON), accepted, NOON).attempts).toBe(0)
  })

  it('does not count being turned away at a busy time as a failed try', () => {
    const { not_accepted } = sampleEvents()
    const busy = advance(sampleJob('submitting'), { ...not_accepted, limited: true } as JobEvent, NOON)
    expect(busy.attempts).toBe(0)
  })

  it('remembers when each request without an answer left, through a retry', () => {
    const submitting = { ...sampleJob('submitting'), stateAt: NOON - 5_000 }
    const unconfirmed = advance(submitting, sampleEvents().answer_lost, NOON)
    expect(advance(unconfirmed, sampleEvents().retry_chosen, NOON + 9)).toMatchObject({
      lost: [{ sentAt: NOON - 5_000 }],
      confirmedAt: NOON,
      queuedAt: NOON + 9,
    })
  })

  it('keeps the provider’s number of a job that fails after it was accepted', () => {
    expect(advance(sampleJob('processing'), sampleEvents().failed, NOON)).toMatchObject({
      provider: { queueId: 'q-1' },
    })
    expect(advance(sampleJob('submitting'), sampleEvents().failed, NOON)).toMatchObject({ provider: null })
  })

  describe('asked for a new price', () => {
    const dearer = { ...sampleJob('quoted').offer, wasUsd: 100_000 }

    it.each(['quoted', 'unconfirmed', 'failed'] as const)(
      'stays %s with it, and what was agreed to before stays agreed',
      state => {
        const job = sampleJob(state)
        const next = advance(job, { type: 'requoted', offer: dearer }, NOON + 1)
        expect(next).toMatchObject({ state, offer: dearer })
        expect('agreedUsd' in next && next.agreedUsd).toBe('agreedUsd' in job && job.agreedUsd)
      },
    )

    it('forgets what it was once it is agreed to, or another size is chosen', () => {
      const shown = advance(sampleJob('quoted'), { type: 'requoted', offer: dearer }, NOON)
      const agreed = advance(shown, { type: 'confirmed', offer: dearer }, NOON) as JobIn<'confirmed'>
      const chosen = advance(shown, { type: 'chose', factor: 4 }, NOON) as JobIn<'quoted'>
      expect([agreed.offer.wasUsd, chosen.offer.wasUsd]).toEqual([undefined, undefined])
    })
  })

  describe('asked for somebody else’s agreement', () => {
    const waiting = sampleJob('awaiting_approval')
    const { approved, declined, cancelled, expired, retry_chosen } = sampleEvents()
    const fact = { askedAt: NOON, approval: waiting.approval, factor: 2, priceUsd: 156_000 }

    it('pays the price of the approval, and knows who approved', () => {
      const cheaper = { ...waiting.offer, chosen: 1 as const }
      const next = advance(waiting, { type: 'approved', offer: cheaper, by: '88' }, NOON + 5)
      expect(next).toMatchObject({ approvedBy: '88', confirmedAt: NOON + 5, offer: { chosen: 1 } })
      expect(next).not.toHaveProperty('askedAt')
    })

    it('keeps what was asked, with what came of it', () => {
      const dearer = {
        ...waiting.offer,
        wasUsd: 156_000,
        prices: [{ ...waiting.offer.prices[1]!, priceUsd: 9 }],
      }
      const keptBy = (event: JobEvent) => (advance(waiting, event, NOON + 5) as JobIn<'quoted'>).asked
      const at = NOON + 5
      expect(keptBy(approved)).toMatchObject([{ ...fact, answer: { what: 'approved', by: '88', at } }])
      expect(keptBy(declined)).toMatchObject([{ ...fact, answer: { what: 'declined', by: '88', at } }])
      expect(keptBy(cancelled)).toMatchObject([{ ...fact, answer: { what: 'cancelled', at } }])
      expect(keptBy(expired)).toMatchObject([{ ...fact, answer: { what: 'expired', at } }])
      expect(keptBy({ type: 'requoted', offer: dearer })).toMatchObject([
        { ...fact, answer: { what: 'dearer', priceUsd: 9, at } },
      ])
    })

    it('after the price went up asks anew, beside what was asked before', () => {
      const { approval_asked, requoted } = sampleEvents()
      const again = [requoted, approval_asked, approved].reduce<Job>(
        (job, event) => advance(job, event, NOON + 9),
        waiting,
      )
      expect(again).toMatchObject({
        asked: [
          { askedAt: NOON, answer: { what: 'dearer' } },
          { askedAt: NOON + 9, answer: { what: 'approved' } },
        ],
      })
    })

    it('counts for one request: who agreed to the one before has not agreed to the next', () => {
      const failed = { ...sampleJob('failed'), approvedBy: '88' }
      expect(advance(failed, retry_chosen, NOON)).toMatchObject({ approvedBy: null })
      expect(advance(failed, { ...retry_chosen, approved: true } as JobEvent, NOON)).toMatchObject({
        approvedBy: '77',
      })
    })
  })

  describe('tried again after a failure', () => {
    it('keeps what the attempt was, what it cost and who chose to try again', () => {
      const failed = sampleJob('failed')
      const retry = { type: 'retry_chosen', offer: { ...failed.offer, chosen: 4 }, by: '88' } as const
      expect(advance(failed, retry, NOON + 7)).toMatchObject({
        state: 'confirmed',
        agreedUsd: 12 * 100_000,
        confirmedAt: NOON,
        queuedAt: NOON + 7,
        earlier: [
          {
            failure: { code: 'provider_failed' },
            agreedUsd: 156_000,
            provider: { queueId: 'q-1' },
            endedAt: NOON,
            retriedBy: '88',
            retriedAt: NOON + 7,
          },
        ],
      })
    })

    it.each([
      ['provider_failed', true],
      ['balance_empty', true],
      ['cancelled', true],
      ['given_up', true],
      ['frozen', true],
      ['content_refused', false],
      ['source_lost', false],
      ['community_left', false],
    ] as const)('is offered for a day where the same clip may succeed: %s, %s', (code, offered) => {
      const event = { type: 'failed', failure: { code, charged: 'no' } } as const
      expect(advance(sampleJob('submitting'), event, NOON)).toMatchObject({
        retryUntil: offered ? NOON + 24 * 60 * 60_000 : null,
      })
    })

    it('is not offered any more once it was closed', () => {
      expect(advance(sampleJob('failed'), { type: 'closed' }, NOON)).toMatchObject({ retryUntil: null })
    })
  })

  it('keeps with a lost answer its price, what the billing said, and who decided what about it', () => {
    const { looked, retry_chosen } = sampleEvents()
    const asked = advance(sampleJob('unconfirmed'), looked, NOON)
    const fact = { agreedUsd: 156_000, evidence: { lines: [], looks: 1 } }
    expect(advance(asked, retry_chosen, NOON)).toMatchObject({
      lost: [{ ...fact, answer: { chose: 'retry', by: '77' } }],
    })
    const giveUp = { type: 'failed', failure: { code: 'given_up', charged: 'unknown' }, by: '88' } as const
    expect(advance(asked, giveUp, NOON)).toMatchObject({
      lost: [{ ...fact, answer: { chose: 'giveup', by: '88' } }],
    })
    expect(advance(asked, sampleEvents().accepted, NOON)).toMatchObject({
      lost: [{ ...fact, settled: true }],
    })
  })

  it('counts what came and was no video apart from other reasons to wait', () => {
    const postponed = { type: 'postponed', retryAt: NOON, why: '' } as const
    const once = advance(sampleJob('saving'), { ...postponed, unreadable: true }, NOON)
    expect(advance(once, postponed, NOON)).toMatchObject({ unreadable: 1, attempts: 2 })
    expect(advance(once, sampleEvents().saved, NOON)).not.toHaveProperty('unreadable')
  })
})

describe('in whatever order things happen', { timeout: 120_000 }, () => {
  it('whoever approves is known while their money is out, and every question to approvers has its one answer', () => {
    fc.assert(
      fc.property(walks(40), steps => {
        let [asked, answered, approvedBy] = [0, 0, null as string | null]
        let ofTheLost: string | null = null
        for (const { before, event, next } of steps) {
          if (next.state === 'awaiting_approval') asked++
          if (before.state === 'awaiting_approval') answered++
          if (event.type === 'approved') approvedBy = event.by
          if (event.type === 'confirmed') approvedBy = null
          if (event.type === 'answer_lost') ofTheLost = approvedBy
          if (event.type === 'retry_chosen') approvedBy = event.approved ? event.by : null
          if (event.type === 'accepted' && before.state === 'confirmed') approvedBy = ofTheLost
          if ('agreedUsd' in next) expect(next.approvedBy ?? null).toBe(approvedBy)
          expect(('asked' in next && next.asked?.length) || 0).toBe(answered)
          expect(answered).toBe(next.state === 'awaiting_approval' ? asked - 1 : asked)
        }
      }),
      { numRuns: 10_000 },
    )
  })
})
