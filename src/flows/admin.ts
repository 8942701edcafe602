import { type AdminAct, readAdmin } from '../core/admin.ts'
import { dayOf, monthOf, nextDay, nextMonth } from '../core/caps.ts'
import { type AdminRequest, ChatError } from '../core/chat.ts'
import { maybeInCharge, notInCharge, notOperator, problemView } from '../core/messages/admin.ts'
import { spendingView } from '../core/messages/books.ts'
import type { View } from '../core/view.ts'
import { freeze, unfreeze } from './freeze.ts'
import { approval, caps, pool } from './rules.ts'
import { chatOf, type World } from './world.ts'

/** Somebody uses the command for those in charge (acknowledged already). Only they see the answer. */
export async function onAdmin(world: World, request: AdminRequest): Promise<void> {
  const say = (view: View) => chatOf(world, request).whisper(request.reply, view)
  const turnedAway = await turnAway(world, request)
  if (turnedAway) return say(turnedAway)
  const act = readAdmin(request.ask)
  if ('problem' in act) return say(problemView(act))
  return perform(world, request, act, say)
}

async function perform(
  world: World,
  request: AdminRequest,
  act: AdminAct,
  say: (view: View) => Promise<void>,
): Promise<void> {
  switch (act.act) {
    case 'spend':
      return say(await spending(world, request))
    case 'receipt':
      return
    case 'caps':
      return say(await caps(world, request, act))
    case 'approval':
      return say(await approval(world, request, act))
    case 'pool':
      return say(await pool(world, request, act))
    case 'freeze':
      return freeze(world, request, act.everywhere, say)
    case 'unfreeze':
      return say(await unfreeze(world, request, act.everywhere))
  }
}

/**
 * Null: they are in charge of what they ask about. Whoever runs the bot is not in charge of each place for that, nor is
 * who manages a place of any other.
 */
async function turnAway(world: World, request: AdminRequest): Promise<View | null> {
  if (request.ask.options.everywhere !== undefined) {
    const asker = `${request.platform}:${request.personId}`
    return world.operators.has(asker) ? null : notOperator(asker)
  }
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
