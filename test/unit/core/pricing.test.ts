import { describe, expect, it } from 'vitest'
import { formatUsd, fromDollars } from '../../../src/core/money.ts'
import { estimateUsd, TOPAZ_VIDEO_UPSCALE } from '../../../src/core/pricing.ts'
import { sampleClip } from '../../kit/jobs.ts'

const toDollars = (amountUsd: number) => amountUsd / 1_000_000

describe('the price table', () => {
  it.each([
    { name: '480p30 2x 10 s', height: 480, fps: 30, factor: 2, seconds: 10, dollars: 0.25 },
    { name: '720p30 2x 10 s', height: 720, fps: 30, factor: 2, seconds: 10, dollars: 1.0 },
    { name: '1080p30 2x 30 s', height: 1080, fps: 30, factor: 2, seconds: 30, dollars: 3.0 },
    { name: '360p24 4x 10 s', height: 360, fps: 24, factor: 4, seconds: 10, dollars: 1.0 },
    { name: '480p60 2x 10 s', height: 480, fps: 60, factor: 2, seconds: 10, dollars: 0.5 },
  ] as const)("gives the guide's example $name to the cent", ({ height, fps, factor, seconds, dollars }) => {
    const clip = sampleClip({ height, width: Math.round((height * 16) / 9), fps, durationS: seconds })
    expect(toDollars(estimateUsd(TOPAZ_VIDEO_UPSCALE, clip, factor))).toBe(dollars)
  })

  it.each([
    { height: 360, dollars: 0.13, why: '720 px is still the first tier' },
    { height: 361, dollars: 0.25, why: '722 px is past it' },
    { height: 540, dollars: 0.25, why: '1080 px is still the second tier' },
    { height: 544, dollars: 1.0, why: '1088 px is past it' },
  ])('puts $height px at 2x for 10 s at $dollars dollars: $why', ({ height, dollars }) => {
    expect(toDollars(estimateUsd(TOPAZ_VIDEO_UPSCALE, sampleClip({ height, durationS: 10 }), 2))).toBe(
      dollars,
    )
  })

  it('doubles above 48 fps, not at 48', () => {
    const at = (fps: number) => estimateUsd(TOPAZ_VIDEO_UPSCALE, sampleClip({ fps, durationS: 10 }), 1)
    expect([at(48), at(48.01)]).toEqual([fromDollars(0.13), fromDollars(0.26)])
  })

  it('takes the dearer height for a turned clip, because which one is billed is not documented', () => {
    const upright = sampleClip({ width: 360, height: 640, durationS: 10 })
    const turned = sampleClip({ width: 640, height: 360, rotation: 90, durationS: 10 })
    expect(toDollars(estimateUsd(TOPAZ_VIDEO_UPSCALE, upright, 1))).toBe(0.13)
    // 360 px high at 2x is 720 (first tier), but its other side is 640 px, so 1280: the top tier.
    expect(toDollars(estimateUsd(TOPAZ_VIDEO_UPSCALE, turned, 2))).toBe(1)
  })

  it('never rounds a part of a second down', () => {
    expect(estimateUsd(TOPAZ_VIDEO_UPSCALE, sampleClip({ durationS: 1.00001 }), 1)).toBe(13_001)
  })
})

describe('money', () => {
  it.each([
    [250_000, '$0.25'],
    [156_000, '$0.16'],
    [1, '$0.01'],
    [0, '$0.00'],
    [1_234_560_000, '$1,234.56'],
  ])('shows %i millionths as %s, rounded up so that nobody pays more than they saw', (amount, text) => {
    expect(formatUsd(amount)).toBe(text)
  })
})
