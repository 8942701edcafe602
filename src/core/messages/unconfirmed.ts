import { type Agreed, type JobIn, type LostAnswer, maybeBefore, spentBefore } from '../job.ts'
import { formatUsd } from '../money.ts'
import { chosenPrice } from '../quote.ts'
import type { Button, Part, Text, View } from '../view.ts'
import { billingParts } from './billing.ts'
import { wentUp } from './prices.ts'
import type { Names } from './words.ts'

/** Nobody knows whether the paid request was accepted. With controls while it is open, without once answered. */
export function unconfirmedView(job: JobIn<'unconfirmed'>, names: Names): View {
  const act = (name: 'retry' | 'giveup') => ({ name, jobId: job.id, version: job.version })
  const newest = job.lost.at(-1)
  const retry = job.offer.wasUsd === undefined ? 'Retry' : `Retry for ${priceOf(job)}`
  return {
    tone: 'bad',
    parts: [
      ...factsOf(job, names, job.lost.length),
      ...(newest ? billingParts(job.evidence, newest, names) : []),
      ...wentUp(job.offer),
    ],
    controls: [
      [
        {
          kind: 'button',
          label: `${retry} (may be charged twice)`,
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

const priceOf = (job: Agreed) => formatUsd(chosenPrice(job.offer).priceUsd)

function askToRetry(job: Agreed, names: Names): NonNullable<Button['ask']> {
  const price = priceOf(job)
  return {
    title: 'Send it again?',
    text: `If what was sent before was accepted after all, ${price} is charged once more. Retry only if ${names.provider}'s billing has no line for it.`,
    yes: `Retry for ${price}`,
    no: 'Not yet',
  }
}

/**
 * The same message after its question was answered, by whatever state the job is in now. `of`: how many answers had
 * been lost when it was asked.
 */
export function answeredView(job: Agreed, names: Names, of = job.lost.length): View {
  const about = job.lost[of - 1]
  return {
    tone: 'quiet',
    parts: [
      ...factsOf(job, names, of),
      ...(about?.evidence ? billingParts(about.evidence, about, names) : []),
      { kind: 'rule' },
      { kind: 'text', text: answerOf(job, about, names) },
    ],
    controls: [],
    notifies: [],
    summary: `Answered: it was not known whether ${names.provider} accepted ${job.fileName}.`,
  }
}

function answerOf(job: Agreed, about: LostAnswer | undefined, names: Names): Text {
  if (about?.settled) return [`${names.provider} did accept it; only its answer was late. It goes on.`]
  if (about?.answer?.chose === 'giveup') return ['Given up on request of ', { mention: about.answer.by }, '.']
  if (about?.answer) return ['Sent again on request of ', { mention: about.answer.by }, '.']
  return job.state === 'failed' && job.failure.code === 'community_left'
    ? ['The community removed me before this was answered.']
    : ['This question is closed.']
}

function factsOf(job: Agreed, names: Names, of: number): Part[] {
  const about = job.lost[of - 1]
  const sentAt = about?.sentAt ?? job.stateAt
  const price = formatUsd(about?.agreedUsd ?? job.agreedUsd)
  const before = {
    lost: job.lost.slice(0, Math.max(0, of - 1)),
    earlier: job.earlier.filter(attempt => attempt.endedAt <= sentAt),
  }
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
        { time: sentAt, as: 'date' },
        `, and nothing that came back says whether it was accepted. It was not sent again by itself. It may have been charged (${price}).`,
        ...also(before, names),
      ],
    },
    {
      kind: 'text',
      text: [
        `Retry is safe only if ${names.provider}'s billing, from that time until now, has no line at all for an upscale like this (about ${price}; it may say a cent less).`,
      ],
    },
    ...(about ? [{ kind: 'note' as const, text: ['What happened: ', { code: about.why }] }] : []),
  ]
}

/** What was sent before the request that is asked about. */
function also(before: Pick<Agreed, 'lost' | 'earlier'>, names: Names): Text {
  const maybe = maybeBefore(before).length
  const spent = spentBefore(before)
  const requests = maybe === 1 ? 'the request' : `the ${maybe} requests`
  return [
    ...(maybe > 0
      ? [` The same is true of ${requests} before it, so up to ${maybe + 1} may have been charged.`]
      : []),
    ...(spent > 0
      ? [` For earlier attempts ${names.provider} has charged ${formatUsd(spent)} besides.`]
      : []),
  ]
}
