import type { Job } from '../job.ts'
import type { Text, View } from '../view.ts'

const line = (text: Text, summary: string): View => ({
  tone: 'quiet',
  parts: [{ kind: 'text', text }],
  controls: [],
  notifies: [],
  summary,
})

/** Somebody else pressed. */
export const notYours = (job: Job): View =>
  line(
    ['Only ', { mention: job.requesterId }, ', who asked for it, can press this. You can ask for your own.'],
    'Only the requester can press this.',
  )

/** The control belongs to nothing that is known. */
export const unknownCard = (): View =>
  line(
    ['This card is too old to act on. Nothing was charged by this press. Ask again for a fresh price.'],
    'This card is too old.',
  )

/** The card was drawn before something changed (another size was chosen, say). */
export const outdatedCard = (): View =>
  line(
    ['This card has changed since; your press did nothing. Please look at the card again.'],
    'This card has changed since.',
  )

/** The question was answered already; says how it stands. */
export function alreadyAnswered(job: Job): View {
  const text = STANDING[job.state]
  return line([text], text)
}

const STANDING: Record<Job['state'], string> = {
  quoting: 'The clip is still being read.',
  quoted: 'This offer is still open.',
  expired: 'This offer has ended. Nothing was charged. Ask again for a fresh price.',
  cancelled: 'This was cancelled. Nothing was charged.',
  confirmed: 'It is confirmed and starts in a moment; this press did nothing more.',
  submitting: 'It has started already; this press did nothing more.',
  processing: 'It has started already; this press did nothing more.',
  saving: 'It is almost done; this press did nothing more.',
  delivering: 'It is almost done; this press did nothing more.',
  delivered: 'It is done; the result is in its thread.',
  undelivered: 'It is done, but the result could not be posted.',
  unconfirmed: 'It is not known whether it was accepted; see the buttons in its thread.',
  failed: 'It has failed; see its thread for why and for what was charged.',
}
