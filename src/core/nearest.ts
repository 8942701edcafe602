import type { MicroUsd } from './money.ts'

/** An amount at a time, wall-clock ms. */
export interface Spot {
  at: number
  usd: MicroUsd
}

/** Where a spot is looked for: most likely at `at`, no earlier than `from`, no later than `to`. */
export interface Span extends Spot {
  from: number
  to: number
  /** Spans of one kind may have the same spots. */
  kind: string
}

/**
 * Gives spans spots of their amount, at most `offBy` off, one to one: of all pairs that may be, the nearest in time
 * first, then those whose amounts differ least, then in the order that both came in. `spots`: by time.
 *
 * Each span asks for its own best spot, and a spot that is asked for twice takes the better one, which sends the other on
 * to its next: as all go by one order of pairs, whoever asks first, that ends with the same pairs as taking the best of
 * all of them again and again would. But a span looks no further than it has to, and spans that are alike in all look
 * together, so a hundred thousand are no matter. `spans`: those that are alike one after the other.
 */
export function pairNearest<P extends Span, S extends Spot>(
  spans: readonly P[],
  spots: readonly S[],
  offBy: MicroUsd,
  mayBe: (span: P, spot: S) => boolean,
): [P, S][] {
  const shelves = shelvesOf(spots, offBy)
  const groups = alike(spans).map(members => {
    const [first] = members
    const fits = (spot: S) => Math.abs(spot.usd - first.usd) <= offBy && mayBe(first, spot)
    const shelf = shelves.get(keyOf(first.usd, offBy)) ?? []
    return { members, first, search: nearestOf(first, spots, shelf, fits), holds: new Set<S>() }
  })
  type Group = (typeof groups)[number]
  const taken = new Map<S, Group>()
  // Groups are in the order of their members, so the first of each speaks for all.
  const place = new Map(groups.map((group, i) => [group, i]))
  const isBetter = (one: Group, other: Group, spot: S) => {
    const nearer = distance(one.first, spot) - distance(other.first, spot)
    const closer = difference(one.first, spot) - difference(other.first, spot)
    return (nearer || closer || place.get(one)! - place.get(other)!) < 0
  }
  for (const group of groups) {
    for (let left = group.members.length; left > 0; left--) {
      for (let seeker: Group | undefined = group; seeker; ) {
        const { value } = seeker.search.next()
        if (value === undefined) break
        const spot: S = spots[value]!
        const holder = taken.get(spot)
        if (holder && !isBetter(seeker, holder, spot)) continue
        taken.set(spot, seeker)
        seeker.holds.add(spot)
        holder?.holds.delete(spot)
        seeker = holder
      }
    }
  }
  // A set keeps its order: the best spots were found first.
  return groups.flatMap(({ members, holds }) => [...holds].map((spot, i): [P, S] => [members[i]!, spot]))
}

/** Neighbours that differ in nothing. */
function alike<P extends Span>(spans: readonly P[]): [P, ...P[]][] {
  const groups: [P, ...P[]][] = []
  for (const span of spans) {
    const last = groups.at(-1)
    if (last && isAlike(last[0], span)) last.push(span)
    else groups.push([span])
  }
  return groups
}

const isAlike = (a: Span, b: Span) =>
  a.at === b.at && a.from === b.from && a.to === b.to && a.usd === b.usd && a.kind === b.kind

const distance = (span: Span, spot: Spot) => Math.abs(spot.at - span.at)
const difference = (span: Span, spot: Spot) => Math.abs(spot.usd - span.usd)

const keyOf = (usd: MicroUsd, offBy: MicroUsd) => Math.floor(usd / (offBy || 1))

/** The places of spots, by every key under which a span of about their amount looks, in order of time. */
function shelvesOf(spots: readonly Spot[], offBy: MicroUsd): Map<number, number[]> {
  const shelves = new Map<number, number[]>()
  for (const [place, { usd }] of spots.entries()) {
    for (let key = keyOf(usd - offBy, offBy); key <= keyOf(usd + offBy, offBy); key++) {
      const shelf = shelves.get(key)
      if (shelf) shelf.push(place)
      else shelves.set(key, [place])
    }
  }
  return shelves
}

/** What fits a span, the best first: outwards from its moment, both ways. */
function* nearestOf<S extends Spot>(
  span: Span,
  spots: readonly S[],
  shelf: readonly number[],
  fits: (spot: S) => boolean,
): Generator<number, undefined> {
  const atOf = (i: number) => spots[shelf[i]!]!.at
  let after = firstFrom(shelf.length, i => atOf(i) >= span.at)
  let before = after - 1
  for (;;) {
    const back = before >= 0 && atOf(before) >= span.from ? span.at - atOf(before) : Infinity
    const on = after < shelf.length && atOf(after) <= span.to ? atOf(after) - span.at : Infinity
    const near = Math.min(back, on)
    if (near === Infinity) return
    const same: number[] = []
    if (back === near)
      for (; before >= 0 && span.at - atOf(before) === near; before--) same.push(shelf[before]!)
    if (on === near)
      for (; after < shelf.length && atOf(after) - span.at === near; after++) same.push(shelf[after]!)
    const found = same.filter(place => fits(spots[place]!))
    if (found.length > 1)
      found.sort((a, b) => difference(span, spots[a]!) - difference(span, spots[b]!) || a - b)
    yield* found
  }
}

/** The first place from which on it holds. */
function firstFrom(length: number, holds: (i: number) => boolean): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
