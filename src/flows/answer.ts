import type { Press } from '../core/chat.ts'
import { isFactor } from '../core/clip.ts'
import type { Job, JobIn, State } from '../core/job.ts'
import { dearerThanAsked, needsApprover } from '../core/messages/approval-whispers.ts'
import { overCap, whileFrozen } from '../core/messages/caps.ts'
import { dearer, dearerForOthers, type Payable, stopped } from '../core/messages/stops.ts'
import { alreadyAnswered, outdatedCard, unknownCard } from '../core/messages/whispers.ts'
import { isRetriable } from '../core/pressers.ts'
import type { Offer } from '../core/quote.ts'
import type { View } from '../core/view.ts'
import {
  type Agreement,
  type ApprovedUnder,
  agree,
  commit,
  type Step,
  tellQuietly,
  type Unspent,
} from './commit.ts'
import { askingOf, closePressedApproval, note, noteAsked } from './notify.ts'
import { askBeforePaying } from './price.ts'
import { standing, turnAway } from './turn-away.ts'
import { chatOf, namesOf, type World } from './world.ts'

/** "pay": what happens depends on what it costs by now; "none": it asks for what is already so; null: nothing any more. */
type Meaning = Step | 'pay' | 'none' | null

/**
 * Somebody presses a control (acknowledged already). It acts at most once, only for who decides about the job, and only
 * when the card that was pressed shows the job as it still is: a Confirm with a price never confirms another price.
 */
export const onPress = (world: World, press: Press): Promise<void> => onLook(world, press, 1)

/** Who may press is looked at again where that has changed meanwhile. */
const MOST_LOOKS = 3

async function onLook(world: World, press: Press, looks: number): Promise<void> {
  /** A second delivery of the same press is no second press: its person has had their answer. */
  const whisper = async (view: View) => {
    if (!press.redelivered) await chatOf(world, press).whisper(press.reply, view)
  }

  const job = press.action ? await world.store.get(press.action.jobId) : null
  if (!press.action || !job || job.platform !== press.platform) return whisper(unknownCard())
  const letIn = await turnAway(world, job, press)
  if (letIn.no) {
    await closePressed(world, job, press)
    return whisper(letIn.no)
  }
  const { approvedUnder } = letIn

  const meaning = meaningOf(world, job, press)
  if (meaning === 'none') return
  if (!meaning) return whisper(standing(world, job, press))
  if (!isCurrent(job, press)) {
    // An edit may have been lost: without this, the old buttons could stay for ever.
    await tellQuietly(world, job)
    return whisper(outdatedCard())
  }
  await noteUnnoted(world, job, press)

  const decided =
    meaning === 'pay'
      ? await decide(world, job as Payable, press, approvedUnder)
      : { event: meaning, say: null }
  const next = decided.event && (await act(world, job, decided.event, approvedUnder))
  if (next === 'other_rule')
    return looks < MOST_LOOKS ? onLook(world, press, looks + 1) : whisper(outdatedCard())
  if (next && !('state' in next)) {
    return whisper(unspent(world, job as Payable, press, next, (decided.event as Agreement).offer))
  }
  if (next) {
    await closePressed(world, next, press)
    const say = decided.event?.type === 'expired' ? alreadyAnswered(next) : decided.say
    return say ? whisper(say) : undefined
  }
  // Another press may have been faster, the other one of a double click, say. Then that is how it stands.
  const now = await world.store.get(job.id)
  if (!now) return whisper(unknownCard())
  if (now.version === job.version && decided.say) return whisper(decided.say)
  return whisper(now.state === job.state ? outdatedCard() : standing(world, now, press))
}

/**
 * The process may have died between posting a message with buttons and noting it: the press shows where it is. Not noted
 * over an older one that can't be closed just now.
 */
async function noteUnnoted(world: World, job: Job, { message, action }: Press): Promise<void> {
  if (job.state === 'quoted' || action!.name === 'cancel') {
    if (!job.posts.card && ON_CARD.includes(job.state)) await note(world, job, { card: message })
    return
  }
  if (job.state !== 'awaiting_approval' && job.state !== 'unconfirmed' && job.state !== 'failed') return
  const { name, of } = askingOf(job)
  if (job.posts[`${name}Of`] === of) return
  try {
    await noteAsked(world, job, message)
  } catch (error) {
    world.log.warn(
      { job: job.id, error },
      'an older message still has its buttons; the newer one is not noted yet',
    )
  }
}
const ON_CARD: readonly State[] = ['quoted', 'awaiting_approval']

/** A question to approvers that was answered, and is still drawn with its buttons where it was pressed. */
async function closePressed(world: World, job: Job, { message, action }: Press): Promise<void> {
  if (action!.name !== 'approve' && action!.name !== 'decline') return
  await closePressedApproval(world, job, message).catch(error =>
    world.log.warn({ job: job.id, error }, 'a question that was answered still has its buttons'),
  )
}

