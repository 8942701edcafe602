import type { SlackSubmit, SlackSubmitAnswer, SlackTicket, SlackUser } from '../control.ts'
import { ControlError } from '../control-error.ts'
import { asObject, type Json, objectsIn } from '../json.ts'
import { modalProblems } from './block-rules.ts'
import { interactionStart, type Receiver, receiverOf } from './payloads.ts'
import type { Stage } from './stage.ts'
import { sandboxView } from './state.ts'
import { makeTrigger } from './triggers.ts'
import { readValues } from './view-values.ts'
import { changeView, removeView, showView, stackOf, viewObject } from './views.ts'
import type { OpenView } from './world.ts'

/** A person submits the modal on top; what the app answers decides whether it stays. */
export async function submitView(stage: Stage, use: SlackSubmit): Promise<SlackSubmitAnswer> {
  const view = topView(stage, use)
  if (!asObject(view.view.submit)) throw new ControlError(400, 'This modal has no button to submit it.')
  const { receiver, user } = partiesOf(stage, view)
  const values = readValues(stage, view, use.values)
  const payload: Json = {
    type: 'view_submission',
    ...interactionStart(stage, receiver, user),
    trigger_id: makeTrigger(stage, receiver.workspace.id, user.id),
    view: viewObject(stage, view, values),
    response_urls: [],
  }
  const { ticket, answered } = stage.delivery.send('interactive', payload, { deliveries: use.deliveries })
  const answer = await answered
  if (!answer.acknowledged) return { ticket, outcome: 'timeout', errors: {} }
  return { ticket, ...applyAnswer(stage, view, answer.payload ?? {}) }
}

/** A person closes the modal on top without submitting it; the app hears of it where it asked to (notify_on_close). */
export function closeView(stage: Stage, use: { user_id: string; view_id: string }): SlackTicket | null {
  const view = topView(stage, use)
  removeView(stage, view)
  const receiver = receiverOf(stage, view.team_id)
  if (view.view.notify_on_close !== true || !receiver) return null
  const payload: Json = {
    type: 'view_closed',
    ...interactionStart(stage, receiver, stage.world.users.get(view.user_id)!),
    view: viewObject(stage, view),
    is_cleared: false,
  }
  return { ticket: stage.delivery.send('interactive', payload).ticket }
}

/** What the app answered to a submission; nothing at all closes the modal. */
function applyAnswer(
  stage: Stage,
  view: OpenView,
  body: Json,
): Pick<SlackSubmitAnswer, 'outcome' | 'errors'> {
  const action = body.response_action
  if (action === undefined && Object.keys(body).length === 0) {
    removeView(stage, view)
    return { outcome: 'closed', errors: {} }
  }
  if (action === 'clear') {
    for (const other of stackOf(stage, view.user_id)) removeView(stage, other)
    return { outcome: 'closed', errors: {} }
  }
  if (action === 'errors') return showErrors(stage, view, asObject(body.errors) ?? {})
  if (action !== 'update' && action !== 'push') return misunderstood(stage, `response_action ${action}`)
  const next = asObject(body.view) ?? {}
  const { problems } = modalProblems(next)
  if (problems.length > 0) return misunderstood(stage, problems.join('; '))
  if (action === 'update') changeView(stage, view, next)
  else if (!showView(stage, { team_id: view.team_id, user_id: view.user_id }, next, view))
    return misunderstood(stage, 'push_limit_reached')
  return { outcome: 'updated', errors: {} }
}

/** Slack shows errors under input blocks only, and nothing of an answer that names another block. */
function showErrors(stage: Stage, view: OpenView, said: Json): Pick<SlackSubmitAnswer, 'outcome' | 'errors'> {
  const inputs = objectsIn(view.view.blocks).filter(block => block.type === 'input')
  const strange = Object.keys(said).find(id => !inputs.some(block => block.block_id === id))
  if (strange !== undefined) return misunderstood(stage, `errors name "${strange}", which is no input block`)
  if (Object.keys(said).length === 0) return misunderstood(stage, 'errors is empty')
  const errors = Object.fromEntries(Object.entries(said).map(([id, text]) => [id, String(text)]))
  view.errors = errors
  stage.emit({ type: 'view', view: sandboxView(view) })
  return { outcome: 'errors', errors }
}

/** An answer that Slack can't use is for the person the same as none: "We had some trouble connecting. Try again?" */
function misunderstood(stage: Stage, detail: string): Pick<SlackSubmitAnswer, 'outcome' | 'errors'> {
  stage.emit({ type: 'refused', method: 'view_submission', error: 'invalid_answer', detail })
  return { outcome: 'timeout', errors: {} }
}

/** The modal that this person sees now. */
function topView(stage: Stage, use: { user_id: string; view_id: string }): OpenView {
  const view = stage.world.views.get(use.view_id)
  if (!view || view.user_id !== use.user_id)
    throw new ControlError(404, 'There is no such modal for this person.')
  if (stackOf(stage, view.user_id).at(-1) !== view)
    throw new ControlError(409, 'Another modal lies on top of this one.')
  return view
}

function partiesOf(stage: Stage, view: OpenView): { receiver: Receiver; user: SlackUser } {
  const receiver = receiverOf(stage, view.team_id)
  const user = stage.world.users.get(view.user_id)
  if (!receiver || !user) throw new ControlError(409, 'The app is not installed any more: nothing happens.')
  return { receiver, user }
}
