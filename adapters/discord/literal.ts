/**
 * Foreign words (file names above all) on their way into Discord's markdown. What a person reads must be exactly
 * the letters that the file name has: no formatting, no mention, no link, nothing that hides or turns text around.
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

/** Escaped for any place in a line. Discord draws a backslash before punctuation as that punctuation. */
export const escapeMarkdown = (text: string): string =>
  cleanLine(text)
    .replace(/[\\*_~`|<>[\]@]/g, '\\$&')
    // An address becomes a link by its "://" alone.
    .replace(/:(?=\/\/)/g, '\\:')

/** Headings, quotes, lists and small print are made by the first letters of a line, whoever wrote them. */
export const guardLineStart = (line: string): string =>
  line.replace(/^(\s*)(?:([#>+-])|(\d+)(?=\.))/, (_, space: string, sign?: string, digits?: string) =>
    sign === undefined ? `${space}${digits}\\` : `${space}\\${sign}`,
  )

/** For the inside of `code`, where nothing can be escaped: only the backtick itself would end it. */
export const codeText = (text: string): string => cleanLine(text).replaceAll('`', 'ˋ')

/** At most `max` UTF-16 units, no letter split, ending in an ellipsis where something was cut. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  if (max < 1) return ''
  const kept = text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept.replace(/[\s\u200D]+$/u, '')}…`
}

/**
 * The name under which a file is uploaded. `attachment://` finds only names of these letters (docs: reference
 * #editing-message-attachments, August 2026), and Discord rewrites others without telling.
 */
export function attachmentName(fileName: string): string {
  const [, base = '', ending = ''] = /^(.*?)(\.[A-Za-z0-9]{1,10})?$/s.exec(fileName)!
  const plain = base
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .slice(0, 100)
    .replace(/^[._]+|[._]+$/g, '')
  return (plain || 'clip') + ending
}
