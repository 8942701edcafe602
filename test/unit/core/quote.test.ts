import { describe, expect, it } from 'vitest'
import { FACTORS } from '../../../src/core/clip.ts'
import { TOPAZ_VIDEO_UPSCALE } from '../../../src/core/pricing.ts'
import { chosenPrice, makeOffer, type QuoteKind, renewed } from '../../../src/core/quote.ts'
import { refusalFor } from '../../../src/core/upload-rules.ts'
import { NOON, sampleClip } from '../../kit/jobs.ts'

const quoted = { kind: 'exact' as const, prices: new Map(FACTORS.map(f => [f, f * 1_000])) }
const offer = (clip = sampleClip(), chosen: 1 | 2 | 4 = 2) =>
  makeOffer(clip, chosen, quoted, { now: NOON, profile: TOPAZ_VIDEO_UPSCALE })

describe('an offer', () => {
  it('has every factor with its price and size, smallest first, and ends after a quarter of an hour', () => {
    expect(offer().prices.map(p => [p.factor, p.priceUsd, p.output.height])).toEqual([
      [1, 1_000, 360],
      [2, 2_000, 720],
      [4, 4_000, 1_440],
    ])
    expect(offer().expiresAt - NOON).toBe(15 * 60_000)
  })

  it('leaves out what would be too large to be read back, and chooses the largest that is left', () => {
    const large = offer(sampleClip({ width: 5_120, height: 2_880 }), 4)
    expect(large.prices.map(p => p.factor)).toEqual([1, 2])
    expect(chosenPrice(large).factor).toBe(2)
  })
})

describe('a price that is asked for again', () => {
  const later = NOON + 90_000
  const fresh = (usd: number, kind: QuoteKind = 'exact') =>
    makeOffer(
      sampleClip(),
      1,
      { kind, prices: new Map(FACTORS.map(f => [f, f * usd])) },
      { now: later, profile: TOPAZ_VIDEO_UPSCALE },
    )

  it('is taken where it went down, for the size that was chosen', () => {
    const { offer: taken, dearer } = renewed(offer(), fresh(900))
    expect([dearer, taken.chosen, chosenPrice(taken).priceUsd, taken.wasUsd]).toEqual([
      false,
      2,
      1_800,
      undefined,
    ])
  })

  it('is shown beside the old one where it went up', () => {
    const { offer: shown, dearer } = renewed(offer(), fresh(15_000))
    expect([dearer, shown.chosen, chosenPrice(shown).priceUsd, shown.wasUsd]).toEqual([
      true,
      2,
      30_000,
      2_000,
    ])
    expect(shown.expiresAt - later).toBe(15 * 60_000)
  })

  it('is asked about where it went up, however surely it is known', () => {
    const { offer: shown, dearer } = renewed(offer(), fresh(15_000, 'estimate'))
    expect([dearer, shown.kind, chosenPrice(shown).priceUsd]).toEqual([true, 'estimate', 30_000])
  })

  it('is not taken where it went down but is known less surely', () => {
    const { offer: kept, dearer } = renewed(offer(), fresh(500, 'estimate'))
    expect([dearer, kept.kind, chosenPrice(kept).priceUsd, kept.quotedAt]).toEqual([
      false,
      offer().kind,
      2_000,
      later,
    ])
  })
})

describe('the length of a clip', () => {
  const refused = (durationS: number) =>
    refusalFor(sampleClip({ durationS }), TOPAZ_VIDEO_UPSCALE)?.code ?? null
  it.each([
    [300, null],
    [300.01, 'too_long'],
    [0.05, 'too_short'],
  ])('of %f s: %s', (durationS, code) => expect(refused(durationS)).toBe(code))
})
