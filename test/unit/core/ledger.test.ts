import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Failure, Job } from '../../../src/core/job.ts'
import { ACCOUNTS, type Account, postingsOf, standingOf } from '../../../src/core/ledger.ts'
import { advance, type JobEvent } from '../../../src/core/transitions.ts'
import { NOON, sampleEvents, sampleJob } from '../../kit/jobs.ts'
import { type WalkStep, walks } from '../../kit/walks.ts'

const RUNS = 10_000
const PRICE = 156_000

const failed = (code: Failure['code'], charged: Failure['charged']): JobEvent => ({
  type: 'failed',
  failure: { code, charged },
})
const {
  confirmed,
  approval_asked,
  approved,
  submitting,
  not_accepted,
  answer_lost,
  accepted,
  retry_chosen,
  finished,
} = sampleEvents()

describe('what a step moves', () => {
  const table: [string, Job, JobEvent, string[]][] = [
    ['agreeing holds the price', sampleJob('quoted'), confirmed, ['hold budget>held']],
    ['asking somebody else to agree moves nothing', sampleJob('quoted'), approval_asked, []],
    ['their agreement holds the price', sampleJob('awaiting_approval'), approved, ['hold budget>held']],
    ['sending it moves nothing', sampleJob('confirmed'), submitting, []],
    ['being turned away for a while moves nothing', sampleJob('submitting'), not_accepted, []],
    ['being accepted settles it', sampleJob('submitting'), accepted, ['settle held>spent']],
    ['losing the answer leaves it in doubt', sampleJob('submitting'), answer_lost, ['doubt held>maybe']],
    ['an answer that came late settles it', sampleJob('unconfirmed'), accepted, ['settle maybe>spent']],
    [
      'trying again after a lost answer holds it once more',
      sampleJob('unconfirmed'),
      retry_chosen,
      ['hold budget>held'],
    ],
    ['giving a lost answer up moves nothing', sampleJob('unconfirmed'), failed('given_up', 'unknown'), []],
    [
      'taking it back in time releases it',
      sampleJob('confirmed'),
      failed('cancelled', 'no'),
      ['release held>budget'],
    ],
    [
      'a refusal releases it',
      sampleJob('submitting'),
      failed('provider_rejected', 'no'),
      ['release held>budget'],
    ],
    [
      'a refusal that was charged settles it',
      sampleJob('submitting'),
      failed('provider_rejected', 'yes'),
      ['settle held>spent'],
    ],
    [
      'a refusal that was charged and paid back shows both',
      sampleJob('submitting'),
      failed('provider_rejected', 'refunded'),
      ['settle held>spent', 'refund spent>budget'],
    ],
    [
      'a failure that was paid back refunds it',
      sampleJob('processing'),
      failed('provider_failed', 'refunded'),
      ['refund spent>budget'],
    ],
    [
      'a failure that was charged moves nothing',
      sampleJob('processing'),
      failed('provider_failed', 'yes'),
      [],
    ],
    [
      'a failure that nobody knows the cost of leaves it in doubt',
      sampleJob('processing'),
      failed('provider_failed', 'unknown'),
      ['doubt spent>maybe'],
    ],
    ['work that goes on moves nothing', sampleJob('processing'), finished, []],
  ]
  it.each(table)('%s', (_, job, event, moves) => {
    const postings = postingsOf(job, advance(job, event, NOON))
    expect(postings.map(({ kind, from, to }) => `${kind} ${from}>${to}`)).toEqual(moves)
    for (const { amountUsd } of postings) expect(amountUsd).toBe(PRICE)
  })

  it('goes by way of the budget where the amounts differ, so that nothing vanishes', () => {
    const cheaper = { ...sampleJob('processing'), agreedUsd: PRICE - 1 }
    expect(postingsOf(sampleJob('submitting'), cheaper)).toEqual([
      { kind: 'release', from: 'held', to: 'budget', amountUsd: PRICE },
      { kind: 'settle', from: 'budget', to: 'spent', amountUsd: PRICE - 1 },
    ])
  })

  it('settles the lost request whose answer came late, and gives back what was held for its retry', () => {
    const lost = { sentAt: NOON, queuedAt: NOON, why: 'cut', agreedUsd: PRICE }
    const waiting = { ...sampleJob('confirmed'), lost: [lost] }
    const event = { type: 'accepted', provider: { model: 'm', queueId: 'q' }, expected: null } as const
    expect(postingsOf(waiting, advance(waiting, event, NOON))).toEqual([
      { kind: 'settle', from: 'maybe', to: 'spent', amountUsd: PRICE },
      { kind: 'release', from: 'held', to: 'budget', amountUsd: PRICE },
    ])
  })
})

const agreesToPay = (event: JobEvent) =>
  event.type === 'confirmed' || event.type === 'approved' || event.type === 'retry_chosen'

