import { describe, expect, it } from 'vitest'
import { memoryLimits } from '../../src/core/limits.ts'
import type { SharedLimits } from '../../src/core/ports.ts'
import {
  client,
  clip,
  type Far,
  type Handler,
  json,
  KEY,
  linked,
  order,
  scratch,
  serve,
} from './venice-client-kit.ts'

const AT = Date.UTC(2026, 10, 22, 21, 0, 0)
const MINUTE_MS = 60_000
const job = { model: order.model.id, queueId: 'q-1' }

/** Counts as Venice does: windows of a minute that begin with the first request, and headers that tell of them. */
function windows(limit: number, clock: () => number) {
  let window = { endsAt: 0, used: 0 }
  return () => {
    if (window.endsAt <= clock()) window = { endsAt: clock() + MINUTE_MS, used: 0 }
    window.used++
    const headers = {
      'x-ratelimit-limit-requests': limit,
      'x-ratelimit-remaining-requests': Math.max(0, limit - window.used),
      'x-ratelimit-reset-requests': Math.ceil(window.endsAt / 1000),
    }
    return { ok: window.used <= limit, headers }
  }
}

/** A Venice with those limits, on a clock that a test moves. */
async function limited(limits: { queue: number; retrieve: number }) {
  const time = { now: AT }
  const clock = () => time.now
  const routes = { queue: windows(limits.queue, clock), retrieve: windows(limits.retrieve, clock) }
  const far = await serve((seen, response) => {
    const name = seen.path.endsWith('/queue') ? 'queue' : 'retrieve'
    const { ok, headers } = routes[name]()
    if (!ok) json(response, 429, { error: 'Rate limit exceeded' }, headers)
    else json(response, 200, name === 'queue' ? { queue_id: 'q' } : { status: 'PROCESSING' }, headers)
  })
  return { far, time, clock, [Symbol.asyncDispose]: () => far[Symbol.asyncDispose]() }
}

type Venice = ReturnType<typeof client>

/** Polls as often as is granted while the clock goes on; returns how often, and how many were refused. */
async function pollFor(minutes: number, time: { now: number }, clients: Venice[]) {
  const counted = { polls: 0, refused: 0 }
  for (const end = time.now + minutes * MINUTE_MS; time.now < end; time.now += 250) {
    for (const venice of clients) {
      const granted = await venice.grantPolls(50)
      for (const outcome of await Promise.all(Array.from({ length: granted }, () => venice.poll(job)))) {
        counted.polls++
        if (outcome.kind !== 'processing') counted.refused++
      }
    }
  }
  return counted
}

