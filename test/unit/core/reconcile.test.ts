import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChargeLine } from '../../../src/core/job.ts'
import { type Movement, reconcile } from '../../../src/core/reconcile.ts'
import { NOON } from '../../kit/jobs.ts'

const MINUTE = 60_000
const ours = (id: string, over: Partial<Movement> = {}): Movement => ({
  id,
  usd: 160_000,
  sure: true,
  queueId: null,
  from: NOON,
  to: over.from ?? NOON,
  ...over,
})
const line = (minutes: number, over: Partial<ChargeLine> = {}): ChargeLine => ({
  at: NOON + minutes * MINUTE,
  usd: 160_000,
  what: '',
  queueId: null,
  ...over,
})
/** "a-1": our a is the line at index 1. */
const pairsOf = (movements: Movement[], lines: ChargeLine[]) =>
  reconcile(movements, lines).matched.map(pair => `${pair.ours.id}-${lines.indexOf(pair.line)}`)

describe('the books beside the billing', () => {
  it('match by the number of the job first, whatever time and amount say, and then tell the difference', () => {
    const lines = [line(0), line(500, { usd: 170_000, queueId: 'q' })]
    const found = reconcile([ours('a', { queueId: 'q' })], lines)
    expect(found.matched).toMatchObject([{ ours: { id: 'a' }, line: lines[1], differenceUsd: 10_000 }])
    expect(found.theirsAlone).toEqual([lines[0]])
    expect(found).toMatchObject({ oursUsd: 160_000, theirsUsd: 330_000, differenceUsd: 170_000 })
  })

  it('match one charge and one refund of the same number, and leave a second charge alone', () => {
    const both = [ours('a', { queueId: 'q' }), ours('b', { queueId: 'q', usd: -160_000, to: NOON + MINUTE })]
    const lines = [
      line(0, { queueId: 'q' }),
      line(1, { queueId: 'q', usd: -160_000 }),
      line(3, { queueId: 'q' }),
    ]
    expect(pairsOf(both, lines)).toEqual(['a-0', 'b-1'])
    expect(reconcile(both, lines).theirsAlone).toEqual([lines[2]])
  })

  it('match by amount and time from 2 minutes before to 10 minutes after, and no further', () => {
    for (const near of [-2, 0, 10]) expect(pairsOf([ours('a')], [line(near)])).toEqual(['a-0'])
    for (const far of [-2.01, 10.01]) expect(pairsOf([ours('a')], [line(far)])).toEqual([])
    expect(pairsOf([ours('a', { to: NOON + 60 * MINUTE })], [line(65)])).toEqual(['a-0'])
  })

  it('give each line to the nearest of all, not to the first that would take it', () => {
    const two = [ours('a'), ours('b', { from: NOON + 4 * MINUTE })]
    expect(pairsOf(two, [line(5), line(9)])).toEqual(['a-1', 'b-0'])
    expect(pairsOf(two, [line(1), line(5)])).toEqual(['a-0', 'b-1'])
  })

  it('prefer the same amount to one that is a cent off, and take nothing that is further off', () => {
    const lines = [line(0, { usd: 165_000 }), line(9)]
    expect(pairsOf([ours('a')], lines)).toEqual(['a-1'])
    expect(reconcile([ours('a')], [lines[0]!]).matched).toMatchObject([{ differenceUsd: 5_000 }])
    expect(pairsOf([ours('a')], [line(0, { usd: 170_001 })])).toEqual([])
  })

  it('never take a charge for a refund', () => {
    expect(pairsOf([ours('a', { usd: 4_000 })], [line(0, { usd: -4_000 })])).toEqual([])
    expect(
      pairsOf([ours('a', { usd: 4_000, queueId: 'q' })], [line(0, { usd: -4_000, queueId: 'q' })]),
    ).toEqual([])
  })

  it('never give a line of one job of ours to another', () => {
    const movements = [ours('a', { queueId: 'q' }), ours('b')]
    expect(pairsOf(movements, [line(0, { queueId: 'q' }), line(0, { queueId: 'q' })])).toEqual(['a-0'])
  })

  it('trust other numbers to be other jobs only where the billing names ours at all', () => {
    const sent = ours('a', { queueId: 'q-a' })
    expect(pairsOf([sent], [line(0, { queueId: 'request-7' })])).toEqual(['a-0'])
    const other = ours('b', { queueId: 'q-b' })
    const lines = [line(0, { queueId: 'q-b' }), line(0, { queueId: 'request-7' })]
    expect(pairsOf([sent, other], lines)).toEqual(['b-0'])
    expect(pairsOf([ours('lost'), other], lines)).toEqual(['b-0', 'lost-1'])
  })

  it('count what may have been charged where the billing has it, and as nothing where it has not', () => {
    const maybe = ours('a', { sure: false })
    expect(reconcile([maybe], [line(1)])).toMatchObject({ oursUsd: 160_000, differenceUsd: 0 })
    expect(reconcile([maybe], [])).toMatchObject({ oursUsd: 0, differenceUsd: 0, oursAlone: [maybe] })
    expect(reconcile([ours('a')], [])).toMatchObject({ oursUsd: 160_000, differenceUsd: -160_000 })
  })
})

