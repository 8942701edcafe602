import { expect, it } from 'vitest'
import { formatTimestamp, messageTime } from '../../src/sandbox/playground/page/times.ts'

const NOW = Date.parse('2026-11-22T15:04:30')
const relative = (seconds: number) => formatTimestamp(NOW / 1000 + seconds, 'R', NOW)

it('counts to and from a moment in the words that Discord uses', () => {
  expect(relative(40)).toBe('in 40 seconds')
  expect(relative(1)).toBe('in 1 second')
  expect(relative(60)).toBe('in a minute')
  expect(relative(15 * 60)).toBe('in 15 minutes')
  expect(relative(-3600)).toBe('an hour ago')
  expect(relative(-5 * 3600)).toBe('5 hours ago')
  expect(relative(-24 * 3600)).toBe('a day ago')
  expect(relative(3 * 86_400)).toBe('in 3 days')
  expect(relative(-400 * 86_400)).toBe('a year ago')
})

it('shows a moment by clock and calendar in each style', () => {
  const unix = NOW / 1000
  expect(formatTimestamp(unix, 't', NOW)).toBe('15:04')
  expect(formatTimestamp(unix, 'T', NOW)).toBe('15:04:30')
  expect(formatTimestamp(unix, 'd', NOW)).toBe('22/11/2026')
  expect(formatTimestamp(unix, 'D', NOW)).toBe('22 November 2026')
  expect(formatTimestamp(unix, 'f', NOW)).toMatch(/^22 November 2026.* 15:04$/)
  expect(formatTimestamp(unix, 'F', NOW)).toMatch(/^Sunday.*22 November 2026.* 15:04$/)
  expect(formatTimestamp(9e12, 'f', NOW)).toBe('Invalid date')
})

it('names today and yesterday over a message', () => {
  expect(messageTime(new Date(NOW).toISOString(), NOW)).toBe('Today at 15:04')
  expect(messageTime(new Date(NOW - 86_400_000).toISOString(), NOW)).toBe('Yesterday at 15:04')
  expect(messageTime(new Date(NOW - 3 * 86_400_000).toISOString(), NOW)).toBe('19/11/2026 15:04')
})
