import { randomBytes } from 'node:crypto'
import { MOUNT } from '../control.ts'
import { asObject, asString, type Json, objectsIn } from '../json.ts'
import { messageProblems } from './block-rules.ts'
import { changeMessage, deleteMessage, findMessage, postMessage } from './messages.ts'
import type { Stage } from './stage.ts'
import type { Message, ResponseHook } from './world.ts'

/** docs: interactivity/handling-user-interaction#message_responses (November 2026). */
const HOOK_LIFE_MS = 30 * 60_000
const MOST_USES = 5

/** Makes the response_url of something that a person did now. `message`: the one that was acted on, if any. */
export function makeHook(
  stage: Stage,
  about: { team_id: string; user_id: string; channel_id: string; message: Message | null },
): { id: string; url: string } {
  const id = randomBytes(18).toString('base64url')
  const { message, ...where } = about
  const hook = { id, ...where, made_at: stage.clock(), uses: 0, message_ts: message?.ts ?? null }
  stage.world.hooks.set(id, hook)
  return { id, url: `${stage.baseUrl()}${MOUNT.slackResponse}/${about.team_id}/${id}` }
}

export interface HookAnswer {
  status: number
  body: { ok: true } | { ok: false; error: string }
}

/** What a POST to a response_url does and is told. Works where the bot is no member; by default one person sees it. */
export function useHook(stage: Stage, id: string, body: Json): HookAnswer {
  const hook = stage.world.hooks.get(id)
  const error = hook ? (whyUseless(stage, hook) ?? answerBy(stage, hook, body)) : 'expired_url'
  if (error === null) {
    hook!.uses += 1
    return { status: 200, body: { ok: true } }
  }
  stage.emit({ type: 'refused', method: 'response_url', error, detail: '' })
  return { status: GONE.includes(error) ? 404 : 400, body: { ok: false, error } }
}

/** A command's acknowledgement with something to say is shown as an answer by its response_url, and is no use of it. */
export function sayAtOnce(stage: Stage, id: string, body: Json): void {
  const hook = stage.world.hooks.get(id)
  const error = hook ? answerBy(stage, hook, body) : null
  if (error) stage.emit({ type: 'refused', method: 'ack', error, detail: '' })
}

const GONE = ['expired_url', 'used_url']

function whyUseless(stage: Stage, hook: ResponseHook): string | null {
  if (stage.clock() - hook.made_at > HOOK_LIFE_MS) return 'expired_url'
  return hook.uses >= MOST_USES ? 'used_url' : null
}

/** Does what the body of an answer asks for. Null, or Slack's word for what is wrong with it. */
function answerBy(stage: Stage, hook: ResponseHook, body: Json): string | null {
  const original = findMessage(stage, hook.channel_id, hook.message_ts)
  if (body.delete_original === true) {
    if (!original) return 'message_not_found'
    deleteMessage(stage, original)
    return null
  }
  const text = asString(body.text)
  const blocks = objectsIn(body.blocks)
  const attachments = objectsIn(body.attachments)
  if (!text && blocks.length === 0 && attachments.length === 0) return 'no_text'
  if (messageProblems(blocks).length > 0) return 'invalid_blocks'
  if (body.replace_original === true && original) {
    changeMessage(stage, original, { text: text ?? '', blocks, attachments })
    return null
  }
  const workspace = stage.world.workspaces.get(hook.team_id)
  if (!workspace) return 'expired_url'
  postMessage(stage, {
    channel: hook.channel_id,
    team_id: workspace.id,
    user: workspace.bot_user_id,
    text: text ?? '',
    blocks,
    attachments,
    thread_ts: asString(body.thread_ts) ?? null,
    metadata: asObject(body.metadata) ?? null,
    ephemeral_for: body.response_type === 'in_channel' ? null : hook.user_id,
  })
  return null
}
