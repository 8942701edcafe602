/** The account's own routes: balance, usage history, rate limits, models. */

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import type { UsageEntry } from './ledger.ts'
import { MODELS, type Model } from './models.ts'
import { badRequest } from './refusal.ts'
import { FACTORS } from './wire.ts'
import type { World } from './world.ts'

export function balance(world: World): RequestHandler {
  return (_request, response) => {
    const usd = world.faults.on('no-credit') ? 0 : world.ledger.creditUsd()
    response.json({
      canConsume: usd > 0 && !world.faults.on('cannot-consume'),
      consumptionCurrency: 'USD',
      balances: { diem: null, usd },
      diemEpochAllocation: 0,
    })
  }
}

const filters = z.strictObject({
  currency: z.enum(['USD', 'DIEM', 'BUNDLED_CREDITS']).optional(),
  startTimestamp: z.iso.datetime().optional(),
  endTimestamp: z.iso.datetime().optional(),
  pageSize: z.coerce.number().int().min(10).max(1000).default(1000),
})
const cursorOf = z.object({ after: z.number().int(), filters })
type Walk = z.infer<typeof cursorOf>

/** The cursor carries the filters and is signed, so that a tampered one is refused as Venice does. */
export function usageHistory(world: World, secret: string): RequestHandler {
  const sign = (text: string) => createHmac('sha256', secret).update(text).digest('base64url')

  function write(walk: Walk): string {
    const text = Buffer.from(JSON.stringify(walk)).toString('base64url')
    return `${text}_${sign(text)}`
  }

  function read(cursor: string): Walk {
    const text = cursor.slice(0, -44)
    const given = Buffer.from(cursor.slice(-43))
    const right = Buffer.from(sign(text))
    if (given.length !== right.length || !timingSafeEqual(given, right)) {
      throw badRequest('Invalid cursor', { cursor: 'Expired or invalid' })
    }
    return cursorOf.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  }

  function begin(query: unknown): Walk {
    const parsed = filters.safeParse(query)
    if (!parsed.success) throw badRequest(`Invalid request parameters: ${z.prettifyError(parsed.error)}`)
    const { startTimestamp: start, endTimestamp: end } = parsed.data
    if (start && end && Date.parse(end) <= Date.parse(start)) {
      throw badRequest('endTimestamp must be later than startTimestamp')
    }
    return { after: 0, filters: parsed.data }
  }

  return (request, response) => {
    const { cursor, ...others } = request.query
    if (cursor !== undefined && Object.keys(others).length > 0) {
      throw badRequest('Filter parameters may not be sent alongside a cursor')
    }
    const walk = typeof cursor === 'string' ? read(cursor) : begin(request.query)
    const data: UsageEntry[] = []
    const entries = world.ledger.entries()
    let at = walk.after
    for (; at < entries.length && data.length < walk.filters.pageSize; at++) {
      const entry = entries[at]
      if (entry && matches(entry, walk.filters)) data.push(entry)
    }
    const more = entries.slice(at).some(entry => matches(entry, walk.filters))
    response.json({ data, nextCursor: more ? write({ ...walk, after: at }) : null })
  }
}

function matches(entry: UsageEntry, { currency, startTimestamp, endTimestamp }: Walk['filters']): boolean {
  const at = Date.parse(entry.timestamp)
  return (
    (currency === undefined || entry.currency === currency) &&
    (startTimestamp === undefined || at >= Date.parse(startTimestamp)) &&
    (endTimestamp === undefined || at < Date.parse(endTimestamp))
  )
}

export function rateLimits(world: World): RequestHandler {
  return (_request, response) => {
    const usd = world.ledger.creditUsd()
    const tomorrow = new Date(world.clock())
    tomorrow.setUTCHours(24, 0, 0, 0)
    response.json({
      data: {
        accessPermitted: true,
        apiTier: { id: 'paid', isCharged: true },
        balances: { USD: usd, DIEM: 0 },
        keyExpiration: null,
        nextEpochBegins: tomorrow.toISOString(),
        rateLimits: Object.keys(MODELS).map(apiModelId => ({
          apiModelId,
          rateLimits: [{ amount: world.limits.perMinute.queue, type: 'RPM' }],
        })),
      },
    })
  }
}

export function models(): RequestHandler {
  const listed = Object.values(MODELS).map(described)
  return (request, response) => {
    const type = typeof request.query.type === 'string' ? request.query.type : 'text'
    const shown = type === 'video' || type === 'all'
    response.json({ object: 'list', type, data: shown ? listed : [] })
  }
}

const described = ({ id, name }: Model) => ({
  id,
  object: 'model',
  type: 'video',
  owned_by: 'venice.ai',
  created: 1767225600,
  model_spec: {
    name,
    offline: false,
    privacy: 'anonymized',
    constraints: { model_type: 'upscale', upscale_factors: FACTORS, prompt_character_limit: 0 },
    traits: [],
  },
})
