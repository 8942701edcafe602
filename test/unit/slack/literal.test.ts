import { describe, expect, it } from 'vitest'
import {
  cleanLine,
  codeText,
  cut,
  escapeMrkdwn,
  guardLineStart,
  plainText,
} from '../../../adapters/slack/literal.ts'

const SAME_SHAPE: Record<string, string> = {
  '∗': '*',
  '﹡': '＊',
  ˍ: '_',
  '⸏': '＿',
  '∼': '~',
  ˋ: '`',
  '∶': ':',
}

/** The letters that a reader of mrkdwn takes it for, where nothing in it has a meaning. */
const asRead = (mrkdwn: string) =>
  mrkdwn
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll('\u00AD', '')
    .replace(/[∗﹡ˍ⸏∼ˋ∶]/g, letter => SAME_SHAPE[letter]!)

/** Everything that Slack would not draw as its own letters. docs: reference/surfaces/formatting */
const ALIVE =
  /[<>`｀＊＿]|&(?!amp;|lt;|gt;)|(?<![\p{L}\p{N}])[*_~]|[*_~](?![\p{L}\p{N}])|^\s*(&gt;|＞)|:\/\/|:[^\s:]+:|[\r\n]/u

/** A file name somebody could choose, and the letters that people may see of it. */
const NASTY: [name: string, seen: string][] = [
  ['clip.mp4', 'clip.mp4'],
  ['my_holiday_clip.mp4', 'my_holiday_clip.mp4'],
  ['**bold**.mp4', '**bold**.mp4'],
  ['*a* _b_ __c__ ~~d~~.mp4', '*a* _b_ __c__ ~~d~~.mp4'],
  ['`code`.mp4', '`code`.mp4'],
  ['```js\nalert(1)\n```.mp4', '```js alert(1) ```.mp4'],
  ['<!everyone>.mp4', '<!everyone>.mp4'],
  ['<!channel> <!here>.mp4', '<!channel> <!here>.mp4'],
  ['<@U012AB3CD>.mp4', '<@U012AB3CD>.mp4'],
  ['<#C012AB3CD|general>.mp4', '<#C012AB3CD|general>.mp4'],
  ['<!subteam^S012AB3CD>.mp4', '<!subteam^S012AB3CD>.mp4'],
  ['<!date^0^{date}|now>.mp4', '<!date^0^{date}|now>.mp4'],
  ['<https://evil.example|your bank>.mp4', '<https://evil.example|your bank>.mp4'],
  ['&lt;!channel&gt; &amp;.mp4', '&lt;!channel&gt; &amp;.mp4'],
  [':tada: :white_check_mark:.mp4', ':tada: :white_check_mark:.mp4'],
  ['＊wide＊ ＿too＿ ｀here｀.mp4', '＊wide＊ ＿too＿ ｀here｀.mp4'],
  ['＞ wide quote.mp4', '＞ wide quote.mp4'],
  ['@everyone.mp4', '@everyone.mp4'],
  ['@here look.mp4', '@here look.mp4'],
  ['[free nitro](https://evil.example).mp4', '[free nitro](https://evil.example).mp4'],
  ['https://evil.example/a.mp4', 'https://evil.example/a.mp4'],
  ['<https://evil.example>', '<https://evil.example>'],
  ['steam://run/1.mp4', 'steam://run/1.mp4'],
  ['> quote.mp4', '> quote.mp4'],
  ['>>> all of it.mp4', '>>> all of it.mp4'],
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

describe('foreign words in mrkdwn', () => {
  it.each(NASTY)('%j is read as its own letters, and none of them does anything', (name, seen) => {
    const line = guardLineStart(escapeMrkdwn(name))
    expect(asRead(line)).toBe(seen.replaceAll('｀', '`'))
    expect(line).not.toMatch(ALIVE)
  })

  it('leaves plain words and the names of plain files as they are', () => {
    for (const words of [
      '640x360 · 30 fps · 0:12 (H.264), 100 %!',
      'my_holiday_clip-2x.mp4',
      'at 12:30:15',
    ]) {
      expect(escapeMrkdwn(words)).toBe(words)
    }
  })

  it('has no backtick inside code, where it would end it', () => {
    expect(codeText('a`b``<!channel>\nd')).toBe('aˋbˋˋ&lt;!channel&gt; d')
  })
})

describe('foreign words in plain text', () => {
  it.each(NASTY)('%j is cleaned, and its emoji codes stay letters', (name, seen) => {
    expect(plainText(name, 500)).toEqual({ type: 'plain_text', text: seen, emoji: false })
  })

  it('is never empty, and never longer than it may be', () => {
    expect(plainText(' \u200B\n', 10).text).toBe('…')
    expect(plainText('x'.repeat(300), 75).text).toHaveLength(75)
  })
})

it('cuts with an ellipsis and never within a letter', () => {
  expect(cut('abcdef', 6)).toBe('abcdef')
  expect(cut('abcdef', 4)).toBe('abc…')
  expect(cut('ab👩cd', 4)).toBe('ab…')
  expect(cut('abc', 0)).toBe('')
  const name = '👩‍🚀 vidéo 視頻 '.repeat(20)
  for (let max = 0; max < name.length; max++) {
    expect(cut(name, max).length).toBeLessThanOrEqual(max)
    expect(cut(name, max).isWellFormed()).toBe(true)
  }
})

it('cleans every single letter of Unicode into something that is well formed and on one line', () => {
  for (let code = 0; code <= 0x10ffff; code += code < 0x3000 || code > 0xf900 ? 1 : 37) {
    const line = cleanLine(`a${String.fromCodePoint(code)}b`)
    if (!line.isWellFormed() || /[\n\r\u2028\u2029\u202A-\u202E\u2066-\u2069]/.test(line)) {
      expect.fail(`U+${code.toString(16)}`)
    }
  }
})
