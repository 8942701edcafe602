import { describe, expect, it } from 'vitest'
import { addDuration, type Durations, isVariable } from '../../../src/media/pace.ts'

const of = (...counts: [ticks: number, n: number][]): Durations => new Map(counts)

describe('whether a picture has a variable pace', () => {
  it.each<[string, Durations, boolean]>([
    ['one duration', of([512, 90]), false],
    ['whole milliseconds of 30 frames a second', of([33, 200], [34, 100]), false],
    ['whole milliseconds of 60 frames a second', of([16, 100], [17, 200]), false],
    ["a phone's clock, a little off", of([20, 280], [21, 15], [19, 5]), false],
    ['one stretched frame of thirty', of([512, 29], [1024, 1]), false],
    ['30, then 10, then 15 a second', of([512, 30], [1536, 10], [1024, 15]), true],
    ['every tenth frame left out', of([512, 80], [1024, 10]), true],
    ['a single frame', of([512, 1]), false],
    ['nothing', of(), false],
  ])('%s', (_, durations, variable) => {
    expect(isVariable(durations)).toBe(variable)
  })

  it('is so where hardly two frames last equally long, without keeping each', () => {
    const durations: Durations = new Map()
    for (let i = 0; i < 100_000; i++) addDuration(durations, i)
    expect(durations.size).toBeLessThan(5_000)
    expect(isVariable(durations)).toBe(true)
  })
})
