import { type BookedAttempt, type Charge, movementsOf } from './books.ts'
import type { ChargeLine } from './job.ts'
import type { MicroUsd } from './money.ts'
import type { Bill } from './ports.ts'
import { type Movement, reconcile } from './reconcile.ts'

/** What the provider's billing says of one attempt. */
export interface BilledAttempt {
  /** Oldest first. */
  lines: ChargeLine[]
  /** What the billing has more than the books; null: it can't be said, because not all of it was read. */
  differenceUsd: MicroUsd | null
}

/** A line of the billing that matches nothing of ours. `jobId`: whose number it has all the same. */
export interface Stray {
  line: ChargeLine
  jobId: string | null
}

/** A month's books beside the billing, as far as whoever looks may see both. */
export interface Billed {
  of: ReadonlyMap<BookedAttempt, BilledAttempt>
  strays: Stray[]
  /** Charges and refunds that were found line by line. */
  found: number
  /** How many of them are refunds. */
  foundRefunds: number
  /** Those that the books have for sure and the billing has not, but for what was charged and given back unseen. */
  missing: BookedMovement[]
  /** What nobody had been sure of, and the billing has. */
  confirmed: number
  /** Lines of another amount. */
  differing: number
  oursUsd: MicroUsd
  theirsUsd: MicroUsd
  /** Null: it can't be said. */
  differenceUsd: MicroUsd | null
  /** Whether all of the billing was read. */
  whole: boolean
  /** Lines that were not paid in US dollars, by what they were paid in. */
  paidIn: { currency: string; lines: number }[]
}

/** A movement that still knows its attempt; null: it is of another community. */
interface OwnedMovement extends Movement {
  attempt: BookedAttempt | null
}
export interface BookedMovement extends Movement {
  attempt: BookedAttempt
}

/**
 * The billing is of the whole key, so it is matched with the attempts of all communities, and with those beyond the
 * month's edges; what is told then is of `attempts` from `from` to `to`, and nothing of `others`. A line that matches
 * counts where its attempt counts, any other by its own time, so nothing counts in two months.
 */
export function besideBill(
  bill: Bill,
  attempts: readonly BookedAttempt[],
  others: readonly Charge[],
  options: {
    from: number
    to: number
    now: number
    /** Whether lines that belong to nobody here are told. */
    everywhere: boolean
  },
): Billed {
  const { from, to, now, everywhere } = options
  const whole = bill.complete && bill.unread === 0
  const counts = (at: number) => at >= from && at < to
  const isTold = (movement: OwnedMovement): movement is BookedMovement =>
    movement.attempt !== null && counts(movement.attempt.agreedAt)
  const movements = [
    ...attempts.flatMap(attempt => movementsOf(attempt, now).map(one => ({ ...one, attempt }))),
    ...others.flatMap(other => movementsOf(other, now).map(one => ({ ...one, attempt: null }))),
  ]

  const all = reconcile<OwnedMovement>(
    // What was sent after the billing was asked for can't be in it, and is no difference.
    movements.filter(movement => movement.from <= bill.upTo),
    bill.lines,
  )
  const matched = all.matched.flatMap(pair => (isTold(pair.ours) ? [{ ...pair, ours: pair.ours }] : []))
  const missing = withoutCancelled(all.oursAlone.filter(movement => movement.sure).filter(isTold))
  const owners = new Map(attempts.flatMap(attempt => (attempt.queueId ? [[attempt.queueId, attempt]] : [])))
  const strays = all.theirsAlone.flatMap((line): Stray[] => {
    const owner = line.queueId === null ? undefined : owners.get(line.queueId)
    const seen = everywhere || owner !== undefined
    return counts(line.at) && line.usd !== 0 && seen ? [{ line, jobId: owner?.jobId ?? null }] : []
  })

  const of = new Map<BookedAttempt, BilledAttempt>()
  const note = (attempt: BookedAttempt, differenceUsd: MicroUsd, line: ChargeLine | null) => {
    const known = of.get(attempt) ?? { lines: [], differenceUsd: 0 }
    of.set(attempt, {
      lines: line ? [...known.lines, line].sort((a, b) => a.at - b.at) : known.lines,
      // What is not in a part of the billing may be in the rest.
      differenceUsd:
        known.differenceUsd === null || (!line && !whole) ? null : known.differenceUsd + differenceUsd,
    })
  }
  for (const { ours, line, differenceUsd } of matched) note(ours.attempt, differenceUsd, line)
  for (const movement of missing) note(movement.attempt, -movement.usd, null)

  const lines = [...matched.map(pair => pair.line), ...strays.map(stray => stray.line)]
  const oursUsd = sum(matched.map(pair => pair.ours)) + sum(missing)
  const theirsUsd = sum(lines)
  return {
    of,
    strays,
    found: matched.length,
    foundRefunds: matched.filter(pair => pair.ours.usd < 0).length,
    missing,
    confirmed: matched.filter(pair => isDoubtful(pair.ours)).length,
    differing: matched.filter(pair => pair.differenceUsd !== 0).length,
    oursUsd,
    theirsUsd,
    differenceUsd: whole ? theirsUsd - oursUsd : null,
    whole,
    paidIn: currencies(lines),
  }
}

/** A request that was refused and given back at once need not be in any billing. */
function withoutCancelled(missing: readonly BookedMovement[]): BookedMovement[] {
  const sums = new Map<BookedAttempt, MicroUsd>()
  for (const { attempt, usd } of missing) sums.set(attempt, (sums.get(attempt) ?? 0) + usd)
  return missing.filter(({ attempt }) => sums.get(attempt) !== 0)
}

const isDoubtful = ({ attempt, usd }: BookedMovement) => usd > 0 && attempt.standing.maybe > 0

const sum = (amounts: readonly { usd: MicroUsd }[]): MicroUsd =>
  amounts.reduce((total, { usd }) => total + usd, 0)

function currencies(lines: readonly ChargeLine[]): Billed['paidIn'] {
  const other = lines.flatMap(({ paidIn }) => paidIn ?? [])
  return [...new Set(other)].sort().map(currency => ({
    currency,
    lines: other.filter(one => one === currency).length,
  }))
}
