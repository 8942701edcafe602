import type { Clip, Factor } from './clip.ts'
import type { MicroUsd } from './money.ts'

/** A model as data: what it accepts and what it costs. Prices are the vendor's published ones. */
export interface ModelProfile {
  id: string
  /** Per second of video, by the height of the output; the first tier whose height is not passed counts. */
  tiers: { upToHeightPx: number; perSecondUsd: MicroUsd }[]
  /** Above this frame rate everything costs double. */
  doubleAboveFps: number
  maxDurationS: number
  /** Longest side of an output, in px: what is larger could not be read and checked by us. */
  maxSidePx: number
}

/** Source: the vendor's "Video Upscaling" guide, read 2026-11-22 ("~$0.013", "~$0.025", "~$0.10" a second). */
export const TOPAZ_VIDEO_UPSCALE: ModelProfile = {
  id: 'topaz-video-upscale',
  tiers: [
    { upToHeightPx: 720, perSecondUsd: 13_000 },
    { upToHeightPx: 1080, perSecondUsd: 25_000 },
    { upToHeightPx: Number.POSITIVE_INFINITY, perSecondUsd: 100_000 },
  ],
  doubleAboveFps: 48,
  maxDurationS: 300,
  maxSidePx: 16_384,
}

/**
 * The price by the table, for when nobody who knows better can be asked.
 * A turned clip has two candidate heights and which one is billed is not documented, so the dearer one counts.
 */
export function estimateUsd(profile: ModelProfile, clip: Clip, factor: Factor): MicroUsd {
  const sideways = clip.rotation === 90 || clip.rotation === 270
  const heights = sideways ? [clip.height, clip.width] : [clip.height]
  const dearest = Math.max(...heights.map(height => rateUsd(profile, height * factor)))
  const doubled = clip.fps > profile.doubleAboveFps ? 2 : 1
  return Math.ceil(dearest * doubled * clip.durationS)
}

function rateUsd(profile: ModelProfile, outputHeightPx: number): MicroUsd {
  const tier = profile.tiers.find(t => outputHeightPx <= t.upToHeightPx)
  if (!tier) throw new RangeError(`no price tier for an output ${outputHeightPx} px high`)
  return tier.perSecondUsd
}
