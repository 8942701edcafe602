import { type Became, type BookedAttempt, chargedUsd } from '../books.ts'
import { totalOf } from '../ledger.ts'
import { formatUsd } from '../money.ts'
import type { Text } from '../view.ts'
import { sizeText } from './words.ts'

/** Longer names would fill the message. */
const NAME_LETTERS = 32

/** "22 November 2026 15:04 · @Mira · clip.mp4 · 1280x720 · $0.16 · delivered": one attempt in one line. */
export const attemptText = (attempt: BookedAttempt, who: Text): Text => [
  { time: attempt.agreedAt, as: 'date' },
  ' · ',
  ...who,
  ` · ${shortName(attempt.fileName)} · ${sizeText(attempt.output)} · ${priceText(attempt)} · ${fateText(attempt)}`,
]

function shortName(name: string): string {
  const letters = [...name.replace(/\s+/g, ' ')]
  return letters.length <= NAME_LETTERS
    ? letters.join('')
    : `${letters.slice(0, NAME_LETTERS - 2).join('')}..`
}

/** What is or may be gone; where nothing is, what it would have cost. */
function priceText({ standing, quotedUsd, refundedUsd }: BookedAttempt): string {
  const goneUsd = totalOf(standing)
  return formatUsd(goneUsd > 0 ? goneUsd : (quotedUsd ?? refundedUsd))
}

/** What became of it, and of its price where that is not simply charged. */
function fateText(attempt: BookedAttempt): string {
  const { standing, refundedUsd, became } = attempt
  const money =
    refundedUsd > 0
      ? ', given back'
      : standing.maybe > 0
        ? ', maybe charged'
        : became === 'failed'
          ? chargedUsd(attempt) > 0
            ? ', charged'
            : ', not charged'
          : ''
  return `${BECAME[became]}${money}`
}

const BECAME: Record<Became, string> = {
  confirmed: 'waiting',
  submitting: 'being sent',
  unconfirmed: 'no answer',
  processing: 'being upscaled',
  saving: 'being fetched',
  delivering: 'being posted',
  delivered: 'delivered',
  undelivered: 'done, not posted',
  failed: 'failed',
  unanswered: 'no answer, sent again',
  not_sent: 'not sent',
}
