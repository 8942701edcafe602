import { describe, expect, it } from 'vitest'
import { render as renderDiscord } from '../../../adapters/discord/render.ts'
import { render as renderSlack } from '../../../adapters/slack/render.ts'
import type { Billed } from '../../../src/core/billed.ts'
import { attemptOf, movementsOf } from '../../../src/core/books.ts'
import { billedParts } from '../../../src/core/messages/billed.ts'
import { NEWEST, type Spender, spendingView } from '../../../src/core/messages/books.ts'
import { frozenView, unfrozenView } from '../../../src/core/messages/freeze.ts'
import { limitsOf, NO_RULES } from '../../../src/core/rules.ts'
import type { View } from '../../../src/core/view.ts'
import { NO_CAPS } from '../../kit/caps.ts'
import { sampleEntry } from '../../kit/entries.ts'
import { NOON, sampleJob } from '../../kit/jobs.ts'
import { linesOf } from '../../kit/plain.ts'

const names = { provider: 'Acme', creditsUrl: 'https://acme.example/credits' }
const OCTOBER = Date.UTC(2026, 9, 5)
const spender = (id: number, over: Partial<Spender['standing']> = {}): Spender => ({
  who: [{ mention: String(id) }],
  jobs: 2,
  standing: { held: 0, maybe: 0, spent: 312_000, ...over },
})
const many = (count: number, over: Partial<Spender['standing']> = {}) =>
  // As long as the platforms' own.
  Array.from({ length: count }, (_, i) => ({
    ...spender(i, over),
    ...(count > 100 && { who: [{ mention: '1'.repeat(19) }] }),
  }))
const newest = (fileName: string) => ({
  attempt: attemptOf(sampleEntry('failed', { maybe: 156_000 }, { fileName })),
  who: [{ mention: '1'.repeat(19) }],
})
const line = { at: NOON, usd: 700_000, what: 'topaz-video-upscale, 12 units, API Inference', queueId: 'x' }
const agreeing: Billed = {
  ...{
    of: new Map(),
    strays: [],
    missing: [],
    confirmed: 0,
    differing: 0,
    found: 3,
    foundRefunds: 0,
    paidIn: [],
  },
  ...{ oursUsd: 468_000, theirsUsd: 468_000, differenceUsd: 0, whole: true },
}
const unbilled = attemptOf(sampleEntry('delivered', { spent: 156_000 }))
const differing = (strays: number): Billed => ({
  ...agreeing,
  strays: Array.from({ length: strays }, () => ({ line, jobId: null })),
  missing: movementsOf(unbilled, NOON).map(movement => ({ ...movement, attempt: unbilled })),
  ...{ confirmed: 1, differing: 2, differenceUsd: -44_000, theirsUsd: 424_000 },
  paidIn: [{ currency: 'DIEM', lines: 2 }],
})
const spending = (over: Partial<Parameters<typeof spendingView>[0]> = {}) =>
  spendingView({
    month: { at: NOON, spenders: [] },
    before: { at: OCTOBER, spenders: [] },
    today: [],
    limits: limitsOf(NO_CAPS, NO_RULES),
    freeze: null,
    newest: [],
    attempts: 0,
    billing: [],
    fileName: null,
    everywhere: false,
    ...over,
  })

