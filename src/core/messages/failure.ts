import type { Agreed, Failure, JobIn } from '../job.ts'
import { formatUsd } from '../money.ts'
import { chosenPrice } from '../quote.ts'
import { isPassing } from '../transitions.ts'
import type { Button, Part, Text, View } from '../view.ts'
import { FAILURES } from './failures.ts'
import { type FailedFacts, goneAlready, isClean, moneyText } from './money.ts'
import { wentUp } from './prices.ts'
import type { Names } from './words.ts'

/** What went wrong after the press, what it cost, and what to do: mostly one press. */
export function failureView(job: JobIn<'failed'>, names: Names): View {
  const open = job.retryUntil !== null && !isGivenBack(job)
  const money = moneyText(job, names)
  return {
    tone: job.failure.code === 'cancelled' ? 'quiet' : 'bad',
    parts: [...factsOf(job, names), ...endingOf(job)],
    controls: open ? [[tryAgain(job, names)]] : [],
    // Whoever cancels knows it already.
    notifies: job.failure.code === 'cancelled' ? [] : [job.requesterId],
    summary: `${job.fileName} was not upscaled. ${money}`,
  }
}

/** The same message after somebody tried again; `index`: of that attempt among the earlier ones. */
export function pastFailureView(job: Agreed, index: number, names: Names): View {
  const attempt = job.earlier[index]
  if (!attempt) throw new RangeError(`no earlier attempt ${index}`)
  const { failure, agreedUsd, endedAt, retriedBy, retriedAt } = attempt
  const facts: FailedFacts = {
    ...job,
    failure,
    agreedUsd,
    lost: job.lost.filter(answer => answer.sentAt <= endedAt),
    earlier: job.earlier.slice(0, index),
  }
  const again: Text = [
    { mention: retriedBy },
    ' chose to try again at ',
    { time: retriedAt, as: 'clock' },
    '.',
  ]
  return {
    tone: 'quiet',
    parts: [...factsOf(facts, names), { kind: 'rule' }, { kind: 'text', text: again }],
    controls: [],
    notifies: [],
    summary: `Tried again: ${job.fileName}`,
  }
}

/** The same in one line, for where there is room for no more. */
export const failureLine = (job: JobIn<'failed'>, names: Names): string =>
  `${FAILURES[job.failure.code](names).what} ${moneyText(job, names)}`

function factsOf(job: FailedFacts, names: Names): Part[] {
  const { what, next } = FAILURES[job.failure.code](names)
  return [
    {
      kind: 'text',
      text: [{ mention: job.requesterId }, ', ', { bold: job.fileName }, ' was not upscaled.'],
    },
    { kind: 'text', text: [what] },
    ...said(job.failure, names),
    { kind: 'text', text: [{ bold: moneyText(job, names) }, ` ${next}`] },
  ]
}

function said(failure: Failure, names: Names): Part[] {
  return failure.said ? [{ kind: 'note', text: [`${names.provider} said: `, { code: failure.said }] }] : []
}

/** Its requester can't try it again alone, and nobody else tries again what they took back. */
const isGivenBack = ({ failure, approvedBy }: JobIn<'failed'>): boolean =>
  failure.code === 'cancelled' && !!approvedBy

function whoTriesAgain(job: JobIn<'failed'>): Text {
  if (job.failure.code === 'cancelled') return ['Only ', { mention: job.requesterId }]
  if (job.approvedBy) return ['It needs an approval again: whoever approves here']
  return [{ mention: job.requesterId }, ', or whoever manages this place,']
}

function endingOf(job: JobIn<'failed'>): Part[] {
  if (job.retryUntil !== null && isGivenBack(job)) {
    const text = 'Somebody else would have to agree to it again: ask for the clip again, and they are asked.'
    return [{ kind: 'note', text: [text] }]
  }
  if (job.retryUntil !== null) {
    return [
      ...wentUp(job.offer),
      {
        kind: 'note',
        text: [
          ...whoTriesAgain(job),
          ' can try again until ',
          { time: job.retryUntil, as: 'date' },
          '. The price is asked for again before anything is paid.',
        ],
      },
    ]
  }
  // Most failures that never had the button say in their own words what to do instead.
  if (!isPassing(job.failure)) return []
  return [
    { kind: 'note', text: ['Our copy of the clip is not kept any longer. Post it again for another try.'] },
  ]
}

function tryAgain(job: JobIn<'failed'>, names: Names): Button {
  const price = formatUsd(chosenPrice(job.offer).priceUsd)
  const action = { name: 'retry', jobId: job.id, version: job.version } as const
  const label = `Try again for ${price}`
  if (isClean(job)) return { kind: 'button', label, look: 'primary', action }
  return {
    kind: 'button',
    label: `${label} (may be charged twice)`,
    look: 'danger',
    action,
    ask: {
      title: `Try again for ${price}?`,
      text: `${goneAlready(job, names)} Trying again costs ${price} more.`,
      yes: label,
      no: 'Not yet',
    },
  }
}
