import { describe, expect, it } from 'vitest'
import type { Clip } from '../../src/core/clip.ts'
import { TOPAZ_VIDEO_UPSCALE } from '../../src/core/pricing.ts'
import { client, clip, json, linked, type Seen, serve, source } from './venice-client-kit.ts'

const quick = { connectMs: 500, quoteMs: 300 }
type Body = { upscale_factor: number; video_url?: string; input_height?: number; duration?: string }
type Answer = [status: number, body: unknown] | 'cut' | 'silence'

/** Asks for prices where the server answers by the body of each request. */
async function pricesFrom(answer: (body: Body) => Answer, from = linked, of: Clip = clip) {
  await using far = await serve((seen, response) => {
    const said = answer(JSON.parse(seen.body))
    if (said === 'cut') response.socket?.resetAndDestroy()
    else if (said !== 'silence') json(response, ...said)
  })
  await using venice = client(far.url, { timeouts: quick })
  const outcome = await venice.quote(of, TOPAZ_VIDEO_UPSCALE, from).then(
    ({ kind, prices }) => ({ kind, prices: Object.fromEntries(prices), error: null }),
    error => ({ kind: null, prices: null, error }),
  )
  return { ...outcome, bodies: far.seen.map((s: Seen): Body => JSON.parse(s.body)) }
}

const guideOnly = (body: Body): [number, unknown] =>
  body.video_url
    ? [400, { error: 'duration: must be seconds' }]
    : [200, { quote: 0.0125 * body.upscale_factor }]
const table = { 1: 160_420, 2: 160_420, 4: 160_420 }

