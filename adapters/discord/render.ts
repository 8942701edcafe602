import {
  type APIComponentInContainer,
  type APIContainerComponent,
  ComponentType,
  MessageFlags,
} from 'discord.js'
import type { View } from '../../src/core/view.ts'
import { type ControlRow, drawControls } from './controls.ts'
import { isRole } from './groups.ts'
import { LIMITS } from './limits.ts'
import { drawParts, type Piece } from './parts.ts'

/** The part of a message's body that a View decides. */
export interface Payload {
  flags: number
  components: [APIContainerComponent]
  allowed_mentions: { parse: []; users: string[]; roles: string[] }
}

/** The stripe along the card: Discord's own blurple, yellow, green and red, so that it looks at home in every theme. */
const ACCENT: Record<View['tone'], number | null> = {
  asking: 0x5865f2,
  working: 0xf0b232,
  good: 0x23a55a,
  bad: 0xf23f43,
  quiet: null,
}

/**
 * A View as a Components V2 message. Whatever the View holds, the payload is one that Discord takes: what is too much
 * is cut, the longest texts first, and the controls always stay.
 */
export function render(view: View): Payload {
  const rows = fittingRows(drawControls(view.controls))
  const room = LIMITS.components - 1 - sizeOf(rows)
  const pieces = drawParts(view.parts)
  const drawn = drawPieces(fittingPieces(pieces, room))
  const components: APIComponentInContainer[] = [...drawn, ...rows]
  if (components.length === 0) components.push({ type: ComponentType.TextDisplay, content: '…' })
  return {
    flags: MessageFlags.IsComponentsV2,
    components: [{ type: ComponentType.Container, accent_color: ACCENT[view.tone], components }],
    allowed_mentions: {
      parse: [],
      users: [...new Set(view.notifies)].slice(0, LIMITS.mentionedUsers),
      roles: [...new Set(view.notifiesGroups)].filter(isRole).slice(0, LIMITS.mentionedRoles),
    },
  }
}

const sizeOf = (rows: ControlRow[]) => rows.reduce((sum, row) => sum + 1 + row.components.length, 0)

/** Leaves room for at least some words. */
function fittingRows(rows: ControlRow[]): ControlRow[] {
  const fits = rows.findIndex((_, i) => sizeOf(rows.slice(0, i + 1)) > LIMITS.components - 5)
  return fits === -1 ? rows : rows.slice(0, fits)
}

const roomFor = (pieces: Piece[]) => pieces.reduce((sum, p) => sum + (p.kind === 'fixed' ? p.size : 1), 0)

/** Too many pieces: neighbouring words become one; if that is not enough, the end is left out, and said to be. */
function fittingPieces(pieces: Piece[], room: number): Piece[] {
  if (roomFor(pieces) <= room) return pieces
  const folded: Piece[] = []
  for (const piece of pieces) {
    const last = folded.at(-1)
    if (piece.kind === 'words' && last?.kind === 'words') folded[folded.length - 1] = joined(last, piece)
    else folded.push(piece)
  }
  if (roomFor(folded) <= room) return folded
  const kept: Piece[] = []
  for (const piece of folded) {
    if (roomFor([...kept, piece]) >= room) break
    kept.push(piece)
  }
  return [...kept, { kind: 'words', draw: max => '…'.slice(0, max) }]
}

type Words = Extract<Piece, { kind: 'words' }>

const joined = (a: Words, b: Words): Words => ({
  kind: 'words',
  draw(max) {
    const first = a.draw(max)
    if (first.length >= max - 1) return first
    return [first, b.draw(max - first.length - 1)].filter(text => text !== '').join('\n')
  },
})

function drawPieces(pieces: Piece[]): APIComponentInContainer[] {
  const full = pieces.map(piece => (piece.kind === 'words' ? piece.draw(Number.POSITIVE_INFINITY) : ''))
  const share = fairShare(
    full.map(text => text.length),
    LIMITS.text,
  )
  return pieces.flatMap((piece, i): APIComponentInContainer[] => {
    if (piece.kind === 'fixed') return [piece.component]
    const content = full[i]!.length <= share ? full[i]! : piece.draw(share)
    return content.trim() === '' ? [] : [{ type: ComponentType.TextDisplay, content }]
  })
}

/** The largest length per text at which all of them together stay within `total`: the short ones stay whole. */
export function fairShare(lengths: number[], total: number): number {
  let left = total
  const ascending = lengths.toSorted((a, b) => a - b)
  for (const [i, length] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - i))
    if (length > share) return share
    left -= length
  }
  return Number.POSITIVE_INFINITY
}
