import { expect, it } from 'vitest'
import { parseBalance, parsePerMinute, parseUsage } from '../../../src/venice/account-wire.ts'

it.each([
  [
    { canConsume: true, consumptionCurrency: 'USD', balances: { usd: 1.5 } },
    { canSpend: true, leftUsd: 1_500_000 },
  ],
  [
    { canConsume: true, consumptionCurrency: 'USD', balances: { usd: '1.5' } },
    { canSpend: true, leftUsd: null },
  ],
  [
    { canConsume: true, consumptionCurrency: 'DIEM', balances: { usd: 1.5 } },
    { canSpend: true, leftUsd: null },
  ],
  [
    { canConsume: false, balances: null },
    { canSpend: false, leftUsd: null },
  ],
  [{ canConsume: 'yes' }, null],
  [null, null],
])('reads the balance in %j', (body, balance) => {
  expect(parseBalance(body)).toEqual(balance)
})

const entry = { amount: -0.25, currency: 'USD', timestamp: '2026-11-22T21:00:00.000Z' }
const at = Date.UTC(2026, 10, 22, 21)
const lines = (...data: unknown[]) => parseUsage({ data, nextCursor: null })?.lines

it('reads a charge as what left, and a refund as what came back', () => {
  expect(lines(entry, { ...entry, amount: 0.25 }, { ...entry, amount: 0 })).toMatchObject([
    { at, usd: 250_000 },
    { at, usd: -250_000 },
    { at, usd: 0 },
  ])
})

it('puts what it was for together from what is there', () => {
  expect(lines({ ...entry, sku: 'up', units: 12.5, notes: ' API ' })?.[0]?.what).toBe('up, 12.5 units, API')
  expect(lines(entry)?.[0]).toMatchObject({ what: '', queueId: null })
})

it.each([{}, { data: [], nextCursor: ' ' }, { data: [] }, { data: 'x', nextCursor: null }, []])(
  'takes %j for a page or for none',
  body => {
    const page = parseUsage(body)
    expect(page).toEqual(
      'data' in body && Array.isArray(body.data) ? { lines: [], unread: 0, nextCursor: null } : null,
    )
  },
)

it('takes a cursor that it can not read for no end', () => {
  expect(parseUsage({ data: [], nextCursor: 7 })).toBeNull()
})

const limits = (rateLimits: unknown) => ({ data: { rateLimits: [{ apiModelId: 'm', rateLimits }] } })

it.each([
  [limits([{ amount: 20, type: 'RPM' }]), 20],
  [limits([{ amount: 20, type: 'RPD' }]), null],
  [limits([{ amount: 0, type: 'RPM' }]), null],
  [limits([{ amount: 2.5, type: 'RPM' }]), null],
  [limits('x'), null],
  [{ data: { rateLimits: [] } }, null],
  [undefined, null],
])('reads the limit in %j: %j', (body, perMinute) => {
  expect(parsePerMinute(body, 'm')).toBe(perMinute)
})
