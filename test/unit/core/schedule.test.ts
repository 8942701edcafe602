import { describe, expect, it } from 'vitest'
import { backoffMs, dueAt, hasWork, isLookedAgain } from '../../../src/core/schedule.ts'
import { NOON, STATES, sampleJob } from '../../kit/jobs.ts'

describe('when a job is looked at again', () => {
  const ended = ['declined', 'expired', 'cancelled', 'undelivered']
  it.each(STATES)('%s: a time exactly while something is left to do', state => {
    expect(dueAt(sampleJob(state)) === null).toBe(ended.includes(state))
  })

  it('a delivered job is looked at until the provider was told to delete its copy', () => {
    const job = sampleJob('delivered')
    expect([dueAt(job) === null, hasWork(job)]).toEqual([false, true])
    expect([dueAt({ ...job, cleaned: true }), hasWork({ ...job, cleaned: true })]).toEqual([null, false])
  })

  it.each(['quoted', 'awaiting_approval'] as const)(
    'an offer that is %s is looked at when it ends',
    state => {
      const job = sampleJob(state)
      expect(dueAt(job)).toBe(job.offer.expiresAt)
    },
  )

  it('a failed job is looked at when it can be tried again no more, and then never', () => {
    const job = sampleJob('failed')
    expect(dueAt(job)).toBe(NOON + 24 * 60 * 60_000)
    expect(dueAt({ ...job, retryUntil: null })).toBeNull()
  })

  it('the billing is looked at four times after an answer was lost, with growing distance', () => {
    const job = sampleJob('unconfirmed')
    const after = [0, 1, 2, 3, 4].map(looks => {
      const at = dueAt({ ...job, evidence: { at: NOON, lines: [], looks } })
      return at && at - NOON
    })
    expect(after).toEqual([3_000, 60_000, 300_000, 1_200_000, null])
    expect([0, 1, 2, 3, 4].map(isLookedAgain)).toEqual([true, true, true, true, false])
    expect(dueAt(job)).toBe(NOON + 3_000)
  })

  it('work that was put off is not looked at before its time', () => {
    expect(dueAt({ ...sampleJob('saving'), notBefore: NOON + 600_000 })).toBeGreaterThanOrEqual(
      NOON + 600_000,
    )
  })
})

it('waits grow to ten minutes and no further', () => {
  expect([0, 1, 2, 20].map(backoffMs)).toEqual([5_000, 10_000, 20_000, 600_000])
})
