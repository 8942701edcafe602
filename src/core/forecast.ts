import { type Clip, type Factor, outputSize } from './clip.ts'
import type { Expected } from './job.ts'
import type { Took } from './ports.ts'

/**
 * Jobs that take about as long as each other: the same model, and, by powers of two, as many pixels to make.
 * "topaz-video-upscale/10" is around 2^10 million pixels over all frames.
 */
export function runKind(model: string, clip: Clip, factor: Factor): string {
  const { width, height } = outputSize(clip, factor)
  const megapixels = (width * height * clip.fps * clip.durationS) / 1e6
  return `${model}/${Math.round(Math.log2(Math.max(1, megapixels)))}`
}

/**
 * How long jobs of a kind take: log-normal, as times that are products of many factors are, with a small constant rate
 * beneath it, so that no age is ever thought impossible.
 */
export interface Forecast {
  /** Mean and standard deviation of the logarithm of ms. */
  mu: number
  sigma: number
  /** How much of this is known, rather than assumed; below 1: nothing to tell people. */
  weight: number
}

/** Before anything is known: between half a minute and ten minutes. */
const GUESS = { mu: Math.log(150_000), sigma: 0.8, weight: 0.3 }
/** What the provider's P80 counts for: two jobs of ours. It is for all sizes together, our own times are for this one. */
const AVERAGE_WEIGHT = 2
const AVERAGE_SIGMA = 0.35
/** How firmly sigma is held, in jobs. */
const SIGMA_WEIGHT = 6
const SIGMA_RANGE = [0.1, 1.2] as const
/** Standard score of a P80. */
const Z80 = 0.8416
const Z95 = 1.6449
/** The constant rate: this many per median. */
const FLOOR = 0.1

/**
 * From our own times, and the provider's average (a P80, ms; null: not told). Where they contradict each other the
 * spread grows, so that neither is relied on too much (the update of a normal-inverse-gamma prior). Each of our times is
 * known to an interval only, so what it most likely was is judged by the forecast itself, a few times over (EM).
 */
export function forecast(took: readonly Took[], averageMs: number | null): Forecast {
  const prior =
    averageMs !== null && averageMs > 0
      ? { mu: Math.log(averageMs) - Z80 * AVERAGE_SIGMA, sigma: AVERAGE_SIGMA, weight: AVERAGE_WEIGHT }
      : GUESS
  if (took.length === 0) return prior
  let of = updated(
    prior,
    took.map(({ notDoneMs, doneMs }) => point((notDoneMs + doneMs) / 2)),
  )
  for (let round = 0; round < ROUNDS; round++)
    of = updated(
      prior,
      took.map(t => within(t, of)),
    )
  return of
}

/** The logarithm of a time: what it is on average, and how much that may be off. */
type Guess = { mean: number; variance: number }

const ROUNDS = 4
const point = (ms: number): Guess => ({ mean: Math.log(Math.max(1, ms)), variance: 0 })

function updated(prior: Forecast, guesses: readonly Guess[]): Forecast {
  const n = guesses.length
  const mean = sum(guesses.map(g => g.mean)) / n
  const squares = sum(guesses.map(g => (g.mean - mean) ** 2 + g.variance))
  const weight = prior.weight + n
  const conflict = (prior.weight * n * (mean - prior.mu) ** 2) / weight
  const variance = (SIGMA_WEIGHT * prior.sigma ** 2 + squares + conflict) / (SIGMA_WEIGHT + n)
  return {
    mu: (prior.weight * prior.mu + n * mean) / weight,
    sigma: Math.min(SIGMA_RANGE[1], Math.max(SIGMA_RANGE[0], Math.sqrt(variance))),
    weight,
  }
}

/** A time that lies between two, judged by a forecast: a truncated normal distribution of its logarithm. */
function within({ notDoneMs, doneMs }: Took, { mu, sigma }: Forecast): Guess {
  const low = notDoneMs > 0 ? (Math.log(notDoneMs) - mu) / sigma : Number.NEGATIVE_INFINITY
  const high = (Math.log(Math.max(1, doneMs)) - mu) / sigma
  const mass = Math.exp(lnSurvival(low)) - Math.exp(lnSurvival(high))
  // Far out in a tail there is nothing to judge by.
  if (mass < 1e-6) return point(low < 0 ? doneMs : Math.max(1, notDoneMs))
  const shift = (density(low) - density(high)) / mass
  const edges = (Number.isFinite(low) ? low * density(low) : 0) - high * density(high)
  return {
    mean: mu + sigma * shift,
    variance: Math.max(0, sigma ** 2 * (1 + edges / mass - shift ** 2)),
  }
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

/** Cumulative hazard: -ln of the chance of not being done at this age, ms. */
function hazard({ mu, sigma }: Forecast, ageMs: number): number {
  if (ageMs <= 0) return 0
  return -lnSurvival((Math.log(ageMs) - mu) / sigma) + (FLOOR * ageMs) / Math.exp(mu)
}

/** The chance that a job, not done at the first age, is done at the second. Ages in ms. */
export const chanceDone = (of: Forecast, notDoneMs: number, ageMs: number): number =>
  1 - Math.exp(hazard(of, notDoneMs) - hazard(of, ageMs))

/** What people may be told of a job that is this old and not done; null where too little is known. */
export function expectation(of: Forecast, ageMs: number): Expected | null {
  if (of.weight < 1) return null
  return { likelyMs: stepped(quantile(of, ageMs, 0.5)), atMostMs: stepped(quantile(of, ageMs, 0.95)) }
}

/** Nobody knows it to the second, and each change that people see is an edit, which are rationed. */
const stepped = (ms: number): number => Math.ceil(ms / 10_000) * 10_000

/** The provider's way to say how long such jobs take, ms: a P80. Null where too little is known. */
export const usualMs = (of: Forecast): number | null =>
  of.weight < 1 ? null : Math.exp(of.mu + Z80 * of.sigma)

/** The age, ms, at which a job that is not done at `ageMs` is done with this chance. */
function quantile(of: Forecast, ageMs: number, chance: number): number {
  let low = ageMs
  let high = Math.max(ageMs, Math.exp(of.mu + Z95 * of.sigma))
  while (chanceDone(of, ageMs, high) < chance) high *= 2
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (chanceDone(of, ageMs, middle) < chance) low = middle
    else high = middle
  }
  return high
}

const density = (z: number): number => Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)

/** ln(1 - Phi(z)), Phi the normal distribution. Abramowitz and Stegun 26.2.17 (to 7.5e-8); far out its asymptote. */
function lnSurvival(z: number): number {
  if (z === Number.NEGATIVE_INFINITY) return 0
  if (z > 5) return -(z * z) / 2 - Math.log(z * Math.sqrt(2 * Math.PI)) - 1 / (z * z)
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const poly =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const tail = density(z) * poly
  return Math.log(z >= 0 ? tail : 1 - tail)
}
