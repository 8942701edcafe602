import type { JobIn } from '../core/job.ts'
import { commit, type Step } from './commit.ts'
import type { World } from './world.ts'

/**
 * A community has removed the bot. Nothing can be posted there any more, so offers end, what was not sent off yet is not
 * sent, what nobody will answer any more is given up, and what is paid for is fetched and kept, as for any result that
 * can't be posted. What is just being sent off is looked at again before it would be sent a second time (`submit.ts`).
 * What can't be written keeps nothing else from being ended. Throws the first failure; safe to call again.
 */
export async function onLeft(world: World, platform: string, communityId: string): Promise<void> {
  const jobs = await world.store.list(OPEN)
  const theirs = jobs.filter(
    (job): job is Open => job.platform === platform && job.place.communityId === communityId,
  )
  world.log.info({ platform, community: communityId, open: theirs.length }, 'a community has removed the bot')
  const failures: unknown[] = []
  for (const job of theirs) await commit(world, job, endOf(job)).catch(error => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

const OPEN = ['quoted', 'awaiting_approval', 'confirmed', 'unconfirmed'] as const
type Open = JobIn<(typeof OPEN)[number]>

function endOf(job: Open): Step {
  if (job.state === 'quoted' || job.state === 'awaiting_approval') return { type: 'cancelled', left: true }
  // A question that nobody will answer: its lost request counts.
  const charged = job.state === 'unconfirmed' ? 'unknown' : 'no'
  return { type: 'failed', failure: { code: 'community_left', charged } }
}
