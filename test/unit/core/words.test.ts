import { describe, expect, it } from 'vitest'
import { expectedText } from '../../../src/core/messages/words.ts'

describe('how long it takes, in words', () => {
  it.each([
    [230_000, 540_000, 'about 4 min, at most 9'],
    [40_000, 85_000, 'about 40 s, at most 90'],
    [40_000, 200_000, 'about 40 s, at most 4 min'],
    [1, 2, 'about 10 s'],
    [230_000, 235_000, 'about 4 min'],
    [90 * 60_000, 3 * 3_600_000, 'about 90 min, at most 3 h'],
  ])('%i and %i ms are "%s"', (likelyMs, atMostMs, text) => {
    expect(expectedText({ likelyMs, atMostMs })).toBe(text)
  })
})
