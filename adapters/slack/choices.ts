import type { RichTextElement } from '@slack/types'
import type { Part } from '../../src/core/view.ts'
import { cleanLine, cut } from './literal.ts'

type Choices = Extract<Part, { kind: 'choices' }>['columns']

/**
 * Each choice is a row: a run of code, whose letters are equally wide on every device, keeps sizes and prices under each
 * other, and the chosen row is bold behind a filled marker, and says so.
 *
 *     ▹ `1x    640x360  $0.12`
 *     ▸ **`2x   1280x720  $0.25`** chosen
 *     ▹ `4x  2560x1440  $0.50`
 *
 * Of Slack's own ways, section fields stand in two columns where there are three choices, and a table block goes to
 * the foot of the message, away from what it is about.
 */
export function drawChoices(columns: Choices, max: number): RichTextElement[] {
  return whatFits(rowsOf(columns), max).flatMap((row, i) => (i === 0 ? row : [plain('\n'), ...row]))
}

export const sizeOfChoices = (columns: Choices): number => sizeOfRows(rowsOf(columns))

const CELL = 80
/** In a word too: a bold run of code is hard to tell on some screens, and a screen reader passes over the markers. */
const CHOSEN = ' chosen'
/** Letters of code in one line on a phone: of 360 px some 290 are left beside the avatar, at about 8 px a letter. */
const PHONE = 31
/** Runs of plain spaces may be drawn as one. */
const SPACE = '\u00A0'
const GAP = SPACE.repeat(2)

type Row = Extract<RichTextElement, { type: 'text' }>[]

const plain = (text: string): Row[number] => ({ type: 'text', text })
const bold = (text: string): Row[number] => ({ type: 'text', text, style: { bold: true } })

function rowsOf(columns: Choices): Row[] {
  const table = columns.map(c => [c.head, ...c.lines].map(cell => cut(cleanLine(cell), CELL)))
  const widths = widthsOf(table)
  const width = widths.reduce((sum, w) => sum + w + GAP.length, -GAP.length)
  return table.map((cells, i) => {
    const { chosen } = columns[i]!
    const row = width <= PHONE ? [asCode(cells, widths, chosen)] : asWords(cells)
    return chosen ? [plain('▸ '), ...row, bold(CHOSEN)] : [plain('▹ '), ...row]
  })
}

const widthOf = (cell: string) => Array.from(cell).length

function widthsOf(table: string[][]): number[] {
  const columns = Math.max(0, ...table.map(row => row.length))
  return Array.from({ length: columns }, (_, i) => Math.max(0, ...table.map(row => widthOf(row[i] ?? ''))))
}

/** Names to the left, figures to the right. */
function asCode(cells: string[], widths: number[], chosen: boolean): Row[number] {
  const padded = widths.map((width, i) => {
    const cell = (cells[i] ?? '').replaceAll(' ', SPACE)
    const space = SPACE.repeat(width - widthOf(cell))
    return i === 0 ? cell + space : space + cell
  })
  const style = chosen ? { code: true, bold: true } : { code: true }
  return { type: 'text', text: padded.join(GAP) || '…', style }
}

const asWords = ([head = '', ...lines]: string[]): Row => [
  bold(head || '…'),
  ...(lines.length === 0 ? [] : [plain(` · ${lines.join(' · ')}`)]),
]

const sizeOfRow = (row: Row) => row.reduce((sum, { text }) => sum + text.length, 0)
const sizeOfRows = (rows: Row[]) => rows.reduce((sum, row) => sum + sizeOfRow(row) + 1, 0)

function whatFits(rows: Row[], max: number): Row[] {
  const tooMuch = rows.findIndex((_, i) => sizeOfRows(rows.slice(0, i + 1)) > max)
  if (tooMuch === -1) return rows
  return tooMuch === 0 ? [[plain('…')]] : rows.slice(0, tooMuch)
}
