import { endInstallation } from './installations.ts'
import { eventEnvelope, receiverOf } from './payloads.ts'
import type { Stage } from './stage.ts'
import { sandboxWorkspace } from './state.ts'

/**
 * Takes the app off a workspace (with an org-wide installation: off all of its organisation): its tokens end, and the
 * app is told twice, in no certain order. `first` is what it is told first.
 * @returns false when the app was not installed there
 */
export function uninstall(
  stage: Stage,
  teamId: string,
  first: 'app_uninstalled' | 'tokens_revoked' = 'tokens_revoked',
): boolean {
  const receiver = receiverOf(stage, teamId)
  if (!receiver) return false
  const { world, manifest, delivery, emit } = stage
  const ended = endInstallation(stage, receiver.workspace, 'account_inactive')
  for (const [id, view] of world.views) {
    if (!ended.some(workspace => workspace.id === view.team_id)) continue
    world.views.delete(id)
    emit({ type: 'view_closed', id })
  }
  for (const workspace of ended) emit({ type: 'workspace', workspace: sandboxWorkspace(workspace) })
  const bots = ended.map(workspace => workspace.bot_user_id)
  const events = [
    { type: 'app_uninstalled', event_ts: stage.nextTs() },
    { type: 'tokens_revoked', tokens: { oauth: [], bot: bots }, event_ts: stage.nextTs() },
  ]
  if (first === 'tokens_revoked') events.reverse()
  for (const event of events) {
    if (manifest.events.includes(event.type))
      delivery.send('events_api', eventEnvelope(stage, receiver, event, false))
  }
  return true
}
