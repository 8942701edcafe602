import type { Billed, Stray } from '../billed.ts'
import { formatUsd, type MicroUsd } from '../money.ts'
import type { Part, Text } from '../view.ts'
import type { Names } from './words.ts'

/** Lines of the billing that are shown; the file has them all. */
const MOST_STRAYS = 3

/** What the provider's own billing says beside the books; null: it could not be read. */
export function billedParts(billed: Billed | null, names: Names, everywhere: boolean): Part[] {
  const head = text([{ bold: `${names.provider}'s own billing` }])
  if (!billed) {
    return [head, text([`It could not be read, so nothing is compared with it. Ask again in a moment.`])]
  }
  const { found, foundRefunds, missing, strays, confirmed, differing, paidIn, whole } = billed
  const missingUsd = missing.reduce((sum, { usd }) => sum + usd, 0)
  const lines: Text[] = [
    ...(whole
      ? [totalText(billed, everywhere)]
      : [['Only a part of it could be read, so what is not in it is not taken for missing.']]),
    [
      `${chargesText(found, foundRefunds)} found there line by line`,
      ...(differing > 0 ? [`, ${differing} of them with another amount`] : []),
      ...(confirmed > 0 ? [`, ${confirmed} that nobody had been sure of`] : []),
      '.',
    ],
    ...(whole && missing.length > 0
      ? [
          [
            `${chargesText(missing.length, missing.filter(({ usd }) => usd < 0).length)} of the books (${signed(missingUsd)}) not found there.`,
          ],
        ]
      : []),
    ...strayTexts(strays, everywhere),
    ...paidIn.map(({ currency, lines }) => [
      `${count(lines, 'line', 'lines')} paid in ${currency}, counted here by the price in dollars.`,
    ]),
  ]
  return [head, ...lines.map(text), { kind: 'note', text: [HOW] }]
}

const HOW =
  'Matched by the number of the job, or by amount and time (2 min before to 10 min after). The billing is read up to 26 h beyond the month, for what was agreed to shortly before its end; a charge may take some minutes to show.'

const text = (words: Text): Part => ({ kind: 'text', text: words })
const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`

/** `refunds`: how many of them all are. */
function chargesText(all: number, refunds: number): string {
  const charges = count(all - refunds, 'charge', 'charges')
  if (refunds === 0) return charges
  const back = count(refunds, 'refund', 'refunds')
  return refunds === all ? back : `${charges} and ${back}`
}

const totalText = ({ oursUsd, theirsUsd, differenceUsd }: Billed, everywhere: boolean): Text => [
  `${everywhere ? 'The' : 'For this place the'} billing has ${signed(theirsUsd)}, the books have ${signed(oursUsd)} that is charged: `,
  { bold: `difference ${signed(differenceUsd ?? 0)}` },
  '.',
]

/** Lines that match nothing: another use of the key, or a job of ours that was billed twice. */
function strayTexts(strays: readonly Stray[], everywhere: boolean): Text[] {
  if (strays.length === 0) return []
  const sumUsd = strays.reduce((sum, { line }) => sum + line.usd, 0)
  const more = strays.length - MOST_STRAYS
  return [
    [
      `${count(strays.length, 'line', 'lines')} of it (${signed(sumUsd)}) match nothing in the books`,
      everywhere ? '; the key may be used elsewhere too:' : ':',
    ],
    ...strays
      .slice(-MOST_STRAYS)
      .map(
        ({ line, jobId }): Text => [
          { time: line.at, as: 'date' },
          ` · ${signed(line.usd)} · ${line.what}`,
          ...(jobId ? [' · job ', { code: jobId }] : []),
        ],
      ),
    ...(more > 0 ? [[`and ${more} more in the file`]] : []),
  ]
}

const signed = (usd: MicroUsd): string => (usd < 0 ? `-${formatUsd(-usd)}` : formatUsd(usd))
