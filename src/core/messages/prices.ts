import { formatUsd } from '../money.ts'
import { chosenPrice, type Offer } from '../quote.ts'
import type { Part } from '../view.ts'

/** Said beside a new price that people have not agreed to yet; nothing where it did not go up. */
export function wentUp(offer: Offer): Part[] {
  if (offer.wasUsd === undefined) return []
  return [
    { kind: 'text', text: [{ bold: wentUpText(offer) }, ' Nothing is charged before you agree to it.'] },
  ]
}

/** "The price went up: 2x costs $0.30 now, was $0.25." */
export const wentUpText = (offer: Offer): string =>
  `The price went up: ${offer.chosen}x costs ${formatUsd(chosenPrice(offer).priceUsd)} now, was ${formatUsd(offer.wasUsd ?? 0)}.`
