import type { Clip, Factor } from '../core/clip.ts'
import { Unavailable } from '../core/errors.ts'
import type { MicroUsd } from '../core/money.ts'
import type { SourceForProvider } from '../core/ports.ts'
import { billableHeights, estimateUsd, isDoubled, type ModelProfile } from '../core/pricing.ts'
import type { QuoteKind } from '../core/quote.ts'
import { ask, notNow, type Parts } from './ask.ts'
import type { QuoteForm } from './quote-form.ts'
import { parseQuote } from './wire.ts'

export interface PriceParts extends Parts {
  /** By reading the file; by length and height. */
  quoteForms: { file: QuoteForm; numbers: QuoteForm }
}

type Prices = Map<Factor, MicroUsd>
/** `status` null: no answer came at all. */
type Failed = { status: number | null; why: string; aboutDuration: boolean }
type Asked = { usd: MicroUsd } | Failed

/**
 * The prices of all factors, all known in the same way: by the provider from the file itself, else by the provider
 * from length and height, else by the table. @throws Unavailable where nothing but silence and 5xx came back, or where
 * nothing may be asked now (provider_resting)
 */
export async function quote(
  parts: PriceParts,
  clip: Clip,
  profile: ModelProfile,
  source: SourceForProvider,
): Promise<{ kind: QuoteKind; prices: Prices }> {
  const failures: Failed[] = []
  let priced = false
  const askAll = async (bodies: (factor: Factor) => object[], taken: () => void) => {
    const found: Prices = new Map()
    const askFor = async (factor: Factor) => {
      const answer = await dearest(parts, bodies(factor))
      if ('usd' in answer) found.set(factor, answer.usd)
      else failures.push(answer)
    }
    // One first: a form that this server does not know then costs one failed request of the 20 in 30 s that it
    // allows before it blocks the key.
    const [first, ...others] = profile.factors
    if (first) await askFor(first)
    if (found.size > 0) {
      priced = true
      taken()
      await Promise.all(others.map(askFor))
    }
    const prices: Prices = new Map()
    for (const factor of profile.factors) {
      const usd = found.get(factor)
      if (usd === undefined) return null
      prices.set(factor, usd)
    }
    return prices
  }

  const askIn = (form: QuoteForm, bodies: (factor: Factor) => object[]) =>
    form.use(async taken => {
      const before = failures.length
      const found = await askAll(bodies, taken)
      const refusal = failures.slice(before).find(f => f.status === 400)
      return { found, refused: refusal ? (refusal.aboutDuration ? 'the form' : 'this clip') : null }
    })

  const { id: model } = profile
  const { file, numbers } = parts.quoteForms
  const { url: video_url } = source
  if (video_url) {
    const body = { model, duration: 'Auto', video_url }
    const prices = await askIn(file, upscale_factor => [{ ...body, upscale_factor }])
    if (prices) return { kind: 'exact', prices }
  }
  // Silence may only mean that reading the file took too long; the other form needs no file.
  const worthAsking = failures.every(f => f.status === 400 || f.status === null)
  // The guide's form can't say the frame rate, which doubles the price above a limit: only the table knows it then.
  if (worthAsking && !isDoubled(profile, clip.fps)) {
    const body = { model, duration: String(Number(clip.durationS.toFixed(2))) }
    const prices = await askIn(numbers, upscale_factor =>
      billableHeights(clip, 1).map(input_height => ({ ...body, input_height, upscale_factor })),
    )
    if (prices) return { kind: 'quoted', prices }
  }
  const first = failures[0]
  if (first) parts.log.warn({ status: first.status, why: first.why }, 'the price is an estimate')
  if (first && !priced && failures.every(f => f.status === null || f.status >= 500)) {
    throw new Unavailable('provider_unreachable', first.why)
  }
  return { kind: 'estimate', prices: new Map(profile.factors.map(f => [f, estimateUsd(profile, clip, f)])) }
}

async function dearest(parts: PriceParts, bodies: object[]): Promise<Asked> {
  const answers = await Promise.all(bodies.map(body => askOnce(parts, body)))
  const failed = answers.find(answer => !('usd' in answer))
  return failed ?? { usd: Math.max(...answers.map(answer => ('usd' in answer ? answer.usd : 0))) }
}

/** @throws Unavailable provider_resting: then no other form of the question helps either */
async function askOnce(parts: PriceParts, body: object): Promise<Asked> {
  try {
    const reply = await ask(parts, 'POST', '/video/quote', body, parts.timeouts.quoteMs)
    const usd = reply.status === 200 ? parseQuote(reply.json) : null
    if (usd !== null) return { usd }
    await notNow(parts, 'other', reply)
    return { status: reply.status, why: reply.said, aboutDuration: reply.trouble.names('duration') }
  } catch (error) {
    if (!(error instanceof Unavailable) || error.code === 'provider_resting') throw error
    return { status: null, why: error.message, aboutDuration: false }
  }
}
