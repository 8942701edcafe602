import type { Action, ActionName } from '../action.ts'
import type { Agreed, Job, JobIn } from '../job.ts'
import { cheaperWay, isNearDoubling, whyItCosts } from '../ladder.ts'
import { formatUsd } from '../money.ts'
import { profileOf } from '../pricing.ts'
import { chosenPrice, type QuoteKind } from '../quote.ts'
import type { Button, Part, Text, View } from '../view.ts'
import { waitingText } from './approval.ts'
import { cheaperText, wentUpText, whyText } from './prices.ts'
import { clipText, expectedText, type Names, sizeText } from './words.ts'

/** Every job that has an offer has a card. */
export type Carded = Exclude<Job, JobIn<'quoting'>>

/**
 * The quote card, in whatever state its job is: the facts stay, only the closing line and the controls change,
 * so one function draws the open, the answered and the ended card.
 */
export function quoteCard(job: Carded, names: Names): View {
  const price = formatUsd(chosenPrice(job.offer).priceUsd)
  const chosen = chosenPrice(job.offer)
  return {
    tone: job.state === 'quoted' ? 'asking' : 'quiet',
    parts: [
      { kind: 'title', text: [`Upscale ${job.fileName}`] },
      { kind: 'text', text: [clipText(job.clip)] },
      {
        kind: 'choices',
        columns: job.offer.prices.map(p => ({
          head: `${p.factor}x`,
          lines: [sizeText(p.output), formatUsd(p.priceUsd)],
          chosen: p.factor === job.offer.chosen,
        })),
      },
      { kind: 'note', text: [kindSentence(job.offer.kind, names), ...doublingNote(job)] },
      ...whyNote(job),
      ...cheaperNote(job),
      ...timeNote(job),
      { kind: 'rule' },
      ...wentUpPart(job),
      closingLine(job),
    ],
    controls: controlsOf(job, price, names),
    notifies: [],
    summary: `Upscale ${job.fileName} ${chosen.factor}x to ${sizeText(chosen.output)}: ${price}`,
  }
}

function controlsOf(job: Carded, price: string, names: Names): View['controls'] {
  if (job.state === 'quoted') return openControls(job, price, names)
  return job.state === 'awaiting_approval' ? [[cancelButton(job)]] : []
}

const cancelButton = (job: Carded): Button => ({
  kind: 'button',
  label: 'Cancel',
  look: 'plain',
  action: actionOn(job, 'cancel'),
})

const openControls = (job: JobIn<'quoted'>, price: string, names: Names): View['controls'] => [
  {
    kind: 'select',
    placeholder: 'Change the size',
    action: actionOn(job, 'factor'),
    options: job.offer.prices.map(p => ({
      value: String(p.factor),
      label: `${p.factor}x for ${formatUsd(p.priceUsd)}`,
      description: `${sizeText(job.clip)} becomes ${sizeText(p.output)}`,
      chosen: p.factor === job.offer.chosen,
    })),
  },
  [
    {
      kind: 'button',
      label: `Confirm ${price}`,
      look: 'primary',
      action: actionOn(job, 'confirm'),
      ask: askToConfirm(job, price, names),
    },
    cancelButton(job),
  ],
]

/** The clip's name comes last: where the sentence is too long, it is the one that is cut. */
function askToConfirm(job: JobIn<'quoted'>, price: string, names: Names): NonNullable<Button['ask']> {
  const { factor, output } = chosenPrice(job.offer)
  const about = job.offer.kind === 'estimate' ? 'about ' : ''
  return {
    title: `Confirm ${price}?`,
    text: `${names.provider} charges ${about}${price}, once, for ${factor}x (${sizeText(output)}) of ${job.fileName}`,
    yes: `Confirm ${price}`,
    no: 'Not yet',
  }
}

const actionOn = (job: Job, name: ActionName): Action => ({ name, jobId: job.id, version: job.version })

