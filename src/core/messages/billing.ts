import { mayBeIt } from '../evidence.ts'
import type { ChargeLine, Evidence, LostAnswer } from '../job.ts'
import { formatUsd } from '../money.ts'
import { isLookedAgain } from '../schedule.ts'
import type { Part, Text } from '../view.ts'
import type { Names } from './words.ts'

/** More lines than this would bury the question; those of the right price come first then. */
const MAX_LINES = 6

/** What the billing says around a request whose answer was lost; null: it was not looked at yet. */
export function billingParts(evidence: Evidence | null, about: LostAnswer, names: Names): Part[] {
  if (!evidence) return [text([`What ${names.provider}'s billing says of that time comes here in a moment.`])]
  const { at, lines, looks } = evidence
  const again = isLookedAgain(looks)
  if (lines === null) {
    return [
      text([
        `${names.provider}'s billing could not be read (tried at `,
        { time: at, as: 'clock' },
        again
          ? '); it is tried again. Whoever runs this bot can look there too.'
          : '). Whoever runs this bot can look there.',
      ]),
    ]
  }
  const asOf: Text = [' (as of ', { time: at, as: 'clock' }, ')']
  if (lines.length === 0) {
    return [
      text([
        `${names.provider}'s billing has no line for it${again ? ' yet' : ''}`,
        ...asOf,
        again
          ? '; a charge may take some minutes to show, and it is looked at again.'
          : '; it is not looked at again.',
      ]),
    ]
  }
  const shown = lines.length > MAX_LINES ? likeliest(lines, about) : lines
  const left = lines.length - shown.length
  return [
    text([`${names.provider}'s billing around that time`, ...asOf, ':']),
    ...shown.map(line => text(lineText(line, about))),
    ...(left > 0 ? [text([`and ${left} more of other amounts.`])] : []),
  ]
}

const text = (words: Text): Part => ({ kind: 'text', text: words })

function likeliest(lines: ChargeLine[], about: LostAnswer): ChargeLine[] {
  const like = lines.filter(line => mayBeIt(line, about))
  const others = lines.filter(line => !mayBeIt(line, about))
  return [...like, ...others].slice(0, MAX_LINES).sort((a, b) => a.at - b.at)
}

function lineText(line: ChargeLine, about: LostAnswer): Text {
  const amount = line.usd < 0 ? `${formatUsd(-line.usd)} given back` : formatUsd(line.usd)
  return [
    { time: line.at, as: 'clock' },
    ` · ${amount} · ${line.what}`,
    ...(mayBeIt(line, about) ? [' · ', { bold: 'this may be it' }] : []),
  ]
}
