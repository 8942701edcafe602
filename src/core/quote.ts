import { type Clip, type Factor, outputSize, type Size } from './clip.ts'
import type { Expected } from './job.ts'
import { type MicroUsd, wholeCents } from './money.ts'
import type { ModelProfile } from './pricing.ts'

/**
 * How a price is known. exact: the provider read this very file; quoted: the provider priced its length and height;
 * estimate: the provider could not be asked, so the price table was.
 */
export type QuoteKind = 'exact' | 'quoted' | 'estimate'

export interface FactorPrice {
  factor: Factor
  priceUsd: MicroUsd
  output: Size
  /** How long such jobs take; null: nothing is known of them yet. */
  expected: Expected | null
}

/** What a member is offered: every factor's price side by side, one of them chosen, until a moment. */
export interface Offer {
  kind: QuoteKind
  /** Id of the model that was priced, and that the job goes to. */
  model: string
  prices: FactorPrice[]
  chosen: Factor
  /** When the prices were asked for, wall-clock ms. */
  quotedAt: number
  /** Wall-clock ms. */
  expiresAt: number
  /** What the chosen size had cost before the price went up. */
  wasUsd?: MicroUsd
}

/** How long a price stands before it has to be asked for again. */
export const OFFER_MS = 15 * 60_000
/** A price older than this is asked for again before anything is paid. */
export const FRESH_MS = 60_000

export function makeOffer(
  clip: Clip,
  chosen: Factor,
  quoted: { kind: QuoteKind; prices: Map<Factor, MicroUsd> },
  options: { now: number; profile: ModelProfile; expected?: (factor: Factor) => Expected | null },
): Offer {
  const { now, profile, expected = () => null } = options
  const prices = [...quoted.prices]
    .map(([factor, priceUsd]) => ({
      factor,
      priceUsd,
      output: outputSize(clip, factor),
      expected: expected(factor),
    }))
    .filter(
      ({ factor, output }) => factor === 1 || Math.max(output.width, output.height) <= profile.maxSidePx,
    )
    .sort((a, b) => a.factor - b.factor)
  const largest = prices.findLast(p => p.factor <= chosen) ?? prices[0]
  return {
    kind: quoted.kind,
    model: profile.id,
    prices,
    chosen: largest?.factor ?? chosen,
    quotedAt: now,
    expiresAt: now + OFFER_MS,
  }
}

const KINDS: readonly QuoteKind[] = ['exact', 'quoted', 'estimate']

/**
 * What becomes of an offer whose prices were asked for again. `dearer`: the chosen size costs more than was shown, so
 * people are asked again, however that is known. Cheaper is taken only where it is known as surely as what was shown.
 */
export function renewed(old: Offer, fresh: Offer): { offer: Offer; dearer: boolean } {
  const line = fresh.prices.find(p => p.factor === old.chosen)
  const stays = { offer: { ...old, quotedAt: fresh.quotedAt }, dearer: false }
  if (!line || fresh.model !== old.model) return stays
  const wasUsd = chosenPrice(old).priceUsd
  const offer = { ...fresh, chosen: old.chosen }
  // People see whole cents; what changes behind them is no news.
  if (wholeCents(line.priceUsd) > wholeCents(wasUsd)) return { offer: { ...offer, wasUsd }, dearer: true }
  return KINDS.indexOf(fresh.kind) > KINDS.indexOf(old.kind) ? stays : { offer, dearer: false }
}

/** The chosen line of an offer. */
export function chosenPrice(offer: Offer): FactorPrice {
  const line = offer.prices.find(p => p.factor === offer.chosen)
  if (!line) throw new RangeError(`the offer has no price for ${offer.chosen}x`)
  return line
}
