/**
 * Every request that the client sends, held field by field to what the three descriptions of the API list: the "Video
 * Upscaling" guide, the OpenAPI document 20260821.193530, and live calls of 2026-07-30. Nothing may be sent that is not
 * listed, nothing required may be missing.
 */
import { describe, expect, it } from 'vitest'
import { type ModelProfile, TOPAZ_VIDEO_PRECISION, TOPAZ_VIDEO_UPSCALE } from '../../src/core/pricing.ts'
import { MOUNT, type VeniceDialect } from '../../src/sandbox/control.ts'
import { json, client as plainClient, serve } from './venice-client-kit.ts'
import { clip, DIALECTS, type Meeting, meet, type Sent } from './venice-matrix.kit.ts'

const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value)
const is = (wanted: unknown) => (value: unknown) => value === wanted

const TYPES = {
  model: (value: unknown) => value === TOPAZ_VIDEO_UPSCALE.id || value === TOPAZ_VIDEO_PRECISION.id,
  link: matches(/^https?:\/\/\S+$/),
  video: matches(/^(https?:\/\/\S+|data:video\/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]+={0,2})$/),
  factor: (value: unknown) => value === 1 || value === 2 || value === 4,
  /** The real length as a string; a number is refused. */
  seconds: matches(/^\d+(\.\d+)?$/),
  specDuration: matches(/^(Auto|([1-9]|[12]\d|30)s)$/),
  auto: is('Auto'),
  empty: is(''),
  true: is(true),
  height: (value: unknown) => Number.isInteger(value) && Number(value) > 0,
  id: matches(/^\S+$/),
  time: matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  pageSize: (value: unknown) => Number(value) >= 10 && Number(value) <= 1000,
} as const
type Type = keyof typeof TYPES

/** Field -> type; all of them are sent, and no other. */
type Shape = Readonly<Record<string, Type>>

const QUEUE: Readonly<Record<VeniceDialect | 'spec, by length', Shape>> = {
  guide: { model: 'model', video_url: 'video', upscale_factor: 'factor' },
  spec: {
    model: 'model',
    video_url: 'video',
    upscale_factor: 'factor',
    duration: 'specDuration',
    prompt: 'empty',
  },
  observed: { model: 'model', video_url: 'video', upscale_factor: 'factor', duration: 'seconds' },
  // What was seen to work live takes an empty prompt as well: tried on the way to the form of the document.
  'spec, by length': {
    model: 'model',
    video_url: 'video',
    upscale_factor: 'factor',
    duration: 'seconds',
    prompt: 'empty',
  },
}
/** Only the newer model knows a field of its own. */
const EXTRA: Readonly<Record<string, Shape>> = {
  [TOPAZ_VIDEO_UPSCALE.id]: {},
  [TOPAZ_VIDEO_PRECISION.id]: { h264_output: 'true' },
}
const QUOTE = {
  numbers: { model: 'model', duration: 'seconds', input_height: 'height', upscale_factor: 'factor' },
  file: { model: 'model', duration: 'auto', upscale_factor: 'factor', video_url: 'link' },
} as const satisfies Record<string, Shape>
const JOB: Shape = { model: 'model', queue_id: 'id' }

/** The shapes that may be sent to a server of that dialect: its own, and those that ask which one it speaks. */
const MAY: Readonly<Record<VeniceDialect, { queue: (keyof typeof QUEUE)[]; quote: (keyof typeof QUOTE)[] }>> =
  {
    // No prompt ever: the guide refuses one.
    guide: { queue: ['guide'], quote: ['file', 'numbers'] },
    spec: { queue: ['guide', 'spec, by length', 'spec'], quote: ['file', 'numbers'] },
    observed: { queue: ['guide', 'observed'], quote: ['file', 'numbers'] },
  }

const QUERIES: Readonly<Record<string, Shape[]>> = {
  '/billing/balance': [{}],
  '/billing/usage-history': [
    { startTimestamp: 'time', endTimestamp: 'time', pageSize: 'pageSize' },
    // It carries the filters.
    { cursor: 'id' },
  ],
  '/api_keys/rate_limits': [{}],
}

