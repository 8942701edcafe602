import type { Clip } from '../clip.ts'
import type { Charged, Failure, JobIn, ResultFile } from '../job.ts'
import { formatUsd } from '../money.ts'
import { chosenPrice } from '../quote.ts'
import type { Part, Text, View } from '../view.ts'
import { bytesText, codecText, lengthText, type Names, sizeText, spanText } from './words.ts'

/** How the result reaches people: in the message itself, or behind a link of ours that ends at a time. */
export type Delivery = { kind: 'attached' } | { kind: 'linked'; url: string; until: number }

/** The message with the finished video. `now` in wall-clock ms, when the work ended. */
export function resultView(
  job: JobIn<'delivering' | 'delivered' | 'undelivered'>,
  delivery: Delivery,
  names: Names,
  now: number,
): View {
  const asked = chosenPrice(job.offer)
  const { result } = job
  const differs = differences(job.clip, asked.output, result)
  return {
    tone: differs.length === 0 ? 'good' : 'asking',
    parts: [
      {
        kind: 'text',
        text: [{ mention: job.requesterId }, ' your video is ready: ', { bold: result.fileName }],
      },
      ...deliveryParts(delivery, result),
      {
        kind: 'text',
        text: [
          { bold: 'Asked' },
          ` ${asked.factor}x, ${sizeText(asked.output)}, ${lengthText(job.clip.durationS)}`,
        ],
      },
      {
        kind: 'text',
        text: [
          { bold: 'Got' },
          ` ${[sizeText(result.clip), lengthText(result.clip.durationS), codecText(result.clip), soundResult(result), bytesText(result.clip.sizeBytes)].join(', ')}`,
        ],
      },
      ...differs.map((d): Part => ({ kind: 'text', text: [{ bold: 'Please look: ' }, d] })),
      {
        kind: 'note',
        text: [`${formatUsd(job.agreedUsd)} at ${names.provider} · took ${spanText(now - job.confirmedAt)}`],
      },
    ],
    controls: [],
    notifies: [job.requesterId],
    summary: `Your video is ready: ${result.fileName}, ${sizeText(result.clip)}`,
  }
}

function deliveryParts(delivery: Delivery, result: ResultFile): Part[] {
  if (delivery.kind === 'attached') {
    return [
      {
        kind: 'file',
        fileName: result.fileName,
        description: `${sizeText(result.clip)}, ${lengthText(result.clip.durationS)}`,
      },
    ]
  }
  return [
    { kind: 'link', url: delivery.url, label: `Open the video (${bytesText(result.clip.sizeBytes)})` },
    {
      kind: 'note',
      text: [
        'It is too large to be attached here, so it lies on our server; the link works until ',
        { time: delivery.until, as: 'relative' },
        '.',
      ],
    },
  ]
}

function soundResult(result: ResultFile): string {
  switch (result.sound) {
    case 'kept':
      return 'with sound'
    case 'restored':
      return 'with your sound put back'
    case 'lost':
      return 'without sound'
    case 'none':
      return 'no sound, like your clip'
  }
}

/** A result that is longer or shorter by more than this is not what was asked for. */
const lengthTolerance = (seconds: number) => Math.max(0.25, seconds * 0.02)

/** What came out differently from what was asked, as read in the file itself. Empty: all as asked. */
export function differences(
  source: Clip,
  asked: { width: number; height: number },
  result: ResultFile,
): string[] {
  const found: string[] = []
  if (result.clip.width !== asked.width || result.clip.height !== asked.height) {
    found.push(`the picture is ${sizeText(result.clip)}, not ${sizeText(asked)}.`)
  }
  if (Math.abs(result.clip.durationS - source.durationS) > lengthTolerance(source.durationS)) {
    found.push(
      `it is ${lengthText(result.clip.durationS)} long, your clip is ${lengthText(source.durationS)}.`,
    )
  }
  if (result.sound === 'lost') found.push('your sound could not be put back into this file.')
  return found
}