describe('the books', () => {
  it('say who has spent how much, and what of it is not charged for sure', () => {
    const people = [spender(1, { held: 156_000, maybe: 100_000 }), spender(2)]
    const said = linesOf(spending({ month: { at: NOON, spenders: people } }))
    expect(said.slice(0, 4)).toEqual([
      'Spending in November 2026',
      '$0.88 for 4 upscales ($0.63 charged, $0.16 agreed to and not charged yet, up to $0.10 that may have been charged)',
      '@1 · $0.57 · 2 upscales ($0.32 charged, $0.16 agreed to and not charged yet, up to $0.10 that may have been charged)',
      '@2 · $0.32 · 2 upscales',
    ])
    expect(said).toContain('October 2026')
    expect(said).toContain('There are none.')
  })

  it('say of each cap how much is used, and round what is left down', () => {
    const caps = {
      personDayUsd: 5_000_000,
      communityMonthUsd: 50_000_000,
      jobUsd: 2_000_000,
      totalMonthUsd: 200_000_000,
      jobsAtOnce: 3,
    }
    const said = linesOf(
      spending({
        limits: limitsOf(caps, NO_RULES),
        month: { at: NOON, spenders: [spender(1)] },
        today: many(5),
      }),
    ).join('\n')
    expect(said).toContain('this place and month: $0.32 of $50.00 used, $49.68 left')
    expect(said).toContain('one person and day: $5.00; used today: @0 $0.32, @1 $0.32, @2 $0.32 and 2 more')
    expect(said).toContain('one upscale: $2.00')
    expect(said).toContain('this bot in all places and one month: $200.00')
    expect(said).toContain('one person at once: 3 upscales')
    const over = spending({
      limits: limitsOf({ ...NO_CAPS, communityMonthUsd: 300_000 }, NO_RULES),
      month: { at: NOON, spenders: [spender(1)] },
    })
    expect(linesOf(over)).toContain('this place and month: $0.32 of $0.30 used, $0.00 left')
  })

  it('say that spending is stopped, by whom and since when', () => {
    const view = spending({ freeze: { scope: 'community', by: '99', at: NOON } })
    expect(linesOf(view)[1]).toBe('Stopped. @99 stopped all spending here on #.')
    expect(view.summary).toBe('Spending in November 2026: $0.00, stopped')
  })

  it('list the newest attempts with what became of each and of its price, and say how many more the file has', () => {
    const of = (...args: Parameters<typeof sampleEntry>) => ({
      attempt: attemptOf(sampleEntry(...args)),
      who: [{ mention: '7' }],
    })
    const refunded = { failure: { code: 'provider_failed', charged: 'refunded' } } as const
    const said = linesOf(
      spending({
        newest: [
          of('delivered', { spent: 156_000 }),
          of('failed', { refundedUsd: 156_000 }, refunded),
          of('unconfirmed', { maybe: 156_000 }, { fileName: `${'é'.repeat(40)}\n.mp4` }),
          of('failed', {}),
        ],
        attempts: 9,
        fileName: 'spending-2026-11.csv',
      }),
    )
    expect(said).toEqual(
      expect.arrayContaining([
        '# · @7 · clip.mp4 · 1280x720 · $0.16 · delivered',
        '# · @7 · clip.mp4 · 1280x720 · $0.16 · failed, given back',
        `# · @7 · ${'é'.repeat(30)}.. · 1280x720 · $0.16 · no answer, maybe charged`,
        '# · @7 · clip.mp4 · 1280x720 · $0.16 · failed, not charged',
        'and 5 more in the file',
      ]),
    )
  })

  it('of a month that is over say nothing of caps', () => {
    expect(linesOf(spending({ limits: null, today: null }))).not.toContain('Caps')
  })

  it('of a large community are cut by us, with the sum of the rest, and not by the platform', () => {
    const view = spending({
      month: { at: NOON, spenders: many(500, { held: 156_000, maybe: 156_000 }) },
      before: { at: OCTOBER, spenders: many(500, { held: 156_000, maybe: 156_000 }) },
      today: many(500),
      limits: {
        ...{ personDayUsd: 1, communityMonthUsd: 1, jobUsd: 1, totalMonthUsd: 1, jobsAtOnce: 1 },
        ...{ poolUsd: 1, poolHeadUsd: 1 },
      },
      freeze: { scope: 'all', by: '99', at: NOON },
      newest: Array.from({ length: NEWEST }, (_, i) =>
        newest(`${i}${'clip with a long name '.repeat(9)}.mp4`),
      ),
      attempts: 5_000,
      billing: billedParts(differing(500), names, true),
      fileName: 'spending-2026-11.csv',
    })
    expect(linesOf(view)).toContain('and 493 more · $307.64')
    expect(linesOf(view)).toContain('and 4994 more in the file')
    expect(linesOf(view)).toContain('and 497 more · $310.13')
    const drawn = [renderDiscord(view), renderSlack(view)].map(payload => JSON.stringify(payload))
    for (const text of drawn) {
      expect(text).toContain('Amounts are rounded up')
      expect(text).not.toContain('…')
    }
  })
})

