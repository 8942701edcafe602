import {
  type APIButtonComponent,
  type APIComponentInContainer,
  ButtonStyle,
  ComponentType,
  SeparatorSpacingSize,
} from 'discord.js'
import type { Part } from '../../src/core/view.ts'
import { drawChoices } from './choices.ts'
import { LIMITS } from './limits.ts'
import { attachmentName, cleanLine, cut, escapeMarkdown } from './literal.ts'
import { drawText, webAddress } from './text.ts'

/** A piece of a message, before the message as a whole was made to fit. */
export type Piece =
  /** Words can be cut to what is left of the message's letters. */
  | { kind: 'words'; draw(max: number): string }
  | { kind: 'fixed'; component: APIComponentInContainer; size: number }

const words = (draw: (max: number) => string): Piece => ({ kind: 'words', draw })

/** A line behind a sign that makes it a heading or small print. */
const marked = (sign: string, part: Extract<Part, { kind: 'title' | 'note' }>): Piece =>
  words(max => {
    const line = drawText(part.text, max - sign.length)
    return line.trim() === '' ? '' : sign + line
  })

export function drawParts(parts: Part[]): Piece[] {
  const pieces: Piece[] = []
  let buttons: APIButtonComponent[] = []
  for (const part of parts) {
    const button = part.kind === 'link' ? linkButton(part) : null
    if (button === null) {
      buttons = []
      pieces.push(drawPart(part))
      continue
    }
    // Links that follow each other share a row.
    if (buttons.length === 0 || buttons.length === LIMITS.buttonsPerRow) {
      buttons = []
      pieces.push({
        kind: 'fixed',
        component: { type: ComponentType.ActionRow, components: buttons },
        size: 1,
      })
    }
    buttons.push(button)
    const row = pieces.at(-1)!
    if (row.kind === 'fixed') row.size += 1
  }
  return pieces
}

function drawPart(part: Part): Piece {
  switch (part.kind) {
    case 'title':
      return marked('### ', part)
    case 'text':
      return words(max => drawText(part.text, max))
    case 'note':
      return marked('-# ', part)
    case 'choices':
      return words(max => drawChoices(part.columns, max))
    case 'bar':
      return words(max => drawText([`${drawBar(part.done)}  `, ...part.label], max))
    case 'rule':
      return {
        kind: 'fixed',
        component: { type: ComponentType.Separator, divider: true, spacing: SeparatorSpacingSize.Small },
        size: 1,
      }
    case 'file':
      return drawFile(part)
    case 'link':
      return words(max => drawLink(part, max))
  }
}

const CELLS = 12

/** "▰▰▰▰▱▱▱▱▱▱▱▱"; where nobody knows how far it is, cells that are filled by turns. */
function drawBar(done: number | null): string {
  if (done === null || Number.isNaN(done)) return '▰▱▱'.repeat(CELLS / 3)
  const filled = Math.round(Math.min(1, Math.max(0, done)) * CELLS)
  return '▰'.repeat(filled) + '▱'.repeat(CELLS - filled)
}

/** What a gallery can show in place; other files are listed by name. docs: components/reference#media-gallery */
const SHOWABLE = /\.(mp4|mov|qt|webm|png|jpe?g|gif|webp|avif)$/i

function drawFile(part: Extract<Part, { kind: 'file' }>): Piece {
  const media = { url: `attachment://${attachmentName(part.fileName)}` }
  if (!SHOWABLE.test(part.fileName)) {
    return { kind: 'fixed', component: { type: ComponentType.File, file: media }, size: 1 }
  }
  const description = cut(cleanLine(part.description), LIMITS.mediaDescription)
  const item = description === '' ? { media } : { media, description }
  return { kind: 'fixed', component: { type: ComponentType.MediaGallery, items: [item] }, size: 1 }
}

/** Null where Discord would not take it as a button. */
function linkButton(part: Extract<Part, { kind: 'link' }>): APIButtonComponent | null {
  const url = webAddress(part.url)
  if (url === null || url.length > LIMITS.linkUrl) return null
  const label = cut(cleanLine(part.label).trim(), LIMITS.buttonLabel) || '…'
  return { type: ComponentType.Button, style: ButtonStyle.Link, url, label }
}

/** In the text a link may be longer than on a button; where even that is too long, its label is left alone. */
function drawLink(part: Extract<Part, { kind: 'link' }>, max: number): string {
  const line = drawText([{ link: part.url, text: part.label }])
  return line.length <= Math.min(max, LIMITS.text / 2) ? line : cut(escapeMarkdown(part.label), max)
}
