import { describe, expect, it } from 'vitest'
import {
  attachmentName,
  cleanLine,
  codeText,
  cut,
  escapeMarkdown,
  guardLineStart,
} from '../../../adapters/discord/literal.ts'

/** What Discord draws for a text in which everything that has a meaning is escaped. */
const asRead = (markdown: string) => markdown.replace(/\\([^0-9A-Za-z\s])/g, '$1')
/** What is left to have a meaning: everything that no backslash stands before. */
const alive = (markdown: string) => markdown.replace(/\\[^0-9A-Za-z\s]/g, 'x')

/** A file name somebody could choose, and the letters that people may see of it. */
const NASTY: [name: string, seen: string][] = [
  ['clip.mp4', 'clip.mp4'],
  ['my_holiday_clip.mp4', 'my_holiday_clip.mp4'],
  ['**bold**.mp4', '**bold**.mp4'],
  ['*a* _b_ __c__ ~~d~~.mp4', '*a* _b_ __c__ ~~d~~.mp4'],
  ['||spoiler||.mov', '||spoiler||.mov'],
  ['`code`.mp4', '`code`.mp4'],
  ['```js\nalert(1)\n```.mp4', '```js alert(1) ```.mp4'],
  ['@everyone.mp4', '@everyone.mp4'],
  ['@here look.mp4', '@here look.mp4'],
  ['<@123456789012345678>.mp4', '<@123456789012345678>.mp4'],
  ['<@&123456789012345678>.mp4', '<@&123456789012345678>.mp4'],
  ['<#123456789012345678>.mp4', '<#123456789012345678>.mp4'],
  ['<:smile:123456789012345678>.mp4', '<:smile:123456789012345678>.mp4'],
  ['<t:0:R>.mp4', '<t:0:R>.mp4'],
  ['</upscale:123456789012345678>.mp4', '</upscale:123456789012345678>.mp4'],
  ['<id:customize>.mp4', '<id:customize>.mp4'],
  ['[free nitro](https://evil.example).mp4', '[free nitro](https://evil.example).mp4'],
  ['https://evil.example/a.mp4', 'https://evil.example/a.mp4'],
  ['<https://evil.example>', '<https://evil.example>'],
  ['steam://run/1.mp4', 'steam://run/1.mp4'],
  ['# heading.mp4', '# heading.mp4'],
  ['-# small.mp4', '-# small.mp4'],
  ['> quote.mp4', '> quote.mp4'],
  ['>>> all of it.mp4', '>>> all of it.mp4'],
  ['- item.mp4', '- item.mp4'],
  ['1. item.mp4', '1. item.mp4'],
  ['C:\\clips\\', 'C:\\clips\\'],
  ['\\*not escaped\\*.mp4', '\\*not escaped\\*.mp4'],
  ['a\nb\r\nc.mp4', 'a b c.mp4'],
  ['a\u2028b\u2029c\u0085d.mp4', 'a b c d.mp4'],
  ['tab\there\u0000and\u001b[31mred.mp4', 'tab here and [31mred.mp4'],
  ['invoice\u202Egpj.mp4', 'invoicegpj.mp4'],
  ['\u2066hidden\u2069 \u200Eleft\u200Fright\u061C.mp4', 'hidden leftright.mp4'],
  ['ze\u200Bro\u2060wi\uFEFFdth\u00AD.mp4', 'zerowidth.mp4'],
  ['a\u200Db\u200Cc.mp4', 'abc.mp4'],
  ['tag\u{E0041}\u{E0042}letters.mp4', 'tagletters.mp4'],
  ['hangul\u3164filler.mp4', 'hangulfiller.mp4'],
  ['\uD800half a letter.mp4', '\uFFFDhalf a letter.mp4'],
  [`za\u0301${'\u0300'.repeat(40)}lgo.mp4`, 'za\u0301\u0300\u0300\u0300lgo.mp4'],
  ['👩‍🚀 ✔️ Ünïcödé 視頻.mp4', '👩‍🚀 ✔️ Ünïcödé 視頻.mp4'],
  ['می‌خواهم.mp4', 'می‌خواهم.mp4'],
]

describe('foreign words in Discord markdown', () => {
  it.each(NASTY)('%j is read as its own letters, and none of them does anything', (name, seen) => {
    const line = guardLineStart(escapeMarkdown(name))
    expect(asRead(line)).toBe(seen)
    expect(alive(line)).not.toMatch(/[*_~`|<>[\]@]|:\/\/|^\s*([#>+-]|\d+\.)|[\r\n]/)
  })

  it('leaves plain words as they are', () => {
    expect(escapeMarkdown('640x360 · 30 fps · 0:12 (H.264), 100 %!')).toBe(
      '640x360 · 30 fps · 0:12 (H.264), 100 %!',
    )
  })

  it('guards only the first letters of a line', () => {
    expect(guardLineStart('2.5 MB - and 1. more')).toBe('2\\.5 MB - and 1. more')
    expect(guardLineStart('a - b')).toBe('a - b')
  })

  it('has no backtick inside code, where it could not be escaped', () => {
    expect(codeText('a`b``c\nd')).not.toMatch(/[`\n]/)
  })
})

describe('cutting', () => {
  it('ends in an ellipsis and never in half a letter', () => {
    expect(cut('abcdef', 6)).toBe('abcdef')
    expect(cut('abcdef', 4)).toBe('abc…')
    expect(cut('ab👩cd', 4)).toBe('ab…')
    expect(cut('abc', 0)).toBe('')
  })

  it('keeps within its length for every length', () => {
    const name = '👩‍🚀 vidéo 視頻 '.repeat(20)
    for (let max = 0; max < name.length; max++) {
      const text = cut(name, max)
      expect(text.length).toBeLessThanOrEqual(max)
      expect(text.isWellFormed()).toBe(true)
    }
  })
})

describe('the name that a file is uploaded under', () => {
  it.each([
    ['clip.mp4', 'clip.mp4'],
    ['my clip (final).mp4', 'my_clip_final.mp4'],
    ['vidéo à côté.mp4', 'video_a_cote.mp4'],
    ['視頻.mp4', 'clip.mp4'],
    ['../../etc/passwd', 'etc_passwd'],
    ['…', 'clip'],
    ['', 'clip'],
    ['.mp4', 'clip.mp4'],
    ['a\u202Egpj.mp4', 'a_gpj.mp4'],
  ])('%j becomes %j', (name, expected) => {
    expect(attachmentName(name)).toBe(expected)
  })

  it('has only letters that attachment:// can name, and a bounded length', () => {
    for (const [name] of NASTY) expect(attachmentName(name)).toMatch(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,110}$/)
    expect(attachmentName(`${'x'.repeat(5000)}.mp4`)).toMatch(/^x{100}\.mp4$/)
  })
})

it('cleans every single letter of Unicode into something that is well formed and on one line', () => {
  for (let code = 0; code <= 0x10ffff; code += code < 0x3000 || code > 0xf900 ? 1 : 37) {
    const line = cleanLine(`a${String.fromCodePoint(code)}b`)
    if (!line.isWellFormed() || /[\n\r\u2028\u2029\u202A-\u202E\u2066-\u2069]/.test(line)) {
      expect.fail(`U+${code.toString(16)}`)
    }
  }
})
