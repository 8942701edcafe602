import type { RichTextElement } from '@slack/types'
import type { Span, Text } from '../../src/core/view.ts'
import { LIMITS } from './limits.ts'
import { cleanLine, codeText, cut, escapeEntities, escapeMrkdwn, guardLineStart } from './literal.ts'

/**
 * A neutral text as elements of `rich_text`, whose letters are literal by construction, at most `max` of them as people
 * read it.
 *
 * Naming a person in a new message notifies them, and naming a user group its members: Slack has no other way to name
 * somebody. It does not when a message is edited, nor in an answer that only somebody else sees, and nowhere else do Views
 * name whom they don't notify.
 */
export const drawText = (text: Text, max = Number.POSITIVE_INFINITY): RichTextElement[] =>
  fitting(text, max).map(element)

/** The same as one line of mrkdwn, for where `rich_text` can't be. At most `6 * max` letters long. */
export function drawMrkdwn(text: Text, max: number): string {
  const pieces = fitting(text, max).map(mrkdwn)
  return guardLineStart(
    pieces.reduce((line, piece) => `${line}${touches(line, piece) ? '\u200B' : ''}${piece}`, ''),
  )
}

/** The same as letters alone; times in UTC, because the reader's zone is not known here. */
export const drawPlain = (text: Text): string => text.map(lettersOf).join('')

/** How much of its `max` a text takes up when it is drawn whole. */
export const sizeOf = (text: Text): number => text.reduce((sum, span) => sum + sizeOfSpan(cleaned(span)), 0)

/**
 * In the reader's own zone and manner; docs: block-elements/date-element. What "{ago}" makes of a time to come is not
 * documented, so a relative time is told by the clock. A day's name begins small where it is not the format's beginning.
 */
const TIME_FORMATS = {
  relative: 'at {time} {date_short_pretty}',
  clock: '{time}',
  date: '{date_short} at {time}',
} as const

const UTC_FORMATS: Record<keyof typeof TIME_FORMATS, Intl.DateTimeFormatOptions> = {
  relative: { hour: '2-digit', minute: '2-digit' },
  clock: { hour: '2-digit', minute: '2-digit' },
  date: { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' },
}

type Time = Extract<Span, { time: number }>

/** For readers whose client can't draw dates. */
function inUtc({ time, as }: Time): string {
  const words = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', hourCycle: 'h23', ...UTC_FORMATS[as] })
  return `${as === 'relative' ? 'at ' : ''}${words.format(time)} UTC`
}

const seconds = ({ time }: Time) => Math.floor(time / 1000)

/** Ids of people, as in "U012AB3CD" and, in organisations, "W012AB3CD". Anything else is drawn as its letters. */
const isPerson = (id: string) => /^[UW][A-Z0-9]{4,30}$/.test(id)
/** Ids of user groups, as in "S012AB3CD". */
export const isGroup = (id: string) => /^S[A-Z0-9]{4,30}$/.test(id)

function element(span: Span): RichTextElement {
  if (typeof span === 'string') return { type: 'text', text: span }
  if ('bold' in span) return { type: 'text', text: span.bold, style: { bold: true } }
  if ('code' in span) return { type: 'text', text: span.code, style: { code: true } }
  if ('time' in span) {
    return { type: 'date', timestamp: seconds(span), format: TIME_FORMATS[span.as], fallback: inUtc(span) }
  }
  if ('mention' in span) {
    return isPerson(span.mention)
      ? { type: 'user', user_id: span.mention }
      : { type: 'text', text: span.mention }
  }
  if ('group' in span) {
    return isGroup(span.group)
      ? { type: 'usergroup', usergroup_id: span.group }
      : { type: 'text', text: span.group }
  }
  const url = webAddress(span.link)
  return url === null ? { type: 'text', text: span.text } : { type: 'link', url, text: span.text }
}

function mrkdwn(span: Span): string {
  if (typeof span === 'string') return escapeMrkdwn(span)
  if ('bold' in span) {
    return spacesOutside(escapeMrkdwn(span.bold), words => `*${words.replaceAll('*', '∗')}*`)
  }
  if ('code' in span) return spacesOutside(codeText(span.code), words => `\`${words}\``)
  if ('time' in span) return `<!date^${seconds(span)}^${TIME_FORMATS[span.as]}|${inUtc(span)}>`
  if ('mention' in span) return isPerson(span.mention) ? `<@${span.mention}>` : escapeMrkdwn(span.mention)
  if ('group' in span) return isGroup(span.group) ? `<!subteam^${span.group}>` : escapeMrkdwn(span.group)
  const url = webAddress(span.link)
  const words = escapeMrkdwn(span.text)
  return url === null ? words : `<${escapeEntities(url).replaceAll('|', '%7C')}|${words}>`
}

/** `* a*` stays as it is written. */
function spacesOutside(text: string, wrap: (words: string) => string): string {
  const [, before, inner, after] = /^(\s*)(.*?)(\s*)$/s.exec(text)!
  return inner === '' ? text : `${before}${wrap(inner!)}${after}`
}

/** Signs of formatting count only at the edge of a word; a space of no width is one. */
const touches = (line: string, next: string) =>
  (/[*`]$/.test(line) && /^\S/.test(next)) || (/\S$/.test(line) && /^[*`]/.test(next))

/** Null for anything but a web address that Slack has room for. */
export function webAddress(address: string): string | null {
  if (!URL.canParse(address)) return null
  const { protocol, href } = new URL(address)
  return (protocol === 'https:' || protocol === 'http:') && href.length <= LIMITS.linkUrl ? href : null
}

/** Cleaned, without what is empty, and cut to `max` letters. */
function fitting(text: Text, max: number): Text {
  const kept: Text = []
  let left = max
  for (const span of text.map(cleaned)) {
    const letters = lettersOf(span)
    if (letters === '') continue
    const size = sizeOfSpan(span)
    if (size > left) {
      const room = left - (size - letters.length)
      if (room > 1 && wordsOf(span) !== null) kept.push(withWords(span, cut(letters, room)))
      else if (left > 0) kept.push('…')
      break
    }
    kept.push(span)
    left -= size
  }
  return kept
}

const cleaned = (span: Span): Span => {
  const words = wordsOf(span)
  return words === null ? span : withWords(span, cleanLine(words))
}

/** Its letters and, roughly, its markup. */
function sizeOfSpan(span: Span): number {
  const { length } = lettersOf(span)
  if (typeof span === 'string' || length === 0) return length
  if ('link' in span) return length + (webAddress(span.link)?.length ?? 0)
  return 'bold' in span || 'code' in span ? length + 4 : length
}

/** The words that can be changed; null: none, the span is whole or absent. */
function wordsOf(span: Span): string | null {
  if (typeof span === 'string') return span
  if ('bold' in span) return span.bold
  if ('code' in span) return span.code
  return 'link' in span ? span.text : null
}

function withWords(span: Span, words: string): Span {
  if (typeof span === 'string') return words
  if ('bold' in span) return { bold: words }
  if ('code' in span) return { code: words }
  return 'link' in span ? { ...span, text: words } : span
}

function lettersOf(span: Span): string {
  if (typeof span !== 'string' && 'time' in span) return inUtc(span)
  if (typeof span !== 'string' && 'mention' in span) return span.mention
  if (typeof span !== 'string' && 'group' in span) return span.group
  return wordsOf(span)!
}
