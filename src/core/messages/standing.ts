import type { Standing } from '../ledger.ts'
import { formatUsd } from '../money.ts'

/** "$0.32 charged, $0.16 agreed to and not charged yet": what is nothing is left out. */
export function standingText({ spent, held, maybe }: Standing): string {
  const amounts = [
    ...(spent > 0 ? [`${formatUsd(spent)} charged`] : []),
    ...(held > 0 ? [`${formatUsd(held)} agreed to and not charged yet`] : []),
    ...(maybe > 0 ? [`up to ${formatUsd(maybe)} that may have been charged`] : []),
  ]
  return amounts.join(', ') || 'nothing charged'
}

export const sumOf = (standings: readonly Standing[]): Standing =>
  standings.reduce(
    (sum, { spent, held, maybe }) => ({
      spent: sum.spent + spent,
      held: sum.held + held,
      maybe: sum.maybe + maybe,
    }),
    { spent: 0, held: 0, maybe: 0 },
  )
