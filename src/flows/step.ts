import { Final } from '../core/errors.ts'
import type { JobIn } from '../core/job.ts'
import type { Work } from '../core/ports.ts'
import { backoffMs } from '../core/schedule.ts'
import { commit } from './commit.ts'
import { deliver } from './deliver.ts'
import { save } from './save.ts'
import { submit } from './submit.ts'
import type { World } from './world.ts'

/** The worker wakes for one piece of work. Work for a version that has passed is nothing to do. */
export async function onWork(world: World, work: Work): Promise<void> {
  const job = await world.store.get(work.jobId)
  if (!job || job.version !== work.version) return
  switch (job.state) {
    case 'confirmed':
      return submit(world, job)
    case 'saving':
      return save(world, job)
    case 'delivering':
      return deliver(world, job)
    case 'delivered':
      return cleanUp(world, job)
  }
}

/** Tries to tell the provider before it is left to the provider's own housekeeping. */
const MAX_ATTEMPTS = 5

/** The provider may delete its copy, now that ours is posted. Never more than a log line: the job is done. */
async function cleanUp(world: World, job: JobIn<'delivered'>): Promise<void> {
  try {
    await world.upscaler.discard(job.provider)
  } catch (error) {
    world.log.info(
      { job: job.id, queueId: job.provider.queueId, error },
      'the provider keeps its copy for now',
    )
    if (!(error instanceof Final) && job.attempts + 1 < MAX_ATTEMPTS) {
      const retryAt = world.clock() + backoffMs(job.attempts)
      await commit(world, job, { type: 'postponed', retryAt, why: String(error) })
      return
    }
  }
  await commit(world, job, { type: 'cleaned' })
}
