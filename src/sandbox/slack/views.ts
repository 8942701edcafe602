import { randomBytes } from 'node:crypto'
import type { Json } from '../discord/json.ts'
import { withBlockIds } from './messages.ts'
import type { Stage } from './stage.ts'
import { sandboxView } from './state.ts'
import type { OpenView } from './world.ts'

/** docs: surfaces/modals#view-stack (November 2026). */
const MOST_VIEWS = 3

/** Shows a modal to a person; `on`: the one that it is laid on, if any. The page is told. Null: the stack is full. */
export function showView(
  stage: Stage,
  whose: { team_id: string; user_id: string },
  view: Json,
  on: OpenView | null,
): OpenView | null {
  if (on && chainOf(stage, on).length >= MOST_VIEWS) return null
  const open: OpenView = {
    id: stage.nextId('V'),
    ...whose,
    view: { ...view, blocks: withBlockIds(stage, view.blocks as Json[]) },
    errors: {},
    hash: newHash(stage),
    previous_view_id: on?.id ?? null,
  }
  stage.world.views.set(open.id, open)
  stage.emit({ type: 'view', view: sandboxView(open) })
  return open
}

/** Replaces what a modal shows; its id stays, its hash does not. */
export function changeView(stage: Stage, open: OpenView, view: Json): void {
  open.view = { ...view, blocks: withBlockIds(stage, view.blocks as Json[]) }
  open.errors = {}
  open.hash = newHash(stage)
  stage.emit({ type: 'view', view: sandboxView(open) })
}

export function removeView(stage: Stage, open: OpenView): void {
  if (stage.world.views.delete(open.id)) stage.emit({ type: 'view_closed', id: open.id })
}

/** The view object of payloads and of views.* answers (docs: reference/views). */
export function viewObject(stage: Stage, open: OpenView, values: Json = {}): Json {
  const { view, id, hash, team_id, previous_view_id } = open
  const workspace = stage.world.workspaces.get(team_id)
  return {
    id,
    team_id,
    app_id: stage.world.app.id,
    app_installed_team_id: team_id,
    bot_id: workspace?.bot_id ?? '',
    type: 'modal',
    title: view.title,
    blocks: view.blocks,
    submit: view.submit ?? null,
    close: view.close ?? null,
    callback_id: view.callback_id ?? '',
    private_metadata: view.private_metadata ?? '',
    external_id: view.external_id ?? '',
    clear_on_close: view.clear_on_close ?? false,
    notify_on_close: view.notify_on_close ?? false,
    state: { values },
    hash,
    root_view_id: chainOf(stage, open)[0]?.id ?? id,
    previous_view_id,
  }
}

/** A modal and those under it, the lowest first. */
function chainOf(stage: Stage, open: OpenView): OpenView[] {
  const under = open.previous_view_id === null ? undefined : stage.world.views.get(open.previous_view_id)
  return [...(under ? chainOf(stage, under) : []), open]
}

function newHash(stage: Stage): string {
  return `${Math.floor(stage.clock() / 1000)}.${randomBytes(4).toString('hex')}`
}
