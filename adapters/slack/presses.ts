import { z } from 'zod'
import { decodeAction } from '../../src/core/action.ts'
import type { Press } from '../../src/core/chat.ts'
import { handleOf, INTERACTION, placeIn, tenantOf } from './events.ts'
import { PLATFORM, writeHandle } from './handle.ts'

const TEAM = /^T[A-Z0-9]+$/

const PRESS = INTERACTION.extend({
  /** Ours. Absent where only one person sees it. */
  message: z
    .object({
      team: z.string().nullish(),
      bot_profile: z.object({ team_id: z.string().nullish() }).nullish(),
    })
    .nullish(),
  container: z.object({
    channel_id: z.string(),
    message_ts: z.string(),
    thread_ts: z.string().nullish(),
  }),
  response_url: z.string(),
  actions: z
    .array(
      z.object({
        action_id: z.string(),
        action_ts: z.string(),
        selected_option: z.object({ value: z.string() }).nullish(),
      }),
    )
    .length(1),
})

/** As far as the event itself tells. */
export type PressUse = Omit<Press, 'redelivered' | 'presserManages' | 'presserIsIn'> & {
  actionId: string
  tenantId: string
}

/** @param at wall-clock ms when it came in @throws where it is not what Slack sends */
export function readPress(body: unknown, at: number): PressUse {
  const { container, actions, user, response_url, message, ...rest } = PRESS.parse(body)
  const action = actions[0]!
  // In a shared channel `team` may be the presser's; the message is of the workspace that its bot posts for.
  const posted = [message?.bot_profile?.team_id, message?.team].find(id => TEAM.test(id ?? ''))
  const tenantId = tenantOf({ ...rest, user, ...(posted && { team: { id: posted } }) })
  const { channelId } = placeIn(tenantId, container.channel_id, container.thread_ts ?? null)
  return {
    platform: PLATFORM,
    tenantId,
    eventId: `${PLATFORM}:${tenantId}:${action.action_ts}:${user.id}`,
    presserId: user.id,
    message: { channelId, messageId: container.message_ts },
    actionId: action.action_id,
    action: decodeAction(action.action_id),
    value: action.selected_option?.value ?? null,
    reply: writeHandle(handleOf(channelId, user.id, response_url, at)),
  }
}
