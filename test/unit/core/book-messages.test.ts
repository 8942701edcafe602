import { describe, expect, it } from 'vitest'
import { render as renderDiscord } from '../../../adapters/discord/render.ts'
import { render as renderSlack } from '../../../adapters/slack/render.ts'
import { type Spender, spendingView } from '../../../src/core/messages/books.ts'
import { frozenView, unfrozenView } from '../../../src/core/messages/freeze.ts'
import { NO_CAPS } from '../../kit/caps.ts'
import { NOON, sampleJob } from '../../kit/jobs.ts'
import { linesOf } from '../../kit/plain.ts'

const names = { provider: 'Acme', creditsUrl: 'https://acme.example/credits' }
const OCTOBER = Date.UTC(2026, 9, 5)
const spender = (id: number, over: Partial<Spender['standing']> = {}): Spender => ({
  requesterId: String(id),
  jobs: 2,
  standing: { held: 0, maybe: 0, spent: 312_000, ...over },
})
const many = (count: number) => Array.from({ length: count }, (_, i) => spender(i))
const spending = (over: Partial<Parameters<typeof spendingView>[0]> = {}) =>
  spendingView({
    thisMonth: { at: NOON, people: [] },
    lastMonth: { at: OCTOBER, people: [] },
    today: [],
    caps: NO_CAPS,
    freeze: null,
    ...over,
  })

describe('the books', () => {
  it('say who has spent how much, and what of it is not charged for sure', () => {
    const people = [spender(1, { held: 156_000, maybe: 100_000 }), spender(2)]
    const said = linesOf(spending({ thisMonth: { at: NOON, people } }))
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
      spending({ caps, thisMonth: { at: NOON, people: [spender(1)] }, today: many(5) }),
    ).join('\n')
    expect(said).toContain('this place and month: $0.32 of $50.00 used, $49.68 left')
    expect(said).toContain('one person and day: $5.00; used today: @0 $0.32, @1 $0.32, @2 $0.32 and 2 more')
    expect(said).toContain('one upscale: $2.00')
    expect(said).toContain('this bot in all places and one month: $200.00')
    expect(said).toContain('one person at once: 3 upscales')
    const over = spending({
      caps: { ...NO_CAPS, communityMonthUsd: 300_000 },
      thisMonth: { at: NOON, people: [spender(1)] },
    })
    expect(linesOf(over)).toContain('this place and month: $0.32 of $0.30 used, $0.00 left')
  })

  it('say that spending is stopped, by whom and since when', () => {
    const view = spending({ freeze: { scope: 'community', by: '99', at: NOON } })
    expect(linesOf(view)[1]).toBe('Stopped. @99 stopped all spending here on #.')
    expect(view.summary).toBe('Spending in November 2026: $0.00, stopped')
  })

  it('of a large community are cut by us, with the sum of the rest, and not by the platform', () => {
    const view = spending({
      thisMonth: { at: NOON, people: many(500) },
      lastMonth: { at: OCTOBER, people: many(500) },
      today: many(500),
      caps: { personDayUsd: 1, communityMonthUsd: 1, jobUsd: 1, totalMonthUsd: 1, jobsAtOnce: 1 },
      freeze: { scope: 'all', by: '99', at: NOON },
    })
    expect(linesOf(view)).toContain('and 490 more · $152.88')
    expect(linesOf(view)).toContain('and 497 more · $155.07')
    const drawn = [renderDiscord(view), renderSlack(view)].map(payload => JSON.stringify(payload))
    for (const text of drawn) {
      expect(text).toContain('Amounts are rounded up')
      expect(text).not.toContain('…')
    }
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
      'The word unfreeze allows spending again.',
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
    expect(linesOf(unfrozenView(all, all))[0]).toBe(
      'This place may spend, but whoever runs this bot stopped all spending on #.',
    )
  })
})
