import { describe, expect, it } from 'vitest'
import { notYours } from '../../../src/core/messages/whispers.ts'
import { isRetriable, whoDecides } from '../../../src/core/pressers.ts'
import { NOON, STATES, sampleJob } from '../../kit/jobs.ts'

describe('who may press', () => {
  it.each(STATES)('is clear for a job that is %s', state => {
    const own = { quoted: 'requester', awaiting_approval: 'requester', confirmed: 'requester' }
    const who = { ...own, unconfirmed: 'managers', failed: 'managers' }
    expect(whoDecides(sampleJob(state), 'cancel', NOON)).toBe(who[state as keyof typeof who] ?? 'nobody')
  })

  it.each(STATES)('is approvers and nobody else where they are asked: a job that is %s', state => {
    const who = state === 'awaiting_approval' ? 'approvers' : 'nobody'
    for (const press of ['approve', 'decline'] as const)
      expect(whoDecides(sampleJob(state), press, NOON)).toBe(who)
  })

  it('ends with the time in which a failed job can be tried again', () => {
    const job = sampleJob('failed')
    expect([isRetriable(job, job.retryUntil! - 1), isRetriable(job, job.retryUntil!)]).toEqual([true, false])
    expect(whoDecides({ ...job, retryUntil: null }, 'retry', NOON)).toBe('nobody')
  })

  it('is the requester alone where they have taken it back', () => {
    const job = sampleJob('failed')
    const takenBack = { ...job, failure: { code: 'cancelled', charged: 'no' } } as const
    expect(whoDecides(takenBack, 'retry', NOON)).toBe('requester')
    expect(notYours(takenBack).summary).not.toContain('manages')
    expect(whoDecides({ ...takenBack, retryUntil: null }, 'retry', NOON)).toBe('nobody')
  })

  it.each(STATES)('is said truly to others where a job is %s', state => {
    const managed = whoDecides(sampleJob(state), 'retry', NOON) === 'managers'
    expect(notYours(sampleJob(state)).summary.includes('whoever manages this place')).toBe(managed)
  })
})
