import { describe, expect, it } from 'vitest'
import { drawText } from '../../../adapters/discord/text.ts'
import type { Text } from '../../../src/core/view.ts'

describe('a neutral text in Discord markdown', () => {
  it.each<[string, Text, string]>([
    ['a plain string is literal', ['a *b*'], 'a \\*b\\*'],
    ['bold is bold, its content literal', [{ bold: 'x_y' }], '**x\\_y**'],
    ['spaces at the edge of bold go outside', ['a', { bold: ' b ' }, 'c'], 'a **b** c'],
    ['bold of nothing is nothing', [{ bold: '' }], ''],
    ['two bolds in a row do not close each other', [{ bold: 'a' }, { bold: 'b' }], '**a**\u200B**b**'],
    ['code', [{ code: 'a`b*' }], '`aˋb*`'],
    ['code of nothing is nothing', [{ code: ' ' }], ''],
    ['a relative time', [{ time: 1_800_000_000_999, as: 'relative' }], '<t:1800000000:R>'],
    ['a clock time', [{ time: 1_800_000_000_000, as: 'clock' }], '<t:1800000000:t>'],
    ['a mention', [{ mention: '123456789012345678' }], '<@123456789012345678>'],
    ['a group', [{ group: '123456789012345678' }], '<@&123456789012345678>'],
    ['the group of everybody', ['Ask ', { group: 'everyone' }, '.'], 'Ask \\@everyone.'],
    ['a group that is no id is text', [{ group: '1> <@&2' }], '1\\> \\<\\@&2'],
    ['a mention that is no id is text', [{ mention: '&123> @everyone' }], '&123\\> \\@everyone'],
    ['a link', [{ link: 'https://a.example/x', text: 'here' }], '[here](https://a.example/x)'],
    [
      'a link whose address and text would end it early',
      [{ link: 'https://a.example/x)(y', text: 'a](b' }],
      '[a\\](b](https://a.example/x%29%28y)',
    ],
    ['a link that is no web address is its text', [{ link: 'javascript:alert(1)', text: 'here' }], 'here'],
    ['only the first span can make a line start', ['# a', '# b'], '\\# a# b'],
  ])('%s', (_, text, expected) => {
    expect(drawText(text)).toBe(expected)
  })

  it('is cut in its words and never in its markup', () => {
    const text: Text = [
      'a_b '.repeat(9),
      { bold: 'c*d '.repeat(9) },
      { link: 'https://a.example', text: 'e'.repeat(60) },
    ]
    for (let max = 1; max < 220; max++) {
      const line = drawText(text, max)
      expect(line.length).toBeLessThanOrEqual(max)
      const dead = line.replace(/\\[^0-9A-Za-z\s]/g, '')
      expect(dead).not.toMatch(/\\|_/)
      expect(dead.match(/\*\*/g)?.length ?? 0).toSatisfy((n: number) => n % 2 === 0)
      expect(dead.split('[').length).toBe(dead.split(')').length)
    }
  })

  it('leaves a mention out rather than cut it', () => {
    expect(drawText(['hello ', { mention: '123456789012345678' }], 20)).toBe('hello …')
  })
})