/** What went wrong after the press, what it cost, and what to do. */
export function failureView(job: JobIn<'failed'>, names: Names): View {
  const { what, next } = FAILURES[job.failure.code](names)
  return {
    tone: 'bad',
    parts: [
      {
        kind: 'text',
        text: [{ mention: job.requesterId }, ' ', { bold: job.fileName }, ' was not upscaled.'],
      },
      { kind: 'text', text: [what] },
      ...said(job.failure, names),
      {
        kind: 'text',
        text: [{ bold: chargedText(job.failure.charged, formatUsd(job.agreedUsd), names) }, ` ${next}`],
      },
    ],
    controls: [],
    notifies: [job.requesterId],
    summary: `${job.fileName} was not upscaled. ${chargedText(job.failure.charged, formatUsd(job.agreedUsd), names)}`,
  }
}

function said(failure: Failure, names: Names): Part[] {
  return failure.said ? [{ kind: 'note', text: [`${names.provider} said: `, { code: failure.said }] }] : []
}

function chargedText(charged: Charged, price: string, names: Names): string {
  switch (charged) {
    case 'no':
      return 'Nothing was charged.'
    case 'yes':
      return `${names.provider} has charged ${price} for it.`
    case 'refunded':
      return `${names.provider} charged ${price} and gave it back.`
    case 'unknown':
      return `It may have been charged (${price}): please look at your ${names.provider} billing page.`
  }
}

type Sentences = (names: Names) => { what: string; next: string }

const FAILURES: Record<Failure['code'], Sentences> = {
  provider_unreachable: n => ({
    what: `${n.provider} could not be reached, and several tries did not help.`,
    next: 'Please ask again later.',
  }),
  provider_rejected: n => ({
    what: `${n.provider} did not accept this clip.`,
    next: 'Another file format (MP4 with H.264) often helps.',
  }),
  provider_failed: n => ({
    what: `${n.provider} started, but its upscaling failed.`,
    next: 'You can ask again with the same clip.',
  }),
  provider_lost_it: n => ({
    what: `${n.provider} no longer knows this job, or never finished it.`,
    next: 'The job number is in our log; a moderator can claim it.',
  }),
  balance_empty: n => ({
    what: `The balance at ${n.provider} is empty, so it did not start.`,
    next: `Credits can be added at ${n.creditsUrl}; then ask again.`,
  }),
  key_refused: n => ({
    what: `${n.provider} refused our key.`,
    next: 'Whoever runs this bot has to look at it; asking again will not help before.',
  }),
  content_refused: n => ({ what: `${n.provider} refuses this video.`, next: 'Please try another clip.' }),
  source_refused: n => ({
    what: `${n.provider} can't take a file this large from here.`,
    next: 'A shorter or smaller clip works.',
  }),
  source_lost: () => ({ what: 'Our copy of your clip is gone.', next: 'Please post it again.' }),
  result_unreadable: n => ({
    what: `What ${n.provider} delivered can't be read as a video.`,
    next: 'The job number is in our log; a moderator can claim it.',
  }),
  given_up: () => ({ what: 'You chose to give up on it.', next: 'You can ask again at any time.' }),
  internal: () => ({
    what: 'Something broke on our side.',
    next: 'It is in our log. Please ask again later.',
  }),
}

/** Finished and paid, but the place to post it in is gone: said wherever we still can. */
export function undeliveredView(
  job: JobIn<'undelivered'>,
  link: { url: string; until: number },
  names: Names,
): View {
  const text: Text = [
    { mention: job.requesterId },
    ' ',
    { bold: job.result.fileName },
    ' is finished, but it could not be posted where you asked for it.',
  ]
  return {
    tone: 'asking',
    parts: [
      { kind: 'text', text },
      { kind: 'link', url: link.url, label: `Open the video (${bytesText(job.result.clip.sizeBytes)})` },
      {
        kind: 'note',
        text: [
          `${formatUsd(job.agreedUsd)} at ${names.provider} · the link works until `,
          { time: link.until, as: 'relative' },
        ],
      },
    ],
    controls: [],
    notifies: [job.requesterId],
    summary: `${job.result.fileName} is finished`,
  }
}

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
        ` we don't know whether ${names.provider} accepted `,
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
