import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ADMIN_ACTS, type AdminAsk, legibleAsk, optionsOf, readAdmin } from '../../../src/core/admin.ts'
import { problemView } from '../../../src/core/messages/admin.ts'
import { linesOf } from '../../kit/plain.ts'

const read = (word: string | null, options: Record<string, string> = {}, over: Partial<AdminAsk> = {}) =>
  readAdmin({ word, options, groups: [], people: [], ...over })
const amount = (given: string) => read('pool', { amount: given })

describe('what those in charge ask for', () => {
  it.each([
    ['5', 5_000_000],
    ['$5', 5_000_000],
    ['5$', 5_000_000],
    [' 7.5 ', 7_500_000],
    ['0.01', 10_000],
    ['0.29', 290_000],
    ['9999999', 9_999_999_000_000],
  ])('takes "%s" for an amount of dollars', (given, amountUsd) => {
    expect(amount(given)).toEqual({ act: 'pool', set: { new: amountUsd, each: null } })
  })

  it.each([
    '',
    '0',
    '0.00',
    '-1',
    '5,00',
    '1e3',
    '0.001',
    '10000000',
    'five',
    'NaN',
    'Infinity',
    '0x10',
    '٥',
    '5 6',
  ])('takes "%s" for no amount', given => {
    expect(amount(given)).toEqual({
      problem: 'option',
      act: 'pool',
      option: 'amount',
      given,
      wanted: 'dollars',
    })
  })

  it('sets only the caps that are given, and "off" takes one away', () => {
    expect(read('caps')).toEqual({ act: 'caps', set: {} })
    expect(read('caps', { 'person-day': '5', upscale: 'OFF', 'at-once': '2' })).toEqual({
      act: 'caps',
      set: { personDayUsd: 5_000_000, jobUsd: null, jobsAtOnce: 2 },
    })
    expect(read('caps', { month: '100' })).toEqual({ act: 'caps', set: { communityMonthUsd: 100_000_000 } })
  })

  it.each(['0', '1.5', '-1', '1000', 'many', ''])('takes "%s" for no number of upscales', given => {
    expect(read('caps', { 'at-once': given })).toMatchObject({ option: 'at-once', given, wanted: 'number' })
  })

  it('names approvers together with the amount, and leaves those who were named where none is', () => {
    expect(read('approval')).toEqual({ act: 'approval' })
    expect(read('approval', { above: '3' })).toEqual({ act: 'approval', set: { aboveUsd: 3_000_000 } })
    expect(read('approval', { above: 'off' })).toEqual({ act: 'approval', set: { aboveUsd: null } })
    const named = { groups: ['g'], people: ['p', 'q'] }
    expect(read('approval', { above: '3' }, named)).toEqual({
      act: 'approval',
      set: { aboveUsd: 3_000_000, ...named },
    })
    expect(read('approval', {}, named)).toEqual({ problem: 'missing', act: 'approval', option: 'above' })
    expect(read('approval', { above: 'off' }, { groups: ['g'] })).toMatchObject({
      options: ['above', 'group'],
    })
    expect(read('approval', { above: 'off' }, { people: ['p'] })).toMatchObject({
      options: ['above', 'person'],
    })
  })

  it('takes a group that the platform does not know for what it is', () => {
    expect(read('approval', { above: '3', group: '@nobody' })).toEqual({
      problem: 'option',
      act: 'approval',
      option: 'group',
      given: '@nobody',
      wanted: 'group',
    })
  })

  it('begins, fills, shares out and ends a pool', () => {
    expect(read('pool')).toEqual({ act: 'pool' })
    expect(read('pool', { amount: '20', each: '5' })).toEqual({
      act: 'pool',
      set: { new: 20_000_000, each: 5_000_000 },
    })
    expect(read('pool', { add: '10', each: 'off' })).toEqual({
      act: 'pool',
      set: { add: 10_000_000, each: null },
    })
    expect(read('pool', { each: '5' })).toEqual({ act: 'pool', set: { each: 5_000_000 } })
    expect(read('pool', { amount: 'off' })).toEqual({ act: 'pool', set: 'off' })
  })

  it('does not fill and begin a pool at once, nor share out one that is off', () => {
    expect(read('pool', { amount: '20', add: '5' })).toMatchObject({ problem: 'contradiction' })
    expect(read('pool', { amount: 'off', each: '5' })).toMatchObject({ problem: 'contradiction' })
    expect(read('pool', { amount: 'off', add: '5' })).toMatchObject({ problem: 'contradiction' })
    expect(read('pool', { add: 'off' })).toMatchObject({ problem: 'option', option: 'add' })
  })

  it('reads months, and numbers of upscales', () => {
    expect(read('spend')).toEqual({ act: 'spend', month: null, everywhere: false })
    expect(read('spend', { month: '2026-02', everywhere: 'yes' })).toEqual({
      act: 'spend',
      month: Date.UTC(2026, 1),
      everywhere: true,
    })
    expect(read('receipt', { job: 'k3j9' })).toEqual({ act: 'receipt', jobId: 'k3j9' })
    expect(read('receipt', { job: ' 7SD5F ' })).toEqual({ act: 'receipt', jobId: '7sd5f' })
    expect(read('receipt')).toEqual({ problem: 'missing', act: 'receipt', option: 'job' })
    for (const month of ['2026', '2026-13', '2026-00', 'May', '1926-10'])
      expect(read('spend', { month })).toMatchObject({ problem: 'option', wanted: 'month' })
    for (const job of ['', "a'--", 'a b', 'x'.repeat(33)])
      expect(read('receipt', { job })).toMatchObject({ problem: 'option', wanted: 'job' })
  })

  it('does nothing where something was given twice', () => {
    expect(read('caps', { 'person-day': '5' }, { twice: ['person-day'] })).toEqual({
      problem: 'twice',
      act: 'caps',
      option: 'person-day',
    })
  })

  it('is read without the letters that nobody sees, wherever they stand', () => {
    const [space, mark] = ['\u200b', '\u2060']
    const copied = {
      word: `pool${space}`,
      options: { [`${mark}each`]: `0.04${space}` },
      groups: [`S1${mark}`],
      people: [`${space}U1`],
      twice: [`each${space}`],
    }
    expect(legibleAsk(copied)).toEqual({
      word: 'pool',
      options: { each: '0.04' },
      groups: ['S1'],
      people: ['U1'],
      twice: ['each'],
    })
    expect(legibleAsk({ word: null, options: {}, groups: [], people: [] })).toEqual({
      ...{ word: null, options: {}, groups: [], people: [] },
    })
  })

  it('does nothing for what it does not know, wherever that stands', () => {
    for (const word of [null, '', 'toString', 'Freeze']) expect(read(word)).toEqual({ problem: 'word' })
    expect(read('freeze', { now: '' })).toEqual({ problem: 'unknown_option', act: 'freeze', given: 'now' })
    expect(read('caps', { constructor: '1' })).toMatchObject({ problem: 'unknown_option' })
    expect(read('caps', {}, { groups: ['g'] })).toMatchObject({ problem: 'unknown_option', given: 'group' })
    expect(read('pool', {}, { people: ['p'] })).toMatchObject({ problem: 'unknown_option', given: 'person' })
  })

  it('never throws, and never makes an amount of what is none, whatever is typed', () => {
    const given = fc.oneof(
      fc.string(),
      fc.constantFrom('off', '', 'NaN', '-0', '1e9', '0.000001', '9999999.99', '٣', '1__0'),
      fc.double().map(String),
      fc.nat(100_000_000).map(cents => `$${cents / 100}`),
    )
    const asks = fc.constantFrom(...ADMIN_ACTS, null).chain(word =>
      fc.record({
        word: fc.oneof({ weight: 9, arbitrary: fc.constant(word) }, { weight: 1, arbitrary: fc.string() }),
        options: fc.dictionary(
          fc.oneof(
            {
              weight: 9,
              arbitrary: fc.constantFrom('above', ...(word ? optionsOf(word).map(o => o.name) : [])),
            },
            { weight: 1, arbitrary: fc.string() },
          ),
          given,
        ),
        groups: fc.array(fc.string(), { maxLength: 1 }),
        people: fc.array(fc.string(), { maxLength: 1 }),
      }),
    )
    fc.assert(
      fc.property(asks, ask => {
        const act = readAdmin(ask)
        if ('problem' in act) return linesOf(problemView(act)).join(' ').includes('Nothing was changed.')
        return numbersIn(act).every(n => Number.isSafeInteger(n) && n > 0)
      }),
      { numRuns: 2_000 },
    )
  })
})

const numbersIn = (value: unknown): number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(numbersIn)
      : []
