/**
 * The least mean delay that any order of asking can have: for each job the best times to ask at, were every request to
 * cost a price, and that price so chosen that on average the requests suffice. A bound, because real requests come one by
 * one. By dynamic programming in steps of a second (inspection schedules: Barlow and Proschan, 1965).
 */
export function bestMeanS(options: {
  jobs: number
  perMinute: number
  /** The chance of being done at an age, s. */
  done: (ageS: number) => number
  meanAgeS: number
}): number {
  const { jobs, perMinute, done, meanAgeS } = options
  const chance = Array.from({ length: LONGEST_S + 1 }, (_, s) => done(s))
  const area = [0]
  for (let s = 1; s <= LONGEST_S; s++) area.push(area[s - 1]! + (chance[s - 1]! + chance[s]!) / 2)

  let [cheap, dear] = [0.01, 400]
  let delay = 0
  for (let step = 0; step < 20; step++) {
    const price = Math.sqrt(cheap * dear)
    const best = schedule(chance, area, price)
    delay = best.delayS
    // In the closed loop each job takes its own time and its delay; so many requests a second are needed then.
    if ((jobs / (meanAgeS + best.delayS)) * best.requests > perMinute / 60) cheap = price
    else dear = price
  }
  return delay
}

const LONGEST_S = 700
/** No two requests for a job are further apart, s. */
const WIDEST_S = 250

/** From each age on, if it was not done then: the next age to ask at, chosen backwards from the end. */
function schedule(chance: number[], area: number[], price: number): { requests: number; delayS: number } {
  const cost = new Float64Array(LONGEST_S + 1).fill(price)
  const requests = new Float64Array(LONGEST_S + 1).fill(1)
  const delay = new Float64Array(LONGEST_S + 1)
  for (let from = LONGEST_S - 1; from >= 0; from--) {
    const left = 1 - chance[from]!
    if (left < 1e-7) continue
    let least = Number.POSITIVE_INFINITY
    for (let to = from + 1; to <= Math.min(LONGEST_S, from + WIDEST_S); to++) {
      const waits = (area[to]! - area[from]! - chance[from]! * (to - from)) / left
      const goesOn = (1 - chance[to]!) / left
      const total = price + waits + goesOn * cost[to]!
      if (total >= least) continue
      least = total
      cost[from] = total
      requests[from] = 1 + goesOn * requests[to]!
      delay[from] = waits + goesOn * delay[to]!
    }
  }
  return { requests: requests[0]!, delayS: delay[0]! }
}
