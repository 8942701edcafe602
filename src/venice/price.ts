import { type Clip, FACTORS, type Factor } from '../core/clip.ts'
import { Unavailable } from '../core/errors.ts'
import type { MicroUsd } from '../core/money.ts'
import type { Clock, Log, SourceForProvider } from '../core/ports.ts'
import { estimateUsd, type ModelProfile } from '../core/pricing.ts'
import type { QuoteKind } from '../core/quote.ts'
import { type Http, text, why } from './http.ts'
import type { Timeouts } from './settings.ts'
import { parseCanConsume, parseJson, parseQuote, parseTrouble } from './wire.ts'

export interface PriceParts {
  http: Http
  profile: ModelProfile
  log: Log
  timeouts: Timeouts
  /** What was learned of this server: whether it knows the form that has the file read. */
  clock: Clock
  /** When "Auto" was last refused, wall-clock ms: this server then prices by numbers only, or one clip was odd. */
  priceForms: { autoRefusedAt: number | null }
}

/** Long enough to save requests, short enough that one odd clip does not cost everybody the exact price. */
const ASK_AGAIN_MS = 60 * 60_000

type Prices = Map<Factor, MicroUsd>
/** `status` null: no answer came at all. */
type Failed = { status: number | null; why: string; aboutDuration: boolean }
type Asked = { usd: MicroUsd } | Failed

/**
 * The prices of all factors, all known in the same way: by the provider from the file itself, else by the provider
 * from length and height, else by the table. @throws Unavailable where nothing but silence and 5xx came back
 */
export async function quote(
  parts: PriceParts,
  clip: Clip,
  source: SourceForProvider,
): Promise<{ kind: QuoteKind; prices: Prices }> {
  const failures: Failed[] = []
  let priced = false
  const ask = async (bodies: (factor: Factor) => object[]) => {
    const prices: Prices = new Map()
    const askFor = async (factor: Factor) => {
      const answer = await dearest(parts, bodies(factor))
      if ('usd' in answer) prices.set(factor, answer.usd)
      else failures.push(answer)
    }
    // One first: a form that this server does not know then costs one failed request of the 20 in 30 s that it
    // allows before it blocks the key.
    const [first, ...others] = FACTORS
    await askFor(first)
    if (prices.size > 0) await Promise.all(others.map(askFor))
    priced ||= prices.size > 0
    return prices
  }

  const { id: model } = parts.profile
  const { autoRefusedAt } = parts.priceForms
  const readsFiles = autoRefusedAt === null || parts.clock() - autoRefusedAt > ASK_AGAIN_MS
  if (source.url && readsFiles) {
    const video_url = source.url
    const prices = await ask(upscale_factor => [{ model, duration: 'Auto', upscale_factor, video_url }])
    if (prices.size === FACTORS.length) return { kind: 'exact', prices }
    // "Auto" was refused, not the file: that is how the guide's server speaks, and it will for the next clip too.
    if (failures.some(f => f.status === 400 && f.aboutDuration))
      parts.priceForms.autoRefusedAt = parts.clock()
  }
  // Silence may only mean that reading the file took too long; the other form needs no file.
  const worthAsking = failures.every(f => f.status === 400 || f.status === null)
  // The guide's form can't say the frame rate, which doubles the price above a limit: only the table knows it then.
  if (worthAsking && clip.fps <= parts.profile.doubleAboveFps) {
    const duration = String(Number(clip.durationS.toFixed(2)))
    const prices = await ask(upscale_factor =>
      heights(clip).map(input_height => ({ model, duration, input_height, upscale_factor })),
    )
    if (prices.size === FACTORS.length) return { kind: 'quoted', prices }
  }
  const first = failures[0]
  if (first) parts.log.warn({ status: first.status, why: first.why }, 'the price is an estimate')
  if (first && !priced && failures.every(f => f.status === null || f.status >= 500)) {
    throw new Unavailable('provider_unreachable', first.why)
  }
  return { kind: 'estimate', prices: new Map(FACTORS.map(f => [f, estimateUsd(parts.profile, clip, f)])) }
}

/** A turned clip has two heights, and which one is billed is not documented. */
function heights(clip: Clip): number[] {
  const sideways = clip.rotation === 90 || clip.rotation === 270
  return [...new Set(sideways ? [clip.height, clip.width] : [clip.height])]
}

async function dearest(parts: PriceParts, bodies: object[]): Promise<Asked> {
  const answers = await Promise.all(bodies.map(body => askOnce(parts, body)))
  const failed = answers.find(answer => !('usd' in answer))
  return failed ?? { usd: Math.max(...answers.map(answer => ('usd' in answer ? answer.usd : 0))) }
}

async function askOnce({ http, timeouts }: PriceParts, body: object): Promise<Asked> {
  try {
    const answer = await http.call('POST', '/video/quote', body, timeouts.quoteMs)
    const said = await text(answer, timeouts.quoteMs)
    const usd = answer.status === 200 ? parseQuote(parseJson(said)) : null
    if (usd !== null) return { usd }
    const aboutDuration = parseTrouble(parseJson(said)).names('duration')
    return { status: answer.status, why: http.redact(`HTTP ${answer.status}: ${said}`), aboutDuration }
  } catch (error) {
    return { status: null, why: http.redact(why(error)), aboutDuration: false }
  }
}

/** Null: an answer came, but it does not say. @throws Unavailable */
export async function balance({ http, log, timeouts }: PriceParts): Promise<{ canSpend: boolean } | null> {
  let status: number
  let said: string
  try {
    const answer = await http.call('GET', '/billing/balance', null, timeouts.quoteMs)
    status = answer.status
    said = await text(answer, timeouts.quoteMs)
  } catch (cause) {
    throw new Unavailable('provider_unreachable', http.redact(why(cause)), { cause })
  }
  if (status >= 500) throw new Unavailable('provider_unreachable', `HTTP ${status} for the balance`)
  const canSpend = status === 200 ? parseCanConsume(parseJson(said)) : null
  if (canSpend === null)
    log.warn({ status, body: http.redact(said) }, 'the provider does not say its balance')
  return canSpend === null ? null : { canSpend }
}
