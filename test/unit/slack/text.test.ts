import { describe, expect, it } from 'vitest'
import { drawMrkdwn, drawPlain, drawText, sizeOf } from '../../../adapters/slack/text.ts'
import type { Text } from '../../../src/core/view.ts'

const AT = 1_800_000_000_999

describe('a neutral text as rich text', () => {
  it.each<[string, Text, unknown[]]>([
    ['a plain string is its letters', ['a *b* <!here>'], [{ type: 'text', text: 'a *b* <!here>' }]],
    ['bold', [{ bold: 'x_y' }], [{ type: 'text', text: 'x_y', style: { bold: true } }]],
    ['code', [{ code: 'a`b' }], [{ type: 'text', text: 'a`b', style: { code: true } }]],
    [
      'what is empty is left out',
      ['', { bold: '' }, { code: '\u200B' }, { link: 'https://a.example', text: '' }],
      [],
    ],
    [
      'a clock time in the zone of the reader, with one for clients that draw none',
      [{ time: AT, as: 'clock' }],
      [{ type: 'date', timestamp: 1_800_000_000, format: '{time}', fallback: '08:00 UTC' }],
    ],
    [
      'a date',
      [{ time: AT, as: 'date' }],
      [
        {
          type: 'date',
          timestamp: 1_800_000_000,
          format: '{date_short} at {time}',
          fallback: '15 January 2027 at 08:00 UTC',
        },
      ],
    ],
    [
      'a relative time, by the clock',
      [{ time: AT, as: 'relative' }],
      [
        {
          type: 'date',
          timestamp: 1_800_000_000,
          format: 'at {time} {date_short_pretty}',
          fallback: 'at 08:00 UTC',
        },
      ],
    ],
    ['a person', [{ mention: 'U012AB3CD' }], [{ type: 'user', user_id: 'U012AB3CD' }]],
    ['a person of an organisation', [{ mention: 'W012AB3CD' }], [{ type: 'user', user_id: 'W012AB3CD' }]],
    ['a mention that is no person is text', [{ mention: '!channel' }], [{ type: 'text', text: '!channel' }]],
    ['not even a channel is one', [{ mention: 'C012AB3CD' }], [{ type: 'text', text: 'C012AB3CD' }]],
    ['a user group', [{ group: 'S012AB3CD' }], [{ type: 'usergroup', usergroup_id: 'S012AB3CD' }]],
    ['a group that is none is text', [{ group: '!here' }], [{ type: 'text', text: '!here' }]],
    [
      'a link',
      [{ link: 'https://a.example/x', text: 'here' }],
      [{ type: 'link', url: 'https://a.example/x', text: 'here' }],
    ],
    [
      'a link that is no web address is its text',
      [{ link: 'javascript:alert(1)', text: 'here' }],
      [{ type: 'text', text: 'here' }],
    ],
    ['lines become one', ['a\nb'], [{ type: 'text', text: 'a b' }]],
  ])('%s', (_, text, expected) => {
    expect(drawText(text)).toEqual(expected)
  })
})

describe('a neutral text as mrkdwn', () => {
  it.each<[string, Text, string]>([
    ['a plain string is literal', ['a *b* <!here>'], 'a ∗b∗ &lt;!here&gt;'],
    ['bold is bold, its content literal', ['see ', { bold: 'x & *y*' }], 'see *x &amp; ∗y∗*'],
    ['spaces at the edge of bold go outside', ['a', { bold: ' b ' }, 'c'], 'a *b* c'],
    ['bold in the middle of a word is still bold', ['a', { bold: 'b' }, 'c'], 'a\u200B*b*\u200Bc'],
    ['two bolds in a row do not close each other', [{ bold: 'a' }, { bold: 'b' }], '*a*\u200B*b*'],
    ['code', ['said: ', { code: 'a`b* <@U1>' }], 'said: `aˋb* &lt;@U1&gt;`'],
    ['a time', ['by ', { time: AT, as: 'clock' }], 'by <!date^1800000000^{time}|08:00 UTC>'],
    ['a person', [{ mention: 'U012AB3CD' }], '<@U012AB3CD>'],
    ['a mention that is no person is text', [{ mention: '!channel> @here' }], '!channel&gt; @here'],
    ['a user group', [{ group: 'S012AB3CD' }], '<!subteam^S012AB3CD>'],
    ['a group that is none is text', [{ group: 'S1> <!here' }], 'S1&gt; &lt;!here'],
    [
      'a link',
      [{ link: 'https://a.example/?x=1&y=2', text: 'h>e' }],
      '<https://a.example/?x=1&amp;y=2|h&gt;e>',
    ],
    [
      'a link whose address would end it early',
      [{ link: 'https://a.example/x|y>z', text: 'here' }],
      '<https://a.example/x%7Cy%3Ez|here>',
    ],
    ['a link that is no web address is its text', [{ link: 'slack://user', text: 'here' }], 'here'],
    ['a quote at its start is none', ['> a > b'], '\u00AD&gt; a &gt; b'],
  ])('%s', (_, text, expected) => {
    expect(drawMrkdwn(text, 500)).toBe(expected)
  })
})

describe('what is too long', () => {
  const text: Text = [
    'a_b & '.repeat(9),
    { bold: 'c*d '.repeat(9) },
    { time: AT, as: 'date' },
    { link: 'https://a.example', text: 'e'.repeat(60) },
    { mention: 'U012AB3CD' },
    { group: 'S012AB3CD' },
  ]

  it('is cut in its words, never in its markup, to every length', () => {
    for (let max = 0; max < 300; max++) {
      const letters = drawText(text, max).map(e =>
        'text' in e ? e.text : 'fallback' in e ? e.fallback : '123456789',
      )
      expect(letters.join('').length).toBeLessThanOrEqual(max)
      const line = drawMrkdwn(text, max)
      expect(line.length).toBeLessThanOrEqual(6 * max)
      expect(line.split('<').length).toBe(line.split('>').length)
      expect(line.replace(/<[^>]*>/g, '').split('*').length % 2).toBe(1)
      expect(line).not.toMatch(/&(?!amp;)/)
    }
  })

  it('leaves a person out rather than cut them, and says so', () => {
    expect(drawText(['hello ', { mention: 'U012AB3CD' }], 10)).toEqual([
      { type: 'text', text: 'hello ' },
      { type: 'text', text: '…' },
    ])
  })

  it('is whole at its own size', () => {
    expect(drawText(text, sizeOf(text))).toEqual(drawText(text))
    expect(drawText(text, sizeOf(text) - 1)).not.toEqual(drawText(text))
  })

  it('stays within six letters for each, whatever it is made of', () => {
    for (const span of [
      '&',
      '*',
      { bold: '&' },
      { code: '<' },
      { time: AT, as: 'clock' },
      { time: AT, as: 'relative' },
      { link: 'https://a.example/視?&&&&', text: '&' },
      { mention: 'U0123' },
      { group: 'S0123' },
    ] satisfies Text) {
      expect(drawMrkdwn(Array(900).fill(span), 500).length, JSON.stringify(span)).toBeLessThanOrEqual(3000)
    }
  })
})

it('has letters for where nothing else can be', () => {
  expect(
    drawPlain([
      'a ',
      { bold: 'b' },
      ' ',
      { time: AT, as: 'clock' },
      { link: 'https://a.example', text: ' c' },
    ]),
  ).toBe('a b 08:00 UTC c')
})
