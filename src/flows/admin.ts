import { type AdminAct, legibleAsk, readAdmin } from '../core/admin.ts'
import { type AdminRequest, ChatError } from '../core/chat.ts'
import { maybeInCharge, notInCharge, notOperator, problemView, withoutFile } from '../core/messages/admin.ts'
import type { Enclosure, View } from '../core/view.ts'
import { type Answer, receipt, spending } from './books.ts'
import { freeze, unfreeze } from './freeze.ts'
import { approval, caps, pool } from './rules.ts'
import { chatOf, type World } from './world.ts'

/** Somebody uses the command for those in charge (acknowledged already). Only they see the answer. */
export async function onAdmin(world: World, asked: AdminRequest): Promise<void> {
  const request = { ...asked, ask: legibleAsk(asked.ask) }
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
    case 'spend':
      return sayWithFile(world, await spending(world, request, act), say)
    case 'receipt':
      return sayWithFile(world, await receipt(world, request, act), say)
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

/** The file is made for this answer alone. Where the platform does not take it, the words are still worth having. */
async function sayWithFile(
  { files, log }: World,
  { view, file }: Answer,
  say: (view: View, file?: Enclosure) => Promise<void>,
): Promise<void> {
  if (!file) return say(view)
  try {
    await say(view, file)
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== 'file_refused') throw error
    log.warn({ error, fileName: file.fileName }, 'the platform took no file; it is answered without')
    await say(withoutFile(view))
  } finally {
    await files
      .discard(file.path)
      .catch(error => log.warn({ error }, 'a file that was sent stays until it is swept'))
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
