import type { JobIn, ProviderRef } from '../core/job.ts'
import { backoffMs } from '../core/schedule.ts'
import { commit } from './commit.ts'
import { closeQuestion } from './notify.ts'
import { sourceFor, type World } from './world.ts'

/** Tries that are proven not to have been accepted, before people are told that it does not work. About 40 minutes. */
const MAX_ATTEMPTS = 9

/**
 * The paid step. The move to `submitting` is written before the request leaves, and only one writer can win it: so one
 * confirmation sends at most one request that could be accepted, whatever dies in between.
 */
export async function submit(world: World, job: JobIn<'confirmed'>): Promise<void> {
  const moved = await commit(world, job, { type: 'submitting' })
  if (moved?.state !== 'submitting') return

  const outcome = await world.upscaler.submit(job.clip, job.offer.chosen, sourceFor(world, job))
  switch (outcome.kind) {
    case 'accepted':
      if (!(await commit(world, moved, { type: 'accepted', provider: outcome.provider }))) {
        await acceptLate(world, job, outcome.provider)
      }
      return
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
      if (!outcome.limited && moved.attempts + 1 >= MAX_ATTEMPTS) {
        await commit(world, moved, {
          type: 'failed',
          failure: { code: 'provider_unreachable', said: outcome.why, charged: 'no' },
        })
        return
      }
      const retryAt = world.clock() + (outcome.retryAfterMs ?? backoffMs(moved.attempts))
      await commit(world, moved, { type: 'not_accepted', retryAt, why: outcome.why })
    }
  }
}

/** The answer came when it had been given up: the question to people is withdrawn, and the job goes on. */
async function acceptLate(world: World, job: JobIn<'confirmed'>, provider: ProviderRef): Promise<void> {
  const now = await world.store.get(job.id)
  if (now?.state === 'unconfirmed' && (await commit(world, now, { type: 'accepted', provider }))) {
    await closeQuestion(world, now, 'settled')
    return
  }
  world.log.error(
    { job: job.id, state: now?.state, queueId: provider.queueId },
    'accepted, but the job has moved on',
  )
}
