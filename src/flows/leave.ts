import { commit } from './commit.ts'
import type { World } from './world.ts'

/**
 * A community has removed the bot. Nothing can be posted there any more, so offers end, what was not sent off yet is not
 * sent, and what is paid for already is fetched and kept, as for any result that can't be posted.
 */
export async function onLeft(world: World, platform: string, communityId: string): Promise<void> {
  const jobs = await world.store.list(['quoted', 'confirmed'])
  const theirs = jobs.filter(job => job.platform === platform && job.place.communityId === communityId)
  world.log.info({ platform, community: communityId, open: theirs.length }, 'a community has removed the bot')
  for (const job of theirs) {
    await commit(
      world,
      job,
      job.state === 'quoted'
        ? { type: 'cancelled' }
        : { type: 'failed', failure: { code: 'community_left', charged: 'no' } },
    )
  }
}
