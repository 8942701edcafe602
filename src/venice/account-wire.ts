/**
 * What Venice says about the account. Source: OpenAPI document 20260821.193530 (/billing/balance,
 * /billing/usage-history, /api_keys/rate_limits).
 */
import { z } from 'zod'
import { fromDollars, type MicroUsd } from '../core/money.ts'

const balance = z.looseObject({
  canConsume: z.boolean(),
  consumptionCurrency: z.string().nullable().catch(null),
  balances: z
    .looseObject({ usd: z.number().nullable().catch(null) })
    .nullable()
    .catch(null),
})

/** Null: it does not say. `leftUsd` is null where the account pays in another currency. */
export function parseBalance(body: unknown): { canSpend: boolean; leftUsd: MicroUsd | null } | null {
  const { data } = balance.safeParse(body)
  if (!data) return null
  const usd = data.consumptionCurrency === 'USD' ? (data.balances?.usd ?? null) : null
  return { canSpend: data.canConsume, leftUsd: usd === null ? null : Math.max(0, fromDollars(usd)) }
}

export interface UsageLine {
  at: number
  /** What left the account; negative: what came back. */
  usd: MicroUsd
  /** As the vendor says it, not fit to be shown yet. */
  what: string
  queueId: string | null
  /** Absent: US dollars. */
  paidIn?: string
}

const text = z.string().trim().min(1).nullable().catch(null)
const amount = z.number().nullable().catch(null)
const usage = z.looseObject({
  amount: z.number(),
  currency: z.string().catch('USD'),
  timestamp: z
    .string()
    .transform(value => Date.parse(value))
    .pipe(z.number()),
  sku: text,
  notes: text,
  units: amount,
  pricePerUnitUsd: amount,
  inferenceDetails: z.looseObject({ requestId: text }).nullable().catch(null),
})
const usagePage = z.looseObject({
  data: z.array(z.unknown()),
  // One that can't be read must not look like the end.
  nextCursor: z.string().trim().nullish(),
})
/** What nothing left by is no charge, whatever else it is. */
const noCharge = z.looseObject({ amount: z.number().nonnegative() })

/**
 * One page. `unread`: how many lines that can't be read may be charges; others of that kind are left out. Null: no such
 * page.
 */
export function parseUsage(
  body: unknown,
): { lines: UsageLine[]; unread: number; nextCursor: string | null } | null {
  const { data: page } = usagePage.safeParse(body)
  if (!page) return null
  const lines: UsageLine[] = []
  let unread = 0
  for (const body of page.data) {
    const line = usageLine(body)
    if (line) lines.push(line)
    else if (!noCharge.safeParse(body).success) unread++
  }
  return { lines, unread, nextCursor: page.nextCursor || null }
}

function usageLine(body: unknown): UsageLine | null {
  const { data } = usage.safeParse(body)
  const usd = data ? leftUsd(data) : null
  if (!data || usd === null || !Number.isSafeInteger(usd)) return null
  const { sku, units, notes, timestamp, currency, inferenceDetails } = data
  const what = [sku, units === null ? null : `${units} units`, notes].filter(part => part !== null).join(', ')
  const line = { at: timestamp, usd, what, queueId: inferenceDetails?.requestId ?? null }
  return currency === 'USD' ? line : { ...line, paidIn: currency }
}

/** A charge has a negative amount. An amount in Diem or bundled credits is no dollars, but its price a unit is. */
function leftUsd({ amount, currency, units, pricePerUnitUsd }: z.infer<typeof usage>): MicroUsd | null {
  // Never -0.
  if (currency === 'USD') return 0 - fromDollars(amount)
  if (units === null || pricePerUnitUsd === null) return null
  return 0 - Math.sign(amount) * fromDollars(Math.abs(units * pricePerUnitUsd))
}

const rateLimits = z.looseObject({
  data: z.looseObject({
    rateLimits: z.array(
      z.looseObject({
        apiModelId: z.string(),
        rateLimits: z.array(z.looseObject({ amount: z.number(), type: z.string() })),
      }),
    ),
  }),
})

/** Requests a minute that this key may make to that model; null: not said. */
export function parsePerMinute(body: unknown, model: string): number | null {
  const { data } = rateLimits.safeParse(body)
  const limits = data?.data.rateLimits.find(({ apiModelId }) => apiModelId === model)?.rateLimits
  const perMinute = limits?.find(({ type }) => type === 'RPM')?.amount
  return perMinute !== undefined && Number.isInteger(perMinute) && perMinute > 0 ? perMinute : null
}
