/**
 * What Venice charges (docs.venice.ai, "Video Upscaling", read 2026-11-22): by seconds, by the height of the output,
 * double above 48 fps. The page says "~"; the rates are taken as exact. Own copy: the sandbox imports no bot code.
 */

const TIERS = [
  { upToHeight: 720, usdPerSecond: 0.013 },
  { upToHeight: 1080, usdPerSecond: 0.025 },
  { upToHeight: Number.POSITIVE_INFINITY, usdPerSecond: 0.1 },
] as const

const DOUBLE_ABOVE_FPS = 48

/** USD per second of video; `outputHeight` in pixels. */
export function ratePerSecond(outputHeight: number, fps: number): number {
  const tier = TIERS.find(tier => outputHeight <= tier.upToHeight) ?? TIERS[2]
  return tier.usdPerSecond * (fps > DOUBLE_ABOVE_FPS ? 2 : 1)
}

/** USD, to a millionth. */
export function priceUsd(clip: { height: number; fps: number; durationS: number }, factor: number): number {
  return toMillionth(ratePerSecond(clip.height * factor, clip.fps) * clip.durationS)
}

/** Money is added and subtracted many times: without rounding 0.1 + 0.2 would show in the book. */
export function toMillionth(usd: number): number {
  return Math.round(usd * 1e6) / 1e6
}
