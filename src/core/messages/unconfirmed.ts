import type { JobIn } from '../job.ts'
import { formatUsd } from '../money.ts'
import type { Part, Text, View } from '../view.ts'
import type { Names } from './words.ts'

/** Nobody knows whether the paid request was accepted. With controls while it is open, without once answered. */
export function unconfirmedView(job: JobIn<'unconfirmed'>, names: Names): View {
  const price = formatUsd(job.agreedUsd)
  const act = (name: 'retry' | 'giveup') => ({ name, jobId: job.id, version: job.version })
  return {
    tone: 'bad',
    parts: [...unconfirmedParts(job, names, price)],
    controls: [
      [
        { kind: 'button', label: 'Retry (may be charged twice)', look: 'danger', action: act('retry') },
        { kind: 'button', label: 'Give up', look: 'plain', action: act('giveup') },
      ],
    ],
    notifies: [job.requesterId],
    summary: `It is not known whether ${names.provider} accepted ${job.fileName}.`,
  }
}

/** The same message after its question was answered: its facts stay, its buttons go. */
export function answeredView(
  asked: JobIn<'unconfirmed'>,
  answer: 'retry' | 'giveup' | 'settled',
  names: Names,
): View {
  const view = unconfirmedView(asked, names)
  const line: Text =
    answer === 'settled'
      ? [`${names.provider} did accept it; its answer was only late. It goes on, charged once.`]
      : [
          answer === 'retry' ? 'Sent again on request of ' : 'Given up on request of ',
          { mention: asked.requesterId },
          '.',
        ]
  return {
    ...view,
    tone: 'quiet',
    parts: [...view.parts, { kind: 'rule' }, { kind: 'text', text: line }],
    controls: [],
    notifies: [],
  }
}

function unconfirmedParts(job: JobIn<'unconfirmed'>, names: Names, price: string): Part[] {
  return [
    {
      kind: 'text',
      text: [
        { mention: job.requesterId },
        `, we don't know whether ${names.provider} accepted `,
        { bold: job.fileName },
        '.',
      ],
    },
    {
      kind: 'text',
      text: [
        `The request was sent at `,
        { time: job.stateAt, as: 'clock' },
        ` and its answer was lost. It was not sent again, so it can't have been charged twice; it may have been charged once (${price}).`,
      ],
    },
    {
      kind: 'text',
      text: [
        `Look at your ${names.provider} billing page: no line of ${price} around that time means that Retry is safe.`,
      ],
    },
    { kind: 'note', text: ['What happened: ', { code: job.why }] },
  ]
}
