import type { Failure } from '../job.ts'
import type { Names } from './words.ts'

/** What happened, and what to do next; money is said apart. */
type Sentences = (names: Names) => { what: string; next: string }

const claim = 'The job number is in our log, so whoever runs this bot can claim it.'

export const FAILURES: Record<Failure['code'], Sentences> = {
  provider_unreachable: n => ({
    what: `${n.provider} could not be reached, and several tries did not help.`,
    next: 'Please try again later.',
  }),
  provider_busy: n => ({
    what: `${n.provider} was too busy for an hour.`,
    next: 'Please try again later.',
  }),
  too_late: () => ({
    what: 'It waited with us for more than an hour before it could be sent, so its price was too old to be paid.',
    next: 'Trying again asks for the price of now.',
  }),
  provider_rejected: n => ({
    what: `${n.provider} did not accept this clip.`,
    next: 'Another file format (MP4 with H.264) often helps.',
  }),
  provider_failed: n => ({
    what: `${n.provider} started, but its upscaling failed.`,
    next: 'The same clip may well work another time.',
  }),
  provider_lost_it: n => ({ what: `${n.provider} no longer knows this job.`, next: claim }),
  never_finished: n => ({
    what: `${n.provider} did not hand over a finished video within a day, so we have stopped looking.`,
    next: claim,
  }),
  balance_empty: n => ({
    what: `The balance at ${n.provider} is empty, so it did not start.`,
    next: `Credits can be added at ${n.creditsUrl}; then try again.`,
  }),
  spend_limit: n => ({
    what: `Our key at ${n.provider} has spent as much as it may, so it did not start.`,
    next: `Whoever runs this bot can raise the key's limit there; the account itself may still have credits.`,
  }),
  key_refused: n => ({
    what: `${n.provider} refused our key.`,
    next: 'Whoever runs this bot has to look at it; trying again helps only after that.',
  }),
  access_denied: n => ({
    what: `${n.provider} does not let our account use this: its plan, its region or its access is in the way.`,
    next: 'Whoever runs this bot has to look at the account; trying again helps only after that.',
  }),
  needs_consent: n => ({
    what: `${n.provider} wants a consent for this video, which can't be given from here.`,
    next: `Please try another clip; whoever runs this bot can see at ${n.provider} what has to be agreed to.`,
  }),
  content_refused: n => ({
    what: `${n.provider} refuses this video because of what it shows.`,
    next: 'Please try another clip.',
  }),
  length_refused: n => ({
    what: `${n.provider} refuses this video because of its length: it is too long or too short.`,
    next: 'Cut another piece of it and ask again.',
  }),
  source_refused: n => ({
    what: `${n.provider} can't take a file this large from here.`,
    next: 'A shorter or smaller clip works.',
  }),
  type_refused: n => ({
    what: `${n.provider} does not take this type of file.`,
    next: 'Export it as MP4 with H.264 and ask again.',
  }),
  source_lost: () => ({
    what: 'Our copy of your clip is gone, so nothing could be sent.',
    next: 'Please post it again.',
  }),
  result_unreadable: n => ({
    what: `What ${n.provider} delivered can't be read as a video.`,
    next: claim,
  }),
  cancelled: () => ({ what: 'Cancelled before it was sent.', next: 'You can ask again at any time.' }),
  frozen: () => ({
    what: 'All spending was stopped before it was sent.',
    next: 'It can be tried again when spending is allowed again.',
  }),
  community_left: () => ({
    what: 'The community removed me while this was waiting.',
    next: 'Invite me again and ask again.',
  }),
  given_up: () => ({ what: 'It was given up by choice.', next: 'You can ask again at any time.' }),
  internal: () => ({
    what: 'Something broke on our side.',
    next: 'It is in our log. Please try again later.',
  }),
}
