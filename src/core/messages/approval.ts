import { outputSize } from '../clip.ts'
import type { Asked, Job, JobIn } from '../job.ts'
import { formatUsd } from '../money.ts'
import { chosenPrice } from '../quote.ts'
import type { Approval } from '../rules.ts'
import type { Button, Part, Text, View } from '../view.ts'
import { clipText, type Names, sizeText } from './words.ts'

/** "@approvers, @Ann or whoever manages this place": those in charge may always. */
export const approversText = ({ groups, people }: Approval): Text => {
  const named: Text = [...groups.map(group => ({ group })), ...people.map(mention => ({ mention }))]
  const listed = named.flatMap((one, i): Text => (i === 0 ? [one] : [', ', one]))
  return [...listed, named.length > 0 ? ' or whoever manages this place' : 'whoever manages this place']
}

/** What approvers are asked: the same while it is open and when it was answered. */
type Question = Omit<Asked, 'answer'>
/** A job that approvers were asked about. */
export type AskedAbout = Pick<JobIn<'quoted'>, 'requesterId' | 'fileName' | 'clip' | 'offer'>

/** Asks whoever may approve; a message of its own, because it is not its requester who has to act. */
export function approvalView(job: JobIn<'awaiting_approval'>, names: Names): View {
  const { approval, askedAt, offer } = job
  const { factor, priceUsd } = chosenPrice(offer)
  const question = { askedAt, approval, factor, priceUsd, expiresAt: offer.expiresAt }
  const price = formatUsd(priceUsd)
  const approve: Button = {
    kind: 'button',
    label: `Approve ${price}`,
    look: 'primary',
    action: { name: 'approve', jobId: job.id, version: job.version },
    ask: askToApprove(job, price, names),
  }
  const decline: Button = {
    kind: 'button',
    label: 'Decline',
    look: 'plain',
    action: { name: 'decline', jobId: job.id, version: job.version },
  }
  return {
    tone: 'asking',
    parts: [
      ...factsOf(job, question),
      {
        kind: 'note',
        text: [
          'Nothing is charged before somebody approves. The offer ends ',
          { time: offer.expiresAt, as: 'relative' },
          '.',
        ],
      },
    ],
    controls: [[approve, decline]],
    notifies: approval.people.filter(id => id !== job.requesterId),
    notifiesGroups: [...approval.groups],
    summary: `Somebody else has to agree to ${price} for ${job.fileName}.`,
  }
}

/** The same message once it was answered, whatever the job has become since. */
export function answeredApprovalView(job: AskedAbout, asked: Asked): View {
  return {
    tone: 'quiet',
    parts: [...factsOf(job, asked), { kind: 'rule' }, { kind: 'text', text: answerText(job, asked) }],
    controls: [],
    notifies: [],
    summary: `Answered: ${formatUsd(asked.priceUsd)} for ${job.fileName}.`,
  }
}

/** The clip's name comes last: where the sentence is too long, it is the one that is cut. */
function askToApprove(job: JobIn<'awaiting_approval'>, price: string, names: Names) {
  const { factor, output } = chosenPrice(job.offer)
  const about = job.offer.kind === 'estimate' ? 'about ' : ''
  return {
    title: `Approve ${price}?`,
    text: `${names.provider} charges ${about}${price}, once, for ${factor}x (${sizeText(output)}) of ${job.fileName}`,
    yes: `Approve ${price}`,
    no: 'Not yet',
  }
}

function factsOf(job: AskedAbout, { approval, factor, priceUsd }: Question): Part[] {
  return [
    {
      kind: 'text',
      text: [
        { mention: job.requesterId },
        ' asks for ',
        { bold: `${factor}x of ${job.fileName} for ${formatUsd(priceUsd)}` },
        '.',
      ],
    },
    {
      kind: 'note',
      text: [`${clipText(job.clip)} becomes ${sizeText(outputSize(job.clip, factor))}`],
    },
    {
      kind: 'text',
      text: [
        `Above ${formatUsd(approval.aboveUsd)} somebody else has to agree here: `,
        ...approversText(approval),
        '.',
      ],
    },
  ]
}

function answerText(job: AskedAbout, { answer }: Asked): Text {
  const at: Text = [' at ', { time: answer.at, as: 'clock' }, '.']
  switch (answer.what) {
    case 'approved':
      return [{ bold: 'Approved' }, ' by ', { mention: answer.by }, ...at]
    case 'declined':
      return [{ bold: 'Declined' }, ' by ', { mention: answer.by }, ...at, ' Nothing was charged.']
    case 'cancelled':
      return [{ bold: 'Taken back' }, ...at, ' Nothing was charged.']
    case 'left':
      return [{ bold: 'The community removed me' }, ' before this was answered. Nothing was charged.']
    case 'expired':
      return [{ bold: 'The offer has ended' }, ', and nobody had answered. Nothing was charged.']
    case 'dearer':
      return [
        { bold: `The price went up to ${formatUsd(answer.priceUsd)}` },
        ...at,
        ' Nothing was charged; ',
        { mention: job.requesterId },
        ' is asked again first.',
      ]
  }
}

/**
 * Tells the requester how it ended: the messages that say so already are edits, which notify nobody. Null: it is no news
 * to them.
 */
export function approvalNews(job: AskedAbout, { answer }: Asked): View | null {
  const to: Text = [{ mention: job.requesterId }, ', ']
  const news = (text: Text, summary: string): View => ({
    tone: 'quiet',
    parts: [{ kind: 'text', text: [...to, ...text] }],
    controls: [],
    notifies: [job.requesterId],
    summary,
  })
  switch (answer.what) {
    case 'declined':
      return news(
        [
          { mention: answer.by },
          ' declined ',
          { bold: job.fileName },
          '. Nothing was charged. Ask again for another size or another clip.',
        ],
        `${job.fileName} was declined. Nothing was charged.`,
      )
    case 'dearer':
      return news(
        [
          'the price of ',
          { bold: job.fileName },
          ` went up to ${formatUsd(answer.priceUsd)} before somebody approved it. Nothing was charged. If you agree to the new price, confirm it on its card.`,
        ],
        `The price of ${job.fileName} went up. Nothing was charged.`,
      )
    case 'expired':
      return news(
        [
          'the offer for ',
          { bold: job.fileName },
          ' ended before somebody approved it. Nothing was charged. Ask again for a fresh price.',
        ],
        `Nobody approved ${job.fileName} in time. Nothing was charged.`,
      )
    default:
      return null
  }
}

/** How what was asked last ended; null: nobody was asked, or the question is open. */
export const lastAsked = (job: Job): Asked | null =>
  'offer' in job && job.state !== 'awaiting_approval' ? (job.asked?.at(-1) ?? null) : null

/** Why it waits, for the card. */
export const waitingText = (job: JobIn<'awaiting_approval'>): Text => [
  { mention: job.requesterId },
  ' agreed to ',
  { bold: `${job.offer.chosen}x for ${formatUsd(chosenPrice(job.offer).priceUsd)}` },
  ' at ',
  { time: job.askedAt, as: 'clock' },
  `. Above ${formatUsd(job.approval.aboveUsd)} somebody else has to agree here: `,
  ...approversText(job.approval),
  '. Nothing is charged before that. The offer ends ',
  { time: job.offer.expiresAt, as: 'relative' },
  '.',
]
