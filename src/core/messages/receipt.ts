import { attemptOf } from '../books.ts'
import type { Agreed } from '../job.ts'
import { standingOf } from '../ledger.ts'
import type { BookEntry } from '../ports.ts'
import type { Part, Text, View } from '../view.ts'
import { attemptText } from './attempts.ts'
import { standingText } from './standing.ts'
import { line } from './whispers.ts'
import { clipText, type Names, typed } from './words.ts'

/** Attempts that are listed; the file has them all. */
const MOST = 10

/** What one job has cost and why. `entries`: of this job, from the books. */
export function receiptView(
  job: Agreed,
  entries: readonly BookEntry[],
  fileName: string,
  names: Names,
): View {
  const standing = standingText(standingOf(job))
  const provider = 'provider' in job ? job.provider : null
  const more = entries.length - MOST
  return {
    tone: 'quiet',
    parts: [
      { kind: 'title', text: ['Receipt'] },
      text([{ bold: job.fileName }, ' for ', { mention: job.requesterId }, ` · ${clipText(job.clip)}`]),
      text([{ bold: `${standing[0]?.toUpperCase()}${standing.slice(1)}.` }]),
      ...entries
        .slice(-MOST)
        .map(entry => text(attemptText(attemptOf(entry), [{ mention: entry.requesterId }]))),
      ...(more > 0 ? [text([`and ${more} before in the file`])] : []),
      ...(job.approvedBy ? [text(['Approved by ', { mention: job.approvedBy }, '.'])] : []),
      { kind: 'file', fileName, description: 'The receipt as JSON' },
      {
        kind: 'note',
        text: [
          `${provider?.model ?? job.offer.model} · job `,
          { code: job.id },
          ...(provider ? [` · ${names.provider} queue id `, { code: provider.queueId }] : []),
        ],
      },
    ],
    controls: [],
    notifies: [],
    summary: `Receipt of ${job.fileName}: ${standing}`,
  }
}

const text = (words: Text): Part => ({ kind: 'text', text: words })

/** There is none of that number, or it is another community's: which of the two is nobody's business here. */
export const noSuchJob = (jobId: string): View =>
  line(
    [
      'There is no job ',
      { code: jobId },
      ' here. Its number is on the last line of its result, and in the table of ',
      typed('spend'),
      '.',
    ],
    'There is no such job here.',
  )

/** It was never agreed to. */
export const nothingAgreed = (jobId: string): View =>
  line(
    ['Nobody has agreed to pay for ', { code: jobId }, ', so nothing was charged and there is no receipt.'],
    'Nobody has agreed to pay for it, so there is no receipt.',
  )
