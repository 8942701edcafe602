import { describe, expect, it } from 'vitest'
import type { Factor } from '../../../src/core/clip.ts'
import type { Balance } from '../../../src/core/ports.ts'
import { TOPAZ_VIDEO_UPSCALE } from '../../../src/core/pricing.ts'
import { chosenPrice, makeOffer } from '../../../src/core/quote.ts'
import { type Asked, isFresh, verdictOn } from '../../../src/core/verdict.ts'
import { NOON, sampleClip } from '../../kit/jobs.ts'

const offerAt = (usd: number, now: number) =>
  makeOffer(
    sampleClip(),
    2,
    { kind: 'exact', prices: new Map([1, 2, 4].map(f => [f as Factor, usd])) },
    { now, profile: TOPAZ_VIDEO_UPSCALE },
  )
const shown = offerAt(250_000, NOON)
const fresh = (usd: number) => offerAt(usd, NOON + 90_000)
const ok = (leftUsd: number | null): Balance => ({ kind: 'ok', leftUsd })
const on = (asked: Partial<Asked>) =>
  verdictOn(shown, { fresh: 'as_shown', balance: null, silence: null, ...asked }, NOON + 90_000)

describe('before a press is spent that pays', () => {
  it('a price stands for a minute, and no longer', () => {
    expect([isFresh(shown, NOON + 60_000), isFresh(shown, NOON + 60_001)]).toEqual([true, false])
    // Asked for under a clock that was set back since.
    expect(isFresh(shown, NOON - 1)).toBe(false)
  })

  it.each([250_000, 249_999])('the same price or a lower one (%i) is taken', usd => {
    const verdict = on({ fresh: fresh(usd), balance: ok(null) })
    expect(verdict.kind === 'pay' && chosenPrice(verdict.offer).priceUsd).toBe(usd)
  })

  it('a higher price is asked about first, even where the account could not pay it', () => {
    expect(on({ fresh: fresh(260_000), balance: ok(10_000) })).toMatchObject({
      kind: 'dearer',
      offer: { wasUsd: 250_000 },
    })
  })

  it.each([
    ['is empty', { kind: 'empty' }, { code: 'too_little', leftUsd: 0, priceUsd: 250_000 }],
    ['has too little', ok(249_999), { code: 'too_little', leftUsd: 249_999, priceUsd: 250_000 }],
    ['does not open to our key', { kind: 'refused', code: 'key_refused' }, { code: 'key_refused' }],
    ['may not use this', { kind: 'refused', code: 'access_denied' }, { code: 'access_denied' }],
  ] as [string, Balance, object][])('an account that %s stops it', (_name, balance, why) => {
    expect(on({ fresh: fresh(250_000), balance })).toEqual({ kind: 'stop', why })
  })

  it('counts the lower price, where it went down, against what is left', () => {
    expect(on({ fresh: fresh(100_000), balance: ok(100_000) }).kind).toBe('pay')
  })

  it.each([
    ['an account that can pay', ok(250_000)],
    ['an account that says no sum', ok(null)],
    ['a balance that can not be read', null],
  ])('%s stops nothing', (_name, balance) => {
    expect(on({ fresh: fresh(250_000), balance }).kind).toBe('pay')
  })

  it('a price of this minute stands as it was shown', () => {
    expect(on({ balance: ok(null) })).toEqual({ kind: 'pay', offer: shown })
  })

  it('an older one without a price of now is not paid', () => {
    expect(on({ fresh: null, balance: ok(null) })).toEqual({ kind: 'stop', why: { code: 'no_price' } })
  })

  it('what was an estimate from the start stands as one until it ends', () => {
    const estimate = { ...shown, kind: 'estimate' as const }
    const asked = { fresh: null, balance: ok(null), silence: null }
    expect(verdictOn(estimate, asked, NOON + 90_000)).toEqual({ kind: 'pay', offer: estimate })
    expect(verdictOn(estimate, asked, estimate.expiresAt).kind).toBe('stop')
  })

  it('what changes behind the cents that people see is no higher price', () => {
    expect(on({ fresh: fresh(250_000), balance: ok(null) }).kind).toBe('pay')
    const odd = offerAt(250_001, NOON)
    const asked = { fresh: offerAt(259_999, NOON + 90_000), balance: null, silence: null }
    expect(verdictOn(odd, asked, NOON + 90_000).kind).toBe('pay')
  })

  it('where nobody answers at all it is not spent, and says when to try again', () => {
    expect(on({ silence: { retryAt: NOON + 30_000 } })).toEqual({
      kind: 'stop',
      why: { code: 'unreachable', retryAt: NOON + 30_000 },
    })
  })
})
