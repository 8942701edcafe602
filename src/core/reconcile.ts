import type { ChargeLine } from './job.ts'
import type { MicroUsd } from './money.ts'
import { pairNearest } from './nearest.ts'

/** Something of our books that the provider's billing should have a line for. */
export interface Movement {
  /** One of a kind. */
  id: string
  /** What was charged, USD; negative: what was given back. */
  usd: MicroUsd
  /** Whether it was for sure. What is not may be matched, and is no difference where it is not. */
  sure: boolean
  /** The provider's number of the job; null: never heard. */
  queueId: string | null
  /** It was no earlier and no later than these, by our clock, wall-clock ms. */
  from: number
  to: number
}

export interface Pair<M extends Movement> {
  ours: M
  line: ChargeLine
  /** What the billing has more than the books; negative: less. */
  differenceUsd: MicroUsd
}

/** Every movement and every line is in exactly one of the lists. Oldest first, whatever the order of the input was. */
export interface Reconciled<M extends Movement> {
  matched: Pair<M>[]
  oursAlone: M[]
  theirsAlone: ChargeLine[]
  /** Of all that is matched or was for sure. */
  oursUsd: MicroUsd
  theirsUsd: MicroUsd
  /** theirsUsd - oursUsd */
  differenceUsd: MicroUsd
}

/** The clocks may differ, and a request is charged before we have its answer. */
export const BEFORE_MS = 2 * 60_000
/** An upload takes a while, and so may a charge until it is written down. */
export const AFTER_MS = 10 * 60_000
/** Published rates are rounded, so a charge may be a cent off what was quoted. */
const CENT = 10_000

/**
 * Which line of the billing is which of ours, one to one: first those with the same number of a job, whatever the
 * amounts; then of the same amount, then of an amount that is at most a cent off, both within 2 minutes before and
 * 10 minutes after, and of all of these the nearest in time first.
 */
export function reconcile<M extends Movement>(
  ours: readonly M[],
  theirs: readonly ChargeLine[],
): Reconciled<M> {
  const left = { ours: new Set([...ours].sort(byTime)), theirs: new Set([...theirs].sort(byLine)) }
  const matched: Pair<M>[] = []
  const settle = (pairs: readonly (readonly [M, ChargeLine])[]) => {
    for (const [ours, line] of pairs) {
      left.ours.delete(ours)
      left.theirs.delete(line)
      matched.push({ ours, line, differenceUsd: line.usd - ours.usd })
    }
  }

  const numbers = new Set(ours.map(({ queueId }) => queueId))
  settle(sameNumber(left.ours, left.theirs))
  // Billing that names our numbers means other jobs by other numbers; else its numbers are of some other kind.
  const numbersTell = matched.length > 0
  const mayBe = ({ movement: { usd, queueId } }: { movement: M }, line: ChargeLine) =>
    line.usd < 0 === usd < 0 && (!numbersTell || queueId === null || line.queueId === null)
  for (const offBy of [0, CENT]) {
    const lines = [...left.theirs].filter(({ queueId }) => queueId === null || !numbers.has(queueId))
    const pairs = pairNearest([...left.ours].map(spanOf), lines, offBy, mayBe)
    settle(pairs.map(([{ movement }, line]) => [movement, line]))
  }

  const oursAlone = [...left.ours]
  const theirsAlone = [...left.theirs]
  const oursUsd = sum([...matched.map(pair => pair.ours), ...oursAlone.filter(({ sure }) => sure)])
  const theirsUsd = sum(theirs)
  return {
    matched: matched.sort((a, b) => byTime(a.ours, b.ours)),
    oursAlone,
    theirsAlone,
    oursUsd,
    theirsUsd,
    differenceUsd: theirsUsd - oursUsd,
  }
}

/** A charge was when it was sent, at the earliest; what was given back, we heard of afterwards. */
const guessedAt = ({ usd, from, to }: Movement) => (usd < 0 ? to : from)
const spanOf = <M extends Movement>(movement: M) => ({
  movement,
  usd: movement.usd,
  at: guessedAt(movement),
  from: movement.from - BEFORE_MS,
  to: movement.to + AFTER_MS,
  kind: hasNumber(movement) ? 'numbered' : '',
})
const hasNumber = ({ queueId }: Movement) => queueId !== null
const distance = (ours: Movement, line: ChargeLine) => Math.abs(line.at - guessedAt(ours))
const offBy = (ours: Movement, line: ChargeLine) => Math.abs(line.usd - ours.usd)

/** Of the same number: the best of all pairs first, each movement and each line at most once. */
function sameNumber<M extends Movement>(
  ours: Iterable<M>,
  lines: Iterable<ChargeLine>,
): (readonly [M, ChargeLine])[] {
  const byNumber = Map.groupBy(lines, line => line.queueId)
  const candidates = [...ours].flatMap(movement =>
    (movement.queueId === null ? [] : (byNumber.get(movement.queueId) ?? []))
      .filter(line => line.usd < 0 === movement.usd < 0)
      .map(line => [movement, line] as const),
  )
  const used = new Set<M | ChargeLine>()
  return candidates
    .sort(
      ([a, lineA], [b, lineB]) =>
        offBy(a, lineA) - offBy(b, lineB) ||
        distance(a, lineA) - distance(b, lineB) ||
        byTime(a, b) ||
        byLine(lineA, lineB),
    )
    .filter(([movement, line]) => {
      if (used.has(movement) || used.has(line)) return false
      used.add(movement).add(line)
      return true
    })
}
const byTime = (a: Movement, b: Movement) =>
  a.from - b.from ||
  a.to - b.to ||
  a.usd - b.usd ||
  Number(hasNumber(b)) - Number(hasNumber(a)) ||
  compare(a.id, b.id)
const byLine = (a: ChargeLine, b: ChargeLine) =>
  a.at - b.at || a.usd - b.usd || compare(a.queueId ?? '', b.queueId ?? '') || compare(a.what, b.what)
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

const sum = (amounts: readonly { usd: MicroUsd }[]): MicroUsd =>
  amounts.reduce((total, { usd }) => total + usd, 0)
