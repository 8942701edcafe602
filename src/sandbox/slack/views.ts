import { randomBytes } from 'node:crypto'
import { asObject, asString, type Json, objectsIn } from '../json.ts'
import { withBlockIds } from './messages.ts'
import type { Stage } from './stage.ts'
import { sandboxView } from './state.ts'
import type { OpenView } from './world.ts'

/** docs: surfaces/modals (November 2026). */
const DEEPEST_STACK = 3

/**
 * Opens a modal for a person, on top of `below` or in place of what was open before, and tells the page.
 * Null where there are three on top of each other already.
 */
export function showView(
  stage: Stage,
  owner: { team_id: string; user_id: string },
  view: Json,
  below: OpenView | null,
): OpenView | null {
  const stack = stackOf(stage, owner.user_id)
  if (below === null) for (const other of stack) removeView(stage, other)
  else if (stack.length >= DEEPEST_STACK) return null
  const open: OpenView = {
    id: stage.nextId('V'),
    ...owner,
    previous_view_id: below?.id ?? null,
    view: completed(stage, view),
    hash: newHash(stage),
    errors: {},
  }
  stage.world.views.set(open.id, open)
  stage.emit({ type: 'view', view: sandboxView(open) })
  return open
}

/** Takes a modal away, and tells the page. */
export function removeView(stage: Stage, open: OpenView): void {
  if (stage.world.views.delete(open.id)) stage.emit({ type: 'view_closed', id: open.id })
}

/** Gives an open modal other contents, and tells the page. */
export function changeView(stage: Stage, open: OpenView, view: Json): void {
  open.view = completed(stage, view)
  open.hash = newHash(stage)
  open.errors = {}
  stage.emit({ type: 'view', view: sandboxView(open) })
}

/** The modals of a person, the first one first. */
export function stackOf(stage: Stage, userId: string): OpenView[] {
  return [...stage.world.views.values()].filter(view => view.user_id === userId)
}

/** An open modal as answers and payloads carry it; `values`: what the person filled in, by block_id and action_id. */
export function viewObject(stage: Stage, open: OpenView, values: Json = {}): Json {
  const workspace = stage.world.workspaces.get(open.team_id)
  const orgWide = workspace?.installation?.org_wide === true
  return {
    id: open.id,
    team_id: open.team_id,
    app_id: stage.world.app.id,
    app_installed_team_id: orgWide ? workspace?.enterprise_id : open.team_id,
    bot_id: workspace?.bot_id,
    ...open.view,
    state: { values },
    hash: open.hash,
    previous_view_id: open.previous_view_id,
    root_view_id: stackOf(stage, open.user_id)[0]?.id ?? open.id,
  }
}

function completed(stage: Stage, view: Json): Json {
  return {
    private_metadata: '',
    callback_id: '',
    external_id: '',
    clear_on_close: false,
    notify_on_close: false,
    close: null,
    submit: null,
    ...view,
    blocks: withBlockIds(stage, objectsIn(asObject(view)?.blocks)),
  }
}

function newHash(stage: Stage): string {
  return `${Math.floor(stage.clock() / 1000)}.${randomBytes(4).toString('hex')}`
}

/** An open modal by its id, or by the id that the app gave it. */
export function findView(
  stage: Stage,
  viewId: string | null,
  externalId: string | null,
): OpenView | undefined {
  const { views } = stage.world
  if (viewId !== null) return views.get(viewId)
  return externalId === null
    ? undefined
    : [...views.values()].find(({ view }) => asString(view.external_id) === externalId)
}
