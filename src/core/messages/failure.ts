import { type Charged, type Failure, type JobIn, lostRequests } from '../job.ts'
import { formatUsd } from '../money.ts'
import type { Part, View } from '../view.ts'
import type { Names } from './words.ts'

/** What went wrong after the press, what it cost, and what to do. */
export function failureView(job: JobIn<'failed'>, names: Names): View {
  const { what, next } = FAILURES[job.failure.code](names)
  const money = moneyText(job, names)
  return {
    tone: 'bad',
    parts: [
      {
        kind: 'text',
        text: [{ mention: job.requesterId }, ', ', { bold: job.fileName }, ' was not upscaled.'],
      },
      { kind: 'text', text: [what] },
      ...said(job.failure, names),
      { kind: 'text', text: [{ bold: money }, ` ${next}`] },
    ],
    controls: [],
    notifies: [job.requesterId],
    summary: `${job.fileName} was not upscaled. ${money}`,
  }
}

/** The same in one line, for where there is room for no more. */
export const failureLine = (job: JobIn<'failed'>, names: Names): string =>
  `${FAILURES[job.failure.code](names).what} ${moneyText(job, names)}`

function said(failure: Failure, names: Names): Part[] {
  return failure.said ? [{ kind: 'note', text: [`${names.provider} said: `, { code: failure.said }] }] : []
}

/** What was or may have been charged for this job, its lost requests included. */
function moneyText(job: JobIn<'failed'>, names: Names): string {
  const price = formatUsd(job.agreedUsd)
  const { charged, code } = job.failure
  const lost = lostRequests(job)
  // Giving up is about the lost requests themselves; every other outcome comes on top of them.
  if (code === 'given_up') return mayHave(lost, price, names)
  if (charged === 'unknown') return mayHave(lost + 1, price, names)
  if (lost === 0) return CHARGED[charged](price, names)
  return `For the last request: ${CHARGED[charged](price, names)} For what was sent before, and not answered: ${mayHave(lost, price, names)}`
}

const CHARGED: Record<Exclude<Charged, 'unknown'>, (price: string, names: Names) => string> = {
  no: () => 'Nothing was charged.',
  yes: (price, names) => `${names.provider} has charged ${price} for it.`,
  refunded: (price, names) => `${names.provider} charged ${price} and gave it back.`,
}

const mayHave = (times: number, price: string, names: Names): string =>
  `It may have been charged (${price}${times > 1 ? `, up to ${times} times` : ''}): please look at your ${names.provider} billing page.`

type Sentences = (names: Names) => { what: string; next: string }

const FAILURES: Record<Failure['code'], Sentences> = {
  provider_unreachable: n => ({
    what: `${n.provider} could not be reached, and several tries did not help.`,
    next: 'Please ask again later.',
  }),
  provider_busy: n => ({
    what: `${n.provider} was too busy for an hour.`,
    next: 'Please ask again later, for a fresh price.',
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
    next: 'The job number is in our log, so whoever runs this bot can claim it.',
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
    next: 'The job number is in our log, so whoever runs this bot can claim it.',
  }),
  community_left: () => ({
    what: 'The community removed me while this was waiting.',
    next: 'Invite me again and ask again.',
  }),
  given_up: () => ({ what: 'You chose to give up on it.', next: 'You can ask again at any time.' }),
  internal: () => ({
    what: 'Something broke on our side.',
    next: 'It is in our log. Please ask again later.',
  }),
}
