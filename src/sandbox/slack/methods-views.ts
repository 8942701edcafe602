import { asString, type Json } from '../json.ts'
import { modalProblems } from './block-rules.ts'
import { refusalOf, SlackError } from './errors.ts'
import type { BotCall, Method } from './method.ts'
import type { Stage } from './stage.ts'
import { useTrigger } from './triggers.ts'
import { changeView, findView, showView, stackOf, viewObject } from './views.ts'
import type { OpenView, Trigger } from './world.ts'

/** docs: reference/methods/views.open, views.push, views.update (November 2026). */
export function viewMethods(stage: Stage): Method[] {
  return [
    {
      name: 'views.open',
      auth: 'bot',
      tier: 4,
      writes: true,
      run(call) {
        const { view, trigger } = readOpening(stage, call)
        return shown(stage, showView(stage, ownerOf(trigger), view, null))
      },
    },
    {
      name: 'views.push',
      auth: 'bot',
      tier: 4,
      writes: true,
      run(call) {
        const { view, trigger } = readOpening(stage, call)
        const top = stackOf(stage, trigger.user_id).at(-1) ?? null
        return shown(stage, showView(stage, ownerOf(trigger), view, top))
      },
    },
    {
      name: 'views.update',
      auth: 'bot',
      tier: 4,
      writes: true,
      run(call) {
        const { args } = call
        const open = findView(stage, args.text('view_id'), args.text('external_id'))
        if (open) call.about(open.team_id)
        if (!open || !call.bearer.workspaces.some(({ id }) => id === open.team_id))
          throw new SlackError('not_found')
        const view = readView(stage, call, open)
        if (args.has('hash') && args.text('hash') !== open.hash) throw new SlackError('hash_conflict')
        changeView(stage, open, view)
        return { view: viewObject(stage, open) }
      },
    },
  ]
}

function ownerOf({ team_id, user_id }: Trigger): Pick<OpenView, 'team_id' | 'user_id'> {
  return { team_id, user_id }
}

/** @throws SlackError push_limit_reached */
function shown(stage: Stage, open: OpenView | null): Json {
  if (!open) throw new SlackError('push_limit_reached')
  return { view: viewObject(stage, open) }
}

/** The view is checked first: a mistake in it does not use the trigger up. */
function readOpening(stage: Stage, call: BotCall): { view: Json; trigger: Trigger } {
  const id = call.args.required('trigger_id')
  const view = readView(stage, call, null)
  const made = stage.world.triggers.get(id)
  if (made) call.about(made.team_id)
  const own = call.bearer.workspaces.find(workspace => workspace.id === made?.team_id)
  const trigger = useTrigger(stage, id, (own ?? call.team).id)
  if (typeof trigger === 'string') throw new SlackError(trigger)
  return { view, trigger }
}

/** @throws SlackError invalid_arguments, view_too_large, duplicate_external_id */
function readView(stage: Stage, { args }: BotCall, own: OpenView | null): Json {
  const view = args.object('view', 'invalid_arguments')
  if (!view) throw refusalOf('invalid_arguments', ['missing required field: view'])
  const { problems, too_large } = modalProblems(view)
  if (too_large) throw new SlackError('view_too_large')
  if (problems.length > 0) throw refusalOf('invalid_arguments', problems)
  const externalId = asString(view.external_id) ?? ''
  const other = externalId === '' ? undefined : findView(stage, null, externalId)
  if (other && other !== own) throw new SlackError('duplicate_external_id')
  return view
}
