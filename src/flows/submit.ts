import type { Expected, Job, JobIn, ProviderRef } from '../core/job.ts'
import { acceptedLate } from '../core/messages/accepted-late.ts'
import { profileOf } from '../core/pricing.ts'
import { backoffMs, LIMITED_MS } from '../core/schedule.ts'
import { commit, follow, write } from './commit.ts'
import { expectedOf } from './forecasts.ts'
import { note, postNearby } from './notify.ts'
import { chatOf, namesOf, sourceFor, type World } from './world.ts'

/** Tries that are proven not to have been accepted, before people are told that it does not work. About 20 minutes. */
const MAX_ATTEMPTS = 9

/**
 * The paid step. The move to `submitting` is written before the request leaves, and only one writer can win it: so one
 * confirmation sends at most one request that could be accepted, whatever dies in between.
 */
export async function submit(world: World, job: JobIn<'confirmed'>): Promise<void> {
  if (world.clock() - job.queuedAt > LIMITED_MS) {
    // Nobody shall pay an old price because the process was away for days.
    await commit(world, job, { type: 'failed', failure: { code: 'too_late', charged: 'no' } })
    return
  }
  if (!(await isWanted(world, job))) {
    await commit(world, job, { type: 'failed', failure: { code: 'community_left', charged: 'no' } })
    return
  }
  // Agreed to before all spending was stopped, and not paid yet.
  if (await world.books.frozen(job.platform, job.place.communityId)) {
    await commit(world, job, { type: 'failed', failure: { code: 'frozen', charged: 'no' } })
    return
  }
  // Before the note: whatever is wrong with these is known before anything may have been sent.
  const order = { model: profileOf(job.offer.model), factor: job.offer.chosen }
  const source = sourceFor(world, job)
  // Before anything is paid, so that nothing stands between the answer and its note.
  const expected = await expectedOf(world.forecasts, {
    model: job.offer.model,
    clip: job.clip,
    factor: job.offer.chosen,
  })
  const moved = await write(world, job, { type: 'submitting' })
  if (moved?.state !== 'submitting') return
  // Beside it: a chat that is slow must not stand between the note and the request.
  void follow(world, moved)

  const outcome = await world.upscaler.submit(job.clip, order, source)
  switch (outcome.kind) {
    case 'accepted':
      return keepReceipt(world, moved, { provider: outcome.provider, expected })
    case 'rejected':
      await commit(world, moved, { type: 'failed', failure: outcome.failure })
      return
    case 'unknown':
      world.log.warn(
        { job: job.id, why: outcome.why },
        'it is not known whether the paid request was accepted',
      )
      await commit(world, moved, { type: 'answer_lost', why: outcome.why })
      return
    case 'not_accepted': {
      const { limited, why } = outcome
      const failed = limited
        ? world.clock() - job.queuedAt > LIMITED_MS && 'provider_busy'
        : moved.attempts + 1 >= MAX_ATTEMPTS && 'provider_unreachable'
      if (failed) {
        world.log.warn({ job: job.id, why }, 'giving up on handing it over')
        await commit(world, moved, { type: 'failed', failure: { code: failed, charged: 'no' } })
        return
      }
      const waitMs = Math.min(LIMITED_MS, outcome.retryAfterMs ?? backoffMs(moved.attempts))
      const retryAt = world.clock() + waitMs
      await commit(world, moved, { type: 'not_accepted', retryAt, why, limited })
    }
  }
}

/** Nothing is paid for a community that has removed the bot. Where that can't be told, the person's word counts. */
async function isWanted(world: World, job: JobIn<'confirmed'>): Promise<boolean> {
  const chat = chatOf(world, job)
  try {
    return await chat.isIn(job.place.communityId)
  } catch (error) {
    world.log.warn({ job: job.id, error }, 'it could not be told whether the bot is still there')
    return true
  }
}

type Receipt = { provider: ProviderRef; expected: Expected | null }

/** Of a database that does not answer: about 45 minutes, longer than others leave the job to us (`schedule.ts`). */
const RECEIPT_TRIES = 50

/**
 * From here on there is a job that is paid for, and this receipt is the only way to it: it is logged before anything
 * else, and its write is repeated.
 */
async function keepReceipt(world: World, job: JobIn<'submitting'>, receipt: Receipt): Promise<void> {
  const { provider } = receipt
  world.log.info({ job: job.id, queueId: provider.queueId }, 'the paid request was accepted')
  for (let tries = 0; ; tries++) {
    try {
      if (await commit(world, job, { type: 'accepted', ...receipt })) return
      return await acceptLate(world, job, receipt)
    } catch (error) {
      if (tries + 1 >= RECEIPT_TRIES) throw error
      world.log.error({ job: job.id, queueId: provider.queueId, error }, 'the receipt was not written; again')
      await new Promise<void>(resolve => world.timer(Math.min(60_000, backoffMs(tries) / 5), resolve))
    }
  }
}

/**
 * The answer came when it had been given up. While people are still asked about it, the question is withdrawn and the
 * job goes on; where they have answered already, they are told what that request has cost.
 */
async function acceptLate(world: World, job: JobIn<'submitting'>, receipt: Receipt): Promise<void> {
  const { provider } = receipt
  const now = await world.store.get(job.id)
  // An earlier try did write it, and only its own answer was lost.
  if (now && hasReceipt(now, provider)) return
  if (isAskedAbout(now, job)) {
    // The question may say already that it is sent again, which it is not any more.
    if (now.state === 'confirmed') await note(world, now, { questionDone: false })
    // A look at the billing may have moved it meanwhile; then it is seen to again.
    if (await commit(world, now, { type: 'accepted', ...receipt })) return
    return acceptLate(world, job, receipt)
  }
  world.log.error(
    { job: job.id, state: now?.state, queueId: provider.queueId },
    'accepted and paid for, but the job has moved on: look for this number in the billing',
  )
  const view = acceptedLate(job, now, provider, namesOf(world))
  await postNearby(world, now ?? job, view, `${job.id}-accepted-${provider.queueId}`).catch(error =>
    world.log.error({ job: job.id, queueId: provider.queueId, error }, 'people could not be told of it'),
  )
}

/** Whether people are asked about this very request, and not about a later one, or a retry of it waits to be sent. */
const isAskedAbout = (
  now: Job | null,
  sent: JobIn<'submitting'>,
): now is JobIn<'unconfirmed' | 'confirmed'> =>
  (now?.state === 'unconfirmed' || now?.state === 'confirmed') && now.lost.at(-1)?.sentAt === sent.stateAt

function hasReceipt(job: Job, { queueId }: ProviderRef): boolean {
  const earlier = 'earlier' in job ? job.earlier.map(attempt => attempt.provider) : []
  const receipts = 'provider' in job ? [...earlier, job.provider] : earlier
  return receipts.some(receipt => receipt?.queueId === queueId)
}
