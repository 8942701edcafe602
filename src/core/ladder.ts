import type { Clip, Factor } from './clip.ts'
import { type MicroUsd, wholeCents } from './money.ts'
import {
  billableHeights,
  isDoubled,
  type ModelProfile,
  profileOf,
  type Tier,
  tableUsd,
  tierFor,
} from './pricing.ts'
import { chosenPrice, type FactorPrice, type Offer } from './quote.ts'

type Priced = { clip: Clip; offer: Offer }

/** Why the chosen size costs what it does, as far as the price list explains the price that is shown. */
export interface Why {
  factor: Factor
  /** Of the output, px. Several where a turned clip falls into the same tier by each of its heights. */
  heights: number[]
  /**
   * sure: a clip that is not turned has one height; told: of a turned clip's two, the provider's price says which it is;
   * dearer: nobody knows which of them is billed, and the dearer one is counted; either: both are in the same tier.
   */
  by: 'sure' | 'told' | 'dearer' | 'either'
  tier: Tier
  /** False: the price is near what the list gives, but its rate is not the list's. */
  isListPrice: boolean
  doubled: boolean
}

/** Null where the price shown is not what the list would lead to: then nothing about tiers is known to be true. */
export function whyItCosts({ clip, offer }: Priced): Why | null {
  const profile = profileOf(offer.model)
  const { factor, priceUsd } = chosenPrice(offer)
  const heights = billableHeights(clip, factor)
  const tiers = heights.map(height => tierFor(profile, height))
  const sameTier = new Set(tiers.map(({ abovePx }) => abovePx)).size === 1
  // Where the provider has read the file itself, its price tells by which height it went; not also by which rate.
  const candidates = sameTier || offer.kind === 'exact' ? heights : [Math.max(...heights)]
  if (candidates.length > 1 && !sameTier && isNearDoubling(clip, profile)) return null
  const height = candidates.find(h => agreement(priceUsd, tableUsd(profile, clip, h)) !== null)
  if (height === undefined) return null
  return {
    factor,
    heights: sameTier ? heights : [height],
    by: heights.length === 1 ? 'sure' : sameTier ? 'either' : offer.kind === 'exact' ? 'told' : 'dearer',
    tier: tierFor(profile, height),
    isListPrice: agreement(priceUsd, tableUsd(profile, clip, height)) === 'same',
    doubled: isDoubled(profile, clip.fps),
  }
}

/** This near to where the price doubles, fps, a varying frame rate makes it uncertain. */
const NEAR_DOUBLING_FPS = 3

export const isNearDoubling = (clip: Clip, { doubling }: ModelProfile): boolean =>
  clip.variableFps && Math.abs(clip.fps - doubling.fps) <= NEAR_DOUBLING_FPS

/** Tiers and the doubling are each nearly a factor of two apart: this near, a price can't be of another one. */
const NEAR = 0.1

/** Providers may round to cents. */
function agreement(priceUsd: MicroUsd, listUsd: MicroUsd): 'same' | 'near' | null {
  const near = Math.abs(priceUsd - listUsd) <= listUsd * NEAR
  if (wholeCents(priceUsd) === wholeCents(listUsd) && (near || priceUsd % 10_000 === 0)) return 'same'
  return near ? 'near' : null
}

/** What people are shown. */

/** How to pay less, or to get more for the same; what is offered comes from the offer's own prices. */
export type CheaperWay =
  /** A larger size costs less. */
  | { kind: 'larger_for_less'; instead: FactorPrice }
  /**
   * The chosen size lies only just in its tier. `times`: what it costs more than in the tier below; null: not known.
   * `instead`: a smaller size that costs less; null: none is offered, but the clip itself could be smaller.
   */
  | {
      kind: 'just_above'
      factor: Factor
      overPx: number
      borderPx: number
      times: number | null
      instead: FactorPrice | null
    }
  /** Its frame rate lies only just where the price doubles. */
  | { kind: 'fewer_frames'; fps: number; inclusive: boolean }
  /** Larger sizes cost the same. */
  | { kind: 'larger_for_same'; factor: Factor; larger: Factor[] }

/** So far above a border, as a part of it, people may not know that they are. */
const JUST_ABOVE = 0.1

/** The one that saves most; where none does, more for the same. Null: there is none. */
export function cheaperWay(priced: Priced): CheaperWay | null {
  const profile = profileOf(priced.offer.model)
  const why = whyItCosts(priced)
  return (
    largerForLess(priced.offer) ??
    (why && justAbove(priced.offer, profile, why)) ??
    (why && fewerFrames(priced.clip, profile, why)) ??
    largerForSame(priced.offer)
  )
}

function largerForLess(offer: Offer): CheaperWay | null {
  const chosen = chosenPrice(offer)
  const instead = offer.prices.findLast(
    p => p.factor > chosen.factor && wholeCents(p.priceUsd) < wholeCents(chosen.priceUsd),
  )
  return instead ? { kind: 'larger_for_less', instead } : null
}

function justAbove(offer: Offer, profile: ModelProfile, why: Why): CheaperWay | null {
  const { factor, priceUsd } = chosenPrice(offer)
  const { abovePx: borderPx, perSecondUsd } = why.tier
  const [height, ...others] = why.heights
  if (height === undefined || others.length > 0 || why.by === 'dearer' || borderPx === 0) return null
  const overPx = height - borderPx
  if (overPx > borderPx * JUST_ABOVE) return null
  const times = why.isListPrice ? perSecondUsd / tierFor(profile, borderPx).perSecondUsd : null
  const smaller = offer.prices.filter(p => p.factor < factor)
  const instead = smaller.findLast(p => wholeCents(p.priceUsd) < wholeCents(priceUsd)) ?? null
  if (!instead && (smaller.length > 0 || times === null)) return null
  return { kind: 'just_above', factor, overPx, borderPx, times, instead }
}

/** By which rate a varying one is billed is not known, so nothing is promised for it. */
function fewerFrames(clip: Clip, { doubling }: ModelProfile, why: Why): CheaperWay | null {
  if (!why.doubled || clip.variableFps || clip.fps > doubling.fps * (1 + JUST_ABOVE)) return null
  return { kind: 'fewer_frames', ...doubling }
}

function largerForSame(offer: Offer): CheaperWay | null {
  const chosen = chosenPrice(offer)
  const larger = offer.prices
    .filter(p => p.factor > chosen.factor && wholeCents(p.priceUsd) === wholeCents(chosen.priceUsd))
    .map(p => p.factor)
  return larger.length > 0 ? { kind: 'larger_for_same', factor: chosen.factor, larger } : null
}
