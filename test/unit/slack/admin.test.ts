import { describe, expect, it } from 'vitest'
import { readAsk, withGroups } from '../../../adapters/slack/admin.ts'
import { readAdmin } from '../../../src/core/admin.ts'

const ask = (word: string | null, more: object = {}) => ({
  ask: { word, options: {}, groups: [], people: [], ...more },
  handles: [],
})

describe('what is typed behind the command for those in charge', () => {
  it.each<[string, unknown]>([
    ['', ask(null)],
    ['  ', ask(null)],
    ['SPEND ', ask('spend')],
    ['melt', ask('melt')],
    ['spend 2026-10', ask('spend', { options: { month: '2026-10' } })],
    ['spend everywhere 2026-10', ask('spend', { options: { month: '2026-10', everywhere: 'yes' } })],
    ['spend Month 2026-10 EVERYWHERE', ask('spend', { options: { month: '2026-10', everywhere: 'yes' } })],
    ['receipt k3j9x2m4q8', ask('receipt', { options: { job: 'k3j9x2m4q8' } })],
    [
      'caps person-day 5 month 40.00\u00a0at-once off',
      ask('caps', { options: { 'person-day': '5', month: '40.00', 'at-once': 'off' } }),
    ],
    ['pool\u200b each\u200b 0.04\u200b', ask('pool', { options: { each: '0.04' } })],
    ['\u2060freeze everywhere\u200b', ask('freeze', { options: { everywhere: 'yes' } })],
    ['pool 50 each 5', ask('pool', { options: { amount: '50', each: '5' } })],
    ['pool each 5 50', ask('pool', { options: { amount: '50', each: '5' } })],
    [
      'approval above 1 group <!subteam^S012AB3CD|@approvers> person <@U012AB3CD|ann>',
      ask('approval', { options: { above: '1' }, groups: ['S012AB3CD'], people: ['U012AB3CD'] }),
    ],
    [
      'approval <@W012AB3CD>, $1.00 <!subteam^S012AB3CD> <@U012AB3CD|ann>,<@U012AB3CD|ann>',
      ask('approval', {
        options: { above: '$1.00' },
        groups: ['S012AB3CD'],
        people: ['W012AB3CD', 'U012AB3CD'],
      }),
    ],
  ])('"%s"', (text, expected) => {
    expect(readAsk(text)).toEqual(expected)
  })

  it.each([
    ['approval 1 @Approvers', [['Approvers', 'group']]],
    [
      'approval 1 group approvers group @night-shift',
      [
        ['approvers', 'group'],
        ['night-shift', 'group'],
      ],
    ],
    ['approval 1 @approvers @Approvers,', [['approvers', 'group']]],
    ['approval 1 person @ann&amp;bob', [['ann&bob', 'person']]],
  ])('leaves names that Slack did not know to be looked up: "%s"', (text, named) => {
    const handles = named.map(([name, kind]) => ({ name, kind }))
    expect(readAsk(text)).toMatchObject({ handles, ask: { options: { above: '1' }, groups: [], people: [] } })
  })

  it('has the groups that were found, once each, and says whose name is nobody', () => {
    const typed = readAsk('approval 1 <!subteam^S012AB3CD> @approvers @night-shift person @ann')
    const found = (third: string | null) => withGroups(typed, ['S012AB3CD', 'S045EF6GH', third])
    expect(found('S078IJ9KL')).toEqual({
      word: 'approval',
      options: { above: '1' },
      groups: ['S012AB3CD', 'S045EF6GH', 'S078IJ9KL'],
      people: [],
    })
    expect(readAdmin(found(null))).toMatchObject({ problem: 'option', option: 'person', given: '@ann' })
  })

  it.each<[string, object]>([
    ['freeze everything', { problem: 'unknown_option', given: 'everything' }],
    ['freeze @approvers', { problem: 'unknown_option', given: '@approvers' }],
    ['freeze <@U012AB3CD|ann>', { problem: 'unknown_option', given: 'person' }],
    ['freeze __proto__', { problem: 'unknown_option', given: '__proto__' }],
    ['caps 5', { problem: 'unknown_option', given: '5' }],
    ['caps week 5', { problem: 'unknown_option', given: 'week' }],
    ['caps month', { problem: 'option', option: 'month', given: '' }],
    ['caps month person-day 5', { problem: 'option', option: 'month', given: '' }],
    ['caps month 5 month 6', { problem: 'twice', option: 'month' }],
    ['approval 1 2', { problem: 'unknown_option', given: '2' }],
    ['approval above <@U012AB3CD|ann>', { problem: 'option', option: 'above', given: '' }],
    ['approval <!here>', { problem: 'option', option: 'above', given: '@here' }],
    ['approval 1 <#C012AB3CD|clips>', { problem: 'unknown_option', given: '#clips' }],
    ['approval 1 <https://a.example/?b&amp;c|a.example>', { problem: 'unknown_option', given: 'a.example' }],
    ['approval 1 group', { problem: 'option', option: 'group', given: '', wanted: 'group' }],
    ['approval 1 group person <@U012AB3CD|ann>', { problem: 'option', option: 'group', given: '' }],
    ['receipt', { problem: 'missing', option: 'job' }],
    ['spend R&amp;D', { problem: 'option', option: 'month', given: 'R&D' }],
    ['melt 5', { problem: 'word' }],
  ])('is not guessed at: "%s"', (text, problem) => {
    expect(readAdmin(readAsk(text).ask)).toMatchObject(problem)
  })
})
