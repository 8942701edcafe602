import { ChatError, type Press } from '../core/chat.ts'
import { isFactor } from '../core/clip.ts'
import type { Job, JobIn } from '../core/job.ts'
import { overCap, whileFrozen } from '../core/messages/caps.ts'
import { dearer, type Payable, stopped } from '../core/messages/stops.ts'
import {
  alreadyAnswered,
  isUnstoppable,
  maybeYours,
  notYours,
  outdatedCard,
  tooLateToCancel,
  triedTooLate,
  unknownCard,
} from '../core/messages/whispers.ts'
import { isRetriable, whoDecides } from '../core/pressers.ts'
import type { Offer } from '../core/quote.ts'
import type { View } from '../core/view.ts'
import { type Agreement, agree, commit, type Step, tellQuietly, type Unspent } from './commit.ts'
import { note } from './notify.ts'
import { askBeforePaying } from './price.ts'
import { chatOf, namesOf, type World } from './world.ts'

/** "pay": what happens depends on what it costs by now; "none": it asks for what is already so; null: nothing any more. */
type Meaning = Step | 'pay' | 'none' | null

/**
 * Somebody presses a control (acknowledged already). It acts at most once, only for who decides about the job, and only
 * when the card that was pressed shows the job as it still is: a Confirm with a price never confirms another price.
 */
export async function onPress(world: World, press: Press): Promise<void> {
  /** A second delivery of the same press is no second press: its person has had their answer. */
  const whisper = async (view: View) => {
    if (!press.redelivered) await chatOf(world, press).whisper(press.reply, view)
  }

  const job = press.action ? await world.store.get(press.action.jobId) : null
  if (!press.action || !job || job.platform !== press.platform) return whisper(unknownCard())
  const turnedAway = await turnAway(world, job, press)
  if (turnedAway) return whisper(turnedAway)

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
    meaning === 'pay' ? await decide(world, job as Payable, press) : { event: meaning, say: null }
  const next = decided.event && (await act(world, job, decided.event))
  if (next && !('state' in next)) {
    return whisper(unspent(world, job as Payable, press, next, (decided.event as Agreement).offer))
  }
  if (next) {
    const say = decided.event?.type === 'expired' ? alreadyAnswered(next) : decided.say
    return say ? whisper(say) : undefined
  }
  // Another press may have been faster, the other one of a double click, say. Then that is how it stands.
  const now = await world.store.get(job.id)
  if (!now) return whisper(unknownCard())
  if (now.version === job.version && decided.say) return whisper(decided.say)
  return whisper(now.state === job.state ? outdatedCard() : standing(world, now, press))
}

/** The process may have died between posting a message with buttons and noting it: the press shows where it is. */
async function noteUnnoted(world: World, job: Job, { message }: Press): Promise<void> {
  const { card, questionOf, failureOf } = job.posts
  if (job.state === 'quoted' && !card) await note(world, job, { card: message })
  if (job.state === 'unconfirmed' && questionOf !== job.lost.length)
    await note(world, job, { question: message, questionOf: job.lost.length, questionDone: false })
  if (job.state === 'failed' && failureOf !== job.earlier.length)
    await note(world, job, { failure: message, failureOf: job.earlier.length, failureDone: false })
}

/** Null: who presses decides about this job. */
async function turnAway(world: World, job: Job, press: Press): Promise<View | null> {
  if (job.requesterId === press.presserId) return null
  switch (whoDecides(job, world.clock())) {
    case 'nobody':
      return standing(world, job, press)
    case 'requester':
      return notYours(job)
    case 'managers':
      try {
        return (await press.presserManages()) ? null : notYours(job)
      } catch (error) {
        if (!(error instanceof ChatError)) throw error
        world.log.warn(
          { job: job.id, error },
          'it could not be told whether who pressed manages the community',
        )
        return maybeYours(job)
      }
  }
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

/**
 * Whether the card shows the job as it is. Taking back what was not sent yet names no price and costs nothing, and its
 * button is redrawn at every try to send it: an older one counts too, but not an old press that comes again.
 */
const isCurrent = (job: Job, press: Press): boolean =>
  job.version === press.action!.version ||
  (job.state === 'confirmed' && press.action!.name === 'cancel' && !press.redelivered)

/** `event` null: nothing changes. `say`: for who pressed. */
async function decide(
  world: World,
  job: Payable,
  press: Press,
): Promise<{ event: Step | Agreement | null; say: View | null }> {
  const verdict = await askBeforePaying(world, job)
  // Asking took its time.
  if (job.state === 'quoted' && world.clock() >= job.offer.expiresAt)
    return { event: { type: 'expired' }, say: null }
  switch (verdict.kind) {
    case 'stop':
      world.log.info({ job: job.id, why: verdict.why }, 'a press that would pay was not spent')
      return { event: null, say: stopped(job, verdict.why, namesOf(world)) }
    case 'dearer':
      return { event: { type: 'requoted', offer: verdict.offer }, say: dearer(verdict.offer) }
    case 'pay': {
      const { offer } = verdict
      const event: Agreement =
        job.state === 'quoted'
          ? { type: 'confirmed', offer }
          : { type: 'retry_chosen', offer, by: press.presserId }
      return { event, say: null }
    }
  }
}

const act = (world: World, job: Job, event: Step | Agreement): Promise<Job | Unspent | null> =>
  event.type === 'confirmed' || event.type === 'retry_chosen'
    ? agree(world, job, event)
    : commit(world, job, event)

/** Why a press that would have paid may not. */
function unspent(world: World, job: Payable, press: Press, why: Unspent, offer: Offer): View {
  if ('frozen' in why) return whileFrozen(job, why.frozen)
  return overCap(job, why.breach, { offer, presserId: press.presserId, now: world.clock() })
}

/** How it stands, for a press that means nothing any more. */
function standing(world: World, job: Job, press: Press): View {
  const name = press.action!.name
  if (name === 'cancel' && isUnstoppable(job)) return tooLateToCancel(job, namesOf(world))
  if (name === 'retry' && job.state === 'failed') return triedTooLate()
  return alreadyAnswered(job)
}