describe('polls', () => {
  it('are granted as many as the key may do, and none of them is refused, whatever the time', async () => {
    await using there = await limited({ queue: 40, retrieve: 120 })
    await using venice = client(there.far.url, { clock: there.clock })
    const { polls, refused } = await pollFor(7, there.time, [venice])
    expect(refused).toBe(0)
    expect(polls / 7).toBeGreaterThan(0.95 * 120)
  })

  it('are shared by processes with the same key, and not by those with another', async () => {
    await using there = await limited({ queue: 40, retrieve: 120 })
    const limits = memoryLimits(there.clock)
    await using one = client(there.far.url, { clock: there.clock, limits })
    await using two = client(there.far.url, { clock: there.clock, limits })
    const { polls, refused } = await pollFor(3, there.time, [one, two])
    expect(refused).toBe(0)
    expect(polls / 3).toBeGreaterThan(0.9 * 120)

    await using other = client(there.far.url, { clock: there.clock, limits, apiKey: 'vn-another' })
    expect(await other.grantPolls(50)).toBe(2)
  })

  it('are as many as the headers say, once they have been heard', async () => {
    await using low = await limited({ queue: 40, retrieve: 30 })
    await using venice = client(low.far.url, { clock: low.clock })
    await pollFor(1, low.time, [venice])
    const { polls, refused } = await pollFor(4, low.time, [venice])
    expect(refused).toBe(0)
    expect(polls / 4).toBeGreaterThan(0.8 * 30)

    await using high = await limited({ queue: 40, retrieve: 600 })
    await using fast = client(high.far.url, { clock: high.clock })
    const many = await pollFor(2, high.time, [fast])
    expect(many.refused).toBe(0)
    expect(many.polls / 2).toBeGreaterThan(400)
  })

  it.each([
    ['counts what was asked so far, as older documents have it', { limit: 3, remaining: 117, resetIn: 60 }],
    ['is of a day', { limit: 288_000, remaining: 287_000, resetIn: 3600 }],
    ['is no number', { limit: 'many', remaining: 'some', resetIn: 60 }],
  ])('keep to the default where the header %s', async (_title, { limit, remaining, resetIn }) => {
    const time = { now: AT }
    await using far = await serve((_seen, response) =>
      json(
        response,
        200,
        { status: 'PROCESSING' },
        {
          'x-ratelimit-limit-requests': limit,
          'x-ratelimit-remaining-requests': remaining,
          'x-ratelimit-reset-requests': time.now / 1000 + resetIn,
        },
      ),
    )
    await using venice = client(far.url, { clock: () => time.now })
    const { polls } = await pollFor(2, time, [venice])
    expect(polls / 2).toBeGreaterThan(0.95 * 120)
    expect(polls / 2).toBeLessThanOrEqual(120)
  })

  it.each([
    ['nothing is left', 200, { 'x-ratelimit-remaining-requests': 0 }],
    ['too much was asked', 429, {}],
  ])('wait until the window ends where %s', async (_title, status, more) => {
    const time = { now: AT }
    const reset = { 'x-ratelimit-limit-requests': 120, 'x-ratelimit-reset-requests': AT / 1000 + 40 }
    await using far = await serve((_seen, response) =>
      json(response, status, { status: 'PROCESSING' }, { ...reset, ...more }),
    )
    await using venice = client(far.url, { clock: () => time.now })
    expect(await venice.grantPolls(1)).toBe(1)
    await venice.poll(job)
    time.now += 39_000
    expect(await venice.grantPolls(1)).toBe(0)
    time.now += 1_001
    expect(await venice.grantPolls(1)).toBe(1)
  })

  it('are not granted where the shared limit can not be asked', async () => {
    await using far = await serve(() => {})
    await using venice = client(far.url, { limits: brokenLimits })
    expect(await venice.grantPolls(5)).toBe(0)
  })
})

const broken = async () => {
  throw new Error('no database')
}
const silent = () => new Promise<never>(() => {})
const silentLimits: SharedLimits = { take: silent, hold: silent, heldUntil: silent, fail: silent }
const brokenLimits: SharedLimits = { take: broken, hold: broken, heldUntil: broken, fail: broken }

describe('where the shared limits give no answer', () => {
  const timeouts = { limitsMs: 20 }

  it('polls are not granted, and the paid call does not leave, and may be tried again', async () => {
    await using far = await serve(() => {})
    await using venice = client(far.url, { limits: silentLimits, timeouts })
    expect(await venice.grantPolls(5)).toBe(0)
    expect(await venice.submit(clip, order, linked)).toMatchObject({ kind: 'not_accepted', limited: true })
    expect(far.seen).toHaveLength(0)
  })

  it('every place among what is under way is given back, whatever became of the request', async () => {
    const failing: Handler = (_seen, response) => json(response, 500, {})
    const working: Handler = (_seen, response) => json(response, 200, { canConsume: true })
    for (const [handler, times] of [
      [failing, 14],
      [working, 40],
    ] as const) {
      await using far = await serve(handler)
      await using venice = client(far.url, { limits: silentLimits, timeouts })
      for (let i = 0; i < times; i++) await venice.balance().catch(() => {})
      expect(far.seen).toHaveLength(times)
    }
  })

  it('a failed paid call does not keep others from leaving', async () => {
    const limits: SharedLimits = { ...memoryLimits(Date.now), fail: silent }
    await using far = await serve((_seen, response) => json(response, 400, { error: 'duration is required' }))
    await using venice = client(far.url, { limits, timeouts })
    for (let i = 0; i < 4; i++) await venice.submit(clip, order, linked)
    const { length } = far.seen
    expect(length).toBeGreaterThanOrEqual(4)
    await venice.balance().catch(() => {})
    expect(far.seen).toHaveLength(length + 1)
  })
})