describe('the price of all factors', () => {
  it('is exact where the provider reads the file by its link', async () => {
    const { kind, prices, bodies } = await pricesFrom(body => [200, { quote: 0.1 * body.upscale_factor }])
    expect({ kind, prices }).toEqual({ kind: 'exact', prices: { 1: 100_000, 2: 200_000, 4: 400_000 } })
    expect(bodies).toHaveLength(3)
    expect(bodies[0]).toEqual({
      model: 'topaz-video-upscale',
      duration: 'Auto',
      upscale_factor: 1,
      video_url: linked.url,
    })
  })

  it('has the factors in the order of the model, in whichever the answers come', async () => {
    const late: (() => void)[] = []
    await using far = await serve((seen, response) => {
      const answer = () => json(response, 200, { quote: 1 })
      if (JSON.parse(seen.body).upscale_factor === 2) late.push(answer)
      else answer()
    })
    await using venice = client(far.url)
    const quoting = venice.quote(clip, TOPAZ_VIDEO_UPSCALE, linked)
    await expect.poll(() => [far.seen.length, late.length]).toEqual([3, 1])
    late[0]?.()
    expect([...(await quoting).prices.keys()]).toEqual([1, 2, 4])
  })

  it('is quoted by length and height where that form is refused, for all factors alike', async () => {
    const { kind, prices, bodies } = await pricesFrom(guideOnly)
    expect({ kind, prices }).toEqual({ kind: 'quoted', prices: { 1: 12_500, 2: 25_000, 4: 50_000 } })
    expect(bodies.at(-1)).toMatchObject({ duration: '12.34', input_height: 180 })
    expect(bodies.at(-1)).not.toHaveProperty('video_url')

    const half = await pricesFrom(body => (body.upscale_factor === 4 ? guideOnly(body) : [200, { quote: 1 }]))
    expect(half.kind).toBe('quoted')
  })

  it('costs one failed request where the form is not known, and none from then on', async () => {
    await using far = await serve((seen, response) => json(response, ...guideOnly(JSON.parse(seen.body))))
    await using venice = client(far.url, { timeouts: quick })
    await venice.quote(clip, TOPAZ_VIDEO_UPSCALE, linked)
    expect(far.seen).toHaveLength(4)
    await venice.quote(clip, TOPAZ_VIDEO_UPSCALE, linked)
    expect(far.seen).toHaveLength(7)
  })

  it('has the next file read where only this one was refused', async () => {
    let refused = true
    await using far = await serve((_seen, response) =>
      refused ? json(response, 400, { error: 'Invalid video.' }) : json(response, 200, { quote: 1 }),
    )
    await using venice = client(far.url, { timeouts: quick })
    expect(await venice.quote(clip, TOPAZ_VIDEO_UPSCALE, linked)).toMatchObject({ kind: 'estimate' })
    refused = false
    expect(await venice.quote(clip, TOPAZ_VIDEO_UPSCALE, linked)).toMatchObject({ kind: 'exact' })
  })

  it('is quoted at once where there is no link', async () => {
    const { kind, bodies } = await pricesFrom(guideOnly, source(null))
    expect(kind).toBe('quoted')
    expect(bodies).toHaveLength(3)
  })

  it('is the dearer one of both heights for a turned clip', async () => {
    const turned: Clip = { ...clip, width: 180, height: 320, rotation: 90 }
    const { prices } = await pricesFrom(
      body => [200, { quote: (body.input_height ?? 0) / 1000 }],
      source(null),
      turned,
    )
    expect(prices).toEqual({ 1: 320_000, 2: 320_000, 4: 320_000 })
    const other = await pricesFrom(
      body => [200, { quote: 1 / (body.input_height ?? 1) }],
      source(null),
      turned,
    )
    expect(other.prices?.[1]).toBe(Math.round(1e6 / 180))
  })

  it('comes from the table above 48 frames a second without a link, which the other form cannot say', async () => {
    const { kind, prices, bodies } = await pricesFrom(guideOnly, source(null), { ...clip, fps: 60 })
    expect(kind).toBe('estimate')
    expect(prices?.[1]).toBe(table[1] * 2)
    expect(bodies).toHaveLength(0)
  })

  it.each([
    ['the key is refused', [401, { error: 'no' }]],
    ['it was asked too often', [429, { error: 'no' }]],
    ['the answer is no price', [200, { ok: true }]],
    ['the answer is no JSON', [200, '<html>']],
    ['the price is zero', [200, { quote: 0 }]],
    ['the price is negative', [200, { quote: -1 }]],
    ['the price has no end', [200, '{"quote":1e999}']],
    ['the price is no number', [200, { quote: 'free' }]],
  ] as [string, Answer][])('comes from the table where %s', async (_title, answer) => {
    const { kind, prices } = await pricesFrom(() => answer)
    expect({ kind, prices }).toEqual({ kind: 'estimate', prices: table })
  })

  it('comes from the table where one factor has no price, and then for all', async () => {
    const { kind, prices } = await pricesFrom(body =>
      body.upscale_factor === 4 ? [503, {}] : [200, { quote: 9 }],
    )
    // Two prices came, so somebody is there.
    expect({ kind, prices }).toEqual({ kind: 'estimate', prices: table })
  })

  it.each(['cut', 'silence', [500, { error: 'x' }], [503, '']] as Answer[])(
    'is not to be had where nothing but %j comes back',
    async answer => {
      const { error } = await pricesFrom(() => answer)
      expect(error).toMatchObject({ name: 'Unavailable', code: 'provider_unreachable' })
    },
  )

  it('is not to be had where nobody listens', async () => {
    const far = await serve(() => {})
    await far[Symbol.asyncDispose]()
    await using venice = client(far.url, { timeouts: quick })
    await expect(venice.quote(clip, TOPAZ_VIDEO_UPSCALE, linked)).rejects.toMatchObject({
      code: 'provider_unreachable',
    })
    await expect(venice.balance()).rejects.toMatchObject({ code: 'provider_unreachable' })
  })

  it('is quoted where only reading the file takes too long', async () => {
    expect((await pricesFrom(body => (body.video_url ? 'silence' : guideOnly(body)))).kind).toBe('quoted')
  })
})
