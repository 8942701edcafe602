import type { Job, JobIn, State } from '../job.ts'
import type { Text, View } from '../view.ts'
import type { Names } from './words.ts'

/** A line that only one person sees. */
export const line = (text: Text, summary: string): View => ({
  tone: 'quiet',
  parts: [{ kind: 'text', text }],
  controls: [],
  notifies: [],
  summary,
})

/** Somebody pressed who does not decide about the job as it stands. */
export function notYours(job: Job): View {
  if (job.state === 'failed' && job.failure.code === 'cancelled') return notTakenBackByYou(job)
  switch (job.state) {
    case 'unconfirmed':
    case 'failed':
      return line(
        [
          'Only ',
          { mention: job.requesterId },
          ', who asked for it, or whoever manages this place can press this.',
        ],
        'Only the requester, or whoever manages this place, can press this.',
      )
    default:
      return line(
        [
          'Only ',
          { mention: job.requesterId },
          ', who asked for it, can press this. You can ask for your own.',
        ],
        'Only the requester can press this.',
      )
  }
}

const notTakenBackByYou = ({ requesterId }: Job): View =>
  line(
    [
      'Only ',
      { mention: requesterId },
      ', who asked for it and took it back, can have it tried again. You can ask for your own.',
    ],
    'Only the requester can press this.',
  )

/** Whether they may could not be found out. */
export const maybeYours = (job: Job): View =>
  line(
    [
      'Only ',
      { mention: job.requesterId },
      ', who asked for it, or whoever manages this place can press this, and I could not find out just now whether you do. Your press did nothing; try again in a moment.',
    ],
    'It could not be found out whether you may press this.',
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

/** Cancel was pressed when it was being sent, or later. */
export function tooLateToCancel(job: JobIn<Unstoppable>, names: Names): View {
  const text =
    job.state === 'submitting'
      ? `Too late: it is on its way to ${names.provider}, which can't stop a job once it has it. If it is not taken this time, the button comes back.`
      : `Too late: ${names.provider} has it, and can't stop a job once it has it. It goes on, and it is charged.`
  return line([text], text)
}

/** States in which a job can't be taken back any more, and is not done yet. */
const UNSTOPPABLE = ['submitting', 'processing', 'saving', 'delivering'] as const satisfies State[]
type Unstoppable = (typeof UNSTOPPABLE)[number]
export const isUnstoppable = (job: Job): job is JobIn<Unstoppable> =>
  (UNSTOPPABLE as readonly State[]).includes(job.state)

/** Its time to be tried again has passed. */
export const triedTooLate = (): View => {
  const text =
    "This can't be tried again any more; your press did nothing. Post the clip again for another try."
  return line([text], text)
}

/** The question was answered already; says how it stands. */
export function alreadyAnswered(job: Job): View {
  const text = STANDING[job.state]
  return line([text], text)
}

const STANDING: Record<Job['state'], string> = {
  quoting: 'The clip is still being read.',
  quoted: 'This offer is still open.',
  awaiting_approval:
    'It waits for somebody else to agree, as its thread says; this press did nothing more. Nothing is charged before that.',
  declined: 'This was declined. Nothing was charged. Ask again for another size or another clip.',
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