describe('the paid call', () => {
  it('is never made more often than the key may, and says when it may be', async () => {
    await using there = await limited({ queue: 40, retrieve: 120 })
    await using venice = client(there.far.url, { clock: there.clock })
    let accepted = 0
    for (const end = there.time.now + 3 * MINUTE_MS; there.time.now < end; ) {
      const before = there.far.seen.length
      const outcome = await venice.submit(clip, order, linked)
      if (outcome.kind === 'accepted') {
        accepted++
        continue
      }
      expect(outcome).toMatchObject({ kind: 'not_accepted', limited: true, retryAfterMs: expect.any(Number) })
      expect(there.far.seen).toHaveLength(before)
      if (outcome.kind === 'not_accepted') there.time.now += outcome.retryAfterMs ?? Number.NaN
    }
    expect(accepted).toBe(there.far.seen.length)
    expect(accepted / 3).toBeGreaterThan(0.7 * 40)
  })

  it('leaves nothing where the shared limit can not be asked, and may be tried again', async () => {
    await using there = await limited({ queue: 40, retrieve: 120 })
    await using venice = client(there.far.url, { limits: brokenLimits })
    expect(await venice.submit(clip, order, linked)).toMatchObject({ kind: 'not_accepted', limited: true })
    expect(there.far.seen).toHaveLength(0)
  })

  it('takes one more of the limit for each form that it tries, and waits for it', async () => {
    const limits = memoryLimits(Date.now)
    const taken: number[] = []
    const counting: SharedLimits = {
      ...limits,
      async take(name, wanted, rate) {
        const answer = await limits.take(name, wanted, rate)
        // The second form meets a limit that is used up for a moment.
        const granted = taken.length === 1 ? 0 : answer.granted
        taken.push(granted)
        return { granted, waitMs: granted === wanted ? 0 : 20 }
      },
    }
    await using far = await serve((seen, response) =>
      'duration' in JSON.parse(seen.body)
        ? json(response, 200, { queue_id: 'q' })
        : json(response, 400, { error: 'duration is required' }),
    )
    await using venice = client(far.url, { limits: counting })
    expect(await venice.submit(clip, order, linked)).toMatchObject({ kind: 'accepted' })
    expect(taken).toEqual([1, 0, 1])
    expect(far.paid()).toHaveLength(2)
  })

  it('gives the key to no shared limit', async () => {
    await using there = await limited({ queue: 40, retrieve: 120 })
    const names: string[] = []
    const limits = memoryLimits(Date.now)
    const named: SharedLimits = {
      ...limits,
      take: (name, ...rest) => {
        names.push(name)
        return limits.take(name, ...rest)
      },
      heldUntil: name => {
        names.push(name)
        return limits.heldUntil(name)
      },
    }
    await using venice = client(there.far.url, { limits: named })
    await venice.submit(clip, order, linked)
    expect(new Set(names).size).toBe(2)
    expect(names.join()).not.toContain(KEY)
  })
})

describe('the question where a result is', () => {
  const film = Buffer.alloc(5000, 7)
  const file: Handler = (_seen, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4' }).end(film)
  }
  const fetchOn = async (far: Far, limits: SharedLimits, grantMs: number) => {
    await using dir = await scratch()
    await using venice = client(far.url, { limits, timeouts: { grantMs } })
    return await venice.fetchResult(job, `${dir.dir}/r.mp4`).catch(error => error)
  }
  /** Grants nothing the first time. */
  const late = (waitMs: number): SharedLimits => {
    let asked = 0
    return {
      ...memoryLimits(Date.now),
      take: async (_name, wanted) =>
        asked++ === 0 ? { granted: 0, waitMs } : { granted: wanted, waitMs: 0 },
    }
  }

  it('takes one of the polls, and waits a little for it', async () => {
    await using far = await serve(file)
    expect(await fetchOn(far, late(20), 1000)).toEqual({ sizeBytes: film.length })
  })

  it('is left for later where none comes in time', async () => {
    await using far = await serve(file)
    expect(await fetchOn(far, late(60_000), 50)).toMatchObject({
      name: 'Unavailable',
      code: 'provider_limited',
      retryAfterMs: 60_000,
    })
    expect(far.seen).toHaveLength(0)
  })
})
