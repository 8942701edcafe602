import type { Part } from '../../src/core/view.ts'
import { codeText, cut, escapeMarkdown } from './literal.ts'

type Choices = Extract<Part, { kind: 'choices' }>['columns']

/**
 * Discord has no columns, so each choice is a row: a run of code, whose letters are equally wide on every device, keeps
 * sizes and prices under each other, and the chosen row is bold behind a filled marker, and says so.
 *
 *     ▹ `1x    640x360  $0.12`
 *     ▸ **`2x   1280x720  $0.25`** chosen
 *     ▹ `4x  2560x1440  $0.50`
 *
 * A code block would be as straight, but can mark nothing; colours in it do not show on phones.
 */
export function drawChoices(columns: Choices, max: number): string {
  const table = columns.map(c => [c.head, ...c.lines].map(cell => cut(codeText(cell), CELL)))
  const widths = widthsOf(table)
  const width = widths.reduce((sum, w) => sum + w + GAP.length, -GAP.length)
  const rows = columns.map((c, i) =>
    width <= PHONE ? asCode(table[i]!, widths, c.chosen) : asWords([c.head, ...c.lines], c.chosen),
  )
  return whatFits(rows, max)
}

const CELL = 80
/** In a word too: not every font has a bold code, and a screen reader passes over the markers. */
const CHOSEN = '**chosen**'
/** Letters of code in one line on a phone: of 360 px some 250 are left inside a container, at about 8 px a letter. */
const PHONE = 31
/** Runs of plain spaces are drawn as one in some clients. */
const SPACE = '\u00A0'
const GAP = SPACE.repeat(2)

const widthOf = (cell: string) => Array.from(cell).length

function widthsOf(table: string[][]): number[] {
  const columns = Math.max(0, ...table.map(row => row.length))
  return Array.from({ length: columns }, (_, i) => Math.max(0, ...table.map(row => widthOf(row[i] ?? ''))))
}

/** Names to the left, figures to the right. */
function asCode(cells: string[], widths: number[], chosen: boolean): string {
  const padded = widths.map((width, i) => {
    const cell = (cells[i] ?? '').replaceAll(' ', SPACE)
    const space = SPACE.repeat(width - widthOf(cell))
    return i === 0 ? cell + space : space + cell
  })
  const row = `\`${padded.join(GAP)}\``
  return chosen ? `▸ **${row}** ${CHOSEN}` : `▹ ${row}`
}

function asWords([head = '', ...lines]: string[], chosen: boolean): string {
  const words = [
    `**${escapeMarkdown(cut(head, CELL))}**`,
    ...lines.map(line => escapeMarkdown(cut(line, CELL))),
  ]
  return chosen ? `▸ ${words.join(' · ')} ${CHOSEN}` : `▹ ${words.join(' · ')}`
}

function whatFits(rows: string[], max: number): string {
  let text = ''
  for (const row of rows) {
    const longer = text === '' ? row : `${text}\n${row}`
    if (longer.length > max) return text === '' ? cut('…', max) : text
    text = longer
  }
  return text
}
