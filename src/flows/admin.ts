import { type AdminAct, readAdmin } from '../core/admin.ts'
import { type AdminRequest, ChatError } from '../core/chat.ts'
import { maybeInCharge, notInCharge, notOperator, problemView } from '../core/messages/admin.ts'
import type { Enclosure, View } from '../core/view.ts'
import { receipt, spending } from './books.ts'
import { freeze, unfreeze } from './freeze.ts'
import { approval, caps, pool } from './rules.ts'
import { chatOf, type World } from './world.ts'

/** Somebody uses the command for those in charge (acknowledged already). Only they see the answer. */
export async function onAdmin(world: World, request: AdminRequest): Promise<void> {
  const say = (view: View, file?: Enclosure) => chatOf(world, request).whisper(request.reply, view, file)
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
  say: (view: View, file?: Enclosure) => Promise<void>,
): Promise<void> {
  switch (act.act) {
    case 'spend': {
      const { view, file } = await spending(world, request, act)
      return say(view, file)
    }
    case 'receipt': {
      const { view, file } = await receipt(world, request, act)
      return say(view, file)
    }
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
