import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Failure, Job } from '../../../src/core/job.ts'
import {
  ACCOUNTS,
  type Account,
  postingsOf,
  type Standing,
  standingOf,
  standingsOf,
} from '../../../src/core/ledger.ts'
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
    for (const { amountUsd, countedAt } of postings) expect([amountUsd, countedAt]).toEqual([PRICE, NOON])
  })

  it('goes by way of the budget where the amounts differ, so that nothing vanishes', () => {
    const cheaper = { ...sampleJob('processing'), agreedUsd: PRICE - 1 }
    expect(postingsOf(sampleJob('submitting'), cheaper)).toEqual([
      { kind: 'release', from: 'held', to: 'budget', amountUsd: PRICE, countedAt: NOON },
      { kind: 'settle', from: 'budget', to: 'spent', amountUsd: PRICE - 1, countedAt: NOON },
    ])
  })

  it('settles the lost request whose answer came late, and gives back what was held for its retry, each of its own day', () => {
    const midnight = Date.UTC(2026, 10, 23)
    const lost = { sentAt: NOON, queuedAt: midnight - 1, why: 'cut', agreedUsd: PRICE }
    const waiting: Job = {
      ...sampleJob('confirmed'),
      queuedAt: midnight + 1,
      agreedUsd: PRICE - 1,
      lost: [lost],
    }
    const begun = advance(waiting, accepted, midnight + 2)
    expect(postingsOf(waiting, begun)).toEqual([
      { kind: 'settle', from: 'maybe', to: 'spent', amountUsd: PRICE, countedAt: midnight - 1 },
      { kind: 'release', from: 'held', to: 'budget', amountUsd: PRICE - 1, countedAt: midnight + 1 },
    ])
    expect(begun).toMatchObject({ state: 'processing', agreedUsd: PRICE, queuedAt: midnight - 1 })
    // Its money is there once: the answer can't come again for a later try.
    const failedThen = advance(begun, failed('provider_failed', 'yes'), midnight + 3)
    const again = advance(failedThen, retry_chosen, midnight + 4)
    expect(() => advance(again, accepted, midnight + 5)).toThrow('cannot take "accepted"')
  })
})

type Purse = Record<Account, number>
const empty = (): Purse => ({ budget: 0, held: 0, maybe: 0, spent: 0 })
/** A purse for each time at which money counts. */
type Purses = Map<number, Purse>

const purseOf = (purses: Purses, countedAt: number): Purse => {
  const purse = purses.get(countedAt) ?? empty()
  purses.set(countedAt, purse)
  return purse
}

/** Plays a life back from its postings alone, and shows the purses after each step. */
function replay(steps: WalkStep[], look: (purses: Purses, step: WalkStep) => void): void {
  const purses: Purses = new Map()
  for (const step of steps) {
    for (const { from, to, amountUsd, countedAt } of step.postings) {
      const purse = purseOf(purses, countedAt)
      purse[from] -= amountUsd
      purse[to] += amountUsd
    }
    look(purses, step)
  }
}

/** What the budget has not lent is nowhere. */
const withoutEmpty = (purses: Purses) =>
  new Map([...purses].filter(([, purse]) => ACCOUNTS.some(account => purse[account] !== 0)))

type Agreement = Extract<JobEvent, { type: 'confirmed' | 'approved' | 'retry_chosen' }>
const agreesToPay = (event: JobEvent): event is Agreement =>
  event.type === 'confirmed' || event.type === 'approved' || event.type === 'retry_chosen'

