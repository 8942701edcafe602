/** What is drawn by lot, all from one seed. The processes and their timing are real: a seed brings back plans, not races. */
export interface Random {
  /** At least 0, below 1. */
  next(): number
  chance(probability: number): boolean
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  pick<T>(list: readonly T[]): T
  shuffled<T>(list: readonly T[]): T[]
  /** Another stream of the same seed, so that who asks first changes nothing for others. */
  fork(name: string): Random
}

/** Mulberry32. */
export function createRandom(seed: number): Random {
  let a = seed >>> 0
  const next = () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    chance: probability => next() < probability,
    between,
    pick: list => list[between(0, list.length - 1)]!,
    shuffled(list) {
      const left = [...list]
      return left.map((_, at) => {
        const other = between(at, left.length - 1)
        ;[left[at], left[other]] = [left[other]!, left[at]!]
        return left[at]!
      })
    },
    fork: name => createRandom([...name].reduce((sum, c) => Math.imul(sum, 31) + c.charCodeAt(0), seed)),
  }
}
