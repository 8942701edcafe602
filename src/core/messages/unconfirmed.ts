import { type Agreed, type JobIn, lostRequests } from '../job.ts'
import { formatUsd } from '../money.ts'
import type { Button, Part, Text, View } from '../view.ts'
import type { Names } from './words.ts'

/** Nobody knows whether the paid request was accepted. With controls while it is open, without once answered. */
export function unconfirmedView(job: JobIn<'unconfirmed'>, names: Names): View {
  const act = (name: 'retry' | 'giveup') => ({ name, jobId: job.id, version: job.version })
  return {
    tone: 'bad',
    parts: factsOf(job, names),
    controls: [
      [
        {
          kind: 'button',
          label: 'Retry (may be charged twice)',
          look: 'danger',
          action: act('retry'),
          ask: askToRetry(job, names),
        },
        { kind: 'button', label: 'Give up', look: 'plain', action: act('giveup') },
      ],
    ],
    notifies: [job.requesterId],
    summary: `It is not known whether ${names.provider} accepted ${job.fileName}.`,
  }
}

function askToRetry(job: Agreed, names: Names): NonNullable<Button['ask']> {
  const price = formatUsd(job.agreedUsd)
  return {
    title: 'Send it again?',
    text: `If what was sent before was accepted after all, ${price} is charged once more. Retry only if your ${names.provider} billing page has no line for it.`,
    yes: `Retry for ${price}`,
    no: 'Not yet',
  }
}

/** The same message after its question was answered, by whatever state the job is in now. */
export function answeredView(job: Agreed, names: Names): View {
  return {
    tone: 'quiet',
    parts: [...factsOf(job, names), { kind: 'rule' }, { kind: 'text', text: answerOf(job, names) }],
    controls: [],
    notifies: [],
    summary: `Answered: it was not known whether ${names.provider} accepted ${job.fileName}.`,
  }
}

function answerOf(job: Agreed, names: Names): Text {
  if (job.state === 'failed' && job.failure.code === 'given_up')
    return ['Given up on request of ', { mention: job.requesterId }, '.']
  if (job.lost.at(-1)?.settled)
    return [`${names.provider} did accept it; only its answer was late. It goes on.`]
  return ['Sent again on request of ', { mention: job.requesterId }, '.']
}

function factsOf(job: Agreed, names: Names): Part[] {
  const note: Part[] = job.lost
    .slice(-1)
    .map(({ why }) => ({ kind: 'note', text: ['What happened: ', { code: why }] }))
  const price = formatUsd(job.agreedUsd)
  const newest = job.lost.at(-1)
  const sent: Text = newest ? [{ time: newest.sentAt, as: 'date' }] : ['a time that is not known']
  const lost = lostRequests(job)
  const earlier = lost - 1
  const before =
    earlier > 0
      ? ` The same is true of ${earlier === 1 ? 'the request' : `the ${earlier} requests`} before it, so up to ${lost} may have been charged.`
      : ''
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
        'The request was sent on ',
        ...sent,
        `, and nothing that came back says whether it was accepted. It was not sent again by itself. It may have been charged (${price}).${before}`,
      ],
    },
    {
      kind: 'text',
      text: [
        `Look at your ${names.provider} billing page, from that time until now. Retry is safe only if it has no line at all for an upscale like this (about ${price}; it may say a cent less).`,
      ],
    },
    ...note,
  ]
}
