import type { MicroUsd } from './money.ts'
import type { Balance } from './ports.ts'
import { chosenPrice, FRESH_MS, type Offer, renewed } from './quote.ts'

/** What the provider answered, when it was asked before money moves. */
export interface Asked {
  /** With the prices of now; null: they were not asked for, or are not to be had. */
  fresh: Offer | null
  /** Null: not to be had. */
  balance: Balance | null
  /** Nobody answered, neither about prices nor about the balance. `retryAt`: when it may be tried again, if known. */
  silence: { retryAt: number | null } | null
}

/** Why a press that would pay is not spent: nothing leaves, and nothing changes. */
export type Stop =
  | { code: 'unreachable'; retryAt: number | null }
  | { code: 'key_refused' | 'access_denied' }
  | { code: 'too_little'; leftUsd: MicroUsd; priceUsd: MicroUsd }

export type Verdict =
  | { kind: 'pay'; offer: Offer }
  /** It costs more than was shown, so the person is asked again. */
  | { kind: 'dearer'; offer: Offer }
  | { kind: 'stop'; why: Stop }

export const isFresh = (offer: Offer, now: number): boolean => now - offer.quotedAt <= FRESH_MS

/** Whether what was shown may be paid now. What is not known about the account stops nothing. */
export function verdictOn(shown: Offer, { fresh, balance, silence }: Asked): Verdict {
  const priceUsd = chosenPrice(shown).priceUsd
  if (balance?.kind === 'refused') return { kind: 'stop', why: { code: balance.code } }
  if (balance?.kind === 'empty') return { kind: 'stop', why: { code: 'too_little', leftUsd: 0, priceUsd } }
  if (silence) return { kind: 'stop', why: { code: 'unreachable', retryAt: silence.retryAt } }
  const { offer, dearer } = fresh ? renewed(shown, fresh) : { offer: shown, dearer: false }
  if (dearer) return { kind: 'dearer', offer }
  const costsUsd = chosenPrice(offer).priceUsd
  const leftUsd = balance?.leftUsd ?? null
  if (leftUsd !== null && leftUsd < costsUsd)
    return { kind: 'stop', why: { code: 'too_little', leftUsd, priceUsd: costsUsd } }
  return { kind: 'pay', offer }
}
