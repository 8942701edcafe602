/** The account's money: what is left, and every charge and refund as /billing/usage-history tells it. */

import { toMillionth } from './prices.ts'

export interface UsageEntry {
  /** USD; negative for a charge, positive for a refund. */
  amount: number
  currency: 'USD'
  notes: string
  sku: string
  /** ISO 8601, UTC. */
  timestamp: string
  /** Seconds of video. */
  units: number
  pricePerUnitUsd: number
  inferenceDetails: {
    completionTokens: null
    promptTokens: null
    inferenceExecutionTime: number | null
    requestId: string
  }
}

export interface Ledger {
  creditUsd(): number
  setCredit(usd: number): void
  /** False, and nothing happens, where the credit does not suffice. */
  charge(entry: { usd: number; seconds: number; usdPerSecond: number; queueId: string }): boolean
  refund(entry: { usd: number; seconds: number; usdPerSecond: number; queueId: string }): void
  /** Oldest first. */
  entries(): readonly UsageEntry[]
}

export function createLedger(creditUsd: number, sku: string, clock: () => number): Ledger {
  let credit = toMillionth(creditUsd)
  const entries: UsageEntry[] = []

  function book(
    notes: string,
    amount: number,
    of: { seconds: number; usdPerSecond: number; queueId: string },
  ) {
    credit = toMillionth(credit + amount)
    entries.push({
      amount,
      currency: 'USD',
      notes,
      sku,
      timestamp: new Date(clock()).toISOString(),
      units: of.seconds,
      pricePerUnitUsd: of.usdPerSecond,
      inferenceDetails: {
        completionTokens: null,
        promptTokens: null,
        inferenceExecutionTime: null,
        requestId: of.queueId,
      },
    })
  }

  return {
    creditUsd: () => credit,
    setCredit(usd) {
      credit = toMillionth(usd)
    },
    charge(entry) {
      if (entry.usd > credit) return false
      book('API Inference', -entry.usd, entry)
      return true
    },
    refund: entry => book('API Inference refund', entry.usd, entry),
    entries: () => entries,
  }
}
