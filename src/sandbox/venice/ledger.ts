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

/** What a charge or refund is for. */
export interface Line {
  usd: number
  /** The model's id. */
  sku: string
  seconds: number
  usdPerSecond: number
  queueId: string
}

export interface Ledger {
  creditUsd(): number
  setCredit(usd: number): void
  /** False, and nothing happens, where the credit does not suffice. */
  charge(line: Line): boolean
  refund(line: Line): void
  /** Oldest first. */
  entries(): readonly UsageEntry[]
}

export function createLedger(creditUsd: number, clock: () => number): Ledger {
  let credit = toMillionth(creditUsd)
  const entries: UsageEntry[] = []

  function book(notes: string, amount: number, of: Line) {
    credit = toMillionth(credit + amount)
    entries.push({
      amount,
      currency: 'USD',
      notes,
      sku: of.sku,
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
    charge(line) {
      if (line.usd > credit) return false
      book('API Inference', -line.usd, line)
      return true
    },
    refund: line => book('API Inference refund', line.usd, line),
    entries: () => entries,
  }
}
