import type { Press } from '../core/chat.ts'
import { isFactor } from '../core/clip.ts'
import type { Job, JobIn } from '../core/job.ts'
import { alreadyAnswered, notYours, outdatedCard, unknownCard } from '../core/messages/whispers.ts'
import type { JobEvent } from '../core/transitions.ts'
import type { View } from '../core/view.ts'
import { commit } from './commit.ts'
import { note } from './notify.ts'
import { chatOf, type World } from './world.ts'

/**
 * Somebody presses a control (acknowledged already). It acts at most once, only for the requester, and only when the
 * card that was pressed shows the job as it still is: a Confirm with a price never confirms another price.
 */
export async function onPress(world: World, press: Press): Promise<void> {
  /** A second delivery of the same press is no second press: its person has had their answer. */
  const whisper = async (view: View) => {
    if (!press.redelivered) await chatOf(world, press).whisper(press.reply, view)
  }

  const job = press.action ? await world.store.get(press.action.jobId) : null
  if (!press.action || !job || job.platform !== press.platform) return whisper(unknownCard())
  if (job.requesterId !== press.presserId) return whisper(notYours(job))

  const event = eventFor(world, job, press)
  if (event === 'none') return
  if (!event) return whisper(alreadyAnswered(job))
  if (job.version !== press.action.version) return whisper(outdatedCard())
  // The process may have died between posting the card and noting it.
  if (job.state === 'quoted' && !job.posts.card) await note(world, job, { card: press.message })

  const next = await commit(world, job, event)
  if (!next) {
    // The other press of a double click won. Say how it stands now.
    const now = await world.store.get(job.id)
    return whisper(now ? alreadyAnswered(now) : unknownCard())
  }
  if (event.type === 'expired') return whisper(alreadyAnswered(next))
}

/** What the press means for a job in this state; null: nothing any more; "none": it asks for what is already so. */
function eventFor(world: World, job: Job, press: Press): JobEvent | 'none' | null {
  const name = press.action!.name
  if (job.state === 'quoted') {
    if (world.clock() >= job.offer.expiresAt) return { type: 'expired' }
    if (name === 'confirm') return { type: 'confirmed' }
    if (name === 'cancel') return { type: 'cancelled' }
    if (name === 'factor') return chose(job, press.value)
  }
  if (job.state === 'unconfirmed') {
    if (name === 'retry') return { type: 'retry_chosen' }
    if (name === 'giveup') return { type: 'failed', failure: { code: 'given_up', charged: 'unknown' } }
  }
  return null
}

function chose(job: JobIn<'quoted'>, value: string | null): JobEvent | 'none' | null {
  const factor = Number(value)
  if (!isFactor(factor) || !job.offer.prices.some(p => p.factor === factor)) return null
  return factor === job.offer.chosen ? 'none' : { type: 'chose', factor }
}
