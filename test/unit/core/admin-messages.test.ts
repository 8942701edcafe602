import { describe, expect, it } from 'vitest'
import { render as renderDiscord } from '../../../adapters/discord/render.ts'
import { render as renderSlack } from '../../../adapters/slack/render.ts'
import {
  ADMIN_ACTS,
  type AdminAsk,
  type AdminProblem,
  optionsOf,
  readAdmin,
} from '../../../src/core/admin.ts'
import { adminWords, notOperator, problemView } from '../../../src/core/messages/admin.ts'
import { approvalView, capsView, noPool, poolView } from '../../../src/core/messages/rules.ts'
import { NO_RULES } from '../../../src/core/rules.ts'
import { NO_CAPS } from '../../kit/caps.ts'
import { NOON } from '../../kit/jobs.ts'
import { linesOf } from '../../kit/plain.ts'

const heard = (word: string, options: Record<string, string>, over: Partial<AdminAsk> = {}): string =>
  linesOf(problemView(readAdmin({ word, options, groups: [], people: [], ...over }) as AdminProblem)).join(
    '\n',
  )

describe('what makes no sense', () => {
  it('is told with what was given, what is wanted, an example, and that nothing was changed', () => {
    expect(heard('caps', { 'person-day': 'five' })).toBe(
      'caps: person-day was given as five; it takes dollars above 0, or off, such as /upscale-admin caps person-day 5. Nothing was changed.',
    )
    expect(heard('caps', { 'at-once': '0' })).toBe(
      'caps: at-once was given as 0; it takes a whole number from 1 to 999, or off, such as /upscale-admin caps at-once 3. Nothing was changed.',
    )
    expect(heard('pool', { add: 'off' })).toBe(
      'pool: add was given as off; it takes dollars above 0, such as /upscale-admin pool add 10. Nothing was changed.',
    )
    expect(heard('approval', { above: '3', group: '@nobody' })).toContain(
      'group was given as @nobody; it takes a group, mentioned, such as /upscale-admin approval above 3 group @approvers.',
    )
    expect(heard('caps', { month: ' ' })).toContain('month was given no value; it takes')
    expect(heard('spend', { month: 'May' })).toContain('such as /upscale-admin spend 2026-10.')
    expect(heard('receipt', {})).toBe(
      'receipt needs job, such as /upscale-admin receipt k3j9x2m4q8. Nothing was changed.',
    )
    expect(heard('pool', { amount: '0,5' })).toBe(
      'pool: amount was given as 0,5; it takes dollars above 0, or off, such as /upscale-admin pool 20. Cents take a point: 0.5. Nothing was changed.',
    )
    expect(heard('approval', { above: '$1,000.50' })).toContain('A comma has no place in it: $1000.50.')
    expect(heard('pool', { amount: 'a,b' })).not.toContain('omma')
    expect(heard('caps', { 'person-day': '5' }, { twice: ['person-day'] })).toBe(
      'caps: person-day was given twice; give it once, such as /upscale-admin caps person-day 5. Nothing was changed.',
    )
    expect(heard('pool', { amount: '5\u00a0\t𝟓' })).toContain('was given as 5<U+00A0><U+0009>𝟓;')
    expect(heard('caps', { day: '5' })).toBe(
      'caps takes no day; it takes person-day, month, upscale, at-once. Nothing was changed.',
    )
    expect(heard('pool', { amount: '20', add: '5' })).toBe(
      "pool: amount and add can't go together: the first begins a new pool, the second puts more into the one that is there. Nothing was changed.",
    )
    expect(heard('pool', { amount: 'off', each: '5' })).toContain('has nothing to share out')
    expect(heard('approval', { above: 'off' }, { groups: ['g'] })).toContain('nobody is named')
  })

  it('is not repeated at length', () => {
    expect(heard('pool', { amount: 'x'.repeat(4_000) }).length).toBeLessThan(200)
  })

  it('has examples that make sense themselves', () => {
    for (const act of ADMIN_ACTS)
      for (const { name } of optionsOf(act).filter(({ kind }) => kind === 'text')) {
        const said = heard(act, { [name]: '?' })
        const [, value] =
          new RegExp(`such as /upscale-admin ${act} (?:${name} )?(\\S+)\\. Nothing`).exec(said) ?? []
        expect(value, said).toBeDefined()
        expect(readAdmin({ word: act, options: { [name]: value! }, groups: [], people: [] })).toMatchObject({
          act,
        })
      }
  })
})

