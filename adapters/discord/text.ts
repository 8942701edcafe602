import type { Span, Text } from '../../src/core/view.ts'
import { EVERYBODY, isRole } from './groups.ts'
import { codeText, cut, escapeMarkdown, guardLineStart } from './literal.ts'

/** docs: reference#message-formatting-timestamp-styles */
const TIME_STYLES = { relative: 'R', clock: 't', date: 'f' } as const

/**
 * A neutral text as one line of Discord markdown, at most `max` letters of it. It is cut in what people read, never in
 * the markup: a cut bold span is still closed, a mention is whole or absent.
 */
export function drawText(text: Text, max = Number.POSITIVE_INFINITY): string {
  let line = ''
  for (const [index, span] of text.entries()) {
    const longer = join(line, drawSpan(span, index === 0))
    if (longer.length <= max) {
      line = longer
      continue
    }
    const room = max - line.length
    return join(line, largestThatFits(span, index === 0, room - 1))
  }
  return line
}

/** Two bold spans in a row would close each other (`**a****b**`); a space of no width keeps them apart. */
const join = (line: string, next: string) =>
  `${line}${line.endsWith('**') && next.startsWith('**') ? '\u200B' : ''}${next}`

function drawSpan(span: Span, first: boolean): string {
  if (typeof span === 'string') return first ? guardLineStart(escapeMarkdown(span)) : escapeMarkdown(span)
  if ('bold' in span) return bold(escapeMarkdown(span.bold))
  if ('code' in span) return span.code.trim() === '' ? '' : `\`${codeText(span.code)}\``
  if ('link' in span) return link(span.link, escapeMarkdown(span.text))
  // https://docs.discord.com/developers/reference#message-formatting, August 2026
  if ('time' in span) return `<t:${Math.floor(span.time / 1000)}:${TIME_STYLES[span.as]}>`
  if ('group' in span) return drawGroup(span.group)
  return /^\d{1,20}$/.test(span.mention) ? `<@${span.mention}>` : escapeMarkdown(span.mention)
}

/** Everybody is named as Discord does, in letters that notify nobody. */
const drawGroup = (group: string) =>
  isRole(group) ? `<@&${group}>` : escapeMarkdown(group === EVERYBODY ? `@${EVERYBODY}` : group)

/** `** a**` stays as it is written, so the spaces go outside. */
function bold(text: string): string {
  const [, before, inner, after] = /^(\s*)(.*?)(\s*)$/s.exec(text)!
  return inner === '' ? text : `${before}**${inner}**${after}`
}

/** Anything but a web address is drawn as its text alone. */
function link(address: string, text: string): string {
  const url = webAddress(address)
  if (url === null || text.trim() === '') return text
  return `[${text}](${url.replaceAll('(', '%28').replaceAll(')', '%29')})`
}

export function webAddress(address: string): string | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null
}

/** The span with as much of its text as fits, or an ellipsis. */
function largestThatFits(span: Span, first: boolean, room: number): string {
  if (room < 1) return ''
  const words =
    typeof span === 'string'
      ? span
      : 'bold' in span
        ? span.bold
        : 'code' in span
          ? span.code
          : 'link' in span
            ? span.text
            : null
  if (words === null) return '…'
  let [fits, tooLong] = [0, words.length]
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1
    if (drawSpan(withWords(span, cut(words, middle)), first).length <= room) fits = middle
    else tooLong = middle
  }
  return fits === 0 ? '…' : drawSpan(withWords(span, cut(words, fits)), first)
}

function withWords(span: Span, words: string): Span {
  if (typeof span === 'string') return words
  if ('bold' in span) return { bold: words }
  if ('code' in span) return { code: words }
  return 'link' in span ? { ...span, text: words } : span
}
