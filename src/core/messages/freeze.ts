import type { Agreed } from '../job.ts'
import { standingOf } from '../ledger.ts'
import { formatUsd } from '../money.ts'
import type { Freeze } from '../ports.ts'
import type { Part, Text, View } from '../view.ts'
import { frozenText } from './caps.ts'
import { standingText, sumOf } from './standing.ts'
import { line } from './whispers.ts'
import type { Names } from './words.ts'

/** More jobs than this would make the list too long for a message. */
const MAX_LINES = 10

/**
 * All new spending of a community is stopped. `takenBack`: agreed to, and not sent any more; `sent`: what may be at the
 * provider, which goes on.
 */
export function frozenView(
  freeze: Freeze,
  jobs: { takenBack: readonly Agreed[]; sent: readonly Agreed[] },
  names: Names,
): View {
  const { takenBack, sent } = jobs
  const standing = sumOf(sent.map(standingOf))
  const left = sent.length - MAX_LINES
  const parts: Part[] = [
    text([{ bold: 'All new spending here is stopped.' }, ' ', ...frozenText(freeze)]),
    ...(takenBack.length > 0 ? [text([takenBackText(takenBack)])] : []),
    ...(sent.length === 0
      ? [text([`Nothing of this place is on its way to ${names.provider}.`])]
      : [
          text([
            `${countText(sent.length)} ${sent.length === 1 ? 'was' : 'were'} sent before and can't be stopped: `,
            { bold: `${standingText(standing)}.` },
            ...(standing.held > 0 ? [` What is not charged yet will be if ${names.provider} takes it.`] : []),
          ]),
          ...sent.slice(0, MAX_LINES).map(job => text(lineText(job, names))),
          ...(left > 0 ? [text([`and ${left} more`])] : []),
        ]),
    {
      kind: 'note',
      text:
        freeze.scope === 'all'
          ? ['It needs whoever runs this bot, and here the word ', { code: 'unfreeze' }, ', to go on.']
          : ['The word ', { code: 'unfreeze' }, ' allows spending again.'],
    },
  ]
  return {
    tone: 'bad',
    parts,
    controls: [],
    notifies: [],
    summary: `All new spending here is stopped. Sent before: ${sent.length}, ${standingText(standing)}.`,
  }
}

const text = (words: Text): Part => ({ kind: 'text', text: words })
const countText = (count: number) => `${count} ${count === 1 ? 'upscale' : 'upscales'}`

function takenBackText(jobs: readonly Agreed[]): string {
  const price = formatUsd(jobs.reduce((sum, { agreedUsd }) => sum + agreedUsd, 0))
  return `${countText(jobs.length)} for ${price} ${jobs.length === 1 ? 'was' : 'were'} not sent yet and will not be; nothing was charged for that.`
}

const lineText = (job: Agreed, names: Names): Text => [
  { bold: job.fileName },
  ' for ',
  { mention: job.requesterId },
  ` · ${stageText(job, names)} · ${standingText(standingOf(job))}`,
]

function stageText(job: Agreed, { provider }: Names): string {
  switch (job.state) {
    case 'submitting':
      return `on its way to ${provider}`
    case 'unconfirmed':
      return `nobody knows whether ${provider} has it`
    case 'saving':
      return 'done, being fetched'
    default:
      return 'being upscaled'
  }
}

/** Spending is allowed again, or still is not. */
export function unfrozenView(before: Freeze | null, now: Freeze | null): View {
  if (now) return line([`This place may spend, but `, ...lower(now)], 'All spending is still stopped.')
  const text = before
    ? 'Spending is allowed here again. What was not sent can be tried again with its own button, until a day after it was stopped.'
    : 'Spending was not stopped here, so nothing has changed.'
  return line([text], text)
}

/** The same sentence behind a comma. */
function lower(freeze: Freeze): Text {
  const [first = '', ...rest] = frozenText(freeze)
  return [typeof first === 'string' ? first[0]!.toLowerCase() + first.slice(1) : first, ...rest]
}
