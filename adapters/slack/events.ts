import type { ViewStateValue } from '@slack/bolt'
import { z } from 'zod'
import { decodeAction } from '../../src/core/action.ts'
import type { Press } from '../../src/core/chat.ts'
import type { Factor } from '../../src/core/clip.ts'
import type { Place } from '../../src/core/job.ts'
import { DEFAULT_FACTOR, readMention, readOpener } from './commands.ts'
import { findFile, SLACK_FILE, type Wanted } from './files.ts'
import { PLATFORM, readAddress, type SlackHandle, writeAddress, writeHandle, writeTenant } from './handle.ts'

/** Somebody asks, as far as the event itself tells; files may have to be asked for. */
export interface Asked {
  eventId: string
  tenantId: string
  place: Place
  requesterId: string
  factor: Factor
  wanted: Wanted
  /** Null: nothing that only the requester sees. */
  reply: SlackHandle | null
}

const ORGANISATION = z.object({ id: z.string() })
/** `team` is null where the app is installed for a whole organisation; then the person's own workspace counts. */
const INTERACTION = z.object({
  team: z.object({ id: z.string() }).nullish(),
  enterprise: ORGANISATION.nullish(),
  is_enterprise_install: z.boolean().nullish(),
  user: z.object({ id: z.string(), team_id: z.string().nullish() }),
})

function tenantOf({ team, enterprise, is_enterprise_install, user }: z.infer<typeof INTERACTION>): string {
  const enterpriseId = is_enterprise_install ? (enterprise?.id ?? null) : null
  return writeTenant({ enterpriseId, teamId: team?.id ?? user.team_id ?? '' })
}

const SLASH = z.object({
  command: z.string(),
  text: z.string().default(''),
  team_id: z.string(),
  enterprise_id: z.string().nullish(),
  /** A form field, so it is text. */
  is_enterprise_install: z.string().nullish(),
  channel_id: z.string(),
  user_id: z.string(),
  trigger_id: z.string(),
  response_url: z.string(),
})

export interface SlashUse {
  command: string
  text: string
  eventId: string
  triggerId: string
  tenantId: string
  place: Place
  requesterId: string
  reply: SlackHandle
}

/** @param at wall-clock ms when it came in @throws where it is not what Slack sends; so do the others here */
export function readSlash(body: unknown, at: number): SlashUse {
  const slash = SLASH.parse(body)
  const enterpriseId = slash.is_enterprise_install === 'true' ? (slash.enterprise_id ?? null) : null
  const tenantId = writeTenant({ enterpriseId, teamId: slash.team_id })
  const place = placeIn(tenantId, slash.channel_id, null)
  return {
    command: slash.command,
    text: slash.text,
    eventId: `${PLATFORM}:${slash.trigger_id}`,
    triggerId: slash.trigger_id,
    tenantId,
    place,
    requesterId: slash.user_id,
    reply: handleOf(place.channelId, slash.user_id, slash.response_url, at),
  }
}

const FILES = z.array(SLACK_FILE).nullish()

const MESSAGE = z.object({
  ts: z.string().nullish(),
  thread_ts: z.string().nullish(),
  text: z.string().nullish(),
  files: FILES,
  /** Messages that it forwards. */
  attachments: z.array(z.object({ files: FILES })).nullish(),
})

const SHORTCUT = INTERACTION.extend({
  callback_id: z.string(),
  trigger_id: z.string(),
  message_ts: z.string(),
  channel: z.object({ id: z.string() }),
  response_url: z.string(),
  message: MESSAGE,
})

/** What tells an event that is not ours to answer: the callback of a shortcut that we no longer have, say. */
export const callbackOf = (body: unknown): string | null =>
  z.object({ callback_id: z.string() }).safeParse(body).data?.callback_id ?? null

/** The thread of the message that holds the clip is the job's. */
export function readShortcut(body: unknown, at: number): Asked {
  const { message, message_ts, channel, ...shortcut } = SHORTCUT.parse(body)
  const tenantId = tenantOf(shortcut)
  const place = placeIn(tenantId, channel.id, message.thread_ts ?? message_ts)
  return {
    eventId: `${PLATFORM}:${shortcut.trigger_id}`,
    tenantId,
    place,
    requesterId: shortcut.user.id,
    // What its writer said of sizes was not said to us.
    factor: DEFAULT_FACTOR,
    wanted: wantedOf(message).wanted,
    // Where the person is looking: in the thread only if that is where the message stands.
    reply: handleOf(
      placeIn(tenantId, channel.id, message.thread_ts ?? null).channelId,
      shortcut.user.id,
      shortcut.response_url,
      at,
    ),
  }
}

const MENTION = z.object({
  event_id: z.string(),
  team_id: z.string(),
  context_team_id: z.string().nullish(),
  authorizations: z
    .array(
      z.object({
        team_id: z.string().nullish(),
        enterprise_id: z.string().nullish(),
        is_enterprise_install: z.boolean().nullish(),
      }),
    )
    .nullish(),
  event: MESSAGE.extend({
    ts: z.string(),
    channel: z.string(),
    user: z.string().nullish(),
    bot_id: z.string().nullish(),
  }),
})

