import { describe, expect, it } from 'vitest'
import { dayOf, formatDate, shortTimeOf, timeOf } from '../../src/sandbox/playground/page/slack/date.ts'
import { type Inline, parseInline, parseMrkdwn } from '../../src/sandbox/playground/page/slack/mrkdwn.ts'

const text = (words: string): Inline => ({ kind: 'text', text: words })
const link = (url: string, label = url): Inline => ({ kind: 'link', url, children: [text(label)] })

describe("Slack's mrkdwn within a line", () => {
  it('knows every emphasis, also within each other', () => {
    expect(parseInline('*a* _b_ ~c~ `d`')).toEqual([
      { kind: 'bold', children: [text('a')] },
      text(' '),
      { kind: 'italic', children: [text('b')] },
      text(' '),
      { kind: 'strike', children: [text('c')] },
      text(' '),
      { kind: 'code', text: 'd' },
    ])
    expect(parseInline('*a _b_*')).toEqual([
      { kind: 'bold', children: [text('a '), { kind: 'italic', children: [text('b')] }] },
    ])
  })

  it('leaves signs within words and lone signs alone', () => {
    for (const words of [
      'my_clip_final.mp4',
      '2 * 3 * 4',
      '*not bold',
      'a ~ b',
      '4*5* 6',
      'fox_walk_ done',
      '**',
      '~',
    ]) {
      expect(parseInline(words), words).toEqual([text(words)])
    }
  })

  it('gives the three escaped signs back once, in text and in code', () => {
    expect(parseInline('&lt;b&gt; &amp;amp; `&lt;`')).toEqual([
      text('<b> &amp; '),
      { kind: 'code', text: '<' },
    ])
  })

  it('reads mentions of people, channels and everybody', () => {
    expect(
      parseInline('<@U0MIRA00001> <@W123|mira> <#C0CLIPS0001|clips> <!here> <!subteam^S1|@film>'),
    ).toEqual([
      { kind: 'user', id: 'U0MIRA00001' },
      text(' '),
      { kind: 'user', id: 'W123' },
      text(' '),
      { kind: 'channel', id: 'C0CLIPS0001', label: 'clips' },
      text(' '),
      { kind: 'group', name: '@here' },
      text(' '),
      { kind: 'subteam', id: 'S1', label: '@film' },
    ])
    expect(parseInline('&lt;@U0MIRA00001&gt;')).toEqual([text('<@U0MIRA00001>')])
  })

  it('links http, https and mail only, in brackets or bare', () => {
    expect(parseInline('<https://a.test/?b=1&amp;c=2|a *clip*>')).toEqual([
      {
        kind: 'link',
        url: 'https://a.test/?b=1&c=2',
        children: [text('a '), { kind: 'bold', children: [text('clip')] }],
      },
    ])
    expect(parseInline('see https://a.test/b?c=1.')).toEqual([
      text('see '),
      link('https://a.test/b?c=1'),
      text('.'),
    ])
    expect(parseInline('(https://a.test/_b_.)')).toEqual([text('('), link('https://a.test/_b'), text('_.)')])
    expect(parseInline('&lt;https://a.test/&gt;')).toEqual([text('<'), link('https://a.test/'), text('>')])
    expect(parseInline('<javascript:alert(1)|x>')).toEqual([text('<javascript:alert(1)|x>')])
    expect(parseInline('xhttps://a.test')).toEqual([text('xhttps://a.test')])
  })

  it('reads a date with its link and what stands for it elsewhere', () => {
    expect(parseInline('<!date^1770000000^{date_short} at {time}^https://a.test/|then>')).toEqual([
      {
        kind: 'date',
        unix: 1770000000,
        format: '{date_short} at {time}',
        url: 'https://a.test/',
        fallback: 'then',
      },
    ])
    expect(parseInline('<!date^^{time}|then>')).toEqual([text('<!date^^{time}|then>')])
  })

  it('stays quick and whole on hostile nesting', () => {
    const hostile = '*_~'.repeat(10_000) + '<'.repeat(5000) + '`'.repeat(5001)
    const started = performance.now()
    expect(JSON.stringify(parseMrkdwn(hostile))).toContain('<<<<')
    expect(parseInline('*a '.repeat(40_000))).toHaveLength(1)
    expect(parseInline(`https://a.test/${'.'.repeat(40_000)}x`)).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe("Slack's mrkdwn over lines", () => {
  it('gathers quoted lines, escaped or not, and keeps line breaks', () => {
    expect(parseMrkdwn('a\nb\n&gt; c\n> d\ne')).toEqual([
      { kind: 'paragraph', children: [text('a'), text('\n'), text('b')] },
      { kind: 'quote', children: [text('c'), text('\n'), text('d')] },
      { kind: 'paragraph', children: [text('e')] },
    ])
  })

  it('lets no emphasis reach over the end of a line', () => {
    expect(parseMrkdwn('*a\nb*')).toEqual([
      { kind: 'paragraph', children: [text('*a'), text('\n'), text('b*')] },
    ])
  })

  it('takes what is fenced as it is, and a fence that never closes as text', () => {
    expect(parseMrkdwn('a\n```\n*b* &lt;\n```\nc')).toEqual([
      { kind: 'paragraph', children: [text('a')] },
      { kind: 'pre', text: '*b* <' },
      { kind: 'paragraph', children: [text('c')] },
    ])
    expect(parseMrkdwn('a ```b')).toEqual([{ kind: 'paragraph', children: [text('a ```b')] }])
  })
})

describe("Slack's dates", () => {
  /** Sunday, 22 November 2026, 17:57:12 UTC. */
  const AT = Date.UTC(2026, 10, 22, 17, 57, 12) / 1000
  const now = AT * 1000 + 180_000
  const inUtc = (format: string, unix = AT) => formatDate(unix, format, now, 'UTC')

  it('knows every token that is documented', () => {
    expect(inUtc('{date_num}')).toBe('2026-11-22')
    expect(inUtc('{date_slash}')).toBe('11/22/2026')
    expect(inUtc('{date}')).toBe('November 22nd, 2026')
    expect(inUtc('{date_short}')).toBe('Nov 22, 2026')
    expect(inUtc('{date_long}')).toBe('Sunday, November 22nd, 2026')
    expect(inUtc('{ago}')).toBe('3 minutes ago')
    expect(inUtc('{date_short} at {time}')?.replace(/\s/g, ' ')).toBe('Nov 22, 2026 at 5:57 PM')
    expect(inUtc('{time_secs}')?.replace(/\s/g, ' ')).toBe('5:57:12 PM')
    expect(inUtc('{nothing} {date_num}')).toBe('{nothing} 2026-11-22')
  })

  it('says today, yesterday and tomorrow only in the pretty ones', () => {
    const DAY = 86_400
    expect(inUtc('{date_pretty}')).toBe('today')
    expect(inUtc('{date_short_pretty}', AT - DAY)).toBe('yesterday')
    expect(inUtc('{date_long_pretty}', AT + DAY)).toBe('tomorrow')
    expect(inUtc('{date_short_pretty}', AT - 2 * DAY)).toBe('Nov 20, 2026')
  })

  it("goes by the reader's zone", () => {
    expect(formatDate(AT, '{date_num}', now, 'Asia/Tokyo')).toBe('2026-11-23')
    expect(formatDate(AT, '{date_pretty} {time}', now, 'Asia/Tokyo')?.replace(/\s/g, ' ')).toBe(
      'today 2:57 AM',
    )
  })

  it('ends the days of a month as they are spoken', () => {
    const day = (n: number) => inUtc('{date}', Date.UTC(2026, 9, n, 12) / 1000)?.split(/[ ,]/)[1]
    expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30, 31].map(day)).toEqual(
      '1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 30th 31st'.split(' '),
    )
  })

  it('has nothing for a moment that no calendar has', () => {
    expect(inUtc('{date}', 1e18)).toBeNull()
  })

  it('heads a message with its time, and a day with its name', () => {
    const ts = `${AT}.000100`
    expect(timeOf(ts)).toMatch(/^\d+:57\s[AP]M$/)
    expect(shortTimeOf(ts)).toMatch(/^\d+:57$/)
    expect(dayOf(ts, AT * 1000)).toBe('Today')
    expect(dayOf(ts, AT * 1000 + 10 * 86_400_000)).toMatch(/^(Sunday|Monday), November 2[23](nd|rd)$/)
  })
})
