import type { Span, View } from '../../src/core/view.ts'

function plain(span: Span): string {
  if (typeof span === 'string') return span
  if ('mention' in span) return `@${span.mention}`
  if ('group' in span) return `@${span.group}`
  if ('time' in span) return '#'
  if ('bold' in span) return span.bold
  return 'code' in span ? span.code : span.text
}

/** What a person reads, a line for each text of a view; # for a time, which everybody sees in their own zone. */
export const linesOf = (view: View | undefined): string[] =>
  (view?.parts ?? []).flatMap(part => ('text' in part ? [part.text.map(plain).join('')] : []))
