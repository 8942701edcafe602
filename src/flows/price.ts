import type { Clip, Factor } from '../core/clip.ts'
import { Unavailable } from '../core/errors.ts'
import type { Expected } from '../core/job.ts'
import type { Payable } from '../core/messages/stops.ts'
import type { MicroUsd } from '../core/money.ts'
import type { Balance, SourceForProvider } from '../core/ports.ts'
import { type ModelProfile, profileOf } from '../core/pricing.ts'
import { makeOffer, type Offer, type QuoteKind } from '../core/quote.ts'
import { isFresh, type Verdict, verdictOn } from '../core/verdict.ts'
import { expectedOf } from './forecasts.ts'
import { sourceFor, type World } from './world.ts'

/** What the provider says before money moves. */
export interface Terms {
  /** Null: it does not answer. */
  quoted: { kind: QuoteKind; prices: Map<Factor, MicroUsd> } | null
  /** Null: not to be had. */
  balance: Balance | null
  /** It answered neither question; how long that lasts at least, ms, where it is known. */
  silence: { retryAfterMs: number | null } | null
}

/** Asks for the prices and the balance at once. @throws only what is not the provider's silence */
export async function askTerms(
  world: World,
  clip: Clip,
  model: ModelProfile,
  source: SourceForProvider,
): Promise<Terms> {
  const { upscaler, log } = world
  const [quoted, balance] = await Promise.all([
    unlessSilent(upscaler.quote(clip, model, source)),
    unlessSilent(upscaler.balance()),
  ])
  for (const { silent } of [quoted, balance])
    if (silent) log.warn({ error: silent }, 'the provider could not be asked')
  const waits = [quoted.silent?.retryAfterMs, balance.silent?.retryAfterMs].filter(ms => ms != null)
  return {
    quoted: quoted.answer,
    balance: balance.answer,
    silence:
      quoted.silent && balance.silent ? { retryAfterMs: waits.length > 0 ? Math.max(...waits) : null } : null,
  }
}

async function unlessSilent<T>(
  asking: Promise<T>,
): Promise<{ answer: T | null; silent: Unavailable | null }> {
  try {
    return { answer: await asking, silent: null }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    return { answer: null, silent: error }
  }
}

/** The offer that these prices make, with how long each size takes. */
export async function offerOf(
  world: World,
  clip: Clip,
  chosen: Factor,
  quoted: NonNullable<Terms['quoted']>,
  profile: ModelProfile,
): Promise<Offer> {
  const expected = new Map<Factor, Expected | null>()
  for (const factor of quoted.prices.keys())
    expected.set(factor, await expectedOf(world.forecasts, { model: profile.id, clip, factor }))
  return makeOffer(clip, chosen, quoted, {
    now: world.clock(),
    profile,
    expected: factor => expected.get(factor) ?? null,
  })
}

/**
 * Before a press is spent that pays: what it would cost now, where the price is not of this minute, and whether the
 * account can pay it.
 */
export async function askBeforePaying(world: World, job: Payable): Promise<Verdict> {
  if (isFresh(job.offer, world.clock())) {
    const { answer, silent } = await unlessSilent(world.upscaler.balance())
    const shown = { fresh: 'as_shown', balance: answer, silence: null } as const
    if (!silent) return verdictOn(job.offer, shown, world.clock())
    // Is it only the balance that is silent? Nothing is sent to somebody who is down.
  }
  const profile = profileOf(job.offer.model)
  const { quoted, balance, silence } = await askTerms(world, job.clip, profile, sourceFor(world, job))
  const now = world.clock()
  const asked = {
    fresh: quoted && (await offerOf(world, job.clip, job.offer.chosen, quoted, profile)),
    balance,
    silence: silence && {
      retryAt: silence.retryAfterMs === null ? null : now + silence.retryAfterMs,
    },
  }
  return verdictOn(job.offer, asked, now)
}
