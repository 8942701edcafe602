import { expect, it } from 'vitest'
import { retryAfterMs } from '../../../src/venice/pacing.ts'

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