describe('the words', () => {
  it('are all there with what each takes, and no platform cuts them', () => {
    const said = linesOf(adminWords())
    expect(said).toContain(
      'caps shows or sets what may be spent here · person-day dollars for one person and day, or off; month dollars for this place and month, or off; upscale dollars for one upscale, or off; at-once upscales of one person at once, or off',
    )
    for (const act of ADMIN_ACTS) expect(said.some(one => one.startsWith(`${act} `))).toBe(true)
    for (const payload of [renderDiscord(adminWords()), renderSlack(adminWords())])
      expect(JSON.stringify(payload)).not.toContain('…')
  })

  it('everywhere is refused with how it could be had', () => {
    const [said] = linesOf(notOperator('somewhere:99'))
    expect(said).toContain('Only whoever runs this bot can do this everywhere. Nothing was changed.')
    expect(said).toContain('OPERATORS; there you would be somewhere:99.')
  })
})

describe('caps', () => {
  it('show both sides, and which one holds', () => {
    const installation = {
      ...NO_CAPS,
      communityMonthUsd: 50_000_000,
      jobUsd: 2_000_000,
      jobsAtOnce: 3,
      totalMonthUsd: 200_000_000,
    }
    const own = { ...NO_RULES, personDayUsd: 5_000_000, communityMonthUsd: 20_000_000, jobUsd: 3_000_000 }
    expect(linesOf(capsView(installation, own, 'set')).slice(0, 7)).toEqual([
      'What may be spent here',
      'This holds from now on. Nothing was charged by it.',
      'One person and day (person-day): $5.00, set by this place; the settings of whoever runs this bot have none',
      'This place and month (month): $20.00, set by this place; the settings of whoever runs this bot allow $50.00',
      'One upscale (upscale): $2.00, by the settings of whoever runs this bot; the $3.00 of this place is above it and has no effect',
      'Upscales of one person at once (at-once): 3, by the settings of whoever runs this bot; none of this place',
      'All places of this bot and month: $200.00, by the settings of whoever runs it',
    ])
  })

  it('that nobody has set are none', () => {
    const said = linesOf(capsView(NO_CAPS, NO_RULES, 'shown'))
    expect(said[1]).toBe('One person and day (person-day): no cap')
    expect(said.join()).not.toContain('from now on')
  })
})

describe('approval', () => {
  it('names who may, and that nobody approves their own', () => {
    const approval = { aboveUsd: 3_000_000, groups: ['g'], people: ['p'] }
    const view = approvalView(approval, 'set')
    expect(linesOf(view).slice(1, 4)).toEqual([
      'Above $3.00 for one press, somebody else has to agree too: @g, @p, or whoever manages this place.',
      'Nobody approves what they asked for themselves.',
      'This holds from now on. Nothing was charged by it.',
    ])
    expect([view.notifies, view.notifiesGroups]).toEqual([[], undefined])
    expect(linesOf(approvalView({ ...approval, groups: [], people: [] }, 'shown'))[1]).toBe(
      'Above $3.00 for one press, somebody else has to agree too: whoever manages this place.',
    )
    expect(linesOf(approvalView(null, 'shown'))[1]).toContain('Nobody else has to agree here')
  })
})

describe('the pool', () => {
  const pool = { amountUsd: 20_000_000, perHeadUsd: 5_000_000, since: NOON }
  const drawn = [
    { personId: '1', usedUsd: 5_000_000 },
    { personId: '2', usedUsd: 156_000 },
  ]

  it('shows what is drawn and left, in all and by head, and rounds what is left down', () => {
    expect(linesOf(poolView(pool, drawn, 'shown')).slice(1, 5)).toEqual([
      '$20.00 for everybody here, since #: $5.16 of it drawn, $14.84 left. Nothing beyond it is spent here.',
      'One person may draw $5.00 of it.',
      '@1 · $5.00 drawn · $0.00 of their own left',
      '@2 · $0.16 drawn · $4.84 of their own left',
    ])
    expect(linesOf(poolView({ ...pool, amountUsd: 1_000_000 }, drawn, 'shown'))[1]).toContain('$0.00 left')
  })

  it('without a limit by head says so, and names no more people than fit', () => {
    const many = Array.from({ length: 500 }, (_, i) => ({
      personId: `${i}`.padStart(18, '1'),
      usedUsd: 10_000,
    }))
    const view = poolView({ ...pool, perHeadUsd: null }, many, 'set')
    expect(linesOf(view)).toContain('One person may draw all of it.')
    expect(linesOf(view)).toContain('and 490 more · $4.90 drawn')
    for (const payload of [renderDiscord(view), renderSlack(view)])
      expect(JSON.stringify(payload)).toContain('begins a new one')
  })

  it('that is not there says how to begin one', () => {
    expect(linesOf(poolView(null, [], 'set')).join(' ')).toContain('pool 20 each 5')
    expect(linesOf(noPool())[0]).toContain('Nothing was changed.')
  })
})
