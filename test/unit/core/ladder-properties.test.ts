import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Factor } from '../../../src/core/clip.ts'
import { cheaperWay, whyItCosts } from '../../../src/core/ladder.ts'
import { cheaperText, whyText } from '../../../src/core/messages/prices.ts'
import { formatUsd } from '../../../src/core/money.ts'
import { estimateUsd, isDoubled, MODELS } from '../../../src/core/pricing.ts'
import { chosenPrice, makeOffer, type QuoteKind } from '../../../src/core/quote.ts'
import { NOON, sampleClip } from '../../kit/jobs.ts'

/** What a provider may say that the clip costs, and what it may leave out. */
const someOffer = fc
  .record({
    width: fc.integer({ min: 16, max: 8_192 }),
    height: fc.oneof(
      fc.integer({ min: 16, max: 8_192 }),
      fc.constantFrom(180, 181, 182, 270, 272, 360, 361, 368, 540, 544, 594, 595, 720, 721, 1080, 1088),
    ),
    fps: fc.oneof(fc.double({ min: 1, max: 240, noNaN: true }), fc.constantFrom(30, 48, 48.01, 50, 60)),
    durationS: fc.double({ min: 0.1, max: 300, noNaN: true }),
    turned: fc.boolean(),
    variableFps: fc.boolean(),
    profile: fc.constantFrom(...MODELS),
    kind: fc.constantFrom<QuoteKind>('exact', 'quoted', 'estimate'),
    factors: fc.subarray<Factor>([1, 2, 4], { minLength: 1 }),
    chosen: fc.constantFrom<Factor>(1, 2, 4),
    times: fc.array(fc.oneof(fc.constant(1), fc.double({ min: 0.3, max: 3, noNaN: true })), {
      minLength: 3,
      maxLength: 3,
    }),
  })
  .map(({ turned, profile, kind, factors, chosen, times, ...size }) => {
    const clip = sampleClip({ ...size, rotation: turned ? 90 : 0 })
    const prices = new Map(
      factors.map((factor, i) => [factor, Math.ceil(estimateUsd(profile, clip, factor) * times[i]!)]),
    )
    return { clip, offer: makeOffer(clip, chosen, { kind, prices }, { now: NOON, profile }), profile }
  })
  // Where not one of the sizes can be made, there is no offer.
  .filter(({ offer }) => offer.prices.some(p => p.factor === offer.chosen))

const RUNS = { numRuns: 10_000 }

describe('whatever a provider asks', () => {
  it('the cheaper way names only sizes and prices of the offer, and only prices that are lower', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(someOffer, ({ clip, offer }) => {
        const way = cheaperWay({ clip, offer })
        if (!way) return
        seen.add(way.kind)
        const text = cheaperText(way)
        const chosenUsd = chosenPrice(offer).priceUsd
        const lower = offer.prices.filter(p => p.priceUsd < chosenUsd).map(p => formatUsd(p.priceUsd))
        for (const price of text.match(/\$[\d,.]*\d/g) ?? []) {
          expect(lower).toContain(price)
          expect(price).not.toBe(formatUsd(chosenUsd))
        }
        const sizes = offer.prices.map(p => `${p.factor}x`)
        for (const size of text.match(/\b\d+x/g) ?? []) expect(sizes).toContain(size)
        if (way.kind === 'larger_for_same') {
          for (const price of offer.prices.filter(p => way.larger.includes(p.factor)))
            expect([price.factor > offer.chosen, formatUsd(price.priceUsd)]).toEqual([
              true,
              formatUsd(chosenUsd),
            ])
        }
      }),
      RUNS,
    )
    expect([...seen].sort()).toEqual(['fewer_frames', 'just_above', 'larger_for_less', 'larger_for_same'])
  })

  it('the rate that is named, times the seconds, is the price that is shown', () => {
    let named = 0
    fc.assert(
      fc.property(someOffer, ({ clip, offer, profile }) => {
        const why = whyItCosts({ clip, offer })
        if (!why) return
        expect(why.doubled).toBe(isDoubled(profile, clip.fps))
        for (const height of why.heights) {
          expect(height).toBeGreaterThan(why.tier.abovePx)
          expect(height).toBeLessThanOrEqual(why.tier.upToPx)
        }
        if (!why.isListPrice) {
          expect(whyText(why, clip)).not.toContain('$')
          return
        }
        named += 1
        const listUsd = Math.ceil(why.tier.perSecondUsd * clip.durationS * (why.doubled ? 2 : 1))
        expect(formatUsd(listUsd)).toBe(formatUsd(chosenPrice(offer).priceUsd))
      }),
      RUNS,
    )
    expect(named).toBeGreaterThan(RUNS.numRuns / 10)
  })
})
