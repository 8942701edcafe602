import { type Clip, type Factor, outputSize, type Size } from './clip.ts'
import type { MicroUsd } from './money.ts'

/**
 * How a price is known. exact: the provider read this very file; quoted: the provider priced its length and height;
 * estimate: the provider could not be asked, so the price table was.
 */
export type QuoteKind = 'exact' | 'quoted' | 'estimate'

export interface FactorPrice {
  factor: Factor
  priceUsd: MicroUsd
  output: Size
}

/** What a member is offered: every factor's price side by side, one of them chosen, until a moment. */
export interface Offer {
  kind: QuoteKind
  prices: FactorPrice[]
  chosen: Factor
  /** Wall-clock ms. */
  expiresAt: number
}

/** How long a price stands before it has to be asked for again. */
export const OFFER_MS = 15 * 60_000

export function makeOffer(
  clip: Clip,
  chosen: Factor,
  quoted: { kind: QuoteKind; prices: Map<Factor, MicroUsd> },
  options: { now: number; maxSidePx: number },
): Offer {
  const prices = [...quoted.prices]
    .map(([factor, priceUsd]) => ({ factor, priceUsd, output: outputSize(clip, factor) }))
    .filter(
      ({ factor, output }) => factor === 1 || Math.max(output.width, output.height) <= options.maxSidePx,
    )
    .sort((a, b) => a.factor - b.factor)
  const largest = prices.findLast(p => p.factor <= chosen) ?? prices[0]
  return { kind: quoted.kind, prices, chosen: largest?.factor ?? chosen, expiresAt: options.now + OFFER_MS }
}

/** The chosen line of an offer. */
export function chosenPrice(offer: Offer): FactorPrice {
  const line = offer.prices.find(p => p.factor === offer.chosen)
  if (!line) throw new RangeError(`the offer has no price for ${offer.chosen}x`)
  return line
}