describe('the provider’s billing', () => {
  const said = (billed: Billed | null, everywhere = false) =>
    linesOf({ parts: billedParts(billed, names, everywhere) } as View)

  it('that agrees is said to, to the cent', () => {
    expect(said(agreeing).slice(0, 3)).toEqual([
      "Acme's own billing",
      'For this place the billing has $0.47, the books have $0.47 that is charged: difference $0.00.',
      '3 charges found there line by line.',
    ])
  })

  it('is counted by what there is in it', () => {
    const counted = (found: number, foundRefunds: number) => said({ ...agreeing, found, foundRefunds })[2]
    expect(counted(3, 1)).toBe('2 charges and 1 refund found there line by line.')
    expect(counted(2, 2)).toBe('2 refunds found there line by line.')
    expect(counted(0, 0)).toBe('0 charges found there line by line.')
  })

  it('that differs says by how much, what is missing and what is too many', () => {
    expect(said(differing(4), true).slice(1, -1)).toEqual([
      'The billing has $0.43, the books have $0.47 that is charged: difference -$0.05.',
      '3 charges found there line by line, 2 of them with another amount, 1 that nobody had been sure of.',
      '1 charge of the books ($0.16) not found there.',
      '4 lines of it ($2.80) match nothing in the books; the key may be used elsewhere too:',
      ...Array(3).fill('# · $0.70 · topaz-video-upscale, 12 units, API Inference'),
      'and 1 more in the file',
      '2 lines paid in DIEM, counted here by the price in dollars.',
    ])
  })

  it('that was read in part tells no difference', () => {
    const lines = said({ ...differing(0), whole: false, differenceUsd: null })
    expect(lines[1]).toBe('Only a part of it could be read, so what is not in it is not taken for missing.')
    expect(lines.join()).not.toMatch(/difference|not found/)
  })

  it('that could not be read is said not to be compared with', () => {
    expect(said(null)[1]).toBe('It could not be read, so nothing is compared with it. Ask again in a moment.')
  })
})

describe('a freeze', () => {
  const freeze = { scope: 'community', by: '99', at: NOON } as const
  const view = (sent: Parameters<typeof frozenView>[1]['sent'], takenBack = [sampleJob('confirmed')]) =>
    frozenView(freeze, { takenBack, sent }, names)

  it('lists what was sent before, with what each has cost or may cost', () => {
    const sent = (['submitting', 'unconfirmed', 'processing', 'saving'] as const).map(s => sampleJob(s))
    expect(linesOf(view(sent))).toEqual([
      'All new spending here is stopped. @99 stopped all spending here on #.',
      '1 upscale for $0.16 was not sent yet and will not be; nothing was charged for that.',
      "4 upscales were sent before and can't be stopped: $0.32 charged, $0.16 agreed to and not charged yet, up to $0.16 that may have been charged. What is not charged yet will be if Acme takes it.",
      'clip.mp4 for @77 · on its way to Acme · $0.16 agreed to and not charged yet',
      'clip.mp4 for @77 · nobody knows whether Acme has it · up to $0.16 that may have been charged',
      'clip.mp4 for @77 · being upscaled · $0.16 charged',
      'clip.mp4 for @77 · done, being fetched · $0.16 charged',
      '/upscale-admin unfreeze allows spending again.',
    ])
  })

  it('with nothing sent says that nothing is on its way', () => {
    expect(linesOf(view([], []))).toContain('Nothing of this place is on its way to Acme.')
  })

  it('sums all of a long list, and shows ten', () => {
    const said = linesOf(view(Array.from({ length: 30 }, () => sampleJob('processing'))))
    expect(said.join('\n')).toContain('30 upscales were sent before')
    expect(said.join('\n')).toContain('$4.68 charged')
    expect(said).toContain('and 20 more')
  })

  it('that is lifted says so, and what still stands in the way', () => {
    const all = { scope: 'all', by: 'x', at: NOON } as const
    expect(linesOf(unfrozenView(freeze, null))[0]).toContain('Spending is allowed here again.')
    expect(linesOf(unfrozenView(null, null))[0]).toBe(
      'Spending was not stopped here, so nothing has changed.',
    )
    for (const [before, own] of [
      [all, 'This place had not stopped it itself, so nothing has changed.'],
      [{ ...all, own: true } as const, "This place's own stop is lifted."],
    ] as const)
      expect(linesOf(unfrozenView(before, all))[0]).toBe(
        `Nothing can be spent here yet: whoever runs this bot stopped all spending on #, and only they can allow it again. ${own}`,
      )
  })
})