type Purse = Record<Account, number>
const empty = (): Purse => ({ budget: 0, held: 0, maybe: 0, spent: 0 })

/** Plays a life back from its postings alone, and shows the purse after each step. */
function replay(steps: WalkStep[], look: (purse: Purse, step: WalkStep) => void): void {
  const purse = empty()
  for (const step of steps) {
    for (const { from, to, amountUsd } of step.postings) {
      purse[from] -= amountUsd
      purse[to] += amountUsd
    }
    look(purse, step)
  }
}

/** What became of each price that was agreed to, told by the events alone and without any job's fields. */
function fates(): { take(step: WalkStep): void; sums(): Purse } {
  const prices: { usd: number; where: Account }[] = []
  const put = (where: Account) => {
    prices.at(-1)!.where = where
  }
  return {
    take({ before, event }) {
      if (agreesToPay(event)) {
        const { prices: list, chosen } = event.offer
        prices.push({ usd: list.find(({ factor }) => factor === chosen)!.priceUsd, where: 'held' })
      } else if (event.type === 'accepted') put('spent')
      else if (event.type === 'answer_lost') put('maybe')
      else if (event.type === 'failed' && before.state !== 'unconfirmed') {
        const { charged } = event.failure
        put(charged === 'yes' ? 'spent' : charged === 'unknown' ? 'maybe' : 'budget')
      }
    },
    sums() {
      const purse = empty()
      for (const { usd, where } of prices) {
        purse.budget -= usd
        purse[where] += usd
      }
      return purse
    },
  }
}

const always = (holds: (steps: WalkStep[]) => void) =>
  fc.assert(fc.property(walks(40), holds), { numRuns: RUNS })

describe('in whatever order things happen to a job', { timeout: 120_000 }, () => {
  it('no money is made and none is lost, and no account but the budget ever owes any', () => {
    always(steps =>
      replay(steps, purse => {
        expect(ACCOUNTS.reduce((sum, account) => sum + purse[account], 0)).toBe(0)
        for (const account of ['held', 'maybe', 'spent'] as const)
          expect(purse[account], account).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('the ledger and the job’s state say the same after every step', () => {
    always(steps =>
      replay(steps, ({ held, maybe, spent }, { next }) => {
        expect({ held, maybe, spent }).toEqual(standingOf(next))
      }),
    )
  })

  it('every price that was agreed to is where the events have put it', () => {
    always(steps => {
      const known = fates()
      replay(steps, (purse, step) => {
        known.take(step)
        expect(purse).toEqual(known.sums())
      })
    })
  })

  it('money is held before it is spent, once for each time that somebody agrees, and at most one request of it is accepted', () => {
    always(steps => {
      let [holdUsd, acceptedOf] = [0, 0]
      for (const { event, next, postings } of steps) {
        const agrees = agreesToPay(event)
        const taken = postings.filter(({ from }) => from === 'budget')
        if (agrees && 'agreedUsd' in next) {
          ;[holdUsd, acceptedOf] = [next.agreedUsd, 0]
          expect(taken.map(({ kind, to, amountUsd }) => [kind, to, amountUsd])).toEqual(
            holdUsd === 0 ? [] : [['hold', 'held', holdUsd]],
          )
        } else expect(taken).toEqual([])
        for (const { kind, amountUsd } of postings) {
          expect(Number.isSafeInteger(amountUsd) && amountUsd > 0).toBe(true)
          if (kind !== 'hold') expect(amountUsd).toBe(holdUsd)
        }
        if (event.type === 'accepted') expect(++acceptedOf).toBe(1)
      }
    })
  })

  it('the lives that are tried reach every state, lost answers, late answers and third tries', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(walks(40), steps => {
        for (const { before, event, next, postings } of steps) {
          seen.add(next.state)
          if (before.state === 'unconfirmed' && event.type === 'accepted') seen.add('late answer')
          if ('earlier' in next && next.earlier.length > 2) seen.add('third try')
          if ('lost' in next && next.lost.length > 2) seen.add('third loss')
          for (const { from, to } of postings) seen.add(`${from}>${to}`)
        }
      }),
      { numRuns: 1000 },
    )
    expect([...seen].sort()).toEqual(
      [
        ...[
          'quoted',
          'awaiting_approval',
          'declined',
          'expired',
          'cancelled',
          'confirmed',
          'submitting',
          'unconfirmed',
          'processing',
          'saving',
        ],
        ...['delivering', 'delivered', 'undelivered', 'failed', 'late answer', 'third try', 'third loss'],
        ...[
          'budget>held',
          'held>budget',
          'held>spent',
          'held>maybe',
          'maybe>spent',
          'spent>maybe',
          'spent>budget',
        ],
      ].sort(),
    )
  })
})