/** Null: written by a bot, which is not answered, or two of them would never stop. */
export function readMentionEvent(body: unknown): Asked | null {
  const { event, event_id, ...outer } = MENTION.parse(body)
  if (event.bot_id || !event.user) return null
  // In a shared channel the outer team may be the writer's; the authorization names ours.
  const [ours] = outer.authorizations ?? []
  const tenantId = writeTenant({
    enterpriseId: ours?.is_enterprise_install ? (ours.enterprise_id ?? null) : null,
    teamId: ours?.team_id ?? outer.context_team_id ?? outer.team_id,
  })
  return {
    eventId: `${PLATFORM}:${event_id}`,
    tenantId,
    place: placeIn(tenantId, event.channel, event.thread_ts ?? event.ts),
    requesterId: event.user,
    ...wantedOf(event),
    reply: null,
  }
}

const SUBMISSION = INTERACTION.extend({
  view: z.object({
    id: z.string(),
    callback_id: z.string(),
    private_metadata: z.string(),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), z.unknown())) }),
  }),
})

export interface Submission {
  callbackId: string
  /** What was filled in, by block and input. */
  values: Record<string, Record<string, ViewStateValue>>
  /** Null where the form is not one of ours. */
  asked: Omit<Asked, 'factor' | 'wanted'> | null
}

export function readSubmission(body: unknown, at: number): Submission {
  const { view, user } = SUBMISSION.parse(body)
  const opener = readOpener(view.private_metadata)
  const values = view.state.values as Submission['values']
  if (!opener) return { callbackId: view.callback_id, values, asked: null }
  const { tenantId } = readAddress(opener.channelId)
  return {
    callbackId: view.callback_id,
    values,
    asked: {
      // Each opening of the form is a view of its own, and is submitted once.
      eventId: `${PLATFORM}:view:${view.id}`,
      tenantId,
      place: { communityId: tenantId, channelId: opener.channelId, isThread: false },
      requesterId: user.id,
      reply: handleOf(opener.channelId, user.id, opener.responseUrl, at),
    },
  }
}

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

export type PressUse = Omit<Press, 'redelivered'> & { actionId: string }

export function readPress(body: unknown, at: number): PressUse {
  const { container, actions, user, response_url, message, ...rest } = PRESS.parse(body)
  const action = actions[0]!
  // In a shared channel `team` may be the presser's; the message is of the workspace that its bot posts for.
  const posted = [message?.bot_profile?.team_id, message?.team].find(id => TEAM.test(id ?? ''))
  const tenantId = tenantOf({ ...rest, user, ...(posted && { team: { id: posted } }) })
  const { channelId } = placeIn(tenantId, container.channel_id, container.thread_ts ?? null)
  return {
    platform: PLATFORM,
    eventId: `${PLATFORM}:${tenantId}:${action.action_ts}:${user.id}`,
    presserId: user.id,
    message: { channelId, messageId: container.message_ts },
    actionId: action.action_id,
    action: decodeAction(action.action_id),
    value: action.selected_option?.value ?? null,
    reply: writeHandle(handleOf(channelId, user.id, response_url, at)),
  }
}

const REMOVAL = z.object({
  team_id: z.string().nullish(),
  enterprise_id: z.string().nullish(),
  authorizations: MENTION.shape.authorizations,
  event: z.object({
    type: z.enum(['app_uninstalled', 'tokens_revoked']),
    tokens: z.object({ bot: z.array(z.string()).nullish() }).nullish(),
  }),
})

/** At least one of the ids is there. */
export interface Removal {
  said: 'app_uninstalled' | 'tokens_revoked'
  teamId: string | null
  enterpriseId: string | null
  /** Whether it was the installation of a whole organisation; null: Slack does not say. */
  orgWide: boolean | null
}

/** Null: nothing of ours, the bot's own token is not among those that were revoked. */
export function readRemoval(body: unknown): Removal | null {
  const { event, team_id, enterprise_id, authorizations } = REMOVAL.parse(body)
  if (event.type === 'tokens_revoked' && !event.tokens?.bot?.length) return null
  // An app that is removed may have no authorization any more, so there may be none in its event.
  const [ours] = authorizations ?? []
  const teamId = ours?.team_id ?? team_id ?? null
  const enterpriseId = ours?.enterprise_id ?? enterprise_id ?? null
  if (teamId === null && enterpriseId === null) return null
  return { said: event.type, teamId, enterpriseId, orgWide: orgWideOf(ours, teamId, enterpriseId) }
}

function orgWideOf(
  ours: { is_enterprise_install?: boolean | null | undefined } | undefined,
  teamId: string | null,
  enterpriseId: string | null,
): boolean | null {
  if (enterpriseId === null) return false
  if (teamId === null) return true
  return ours?.is_enterprise_install ?? null
}

const placeIn = (tenantId: string, channel: string, threadTs: string | null): Place => ({
  communityId: tenantId,
  channelId: writeAddress({ tenantId, channel, threadTs }),
  isThread: threadTs !== null,
})

const handleOf = (channelId: string, userId: string, responseUrl: string, at: number): SlackHandle => ({
  kind: PLATFORM,
  channelId,
  userId,
  responseUrl,
  at,
})

/** A file before a link: whoever posts both means what people can see. */
function wantedOf(message: z.infer<typeof MESSAGE>): { wanted: Wanted; factor: Factor } {
  const forwarded = (message.attachments ?? []).flatMap(({ files }) => files ?? [])
  const file = findFile([...(message.files ?? []), ...forwarded])
  const { url, factor } = readMention(message.text ?? '')
  if (file?.isVideo || (file && url === null)) return { wanted: { kind: 'file', file: file.file }, factor }
  return { wanted: url === null ? { kind: 'nothing' } : { kind: 'link', url }, factor }
}
