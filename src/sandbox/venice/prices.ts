/** What Venice charges: by seconds, by the height of the output, double for many frames. See models.ts for the rates. */

import type { Model } from './models.ts'

/** Reading an average rate leaves noise far behind the point; it must not double a price. */
const toThousandth = (fps: number) => Math.round(fps * 1000) / 1000

/** USD per second of video; `outputHeight` in pixels. */
export function ratePerSecond({ tiers, doubling }: Model, outputHeight: number, fps: number): number {
  const tier = tiers.find(tier => outputHeight <= tier.upToHeight)
  if (!tier) throw new RangeError(`no tier for a height of ${outputHeight}`)
  const rate = toThousandth(fps)
  const doubled = rate > doubling.fps || (doubling.inclusive && rate === doubling.fps)
  return tier.usdPerSecond * (doubled ? 2 : 1)
}

/** USD, to a millionth. */
export function priceUsd(
  model: Model,
  clip: { height: number; fps: number; durationS: number },
  factor: number,
): number {
  return toMillionth(ratePerSecond(model, clip.height * factor, clip.fps) * clip.durationS)
}

/** Money is added and subtracted many times: without rounding 0.1 + 0.2 would show in the book. */
export function toMillionth(usd: number): number {
  return Math.round(usd * 1e6) / 1e6
}
