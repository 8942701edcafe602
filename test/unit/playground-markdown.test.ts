import { describe, expect, it } from 'vitest'
import {
  type Block,
  type Inline,
  parseInline,
  parseMarkdown,
  plainText,
} from '../../src/sandbox/playground/page/markdown.ts'

const text = (words: string): Inline => ({ kind: 'text', text: words })
const inline = (source: string) => parseInline(source)
const paragraph = (...children: Inline[]): Block => ({ kind: 'paragraph', children })

describe("Discord's markdown within a line", () => {
  it('knows every emphasis, also within each other', () => {
    expect(inline('**a** *b* _c_ __d__ ~~e~~ ||f||')).toEqual([
      { kind: 'bold', children: [text('a')] },
      text(' '),
      { kind: 'italic', children: [text('b')] },
      text(' '),
      { kind: 'italic', children: [text('c')] },
      text(' '),
      { kind: 'underline', children: [text('d')] },
      text(' '),
      { kind: 'strike', children: [text('e')] },
      text(' '),
      { kind: 'spoiler', children: [text('f')] },
    ])
    expect(inline('**`1x  $0.04`**')).toEqual([
      { kind: 'bold', children: [{ kind: 'code', text: '1x  $0.04' }] },
    ])
  })

  it('leaves snake_case, lone signs and escaped signs alone', () => {
    expect(inline('my_clip_final.mp4')).toEqual([text('my_clip_final.mp4')])
    expect(inline('2 * 3 * 4')).toEqual([text('2 * 3 * 4')])
    expect(inline('\\*not\\* \\<@12345678\\>')).toEqual([text('*not* <@12345678>')])
  })

  it('takes nothing in code for markup', () => {
    expect(inline('`**a** <@12345678>`')).toEqual([{ kind: 'code', text: '**a** <@12345678>' }])
    expect(inline('``a`b``')).toEqual([{ kind: 'code', text: 'a`b' }])
  })

  it('reads mentions, commands, emoji and timestamps', () => {
    expect(inline('<@123456789><@!123456789><#223456789></upscale:323456789>')).toEqual([
      { kind: 'user', id: '123456789' },
      { kind: 'user', id: '123456789' },
      { kind: 'channel', id: '223456789' },
      { kind: 'command', name: 'upscale', id: '323456789' },
    ])
    expect(inline('<t:1770000000:R><t:1770000000><t:1770000000:x>')).toEqual([
      { kind: 'time', unix: 1770000000, style: 'R' },
      { kind: 'time', unix: 1770000000, style: 'f' },
      text('<t:1770000000:x>'),
    ])
    expect(inline('<a:party:423456789>')).toEqual([
      { kind: 'emoji', name: 'party', id: '423456789', animated: true },
    ])
  })

  it('links http and https only, and leaves the end of the sentence out of the link', () => {
    const link = (url: string, label = url): Inline => ({ kind: 'link', url, children: [text(label)] })
    expect(inline('see https://a.test/b?c=1.')).toEqual([
      text('see '),
      link('https://a.test/b?c=1'),
      text('.'),
    ])
    expect(inline('[the clip](https://a.test/x_(1))')).toEqual([link('https://a.test/x_(1)', 'the clip')])
    expect(inline('<https://a.test/y>')).toEqual([link('https://a.test/y')])
    expect(inline('[x](javascript:alert(1))')).toEqual([text('[x](javascript:alert(1))')])
    expect(inline('[x](data:text/html,hi)')).toEqual([text('[x](data:text/html,hi)')])
  })

  it('keeps HTML as the text that it is', () => {
    expect(inline('<img src=x onerror=alert(1)>')).toEqual([text('<img src=x onerror=alert(1)>')])
  })

  it('stays quick and whole on hostile nesting', () => {
    const hostile = '*_'.repeat(2000) + '||'.repeat(500) + '['.repeat(2000)
    const started = performance.now()
    const flat = JSON.stringify(parseMarkdown(hostile))
    expect(performance.now() - started).toBeLessThan(2000)
    expect(flat).toContain('[[[[')
  })
})

describe("Discord's markdown over lines", () => {
  it('knows headings, small print and paragraphs that keep their line breaks', () => {
    expect(parseMarkdown('# a\n## b\n### c\n-# d\ne\nf\n#g')).toEqual([
      { kind: 'heading', level: 1, children: [text('a')] },
      { kind: 'heading', level: 2, children: [text('b')] },
      { kind: 'heading', level: 3, children: [text('c')] },
      { kind: 'subtext', children: [text('d')] },
      paragraph(text('e'), text('\n'), text('f'), text('\n'), text('#g')),
    ])
  })

  it('gathers quoted lines, and everything after >>>', () => {
    expect(parseMarkdown('> a\n> b\nc')).toEqual([
      { kind: 'quote', blocks: [paragraph(text('a'), text('\n'), text('b'))] },
      paragraph(text('c')),
    ])
    expect(parseMarkdown('a\n>>> b\nc')).toEqual([
      paragraph(text('a')),
      { kind: 'quote', blocks: [paragraph(text('b'), text('\n'), text('c'))] },
    ])
  })

  it('knows lists with their depth and first number', () => {
    expect(parseMarkdown('- a\n  - b\n3. c')).toEqual([
      {
        kind: 'list',
        ordered: false,
        start: 1,
        items: [
          { depth: 0, children: [text('a')] },
          { depth: 1, children: [text('b')] },
        ],
      },
      { kind: 'list', ordered: true, start: 3, items: [{ depth: 0, children: [text('c')] }] },
    ])
  })

  it('takes a fenced block as it is', () => {
    expect(parseMarkdown('a\n```ts\n**x** <1>\n```\nb')).toEqual([
      paragraph(text('a')),
      { kind: 'codeblock', language: 'ts', text: '**x** <1>' },
      paragraph(text('b')),
    ])
  })

  it('gives the plain words for a preview', () => {
    const name = (kind: string, id: string) => `${kind === 'channel' ? '#' : '@'}${kind} ${id.slice(0, 2)}`
    expect(plainText('### Hi <@123456789> <@&345678912>\n**`a`** [b](https://c.test) ||d||', name)).toBe(
      'Hi @user 12 @role 34 a b d',
    )
  })
})