/** What became of each price that was agreed to, told by the events alone and their times. */
function fates(): { take(step: WalkStep): void; purses(): Purses } {
  const prices: { usd: number; at: number; where: Account }[] = []
  /** What was agreed to last, and the newest of which the answer was lost. */
  let [current, lost] = [-1, -1]
  const put = (where: Account) => {
    prices[current]!.where = where
  }
  return {
    take({ before, event, next }) {
      if (agreesToPay(event)) {
        const { prices: list, chosen } = event.offer
        const usd = list.find(({ factor }) => factor === chosen)!.priceUsd
        current = prices.push({ usd, at: next.stateAt, where: 'held' }) - 1
      } else if (event.type === 'accepted') {
        if (before.state === 'confirmed') {
          // The request before it was: this one is not sent any more.
          put('budget')
          current = lost
        }
        put('spent')
      } else if (event.type === 'answer_lost') {
        put('maybe')
        lost = current
      } else if (event.type === 'failed' && before.state !== 'unconfirmed') {
        const { charged } = event.failure
        put(charged === 'yes' ? 'spent' : charged === 'unknown' ? 'maybe' : 'budget')
      }
    },
    purses() {
      const purses: Purses = new Map()
      for (const { usd, at, where } of prices) {
        const purse = purseOf(purses, at)
        purse.budget -= usd
        purse[where] += usd
      }
      return withoutEmpty(purses)
    },
  }
}

const always = (holds: (steps: WalkStep[]) => void) =>
  fc.assert(fc.property(walks(40), holds), { numRuns: RUNS })

describe('in whatever order things happen to a job', { timeout: 120_000 }, () => {
  it('no money is made and none is lost, and no account but the budget ever owes any, of any day', () => {
    always(steps =>
      replay(steps, purses => {
        for (const purse of purses.values()) {
          expect(ACCOUNTS.reduce((sum, account) => sum + purse[account], 0)).toBe(0)
          for (const account of ['held', 'maybe', 'spent'] as const)
            expect(purse[account], account).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })

  it('the ledger and the job’s state say the same after every step, in all and of each day', () => {
    always(steps =>
      replay(steps, (purses, { next }) => {
        const standings = [...withoutEmpty(purses)].map(([at, { budget: _, ...standing }]) => [at, standing])
        expect(new Map(standings as [number, Standing][])).toEqual(standingsOf(next))
        const sum = (account: keyof Standing) =>
          [...purses.values()].reduce((total, purse) => total + purse[account], 0)
        expect({ held: sum('held'), maybe: sum('maybe'), spent: sum('spent') }).toEqual(standingOf(next))
      }),
    )
  })

  it('every price that was agreed to is where the events have put it, and counts when it was agreed to', () => {
    always(steps => {
      const known = fates()
      replay(steps, (purses, step) => {
        known.take(step)
        expect(withoutEmpty(purses)).toEqual(known.purses())
      })
    })
  })

  it('money is held before it is spent, once for each time that somebody agrees, and at most one request of it is accepted', () => {
    always(steps => {
      const held: { usd: number; at: number }[] = []
      let accepted = 0
      for (const { event, next, postings } of steps) {
        const taken = postings.filter(({ from }) => from === 'budget')
        if (agreesToPay(event) && 'agreedUsd' in next) {
          accepted = 0
          held.push({ usd: next.agreedUsd, at: next.stateAt })
          expect(taken.map(({ kind, to, amountUsd, countedAt }) => [kind, to, amountUsd, countedAt])).toEqual(
            next.agreedUsd === 0 ? [] : [['hold', 'held', next.agreedUsd, next.stateAt]],
          )
        } else expect(taken).toEqual([])
        for (const { amountUsd, countedAt } of postings) {
          expect(Number.isSafeInteger(amountUsd) && amountUsd > 0).toBe(true)
          expect(held).toContainEqual({ usd: amountUsd, at: countedAt })
        }
        if (event.type === 'accepted') expect(++accepted).toBe(1)
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
          if (before.state === 'confirmed' && event.type === 'accepted') seen.add('later answer')
          if ('queuedAt' in next && standingsOf(next).size > 1) seen.add('money of two days')
          if ('earlier' in next && next.earlier.length > 2) seen.add('third try')
          if ('lost' in next && next.lost.length > 2) seen.add('third loss')
          for (const { from, to } of postings) seen.add(`${from}>${to}`)
        }
      }),
      { numRuns: RUNS },
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
        ...[
          'delivering',
          'delivered',
          'undelivered',
          'failed',
          'late answer',
          'later answer',
          'money of two days',
          'third try',
          'third loss',
        ],
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
