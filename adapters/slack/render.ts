import type { KnownBlock } from '@slack/types'
import type { View } from '../../src/core/view.ts'
import { drawControls } from './controls.ts'
import { LIMITS, WORDS_PER_MESSAGE } from './limits.ts'
import { cut, escapeMrkdwn, guardLineStart } from './literal.ts'
import { drawParts, type Piece } from './parts.ts'

/** The part of a message's body that a View decides. */
export interface Payload {
  /** For notifications, and for clients that draw no blocks. */
  text: string
  blocks: KnownBlock[]
}

/**
 * A View as Block Kit. Whatever the View holds, the payload is one that Slack takes: what is too much is cut, the longest
 * texts first, and the controls always stay.
 *
 * Its tone is in the words and in the colours of the buttons. The coloured stripe of other platforms exists only in
 * attachments, whose content Slack may hide behind "Show more" (docs: legacy secondary message attachments) together
 * with the buttons in it, and which can't be posted with a file.
 */
export function render(view: View): Payload {
  const rows = drawControls(view.controls).slice(0, LIMITS.blocks - ROOM_FOR_WORDS)
  const pieces = fittingPieces(drawParts(view.parts), LIMITS.blocks - rows.length)
  const blocks: KnownBlock[] = [...drawPieces(pieces), ...rows]
  return { text: line(view.summary), blocks: blocks.length === 0 ? [ELLIPSIS] : blocks }
}

const ROOM_FOR_WORDS = 5

const ELLIPSIS: KnownBlock = {
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: '…' }] }],
}

/** Escapes make a letter five at most, so what is cut is cut before. */
const line = (summary: string) =>
  guardLineStart(escapeMrkdwn(cut(summary, LIMITS.text / 5 - 1)).trim()) || '…'

/** Too many pieces: the end is left out, and said to be. */
function fittingPieces(pieces: Piece[], room: number): Piece[] {
  if (pieces.length <= room) return pieces
  return [...pieces.slice(0, room - 1), { kind: 'fixed', block: ELLIPSIS }]
}

function drawPieces(pieces: Piece[]): KnownBlock[] {
  const share = fairShare(
    pieces.map(piece => (piece.kind === 'words' ? piece.size : 0)),
    WORDS_PER_MESSAGE,
  )
  return pieces.flatMap(piece => (piece.kind === 'fixed' ? piece.block : (piece.draw(share) ?? [])))
}

/** The largest size per text at which all of them together stay within `total`: the short ones stay whole. */
export function fairShare(sizes: number[], total: number): number {
  let left = total
  const ascending = sizes.toSorted((a, b) => a - b)
  for (const [i, size] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - i))
    if (size > share) return share
    left -= size
  }
  return Number.POSITIVE_INFINITY
}
