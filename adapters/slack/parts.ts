import type { Button, KnownBlock, RichTextElement } from '@slack/types'
import type { Part, Text } from '../../src/core/view.ts'
import { drawChoices, sizeOfChoices } from './choices.ts'
import { rowsOf } from './controls.ts'
import { LIMITS } from './limits.ts'
import { plainText } from './literal.ts'
import { drawMrkdwn, drawPlain, drawText, sizeOf, webAddress } from './text.ts'

/** A piece of a message, before the message as a whole was made to fit. */
export type Piece =
  /** Words can be cut to what is left of the message's letters. Null: there is nothing to see. */
  { kind: 'words'; size: number; draw(max: number): KnownBlock | null } | { kind: 'fixed'; block: KnownBlock }

/** The files of a View are drawn by Slack itself, where they are shared. */
export function drawParts(parts: Part[]): Piece[] {
  const links = parts.map(part => (part.kind === 'link' ? webAddress(part.url) : null))
  return parts.flatMap((part, i): Piece[] => {
    const url = links[i]
    if (part.kind !== 'link' || !url) return part.kind === 'file' ? [] : [drawPart(part)]
    // Links that follow each other share a row, drawn with the first of them.
    if (i > 0 && links[i - 1]) return []
    const end = links.findIndex((link, at) => at > i && !link)
    const row = parts.slice(i, end === -1 ? undefined : end) as (typeof part)[]
    const buttons = row.map((link, at) => linkButton(link.label, links[i + at]!, i + at))
    return rowsOf(buttons).map(block => ({ kind: 'fixed', block }))
  })
}

/** Begins the action_id of buttons that only open a page: Slack tells of their presses too, which need no answer. */
export const LINK_ACTION = 'link:'

const linkButton = (label: string, url: string, index: number): Button => ({
  type: 'button',
  text: plainText(label, LIMITS.buttonText),
  url,
  action_id: `${LINK_ACTION}${index}`,
})

function drawPart(part: Exclude<Part, { kind: 'file' }>): Piece {
  switch (part.kind) {
    case 'title':
      return header(part.text)
    case 'text':
      return richText(part.text)
    case 'note':
      return smallPrint(part.text)
    case 'choices':
      return richWords(sizeOfChoices(part.columns), max => drawChoices(part.columns, max))
    case 'bar':
      return richText([`${drawBar(part.done)}  `, ...part.label])
    case 'rule':
      return { kind: 'fixed', block: { type: 'divider' } }
    case 'link':
      return richText([part.label])
  }
}

const isSeen = (elements: RichTextElement[]) => elements.some(e => e.type !== 'text' || e.text.trim() !== '')

const richWords = (size: number, draw: (max: number) => RichTextElement[]): Piece => ({
  kind: 'words',
  size,
  draw(max) {
    const elements = draw(max)
    if (!isSeen(elements)) return null
    return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] }
  },
})

const richText = (text: Text): Piece => richWords(sizeOf(text), max => drawText(text, max))

/** A header is plain letters, and large ones; a click on it does nothing, so a title is no place for a link. */
const header = (text: Text): Piece => ({
  kind: 'words',
  size: Math.min(sizeOf(text), LIMITS.header),
  draw(max) {
    if (!isSeen(drawText(text))) return null
    return { type: 'header', text: plainText(drawPlain(text), Math.min(max, LIMITS.header)) }
  },
})

/** Escapes and markup make a text longer than what people read of it, this many times at most. */
const GROWTH = 6

/** The small grey line is a context block, which takes mrkdwn but no rich_text. */
function smallPrint(text: Text): Piece {
  const whole = drawMrkdwn(text, Math.floor(LIMITS.textObject / GROWTH))
  return {
    kind: 'words',
    size: whole.length,
    draw(max) {
      const line = whole.length <= max ? whole : drawMrkdwn(text, Math.floor(max / GROWTH))
      if (line.trim() === '') return null
      // verbatim: no word in it becomes a link or a channel by itself.
      return { type: 'context', elements: [{ type: 'mrkdwn', text: line, verbatim: true }] }
    },
  }
}

const CELLS = 12

/** "▰▰▰▰▱▱▱▱▱▱▱▱"; where nobody knows how far it is, cells that are filled by turns. */
function drawBar(done: number | null): string {
  if (done === null || Number.isNaN(done)) return '▰▱▱'.repeat(CELLS / 3)
  const filled = Math.round(Math.min(1, Math.max(0, done)) * CELLS)
  return '▰'.repeat(filled) + '▱'.repeat(CELLS - filled)
}
