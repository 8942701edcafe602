import { expect, it } from 'vitest'
import { grownWait, rateTold, retryAfter, retryAfterMs } from '../../../src/venice/pacing.ts'

const NOW = 1_700_000_000_000

it.each([
  ['nothing said', {}, null],
  ['Unix time in seconds', { 'x-ratelimit-reset-requests': '1700000030' }, 30_000],
  ['Unix time in ms', { 'x-ratelimit-reset-requests': '1700000030000' }, 30_000],
  ['a time that has passed', { 'x-ratelimit-reset-requests': '1699999999' }, null],
  ['no time at all', { 'x-ratelimit-reset-requests': 'soon' }, null],
  ['seconds', { 'retry-after': '1.5' }, 1500],
  ['a date', { 'retry-after': 'Tue, 14 Nov 2023 22:13:30 GMT' }, 10_000],
  ['twice', { 'retry-after': ['4', '9'] }, 4000],
  ['both, the longer counts', { 'retry-after': '5', 'x-ratelimit-reset-requests': '1700000008' }, 8000],
  ['next year', { 'retry-after': '31536000' }, 3_600_000],
])('waits as told: %s', (_title, headers, wait) => {
  expect(retryAfterMs(headers, NOW)).toBe(wait)
})

it('takes only Retry-After for a failure that is not about how much was asked', () => {
  expect(retryAfter({ 'x-ratelimit-reset-requests': '1700000030' }, NOW)).toBeNull()
  expect(retryAfter({ 'retry-after': '3' }, NOW)).toBe(3000)
})

const told = (limit: unknown, remaining: unknown, reset: unknown = '1700000060') =>
  rateTold(
    {
      'x-ratelimit-limit-requests': limit as string,
      'x-ratelimit-remaining-requests': remaining as string,
      'x-ratelimit-reset-requests': reset as string,
    },
    NOW,
  )

it.each([
  ['a limit and what is left of it', told('120', '119'), { limit: 120, remaining: 119, resetMs: 60_000 }],
  ['a limit that is used up', told('40', '0'), { limit: 40, remaining: 0, resetMs: 60_000 }],
  ['a count of what was asked so far', told('1', '119'), { limit: null, remaining: 119, resetMs: 60_000 }],
  ['a limit of a day', told('9000', '10', '1700086400'), { limit: null, remaining: 10, resetMs: 3_600_000 }],
  ['a window that has ended', told('120', '3', '1'), { limit: 120, remaining: 3, resetMs: null }],
  ['words', told('lots', 'some'), null],
  ['a negative number', told('-1', '-2'), null],
  ['nothing', told(undefined, undefined, undefined), null],
])('reads in the headers %s', (_title, read, wanted) => {
  expect(read).toEqual(wanted)
})

it('does not wait for a clock that was ahead and has been put right', () => {
  let now = NOW + 3_600_000
  const wait = grownWait(() => now)
  expect(wait.next()).toBe(5_000)
  now = NOW
  expect(wait.next()).toBe(10_000)
})

it('waits longer each time, but not longer for a crowd, and from the start again once it went well', () => {
  let now = NOW
  const wait = grownWait(() => now)
  expect([wait.next(), wait.next()]).toEqual([5_000, 5_000])
  now += 2_000
  expect(wait.next()).toBe(3_000)
  now += 3_000
  expect(wait.next()).toBe(10_000)
  wait.forget()
  expect(wait.next()).toBe(5_000)
})