function kindSentence(kind: QuoteKind, names: Names): string {
  switch (kind) {
    case 'exact':
      return `Exact prices: ${names.provider} has read this very file.`
    case 'quoted':
      return `Quoted by ${names.provider} for this length and size.`
    case 'estimate':
      return `Estimated from ${names.provider}'s price list; the real price may differ a little.`
  }
}

function whyNote(job: Carded): Part[] {
  const why = whyItCosts(job)
  return why ? [{ kind: 'note', text: [whyText(why, job.clip)] }] : []
}

/** While the size can still be changed. */
function cheaperNote(job: Carded): Part[] {
  const way = job.state === 'quoted' ? cheaperWay(job) : null
  return way ? [{ kind: 'note', text: [cheaperText(way)] }] : []
}

/** That nothing is charged before they agree stands below it anyway. */
function wentUpPart({ state, offer }: Carded): Part[] {
  if (state !== 'quoted' || offer.wasUsd === undefined) return []
  return [{ kind: 'text', text: [{ bold: wentUpText(offer) }] }]
}

/** How long it will take, while that still helps to decide. */
function timeNote(job: Carded): Part[] {
  const { expected } = chosenPrice(job.offer)
  if (job.state !== 'quoted' || !expected) return []
  return [{ kind: 'note', text: [`Upscaling it takes ${expectedText(expected)}.`] }]
}

function doublingNote(job: Carded): Text {
  const profile = profileOf(job.offer.model)
  if (!isNearDoubling(job.clip, profile)) return []
  const { fps, inclusive } = profile.doubling
  return [
    ` Its frame rate varies around ${fps} fps, ${inclusive ? 'from which on' : 'above which'} the price doubles.`,
  ]
}

function closingLine(job: Carded): Part {
  const only: Text = ['Only ', { mention: job.requesterId }, ' can confirm.']
  switch (job.state) {
    case 'quoted':
      return {
        kind: 'note',
        text: [
          'Nothing is charged before you confirm. ',
          ...only,
          ' The offer ends ',
          { time: job.offer.expiresAt, as: 'relative' },
          '.',
        ],
      }
    case 'awaiting_approval':
      return { kind: 'text', text: waitingText(job) }
    case 'declined':
      return {
        kind: 'text',
        text: [{ bold: 'Declined' }, ' by ', { mention: job.by }, '. Nothing was charged.'],
      }
    case 'expired':
      return {
        kind: 'text',
        text: [{ bold: 'The offer has ended.' }, ' Nothing was charged. Ask again for a fresh price.'],
      }
    case 'cancelled':
      return { kind: 'text', text: [{ bold: 'Cancelled.' }, ' Nothing was charged.'] }
    default:
      return { kind: 'text', text: [...confirmedText(job), ...againText(job)] }
  }
}

/** What was agreed to first. */
function confirmedText(job: Agreed): Text {
  const attempts = [...job.earlier, ...job.lost, job]
  const { agreedUsd, approvedBy } = attempts.find(({ queuedAt }) => queuedAt === job.confirmedAt) ?? job
  return [
    { mention: job.requesterId },
    ' confirmed ',
    { bold: `${job.offer.chosen}x for ${formatUsd(agreedUsd)}` },
    ...(approvedBy ? [', approved by ', { mention: approvedBy }] : []),
    ' at ',
    { time: job.confirmedAt, as: 'clock' },
    '.',
  ]
}

/** What was agreed to last, where that is another try. */
function againText(job: Agreed): Text {
  if (job.queuedAt === job.confirmedAt) return []
  const by = sentAgainBy(job)
  return [
    ' Sent again for ',
    { bold: formatUsd(job.agreedUsd) },
    ...(by ? [' by ', { mention: by }] : []),
    ' at ',
    { time: job.queuedAt, as: 'clock' },
    '.',
  ]
}

function sentAgainBy({ earlier, lost, queuedAt }: Agreed): string | undefined {
  const failed = earlier.find(({ retriedAt }) => retriedAt === queuedAt)
  if (failed) return failed.retriedBy
  return lost.findLast(one => one.queuedAt < queuedAt && one.answer?.chose === 'retry')?.answer?.by
}
