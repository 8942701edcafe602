import type { AdminRequest } from '../core/chat.ts'
import type { JobIn, State } from '../core/job.ts'
import { cameAgain, frozenView, unfrozenEverywhere, unfrozenView } from '../core/messages/freeze.ts'
import type { Freeze } from '../core/ports.ts'
import type { View } from '../core/view.ts'
import { follow, write } from './commit.ts'
import { namesOf, type World } from './world.ts'

/** Sent, and nobody can take it back any more; what it made is not with us yet. */
const SENT = ['submitting', 'unconfirmed', 'processing', 'saving'] as const

/**
 * Stops all new spending of a community, or of all of them. First the freeze is written, so that nothing can be agreed to
 * behind what is then taken back and listed. The same event again takes nothing back: what is agreed to by then may have
 * been agreed to since spending was allowed again.
 */
export async function freeze(
  world: World,
  request: AdminRequest,
  everywhere: boolean,
  say: (view: View) => Promise<void>,
): Promise<void> {
  const { platform, communityId, personId, eventId } = request
  const isNew = await world.books.freeze(platform, everywhere ? null : communityId, personId, eventId)
  const now = await world.books.frozen(platform, communityId)
  if (!isNew && (!now || (everywhere && now.scope !== 'all'))) return say(cameAgain(now))
  if (isNew)
    world.log.warn({ platform, community: communityId, everywhere, by: personId }, 'all spending is stopped')
  const concerns = (job: { platform: string; place: { communityId: string } }) =>
    everywhere || isHere(request, job)
  const unsent = isNew ? (await inStates(world, ['confirmed'])).filter(concerns) : []
  const takenBack = await takeBack(world, unsent)
  const sent = (await inStates(world, SENT)).filter(concerns)
  const waiting = (await inStates(world, ['awaiting_approval'])).filter(concerns).length
  const view = frozenView(
    now ?? holding(request, everywhere, world.clock()),
    {
      takenBack: takenBack.map(({ before }) => before),
      sent: sent.filter(job => isHere(request, job)),
      ...(everywhere && { elsewhere: sent.filter(job => !isHere(request, job)) }),
      waiting,
    },
    namesOf(world),
  )
  await Promise.all([say(view), ...takenBack.map(({ after }) => follow(world, after))])
}

const isHere = (
  { platform, communityId }: AdminRequest,
  job: { platform: string; place: { communityId: string } },
): boolean => job.platform === platform && job.place.communityId === communityId

/** What was written, where somebody has lifted it since. */
const holding = ({ personId }: AdminRequest, everywhere: boolean, at: number): Freeze => ({
  scope: everywhere ? 'all' : 'community',
  by: personId,
  at,
})

/** Agreed to, and not sent yet. Whichever is being sent at this moment wins its race, and is listed with what was sent. */
async function takeBack(world: World, waiting: readonly JobIn<'confirmed'>[]) {
  const stopped = await Promise.all(
    waiting.map(async before => {
      try {
        const failure = { code: 'frozen', charged: 'no' } as const
        const after = await write(world, before, { type: 'failed', failure })
        return after ? [{ before, after }] : []
      } catch (error) {
        // It is looked at again before it would be sent.
        world.log.warn({ job: before.id, error }, 'it was not taken back')
        return []
      }
    }),
  )
  return stopped.flat()
}

const inStates = async <S extends State>(world: World, states: readonly S[]): Promise<JobIn<S>[]> =>
  (await world.store.list(states)) as JobIn<S>[]

/** What a community has stopped itself stays stopped where everything is allowed again. */
export async function unfreeze(world: World, request: AdminRequest, everywhere: boolean): Promise<View> {
  const { platform, communityId, personId, eventId } = request
  const before = await world.books.frozen(platform, communityId)
  const isNew = await world.books.unfreeze(platform, everywhere ? null : communityId, eventId)
  if (!isNew) return cameAgain(await world.books.frozen(platform, communityId))
  world.log.warn({ platform, community: communityId, everywhere, by: personId }, 'spending is allowed')
  const now = await world.books.frozen(platform, communityId)
  return everywhere ? unfrozenEverywhere(before, now) : unfrozenView(before, now)
}
