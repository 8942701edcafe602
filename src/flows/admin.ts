import { dayOf, monthOf, nextDay, nextMonth } from '../core/caps.ts'
import { type AdminRequest, ChatError } from '../core/chat.ts'
import type { JobIn, State } from '../core/job.ts'
import { spendingView } from '../core/messages/books.ts'
import { frozenView, unfrozenView } from '../core/messages/freeze.ts'
import { adminWords, maybeInCharge, notInCharge } from '../core/messages/whispers.ts'
import type { View } from '../core/view.ts'
import { follow, write } from './commit.ts'
import { chatOf, namesOf, type World } from './world.ts'

/** Somebody uses the command for those in charge (acknowledged already). Only they see the answer. */
export async function onAdmin(world: World, request: AdminRequest): Promise<void> {
  const say = (view: View) => chatOf(world, request).whisper(request.reply, view)
  const turnedAway = await turnAway(world, request)
  if (turnedAway) return say(turnedAway)
  switch (request.act) {
    case null:
      return say(adminWords())
    case 'spend':
      return say(await spending(world, request))
    case 'freeze':
      return freeze(world, request, say)
    case 'unfreeze':
      return say(await unfreeze(world, request))
  }
}

/** Null: they are in charge. */
async function turnAway(world: World, request: AdminRequest): Promise<View | null> {
  try {
    return (await request.manages()) ? null : notInCharge()
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    world.log.warn({ person: request.personId, error }, 'it could not be told whether they are in charge')
    return maybeInCharge()
  }
}

async function spending(world: World, { platform, communityId }: AdminRequest): Promise<View> {
  const now = world.clock()
  const thisMonth = monthOf(now)
  const lastMonth = monthOf(thisMonth - 1)
  const spent = (from: number, to: number) => world.books.spent(platform, communityId, from, to)
  const [current, last, today, frozen] = await Promise.all([
    spent(thisMonth, nextMonth(now)),
    spent(lastMonth, thisMonth),
    spent(dayOf(now), nextDay(now)),
    world.books.frozen(platform, communityId),
  ])
  return spendingView({
    thisMonth: { at: thisMonth, people: current },
    lastMonth: { at: lastMonth, people: last },
    today,
    caps: world.caps,
    freeze: frozen,
  })
}

/** Sent, and nobody can take it back any more; what it made is not with us yet. */
const SENT = ['submitting', 'unconfirmed', 'processing', 'saving'] as const

/** First the freeze is written, so that nothing can be agreed to behind what is then taken back and listed. */
async function freeze(
  world: World,
  request: AdminRequest,
  say: (view: View) => Promise<void>,
): Promise<void> {
  const { platform, communityId, personId } = request
  await world.books.freeze(platform, communityId, personId)
  world.log.warn({ platform, community: communityId, by: personId }, 'all spending of a community is stopped')
  const takenBack = await takeBack(world, request)
  const sent = await theirs(world, request, SENT)
  const frozen = await world.books.frozen(platform, communityId)
  const holding = frozen ?? { scope: 'community', by: personId, at: world.clock() }
  await Promise.all([
    say(frozenView(holding, { takenBack: takenBack.map(({ before }) => before), sent }, namesOf(world))),
    ...takenBack.map(({ after }) => follow(world, after)),
  ])
}

/** Agreed to, and not sent yet. Whichever is being sent at this moment wins its race, and is listed with what was sent. */
async function takeBack(world: World, request: AdminRequest) {
  const waiting = await theirs(world, request, ['confirmed'])
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

async function theirs<S extends State>(
  world: World,
  { platform, communityId }: AdminRequest,
  states: readonly S[],
): Promise<JobIn<S>[]> {
  const jobs = (await world.store.list(states)) as JobIn<S>[]
  return jobs.filter(job => job.platform === platform && job.place.communityId === communityId)
}

async function unfreeze(world: World, { platform, communityId, personId }: AdminRequest): Promise<View> {
  const before = await world.books.frozen(platform, communityId)
  await world.books.unfreeze(platform, communityId)
  world.log.warn({ platform, community: communityId, by: personId }, 'spending of a community is allowed')
  return unfrozenView(before, await world.books.frozen(platform, communityId))
}
