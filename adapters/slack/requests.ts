import type { ViewStateValue } from '@slack/bolt'
import { z } from 'zod'
import type { Factor } from '../../src/core/clip.ts'
import type { Place } from '../../src/core/job.ts'
import { DEFAULT_FACTOR, readMention, readOpener } from './commands.ts'
import { AUTHORIZATIONS, handleOf, INTERACTION, placeIn, tenantOf } from './events.ts'
import { findFile, SLACK_FILE, type Wanted } from './files.ts'
import { communityOf, PLATFORM, readAddress, readTenant, type SlackHandle, writeTenant } from './handle.ts'

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
  authorizations: AUTHORIZATIONS,
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
      place: { communityId: communityOf(readTenant(tenantId)), channelId: opener.channelId, isThread: false },
      requesterId: user.id,
      reply: handleOf(opener.channelId, user.id, opener.responseUrl, at),
    },
  }
}

/** A file before a link: whoever posts both means what people can see. */
function wantedOf(message: z.infer<typeof MESSAGE>): { wanted: Wanted; factor: Factor } {
  const forwarded = (message.attachments ?? []).flatMap(({ files }) => files ?? [])
  const file = findFile([...(message.files ?? []), ...forwarded])
  const { url, factor } = readMention(message.text ?? '')
  if (file?.isVideo || (file && url === null)) return { wanted: { kind: 'file', file: file.file }, factor }
  return { wanted: url === null ? { kind: 'nothing' } : { kind: 'link', url }, factor }
}
