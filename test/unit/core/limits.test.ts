import { describe, expect, it } from 'vitest'
import { gcra, memoryLimits } from '../../../src/core/limits.ts'

const rate = { perMinute: 116, burst: 2 }

describe('a shared limit', () => {
  it('grants the burst at once, then one per interval', () => {
    const first = gcra(0, 1e12, 5, rate)
    expect(first.granted).toBe(2)
    const soon = gcra(first.tat, 1e12 + first.waitMs - 2, 1, rate)
    expect(soon.granted).toBe(0)
    expect(gcra(first.tat, 1e12 + first.waitMs, 1, rate).granted).toBe(1)
  })

  it('lets no more than its rate and its burst into any minute, however it is asked', async () => {
    let now = 1e12
    const limits = memoryLimits(() => now)
    const grants: number[] = []
    let seed = 7
    for (; now < 1e12 + 300_000; now += seed % 700) {
      seed = (seed * 48_271) % 2_147_483_647
      const { granted } = await limits.take('k', 1 + (seed % 5), rate)
      for (let i = 0; i < granted; i++) grants.push(now)
    }
    const most = Math.max(...grants.map(from => grants.filter(at => at >= from && at < from + 60_000).length))
    expect(most).toBeLessThanOrEqual(118)
    expect(most).toBeGreaterThan(110)
  })

  it('says how long to wait so exactly that coming back then is worth it', async () => {
    let now = 1e12
    const limits = memoryLimits(() => now)
    await limits.take('k', 2, rate)
    for (let i = 0; i < 50; i++) {
      const { granted, waitMs } = await limits.take('k', 1, rate)
      expect(granted).toBe(0)
      now += waitMs
      expect((await limits.take('k', 1, rate)).granted).toBe(1)
    }
  })

  it('grants nothing while it is held, and a shorter hold does not shorten it', async () => {
    let now = 1e12
    const limits = memoryLimits(() => now)
    await limits.hold('k', now + 10_000)
    await limits.hold('k', now + 5_000)
    expect(await limits.take('k', 1, rate)).toEqual({ granted: 0, waitMs: 10_000 })
    expect(await limits.heldUntil('k')).toBe(now + 10_000)
    expect(await limits.heldUntil('other')).toBeNull()
    now += 10_000
    expect(await limits.heldUntil('k')).toBeNull()
    expect((await limits.take('k', 1, rate)).granted).toBe(1)
  })

  it('is held by the last of so many failures within the window, and forgets them', async () => {
    let now = 1e12
    const limits = memoryLimits(() => now)
    const rule = { max: 3, windowMs: 1_000, holdMs: 5_000 }
    expect(await limits.fail('k', rule)).toEqual({ failures: 1, heldUntil: null })
    now += 1_001
    expect(await limits.fail('k', rule)).toEqual({ failures: 1, heldUntil: null })
    expect(await limits.fail('k', rule)).toEqual({ failures: 2, heldUntil: null })
    expect(await limits.fail('k', rule)).toEqual({ failures: 3, heldUntil: now + 5_000 })
    now += 5_001
    expect(await limits.fail('k', rule)).toEqual({ failures: 1, heldUntil: null })
  })
})
