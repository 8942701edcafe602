import type { Agreed } from '../job.ts'
import { standingOf } from '../ledger.ts'
import { formatUsd } from '../money.ts'
import type { Freeze } from '../ports.ts'
import type { Part, Text, View } from '../view.ts'
import { frozenText } from './caps.ts'
import { standingText, sumOf } from './standing.ts'
import { line } from './whispers.ts'
import { type Names, typed } from './words.ts'

/** More jobs than this would make the list too long for a message. */
const MAX_LINES = 10

/** Which jobs a freeze concerns. */
export interface Concerned {
  /** Agreed to, and not sent any more. */
  takenBack: readonly Agreed[]
  /** Of this place: what may be at the provider, which goes on. */
  sent: readonly Agreed[]
  /** The same of all other places; absent: the freeze does not concern them. */
  elsewhere?: readonly Agreed[]
  /** How many wait for somebody's approval. */
  waiting?: number
}

/** All new spending is stopped: in this place, or, where there is an `elsewhere`, in all of them. */
export function frozenView(freeze: Freeze, jobs: Concerned, names: Names): View {
  const { takenBack, sent, elsewhere, waiting = 0 } = jobs
  const where = elsewhere ? 'in all places of this bot' : 'here'
  const all = [...sent, ...(elsewhere ?? [])]
  const standing = sumOf(all.map(standingOf))
  const left = sent.length - MAX_LINES
  const parts: Part[] = [
    text([{ bold: `All new spending ${where} is stopped.` }, ' ', ...frozenText(freeze)]),
    ...(freeze.own ? [text(["This place's own stop is set too, and stays when that one is lifted."])] : []),
    ...(takenBack.length > 0 ? [text([takenBackText(takenBack)])] : []),
    ...(waiting > 0 ? [text([waitingText(waiting)])] : []),
    ...(all.length === 0
      ? [text([`Nothing of ${elsewhere ? 'any' : 'this'} place is on its way to ${names.provider}.`])]
      : [
          text([
            `${countText(all.length)} ${all.length === 1 ? 'was' : 'were'} sent before and can't be stopped: `,
            { bold: `${standingText(standing)}.` },
            ...(standing.held > 0 ? [` What is not charged yet will be if ${names.provider} takes it.`] : []),
          ]),
          ...sent.slice(0, MAX_LINES).map(job => text(lineText(job, names))),
          ...(left > 0 ? [text([`and ${left} more${elsewhere ? ' of this place' : ''}`])] : []),
          ...(elsewhere && elsewhere.length > 0 ? [text([elsewhereText(elsewhere)])] : []),
        ]),
    { kind: 'note', text: wayBack(freeze, elsewhere !== undefined) },
  ]
  return {
    tone: 'bad',
    parts,
    controls: [],
    notifies: [],
    summary: `All new spending ${where} is stopped. Sent before: ${all.length}, ${standingText(standing)}.`,
  }
}

function wayBack(freeze: Freeze, everywhere: boolean): Text {
  if (everywhere) return [typed('unfreeze everywhere'), ' allows spending again.']
  if (freeze.scope === 'all')
    return ['To go on it needs whoever runs this bot, and here ', typed('unfreeze'), '.']
  return [typed('unfreeze'), ' allows spending again.']
}

const text = (words: Text): Part => ({ kind: 'text', text: words })
const countText = (count: number) => `${count} ${count === 1 ? 'upscale' : 'upscales'}`

function takenBackText(jobs: readonly Agreed[]): string {
  const price = formatUsd(jobs.reduce((sum, { agreedUsd }) => sum + agreedUsd, 0))
  return `${countText(jobs.length)} for ${price} ${jobs.length === 1 ? 'was' : 'were'} not sent yet and will not be; nothing was charged for that.`
}

const waitingText = (count: number): string =>
  `${countText(count)} ${count === 1 ? 'waits' : 'wait'} for approval, and can't be approved while spending is stopped; nothing was charged for that.`

/** A place that nobody here knows would be a number only. */
function elsewhereText(jobs: readonly Agreed[]): string {
  const places = new Set(jobs.map(({ platform, place }) => `${platform} ${place.communityId}`)).size
  const where = places === 1 ? 'another place' : `${places} other places`
  return `${countText(jobs.length)} of ${where} · ${standingText(sumOf(jobs.map(standingOf)))}`
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
  if (now?.scope === 'all') {
    const own =
      before?.own || before?.scope === 'community'
        ? "This place's own stop is lifted."
        : 'This place had not stopped it itself, so nothing has changed.'
    return line(
      [
        'Nothing can be spent here yet: whoever runs this bot stopped all spending on ',
        { time: now.at, as: 'date' },
        `, and only they can allow it again. ${own}`,
      ],
      `All spending is still stopped. ${own}`,
    )
  }
  if (now) return line(['Spending is stopped again: ', ...frozenText(now)], 'All spending is still stopped.')
  const text = before
    ? 'Spending is allowed here again. What was not sent can be tried again with its own button, until a day after it was stopped.'
    : 'Spending was not stopped here, so nothing has changed.'
  return line([text], text)
}

/** Spending is allowed again in all places, but for those that have stopped it themselves. */
export function unfrozenEverywhere(before: Freeze | null, now: Freeze | null): View {
  const text =
    before?.scope === 'all'
      ? 'Spending is allowed again in all places that have not stopped it themselves. What was not sent can be tried again with its own button, until a day after it was stopped.'
      : 'Spending was not stopped everywhere, so nothing has changed.'
  return line(now ? [text, ' Here it still is stopped: ', ...frozenText(now)] : [text], text)
}

/** What stopped or allowed spending was told to us twice; how it stands by now. */
export function cameAgain(now: Freeze | null): View {
  const text = 'This command was carried out before, so nothing was changed now.'
  const stands: Text = now ? frozenText(now) : ['Spending is not stopped here.']
  return line([`${text} `, ...stands], text)
}
