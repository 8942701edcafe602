import { isAboutLost, type Job, type JobIn, type ProviderRef } from '../job.ts'
import { formatUsd } from '../money.ts'
import type { View } from '../view.ts'
import type { Names } from './words.ts'

/** The answer to a paid request came when people had already decided not to wait for it. `sent`: the job as it was sent. */
export function acceptedLate(
  sent: JobIn<'submitting'>,
  now: Job | null,
  provider: ProviderRef,
  names: Names,
): View {
  const price = formatUsd(sent.agreedUsd)
  const givenUp = now?.state === 'failed' && isAboutLost(now.failure)
  const takenBack = now?.state === 'failed' && ['cancelled', 'frozen', 'too_late'].includes(now.failure.code)
  return {
    tone: 'bad',
    parts: [
      {
        kind: 'text',
        text: [
          { mention: sent.requesterId },
          `, ${names.provider} did accept an earlier request for `,
          { bold: sent.fileName },
          ', sent on ',
          { time: sent.stateAt, as: 'date' },
          '; only its answer came late.',
        ],
      },
      {
        kind: 'text',
        text: [
          { bold: `It is charged (${price}).` },
          givenUp
            ? ' It had been given up, so its result is not fetched.'
            : takenBack
              ? ' Its second try was taken back before it was sent, so nothing was sent since; its result is not fetched.'
              : ' It comes on top of what was sent since, and its result is not fetched.',
          ` Whoever runs this bot can claim it at ${names.provider} with its number:`,
        ],
      },
      { kind: 'text', text: [{ code: provider.queueId }] },
    ],
    controls: [],
    notifies: [sent.requesterId],
    summary: `${names.provider} did accept an earlier request for ${sent.fileName}: ${price}`,
  }
}
