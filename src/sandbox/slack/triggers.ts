import { randomBytes, randomInt } from 'node:crypto'
import type { Stage } from './stage.ts'
import type { Trigger } from './world.ts'

/** docs: interactivity/handling-user-interaction#modal_responses (November 2026). */
const TRIGGER_LIFE_MS = 3000

/** Makes the trigger_id of something that a person did now; `teamId` is the workspace whose token may use it. */
export function makeTrigger(stage: Stage, teamId: string, userId: string): string {
  const { triggers } = stage.world
  const id = `${stage.clock()}.${randomInt(2 ** 40)}.${randomBytes(16).toString('hex')}`
  for (const [old, { made_at }] of triggers) if (stage.clock() - made_at > 60_000) triggers.delete(old)
  triggers.set(id, { id, team_id: teamId, user_id: userId, made_at: stage.clock(), used: false })
  return id
}

/**
 * Uses a trigger_id up for a token of `teamId` (of several workspaces: the trigger's own, where it is among them), or says by
 * Slack's own name why it can't be used.
 */
export function useTrigger(
  stage: Stage,
  id: string,
  teamId: string,
): Trigger | 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id' {
  const trigger = stage.world.triggers.get(id)
  if (trigger?.team_id !== teamId) return 'invalid_trigger_id'
  if (trigger.used) return 'exchanged_trigger_id'
  if (stage.clock() - trigger.made_at > TRIGGER_LIFE_MS) return 'expired_trigger_id'
  trigger.used = true
  return trigger
}