/** Header -> what it must be; nothing beside these, and those of `LINK` only where a file is fetched. */
const ALWAYS = { host: matches(/^127\.0\.0\.1:\d+$/), connection: matches(/^(keep-alive|close)$/) }
const ASK = { ...ALWAYS, accept: matches(/json/) }
const POST = { ...ASK, 'content-type': is('application/json'), 'content-length': matches(/^\d+$/) }
const LINK = { ...ALWAYS, accept: matches(/video/), 'accept-encoding': is('identity') }
const RANGE = { range: matches(/^bytes=\d+-$/), 'if-range': matches(/^"/) }

type Fields = Readonly<Record<string, unknown>>
const fits = (shape: Shape, fields: Fields) =>
  Object.keys(shape).length === Object.keys(fields).length &&
  Object.entries(shape).every(([field, type]) => TYPES[type](fields[field]))

/** Names of the shapes that it has, of those that it may have. */
function shapesOf(shapes: Readonly<Record<string, Shape>>, may: readonly string[], fields: Fields): string[] {
  return may.filter(name => shapes[name] && fits(shapes[name], fields))
}

function checkHeaders({ headers, method, path }: Sent, apiKey: string): void {
  const isLink = path.startsWith('/files/')
  const wanted: Record<string, (value: unknown) => boolean> = isLink
    ? LINK
    : { ...(method === 'POST' ? POST : ASK), authorization: is(`Bearer ${apiKey}`) }
  const allowed = isLink ? { ...wanted, ...RANGE } : wanted
  expect(Object.keys(headers).filter(name => !(name in allowed))).toEqual([])
  for (const [name, check] of Object.entries(wanted))
    expect([path, name, headers[name], check(headers[name])]).toEqual([path, name, headers[name], true])
  for (const [name, check] of Object.entries(RANGE))
    if (headers[name] !== undefined) expect(check(headers[name])).toBe(true)
}

/** Which listed shape a request has; fails where it has none. */
function checked(sent: Sent, dialect: VeniceDialect, apiKey: string): string {
  checkHeaders(sent, apiKey)
  const { pathname, searchParams } = new URL(sent.path, 'http://far')
  if (sent.method === 'GET') {
    expect(sent.body).toBe('')
    if (pathname.startsWith('/files/')) return `file, ${[...searchParams].length} parameters`
    const fields = Object.fromEntries(searchParams)
    expect(searchParams.size).toBe(Object.keys(fields).length)
    expect([sent.path, QUERIES[pathname]?.some(shape => fits(shape, fields))]).toEqual([sent.path, true])
    return pathname
  }
  expect([sent.method, searchParams.size]).toEqual(['POST', 0])
  const fields = JSON.parse(sent.body) as Fields
  expect(fields).not.toHaveProperty('resolution')
  if (dialect === 'guide') expect(fields).not.toHaveProperty('prompt')
  const shown = JSON.stringify(fields).slice(0, 300)
  const one = (names: string[]) => {
    expect([pathname, shown, names.length]).toEqual([pathname, shown, 1])
    return `${pathname}, ${names[0]}`
  }
  switch (pathname) {
    case '/video/queue': {
      const extra = EXTRA[String(fields.model)] ?? {}
      const shapes = Object.entries(QUEUE).map(([name, shape]) => [name, { ...shape, ...extra }])
      return one(shapesOf(Object.fromEntries(shapes), MAY[dialect].queue, fields))
    }
    case '/video/quote':
      return one(shapesOf(QUOTE, MAY[dialect].quote, fields))
    case '/video/retrieve':
    case '/video/complete':
      return one(shapesOf({ job: JOB }, ['job'], fields))
    default:
      throw new Error(`a request that is not listed: ${sent.path}`)
  }
}

/** A clip whose length is no whole number of seconds. */
const odd = { ...clip, durationS: 1.25 }

/** Everything that the client can ask for, once. */
async function askEverything(met: Meeting, model: ModelProfile, way: 'link' | 'inside'): Promise<void> {
  await using venice = met.client({ clock: Date.now })
  const source = met[way]
  await venice.balance()
  await venice.quote(odd, model, source)
  const outcome = await venice.submit(odd, { model, factor: 2 }, source)
  if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome))
  const { provider } = outcome
  expect(provider.model).toBe(model.id)
  await expect.poll(() => met.standIn.book().jobs[0]?.output).toBeTruthy()
  // Half of the file comes twice: the rest is asked for by a range.
  met.standIn.faults.set('cut-download', true)
  expect(await venice.poll(provider)).toMatchObject({ kind: 'finished' })
  await venice.fetchResult(provider, met.newPath())
  await venice.discard(provider)
  await venice.charges(met.clock() - 60_000, met.clock() + 60_000)
  const limits = () => met.sent.some(({ path }) => path === '/api_keys/rate_limits')
  await expect.poll(limits).toBe(true)
}

