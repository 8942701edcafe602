import type { Billed, Stray } from './billed.ts'
import { type BookedAttempt, chargedUsd } from './books.ts'
import type { MicroUsd } from './money.ts'

/** The table of the books: one row for each attempt, then the lines of the billing that match none. */
export const BOOK_COLUMNS = [
  'row',
  'agreed at',
  'person',
  'community',
  'job',
  'file',
  'factor',
  'output size',
  'seconds',
  'model',
  'provider job',
  'quoted usd',
  'held usd',
  'charged usd',
  'maybe charged usd',
  'refunded usd',
  'state',
  'why',
  'approved by',
  'billing time',
  'billing usd',
  'difference usd',
  'billing says',
] as const
type Column = (typeof BOOK_COLUMNS)[number]

/** Every amount is in dollars with all six decimals, every time ISO 8601 in UTC; what is not known is empty. */
export function bookRows(attempts: readonly BookedAttempt[], billed: Billed | null): string[][] {
  const rows = [
    ...attempts.map(attempt => ofAttempt(attempt, billed)),
    ...(billed?.strays ?? []).map(ofStray),
  ]
  return rows.map(row => BOOK_COLUMNS.map(column => row[column] ?? ''))
}

function ofAttempt(attempt: BookedAttempt, billed: Billed | null): Partial<Record<Column, string>> {
  const { standing, quotedUsd, sentAt: _, ...facts } = attempt
  return {
    row: 'upscale',
    'agreed at': isoTime(facts.agreedAt),
    // Of digits alone, a spreadsheet would keep the first fifteen.
    person: `${facts.platform}:${facts.requesterId}`,
    community: `${facts.platform}:${facts.communityId}`,
    job: facts.jobId,
    file: facts.fileName,
    factor: String(facts.factor),
    'output size': `${facts.output.width}x${facts.output.height}`,
    seconds: String(Number(facts.durationS.toFixed(3))),
    model: facts.model,
    'provider job': facts.queueId ?? '',
    'quoted usd': quotedUsd === null ? '' : exactUsd(quotedUsd),
    'held usd': exactUsd(standing.held),
    'charged usd': exactUsd(chargedUsd(attempt)),
    'maybe charged usd': exactUsd(standing.maybe),
    'refunded usd': exactUsd(facts.refundedUsd),
    state: facts.became,
    why: facts.failure ?? '',
    'approved by': facts.approvedBy === null ? '' : `${facts.platform}:${facts.approvedBy}`,
    ...(billed ? billedCells(attempt, billed) : {}),
  }
}

/** In a part of the billing, what is not there may be in the rest. */
function billedCells(attempt: BookedAttempt, { of, whole }: Billed): Partial<Record<Column, string>> {
  const found = of.get(attempt) ?? { lines: [], differenceUsd: whole ? 0 : null }
  const [first] = found.lines
  const billedUsd = found.lines.reduce((sum, { usd }) => sum + usd, 0)
  return {
    'billing time': first ? isoTime(first.at) : '',
    'billing usd': first || whole ? exactUsd(billedUsd) : '',
    'difference usd': found.differenceUsd === null ? '' : exactUsd(found.differenceUsd),
    'billing says': found.lines.map(saysOf).join('; '),
  }
}

const ofStray = ({ line, jobId }: Stray): Partial<Record<Column, string>> => ({
  row: 'billing only',
  job: jobId ?? '',
  'provider job': line.queueId ?? '',
  'billing time': isoTime(line.at),
  'billing usd': exactUsd(line.usd),
  'difference usd': exactUsd(line.usd),
  'billing says': saysOf(line),
})

const saysOf = ({ what, paidIn }: Billed['strays'][number]['line']) =>
  paidIn ? `${what} (paid in ${paidIn})` : what

const isoTime = (at: number) => new Date(at).toISOString()

/** 250000 -> "0.250000", -1 -> "-0.000001": nothing is rounded. */
export function exactUsd(amountUsd: MicroUsd): string {
  const digits = String(Math.abs(amountUsd)).padStart(7, '0')
  return `${amountUsd < 0 ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`
}