/** What the press means for a job in this state. */
function meaningOf(world: World, job: Job, press: Press): Meaning {
  const name = press.action!.name
  switch (job.state) {
    case 'quoted':
      if (world.clock() >= job.offer.expiresAt) return { type: 'expired' }
      if (name === 'confirm') return 'pay'
      if (name === 'cancel') return { type: 'cancelled' }
      return name === 'factor' ? chose(job, press.value) : null
    case 'awaiting_approval':
      if (world.clock() >= job.offer.expiresAt) return { type: 'expired' }
      if (name === 'approve') return 'pay'
      if (name === 'decline') return { type: 'declined', by: press.presserId }
      return name === 'cancel' ? { type: 'cancelled' } : null
    case 'confirmed':
      return name === 'cancel' ? { type: 'failed', failure: { code: 'cancelled', charged: 'no' } } : null
    case 'unconfirmed':
      if (name === 'retry') return 'pay'
      return name === 'giveup'
        ? { type: 'failed', failure: { code: 'given_up', charged: 'unknown' }, by: press.presserId }
        : null
    case 'failed':
      return name === 'retry' && isRetriable(job, world.clock()) ? 'pay' : null
    default:
      return null
  }
}

function chose(job: JobIn<'quoted'>, value: string | null): Step | 'none' | null {
  const factor = Number(value)
  if (!isFactor(factor) || !job.offer.prices.some(p => p.factor === factor)) return null
  return factor === job.offer.chosen ? 'none' : { type: 'chose', factor }
}

/** Whether the card shows the job as it is. */
const isCurrent = (job: Job, press: Press): boolean =>
  job.version === press.action!.version || (press.action!.name === 'cancel' && isTakenBack(job, press))

/**
 * Taking back what was not sent yet names no price and costs nothing, and its button is redrawn at every try to send it:
 * an older one counts too. One that comes late, or again, has taken nothing back so far where nobody has agreed to
 * another try.
 */
function isTakenBack(job: Job, { redelivered }: Press): boolean {
  if (job.state === 'awaiting_approval') return true
  return job.state === 'confirmed' && (!redelivered || job.queuedAt === job.confirmedAt)
}

/** `event` null: nothing changes. `say`: for who pressed. */
async function decide(
  world: World,
  job: Payable,
  press: Press,
  approvedUnder: ApprovedUnder,
): Promise<{ event: Step | Agreement | null; say: View | null }> {
  const verdict = await askBeforePaying(world, job)
  // Asking took its time.
  const ends = job.state === 'quoted' || job.state === 'awaiting_approval'
  if (ends && world.clock() >= job.offer.expiresAt) return { event: { type: 'expired' }, say: null }
  switch (verdict.kind) {
    case 'stop':
      world.log.info({ job: job.id, why: verdict.why }, 'a press that would pay was not spent')
      return { event: null, say: stopped(job, verdict.why, namesOf(world)) }
    case 'dearer':
      // The question to approvers goes back to the requester by this; another try is not theirs to make dearer.
      if (press.presserId !== job.requesterId && (job.state === 'unconfirmed' || job.state === 'failed'))
        return { event: null, say: dearerForOthers(job, verdict.offer) }
      return {
        event: { type: 'requoted', offer: verdict.offer },
        say:
          job.state === 'awaiting_approval'
            ? dearerThanAsked(verdict.offer, job.requesterId)
            : dearer(verdict.offer),
      }
    case 'pay':
      return { event: agreement(job, press, verdict.offer, approvedUnder), say: null }
  }
}

function agreement(job: Payable, press: Press, offer: Offer, approvedUnder: ApprovedUnder): Agreement {
  const by = press.presserId
  if (job.state === 'quoted') return { type: 'confirmed', offer }
  if (job.state === 'awaiting_approval') return { type: 'approved', offer, by }
  return { type: 'retry_chosen', offer, by, ...(approvedUnder !== undefined && { approved: true as const }) }
}

async function act(
  world: World,
  job: Job,
  event: Step | Agreement,
  approvedUnder: ApprovedUnder,
): Promise<Job | Unspent | 'other_rule' | null> {
  if (event.type !== 'confirmed' && event.type !== 'approved' && event.type !== 'retry_chosen')
    return commit(world, job, event)
  const next = await agree(world, job, event, approvedUnder)
  if (event.type !== 'confirmed' || !next || typeof next === 'string' || !('needsApproval' in next))
    return next
  return commit(world, job, { type: 'approval_asked', offer: event.offer, approval: next.needsApproval })
}

/** Why a press that would have paid may not. */
function unspent(world: World, job: Payable, press: Press, why: Unspent, offer: Offer): View {
  if ('frozen' in why) return whileFrozen(job, why.frozen)
  if ('needsApproval' in why) return needsApprover(job, why.needsApproval, press.presserId)
  return overCap(job, why.breach, { offer, presserId: press.presserId, now: world.clock() })
}
