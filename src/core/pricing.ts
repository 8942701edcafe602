import type { Clip, Factor } from './clip.ts'
import type { MicroUsd } from './money.ts'

/** A model as data: what it accepts and what it costs. Prices are the vendor's published ones. */
export interface ModelProfile {
  id: string
  factors: readonly Factor[]
  /** Per second of video, by the height of the output; the first tier whose height is not passed counts. */
  tiers: { upToHeightPx: number; perSecondUsd: MicroUsd }[]
  /** Everything costs double above this frame rate, or, where `inclusive`, also at it. */
  doubling: { fps: number; inclusive: boolean }
  maxDurationS: number
  /** Longest side of an output, in px: what is larger could not be read and checked by us. */
  maxSidePx: number
  /** What a request to this model carries besides the fields that all have. */
  extraFields: Readonly<Record<string, string | number | boolean>>
}

/** Source: the vendor's "Video Upscaling" guide, read 2026-11-22 ("~$0.013", "~$0.025", "~$0.10" a second). */
export const TOPAZ_VIDEO_UPSCALE: ModelProfile = {
  id: 'topaz-video-upscale',
  factors: [1, 2, 4],
  tiers: [
    { upToHeightPx: 720, perSecondUsd: 13_000 },
    { upToHeightPx: 1080, perSecondUsd: 25_000 },
    { upToHeightPx: Number.POSITIVE_INFINITY, perSecondUsd: 100_000 },
  ],
  doubling: { fps: 48, inclusive: false },
  maxDurationS: 300,
  maxSidePx: 16_384,
  extraFields: {},
}

/**
 * The announced successor (design notes of 2026-11-22: 0.0125, 0.025, 0.075 a second, double from 48 fps on). It makes
 * H.265 unless H.264 is asked for, and H.265 plays inline in few chats.
 */
export const TOPAZ_VIDEO_PRECISION: ModelProfile = {
  id: 'topaz-video-precision',
  factors: [1, 2, 4],
  tiers: [
    { upToHeightPx: 720, perSecondUsd: 12_500 },
    { upToHeightPx: 1080, perSecondUsd: 25_000 },
    { upToHeightPx: Number.POSITIVE_INFINITY, perSecondUsd: 75_000 },
  ],
  doubling: { fps: 48, inclusive: true },
  maxDurationS: 300,
  maxSidePx: 16_384,
  extraFields: { h264_output: true },
}

export const MODELS: readonly ModelProfile[] = [TOPAZ_VIDEO_UPSCALE, TOPAZ_VIDEO_PRECISION]

/** @throws RangeError for a model that is not in the table */
export function profileOf(model: string): ModelProfile {
  const profile = MODELS.find(({ id }) => id === model)
  if (!profile) throw new RangeError(`no profile for the model ${model}`)
  return profile
}

/** An average rate has noise far behind the point, which must not double a price. */
export function isDoubled({ doubling }: ModelProfile, fps: number): boolean {
  const rate = Math.round(fps * 1000) / 1000
  return rate > doubling.fps || (doubling.inclusive && rate === doubling.fps)
}

/** A step of a price list. Heights of the output in px, above the first and up to the second. */
export interface Tier {
  abovePx: number
  upToPx: number
  perSecondUsd: MicroUsd
}

/** @throws RangeError for a height that no tier of the model reaches */
export function tierFor({ tiers }: ModelProfile, outputHeightPx: number): Tier {
  const index = tiers.findIndex(t => outputHeightPx <= t.upToHeightPx)
  const tier = tiers[index]
  if (!tier) throw new RangeError(`no price tier for an output ${outputHeightPx} px high`)
  return {
    abovePx: tiers[index - 1]?.upToHeightPx ?? 0,
    upToPx: tier.upToHeightPx,
    perSecondUsd: tier.perSecondUsd,
  }
}

/**
 * The heights of the output, px, that may be the one that is billed: which of its two a turned clip is billed by is not
 * documented.
 */
export function billableHeights(clip: Clip, factor: Factor): number[] {
  const sideways = clip.rotation === 90 || clip.rotation === 270
  return [...new Set(sideways ? [clip.height, clip.width] : [clip.height])].map(height => height * factor)
}

/** The price by the table for an output that is billed by this height, px. */
export function tableUsd(profile: ModelProfile, clip: Clip, outputHeightPx: number): MicroUsd {
  const doubled = isDoubled(profile, clip.fps) ? 2 : 1
  return Math.ceil(tierFor(profile, outputHeightPx).perSecondUsd * doubled * clip.durationS)
}

/** The price by the table, for when nobody who knows better can be asked; of the billable heights the dearest counts. */
export const estimateUsd = (profile: ModelProfile, clip: Clip, factor: Factor): MicroUsd =>
  Math.max(...billableHeights(clip, factor).map(height => tableUsd(profile, clip, height)))
