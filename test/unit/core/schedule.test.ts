import { describe, expect, it } from 'vitest'
import { backoffMs, dueAt, hasWork, nextPollMs } from '../../../src/core/schedule.ts'
import { NOON, STATES, sampleJob } from '../../kit/jobs.ts'

describe('when a job is looked at again', () => {
  const ended = ['unconfirmed', 'expired', 'cancelled', 'undelivered', 'failed']
  it.each(STATES)('%s: a time exactly while something is left to do', state => {
    expect(dueAt(sampleJob(state)) === null).toBe(ended.includes(state))
  })

  it('a delivered job is looked at until the provider was told to delete its copy', () => {
    const job = sampleJob('delivered')
    expect([dueAt(job) === null, hasWork(job)]).toEqual([false, true])
    expect([dueAt({ ...job, cleaned: true }), hasWork({ ...job, cleaned: true })]).toEqual([null, false])
  })

  it('an offer is looked at when it ends', () => {
    const job = sampleJob('quoted')
    expect(dueAt(job)).toBe(job.offer.expiresAt)
  })

  it('work that was put off is not looked at before its time', () => {
    expect(dueAt({ ...sampleJob('saving'), notBefore: NOON + 600_000 })).toBeGreaterThanOrEqual(
      NOON + 600_000,
    )
  })
})

describe('the distance between polls', () => {
  it('shrinks towards the usual finish and stays within 5 to 15 s', () => {
    expect(nextPollMs(0, 145_000)).toBe(15_000)
    expect(nextPollMs(120_000, 145_000)).toBe(6_250)
    expect(nextPollMs(145_000, 145_000)).toBe(5_000)
  })
  it('grows long for a job that is far past its time', () => {
    expect(nextPollMs(30 * 60_000, 145_000)).toBe(300_000)
  })
})

it('waits grow to ten minutes and no further', () => {
  expect([0, 1, 2, 20].map(backoffMs)).toEqual([5_000, 10_000, 20_000, 600_000])
})
