/**
 * Foreign words (file names above all) on their way to Slack. What a person reads must be exactly the letters that the
 * file name has: no formatting, no mention, no link, nothing that hides or turns text around.
 *
 * Most words go into `rich_text` and `plain_text`, which hold letters and nothing else, so cleaning is enough. Only two
 * places speak mrkdwn: small print (a context block takes nothing richer) and the line for notifications. Slack has no
 * escape there but for & < >, so letters that would format are replaced by others of the same shape.
 */

/** Format characters and everything that is drawn as nothing: bidi overrides, zero-width spaces, tag letters. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
/** Emoji and some scripts need these joiners and selectors; between plain letters they only hide. */
const JOINERS = /\u200C|\u200D|\uFE0E|\uFE0F/
/** More accents than this on one letter draw over the lines around it; no language needs more. */
const PILED_ACCENTS = /(\p{M}{4})\p{M}+/gu

/** One line of visible text: no controls, no invisible letters, no line breaks. */
export function cleanLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(INVISIBLE, (letter, at: number, whole: string) =>
      JOINERS.test(letter) && isForeign(whole.charCodeAt(at - 1)) ? letter : '',
    )
    .replace(PILED_ACCENTS, '$1')
}

/** Beyond ASCII; NaN (before the first letter) is not. */
const isForeign = (code: number) => code > 0x7f

/** `<!channel>`, `<@U1>`, `<#C1>`, `<!date^…>` and links all begin with "<". reference/surfaces/formatting#escaping */
export const escapeEntities = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** The wide forms format too (seen by yhatt/jsx-slack, docs/about-escape-and-exact-mode, whose choice of shapes this is). */
const SHAPES: Readonly<Record<string, string>> = {
  '*': '∗',
  '＊': '﹡',
  _: 'ˍ',
  '＿': '⸏',
  '~': '∼',
  '`': 'ˋ',
  '｀': 'ˋ',
}

/** For any place in a line of mrkdwn. */
export const escapeMrkdwn = (text: string): string =>
  escapeEntities(
    cleanLine(text)
      // Inside a word they format nothing, so my_clip.mp4 stays what it is.
      .replace(/(?<![\p{L}\p{N}])[*_~]|[*_~](?![\p{L}\p{N}])|[`＊＿｀]/gu, sign => SHAPES[sign]!)
      // ":smile:" is drawn as a picture, but not the minutes in "12:30:15"; an address becomes a link by its "://" alone.
      .replace(/:(?=\/\/|(?!\d\d?:\d)[^\s:]+:)/g, '∶'),
  )

/** A quote is made by the first letter of a line; behind a soft hyphen, which is not drawn, it is not the first. */
export const guardLineStart = (line: string): string => line.replace(/^(\s*)(?=&gt;|＞)/, '$1\u00AD')

/** For the inside of `code` in mrkdwn: only the backtick itself would end it. */
export const codeText = (text: string): string => escapeEntities(cleanLine(text).replace(/[`｀]/g, 'ˋ'))

/** At most `max` UTF-16 units, no letter split, ending in an ellipsis where something was cut. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  if (max < 1) return ''
  const kept = text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept.replace(/[\s\u200D]+$/u, '')}…`
}

/** For a `plain_text` object: it is never empty, and its letters are nothing but letters where it has `emoji: false`. */
export const plainText = (text: string, max: number) => ({
  type: 'plain_text' as const,
  text: cut(cleanLine(text).trim(), max) || '…',
  emoji: false,
})
