import type { Clip } from '../clip.ts'
import type { Agreed, JobIn, ResultFile } from '../job.ts'
import { formatUsd } from '../money.ts'
import { chosenPrice } from '../quote.ts'
import { type Receipt, receiptOf } from '../receipt.ts'
import type { Part, Text, View } from '../view.ts'
import { besides } from './money.ts'
import { bytesText, codecText, lengthText, type Names, sizeText, spanText } from './words.ts'

/**
 * How the result reaches people: in the message itself, or behind a link of ours that ends at a time. `reachable`:
 * whether people elsewhere can open our links.
 */
export type Delivery =
  | { kind: 'attached' }
  /** `tooLarge`: for that place; otherwise it was refused there for another reason. */
  | { kind: 'linked'; tooLarge: boolean; url: string; until: number; reachable: boolean }

/** The message with the finished video. `now` in wall-clock ms, when the work ended. */
export function resultView(
  job: JobIn<'delivering' | 'delivered' | 'undelivered'>,
  delivery: Delivery,
  names: Names,
  now: number,
): View {
  const asked = chosenPrice(job.offer)
  const { result } = job
  const receipt = receiptOf(job)
  const differs = differences(job.clip, asked.output, result)
  return {
    tone: differs.length === 0 ? 'good' : 'asking',
    parts: [
      {
        kind: 'text',
        text: [{ mention: job.requesterId }, ', your video is ready: ', { bold: result.fileName }],
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
        text: [
          [moneyLine(receipt, names), `took ${spanText(now - job.confirmedAt)}`, ...besides(job)].join(' · '),
          ...approvedText(job),
        ],
      },
      { kind: 'note', text: idsLine(receipt, names) },
    ],
    controls: [],
    notifies: [job.requesterId],
    summary: `Your video is ready: ${result.fileName}, ${sizeText(result.clip)}`,
  }
}

/** "Quoted and charged $0.16 at Acme" */
function moneyLine({ quoted, chargedUsd }: Receipt, names: Names): string {
  const price = `${formatUsd(chargedUsd)} at ${names.provider}`
  return quoted.kind === 'estimate' ? `Estimated; charged about ${price}` : `Quoted and charged ${price}`
}

/** Nothing where nobody else had to agree. */
const approvedText = ({ approvedBy }: Agreed): Text =>
  approvedBy ? [' · approved by ', { mention: approvedBy }] : []

/** What support is asked with. */
const idsLine = ({ model, jobId, queueId }: Receipt, names: Names): Text => [
  `${model} · job `,
  { code: jobId },
  ` · ${names.provider} queue id `,
  { code: queueId },
]

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
        delivery.tooLarge ? 'It is too large to be attached here' : 'It could not be attached here',
        delivery.reachable
          ? ', so it lies on our server; the link works until '
          : ', and this bot has no public address yet (PUBLIC_URL), so the link opens only on the machine that it runs on. Whoever runs it can hand it over, until ',
        { time: delivery.until, as: 'date' },
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

/** Finished and paid, but the place to post it in is gone: said wherever we still can. */
export function undeliveredView(
  job: JobIn<'undelivered'>,
  link: { url: string; until: number; reachable: boolean },
  names: Names,
): View {
  const receipt = receiptOf(job)
  const text: Text = [
    { mention: job.requesterId },
    ', ',
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
          [moneyLine(receipt, names), ...besides(job)].join(' · '),
          ...approvedText(job),
          link.reachable
            ? ' · the link works until '
            : ' · the link opens only on the machine that the bot runs on, until ',
          { time: link.until, as: 'date' },
        ],
      },
      { kind: 'note', text: idsLine(receipt, names) },
    ],
    controls: [],
    notifies: [job.requesterId],
    summary: `${job.result.fileName} is finished`,
  }
}