const INLINE: Readonly<Record<VeniceDialect, string | null>> = {
  guide: 'no-url',
  spec: 'inline-result',
  observed: null,
}
const cases = DIALECTS.flatMap(dialect =>
  [TOPAZ_VIDEO_UPSCALE, TOPAZ_VIDEO_PRECISION].flatMap(model =>
    (['link', 'inside'] as const).flatMap(way =>
      [null, INLINE[dialect]]
        .filter((fault, at) => at === 0 || fault !== null)
        .map(
          fault =>
            [
              [dialect, model.id, way, fault ?? 'no fault'].join(', '),
              { dialect, model, way, fault },
            ] as const,
        ),
    ),
  ),
)

describe('what is sent', () => {
  it.each(cases)('is listed: %s', async (_title, { dialect, model, way, fault }) => {
    await using met = await meet(dialect, { result: Buffer.alloc(5_000, 7) })
    if (fault) met.standIn.faults.set(fault, true)
    await askEverything(met, model, way)
    const { apiKey } = met.standIn
    const shapes = met.sent.map(sent => checked(sent, dialect, apiKey))

    // Each kind of question came up, so that none goes unchecked.
    const linked = dialect === 'guide' || (dialect === 'spec' && fault === null)
    for (const kind of ['/video/queue', '/video/quote', '/video/retrieve', '/video/complete', '/billing/'])
      expect([kind, shapes.some(shape => shape.startsWith(kind))]).toEqual([kind, true])
    expect(shapes.some(shape => shape.startsWith('file'))).toBe(linked)
    expect(met.sent.some(({ headers }) => headers.range !== undefined)).toBe(linked)

    // What was accepted has the dialect's own shape, and nothing is tried twice in the same way.
    const queued = shapes.filter(shape => shape.startsWith('/video/queue'))
    expect(queued.at(-1)).toBe(`/video/queue, ${dialect}`)
    expect(new Set(queued).size).toBe(queued.length)
    const videos = met.sent
      .filter(({ path }) => path === '/video/queue')
      .map(({ body }) => String((JSON.parse(body) as Fields).video_url))
    for (const video of videos) expect(video.startsWith('data:video/mp4;base64,')).toBe(way === 'inside')
    for (const { path, body } of met.sent)
      if (path === '/video/queue' && body.includes('duration'))
        expect(['1.25', 'Auto']).toContain((JSON.parse(body) as Fields).duration)
  })

  it('is the clip itself in the listed form where a link is refused as too large', async () => {
    await using met = await meet('guide')
    met.standIn.faults.set('too-large', true)
    await using venice = met.client()
    await venice.submit(clip, { model: TOPAZ_VIDEO_UPSCALE, factor: 4 }, met.link)
    const queued = met.sent.filter(({ path }) => path === '/video/queue')
    expect(queued).toHaveLength(2)
    // The second is refused, and so may break off, before its clip has come.
    const whole = queued.map(sent =>
      sent.body.endsWith('}') ? sent : { ...sent, body: `${sent.body}AAAA"}` },
    )
    for (const sent of whole) expect(checked(sent, 'guide', met.standIn.apiKey)).toBe('/video/queue, guide')
    const videos = whole.map(({ body }) => String((JSON.parse(body) as Fields).video_url).slice(0, 5))
    expect(videos).toEqual(['http:', 'data:'])
  })

  it('is the cursor alone where the billing has another page', async () => {
    const line = { amount: -1, currency: 'USD', timestamp: '2026-11-22T12:00:00.000Z', sku: 'x', units: 1 }
    await using far = await serve((seen, response) =>
      json(response, 200, { data: [line], nextCursor: seen.path.includes('cursor=') ? null : 'a_b-c' }),
    )
    await using venice = plainClient(far.url)
    expect(await venice.charges(1_000, 2_000)).toHaveLength(2)
    const asked = far.seen.filter(({ path }) => path.includes('usage-history'))
    expect(asked).toHaveLength(2)
    for (const sent of asked) {
      const path = sent.path.replace('/api/v1', '')
      expect(checked({ ...sent, path }, 'guide', 'vn-secret-0123456789')).toBe('/billing/usage-history')
    }
    expect(asked[1]?.path).toBe('/api/v1/billing/usage-history?cursor=a_b-c')
  })

  it('goes to the mount that was configured, and nowhere else on that host', async () => {
    await using far = await serve((_seen, response) => json(response, 404, { error: 'Not found' }))
    await using venice = plainClient(`${far.origin}${MOUNT.veniceApi}/`)
    await venice.balance()
    expect(far.seen.map(({ path }) => path)).toEqual([`${MOUNT.veniceApi}/billing/balance`])
  })
})
