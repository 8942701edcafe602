import type { MicroUsd } from './money.ts'
import type { Balance } from './ports.ts'
import { chosenPrice, FRESH_MS, type Offer, renewed } from './quote.ts'

/** What the provider answered, when it was asked before money moves. */
export interface Asked {
  /** With the prices of now; null: they are not to be had. "as_shown": what was shown is of this minute. */
  fresh: Offer | null | 'as_shown'
  /** Null: not to be had. */
  balance: Balance | null
  /** Nobody answered, neither about prices nor about the balance. `retryAt`: when it may be tried again, if known. */
  silence: { retryAt: number | null } | null
}

/** Why a press that would pay is not spent: nothing leaves, and nothing changes. */
export type Stop =
  | { code: 'unreachable'; retryAt: number | null }
  /** The price that was shown is old, and the one of now is not to be had. */
  | { code: 'no_price' }
  | { code: 'key_refused' | 'access_denied' }
  | { code: 'too_little'; leftUsd: MicroUsd; priceUsd: MicroUsd }

export type Verdict =
  | { kind: 'pay'; offer: Offer }
  /** It costs more than was shown, so the person is asked again. */
  | { kind: 'dearer'; offer: Offer }
  | { kind: 'stop'; why: Stop }

/** A price of the future was asked for under a clock that was set back since. */
export function isFresh(offer: Offer, now: number): boolean {
  const ageMs = now - offer.quotedAt
  return ageMs >= 0 && ageMs <= FRESH_MS
}

/** Whether what was shown may be paid now. What is not known about the account stops nothing. */
export function verdictOn(shown: Offer, { fresh, balance, silence }: Asked, now: number): Verdict {
  const priceUsd = chosenPrice(shown).priceUsd
  if (balance?.kind === 'refused') return { kind: 'stop', why: { code: balance.code } }
  if (balance?.kind === 'empty') return { kind: 'stop', why: { code: 'too_little', leftUsd: 0, priceUsd } }
  if (silence) return { kind: 'stop', why: { code: 'unreachable', retryAt: silence.retryAt } }
  // What was an estimate from the start, because nobody could be asked, stands as such until it ends.
  const estimated = shown.kind === 'estimate' && now < shown.expiresAt
  if (fresh === null && !estimated) return { kind: 'stop', why: { code: 'no_price' } }
  const { offer, dearer } =
    fresh === null || fresh === 'as_shown' ? { offer: shown, dearer: false } : renewed(shown, fresh)
  if (dearer) return { kind: 'dearer', offer }
  const costsUsd = chosenPrice(offer).priceUsd
  const leftUsd = balance?.leftUsd ?? null
  if (leftUsd !== null && leftUsd < costsUsd)
    return { kind: 'stop', why: { code: 'too_little', leftUsd, priceUsd: costsUsd } }
  return { kind: 'pay', offer }
}
