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
}

/**
 * Gives spans spots of their amount, at most `offBy` off, one to one: of all pairs that may be, the nearest in time
 * first, then those whose amounts differ least, then in the order that both came in. `spots`: by time.
 *
 * Each span asks for its own best spot, and a spot that is asked for twice takes the better one, which sends the other on
 * to its next: as all go by one order of pairs, whoever asks first, that ends with the same pairs as taking the best of
 * all of them again and again would. But a span looks no further than it has to, so a hundred thousand are no matter.
 */
export function pairNearest<P extends Span, S extends Spot>(
  spans: readonly P[],
  spots: readonly S[],
  offBy: MicroUsd,
  mayBe: (span: P, spot: S) => boolean,
): [P, S][] {
  const shelves = shelvesOf(spots, offBy)
  const searches = spans.map(span => {
    const shelf = shelves.get(keyOf(span.usd, offBy)) ?? []
    const fits = (spot: S) => Math.abs(spot.usd - span.usd) <= offBy && mayBe(span, spot)
    return nearestOf(span, spots, shelf, fits)
  })
  /** By spot, its span: both as places in what came. */
  const taken = new Map<number, number>()
  const isBetter = (a: number, b: number, spot: number) => {
    const [one, other, its] = [spans[a]!, spans[b]!, spots[spot]!]
    const nearer = distance(one, its) - distance(other, its)
    return (nearer || difference(one, its) - difference(other, its) || a - b) < 0
  }
  for (let first = 0; first < spans.length; first++) {
    for (let seeker: number | undefined = first; seeker !== undefined; ) {
      const { value: spot } = searches[seeker]!.next()
      if (spot === undefined) break
      const holder = taken.get(spot)
      if (holder !== undefined && !isBetter(seeker, holder, spot)) continue
      taken.set(spot, seeker)
      seeker = holder
    }
  }
  return [...taken].map(([spot, span]) => [spans[span]!, spots[spot]!])
}

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