const amount = fc.constantFrom(40_000, 44_000, 160_000, -40_000, -160_000)
const number = fc.option(fc.constantFrom('q1', 'q2', 'q3', 'x'), { nil: null })
const minute = fc.integer({ min: 0, max: 40 })
const movements = fc
  .array(fc.record({ usd: amount, sure: fc.boolean(), queueId: number, at: minute, span: minute }), {
    maxLength: 12,
  })
  .map(all =>
    all.map(({ usd, sure, queueId, at, span }, i) =>
      ours(`m${i}`, { usd, sure, queueId, from: NOON + at * MINUTE, to: NOON + (at + span) * MINUTE }),
    ),
  )
const lines = fc
  .array(fc.record({ usd: amount, queueId: number, at: minute }), { maxLength: 12 })
  .map(all => all.map(({ usd, queueId, at }, i) => line(at, { usd, queueId, what: `line ${i}` })))
const sum = (of: { usd: number }[]) => of.reduce((total, { usd }) => total + usd, 0)

describe('whatever is in both', () => {
  const always = (holds: (movements: Movement[], lines: ChargeLine[]) => void) =>
    fc.assert(fc.property(movements, lines, holds), { numRuns: 5_000 })

  it('everything is somewhere, and nothing is used twice', () => {
    always((movements, lines) => {
      const { matched, oursAlone, theirsAlone } = reconcile(movements, lines)
      const names = [...matched.map(pair => pair.ours), ...oursAlone].map(({ id }) => id)
      const whats = [...matched.map(pair => pair.line), ...theirsAlone].map(({ what }) => what)
      expect(names.sort()).toEqual(movements.map(({ id }) => id).sort())
      expect(whats.sort()).toEqual(lines.map(({ what }) => what).sort())
    })
  })

  it('the totals add up, line by line and in sum', () => {
    always((movements, lines) => {
      const { matched, oursAlone, theirsAlone, ...totals } = reconcile(movements, lines)
      const sure = oursAlone.filter(movement => movement.sure)
      expect(totals.theirsUsd).toBe(sum(lines))
      expect(totals.oursUsd).toBe(sum([...matched.map(pair => pair.ours), ...sure]))
      const differences = matched.reduce((total, pair) => total + pair.differenceUsd, 0)
      expect(totals.differenceUsd).toBe(differences + sum(theirsAlone) - sum(sure))
    })
  })

  it('the order of the input says nothing', () => {
    const shuffled = fc.tuple(movements, lines).chain(([m, l]) =>
      fc.record({
        m: fc.constant(m),
        l: fc.constant(l),
        mixedM: fc.shuffledSubarray(m, { minLength: m.length }),
        mixedL: fc.shuffledSubarray(l, { minLength: l.length }),
      }),
    )
    fc.assert(
      fc.property(shuffled, ({ m, l, mixedM, mixedL }) => {
        expect(reconcile(mixedM, mixedL)).toEqual(reconcile(m, l))
      }),
      { numRuns: 5_000 },
    )
  })

  it('nobody is left alone beside a line that would fit them', () => {
    always((movements, lines) => {
      const { oursAlone, theirsAlone } = reconcile(movements, lines)
      const numbers = new Set(movements.map(({ queueId }) => queueId))
      const free = theirsAlone.filter(({ queueId }) => queueId === null || !numbers.has(queueId))
      for (const { usd, from, to, queueId } of oursAlone) {
        if (queueId !== null) continue
        const fits = (l: ChargeLine) => l.usd === usd && l.at >= from - 2 * MINUTE && l.at <= to + 10 * MINUTE
        expect(free.some(fits)).toBe(false)
      }
    })
  })
})

