import { describe, expect, it } from 'vitest'
import type { State } from '../../../src/core/job.ts'
import { advance, ImpossibleTransition, type JobEvent } from '../../../src/core/transitions.ts'
import { NOON, STATES, sampleEvents, sampleJob } from '../../kit/jobs.ts'

/** Every event that a state takes, and where it leads. Everything else must be refused. */
const ALLOWED: Record<State, Partial<Record<JobEvent['type'], State>>> = {
  quoting: { quoted: 'quoted' },
  quoted: { chose: 'quoted', cancelled: 'cancelled', expired: 'expired', confirmed: 'confirmed' },
  expired: {},
  cancelled: {},
  confirmed: { submitting: 'submitting', failed: 'failed' },
  submitting: {
    accepted: 'processing',
    not_accepted: 'confirmed',
    answer_lost: 'unconfirmed',
    failed: 'failed',
  },
  unconfirmed: { retry_chosen: 'confirmed', accepted: 'processing', failed: 'failed' },
  processing: { polled: 'processing', poll_failed: 'processing', finished: 'saving', failed: 'failed' },
  saving: { saved: 'delivering', postponed: 'saving', failed: 'failed' },
  delivering: { delivered: 'delivered', postponed: 'delivering', undeliverable: 'undelivered' },
  delivered: { cleaned: 'delivered', postponed: 'delivered' },
  undelivered: {},
  failed: {},
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
    expect(impossible.length).toBe(STATES.length * events.length - 26)
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
    expect(intoConfirmed.sort()).toEqual(['confirmed', 'not_accepted', 'retry_chosen'])
  })

  it('freezes the price of the chosen size at the press', () => {
    const dearer = advance(sampleJob('quoted'), { type: 'chose', factor: 4 }, NOON)
    const agreed = advance(dearer, { type: 'confirmed' }, NOON)
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
})