/** As it is said, step by step: of all pairs that are left, the nearest, as often as there is one. */
function oneByOne(
  ours: readonly Movement[],
  theirs: readonly ChargeLine[],
  offBy: number,
): [string, string][] {
  const distance = ({ usd, from, to }: Movement, { at }: ChargeLine) => Math.abs(at - (usd < 0 ? to : from))
  const [pair] = ours
    .flatMap(m => theirs.map(l => ({ m, l, far: distance(m, l), off: Math.abs(l.usd - m.usd) })))
    .filter(({ m, l, off }) => {
      const isThen = l.at >= m.from - 2 * MINUTE && l.at <= m.to + 10 * MINUTE
      return off <= offBy && isThen && l.usd < 0 === m.usd < 0
    })
    .sort(
      (a, b) =>
        a.far - b.far ||
        a.off - b.off ||
        a.m.from - b.m.from ||
        a.m.to - b.m.to ||
        a.m.usd - b.m.usd ||
        (a.m.id < b.m.id ? -1 : a.m.id > b.m.id ? 1 : 0) ||
        a.l.at - b.l.at ||
        a.l.usd - b.l.usd ||
        (a.l.what < b.l.what ? -1 : 1),
    )
  if (!pair) return offBy === 0 ? oneByOne(ours, theirs, 10_000) : []
  const rest = oneByOne(
    ours.filter(m => m !== pair.m),
    theirs.filter(l => l !== pair.l),
    offBy,
  )
  return [[pair.m.id, pair.l.what], ...rest]
}

it('without numbers, the nearest pair of all that are left is always the next', () => {
  const unnumbered = <T extends { queueId: string | null }>(all: T[]) =>
    all.map(one => ({ ...one, queueId: null }))
  fc.assert(
    fc.property(movements.map(unnumbered), lines.map(unnumbered), (movements, lines) => {
      const pairs = reconcile(movements, lines).matched.map(({ ours, line }) => [ours.id, line.what])
      expect(pairs.sort()).toEqual(oneByOne(movements, lines, 0).sort())
    }),
    { numRuns: 5_000 },
  )
})

describe('a month of the same amount and no numbers', () => {
  const MONTH = 30 * 24 * 60 * MINUTE
  /** How often the lines are looked at: what it takes, whatever else this machine does. */
  function looks(count: number, usd: number, longMs: number): number {
    let looks = 0
    const all = Array.from({ length: count }, (_, i) => {
      const from = NOON + Math.floor((i * longMs) / count)
      return ours(`m${i}`, { from, queueId: `q${i}` })
    })
    const lines = all.map(({ from }, i): ChargeLine => {
      const look = <T>(value: T) => {
        looks++
        return value
      }
      return {
        get at() {
          return look(from + 5_000 + i / 1_000)
        },
        get usd() {
          return look(usd)
        },
        what: '',
        queueId: null,
      }
    })
    expect(reconcile(all, lines).matched).toHaveLength(count)
    return looks
  }

  it.each([
    ['spread out', 160_000, MONTH],
    ['a little off in amount', 165_000, MONTH],
    ['of one moment', 160_000, 0],
  ])(
    'takes about ten times as much for ten times as many, where they are %s',
    (_title, usd, longMs) => {
      // By n log n it is 12; were each compared with each, it would be 100.
      expect(looks(50_000, usd, longMs) / looks(5_000, usd, longMs)).toBeLessThan(20)
    },
    60_000,
  )
})
