import type { SlackChannel } from '../control.ts'
import { demandChannelScope, findPlace, isDirect, type Place } from './channels.ts'
import { SlackError } from './errors.ts'
import { compareTs, messageObject, repliesTo } from './message-object.ts'
import { findMessage } from './messages.ts'
import type { BotCall, Method } from './method.ts'
import type { Stage } from './stage.ts'
import { sandboxChannel } from './state.ts'
import type { Json, Message } from './world.ts'

const COMMON_LIMIT = 100
const MOST = 999

/** docs: reference/methods/conversations.… (November 2026). */
export function conversationMethods(stage: Stage): Method[] {
  return [
    {
      name: 'conversations.info',
      auth: 'bot',
      tier: 3,
      writes: false,
      run(call) {
        const place = findPlace(stage, call)
        demandChannelScope(call, place.channel, 'read')
        return { channel: channelObject(place, call.args.flag('include_num_members')) }
      },
    },
    {
      name: 'conversations.history',
      auth: 'bot',
      tier: 3,
      writes: false,
      run(call) {
        const { channel } = findReadable(stage, call)
        const all = [...(stage.world.messages.get(channel.id)?.values() ?? [])]
        const top = all.filter(
          message => isThere(message) && (!message.thread_ts || message.thread_ts === message.ts),
        )
        return {
          ...page(
            stage,
            call,
            top.toSorted((a, b) => compareTs(b.ts, a.ts)),
          ),
          pin_count: 0,
        }
      },
    },
    {
      name: 'conversations.replies',
      auth: 'bot',
      tier: 3,
      writes: false,
      run(call) {
        const { channel } = findReadable(stage, call)
        const asked = findMessage(stage, channel.id, call.args.required('ts'))
        if (!asked || !isThere(asked)) throw new SlackError('thread_not_found')
        const parent = findMessage(stage, channel.id, asked.thread_ts) ?? asked
        return page(stage, call, [parent, ...repliesTo(stage, parent)])
      },
    },
    {
      name: 'conversations.join',
      auth: 'bot',
      tier: 3,
      scopes: ['channels:join'],
      writes: true,
      run(call) {
        const place = findPlace(stage, call)
        const { channel, team } = place
        if (channel.is_private) throw new SlackError('method_not_supported_for_channel_type')
        if (channel.is_archived) throw new SlackError('is_archived')
        if (!place.is_member) {
          channel.members.push(team.bot_user_id)
          stage.emit({ type: 'channel', channel: sandboxChannel(channel) })
        }
        return {
          channel: channelObject({ ...place, is_member: true }, false),
          ...(place.is_member ? { warning: 'already_in_channel' } : {}),
        }
      },
    },
  ]
}

/** @throws SlackError channel_not_found, missing_scope, not_in_channel */
function findReadable(stage: Stage, call: BotCall): Place {
  const place = findPlace(stage, call)
  demandChannelScope(call, place.channel, 'history')
  if (!place.is_member) throw new SlackError('not_in_channel')
  return place
}

function isThere(message: Message): boolean {
  return !message.deleted && message.ephemeral_for === null
}

/** Part of a list of messages: between `oldest` and `latest`, at most `limit`, from the cursor on. */
function page(stage: Stage, { args }: BotCall, messages: readonly Message[]): Json {
  const limit = Math.min(Math.max(args.whole('limit') ?? COMMON_LIMIT, 1), MOST)
  const start = readCursor(args.text('cursor'))
  const [oldest, latest] = [args.text('oldest') ?? '0', args.text('latest') ?? '9'.repeat(20)]
  const inclusive = args.flag('inclusive')
  const within = messages.filter(({ ts }) => {
    if (inclusive && (ts === oldest || ts === latest)) return true
    return Number(ts) > Number(oldest) && Number(ts) < Number(latest)
  })
  const end = start + limit
  const metadata = args.flag('include_all_metadata')
  const has_more = end < within.length
  return {
    messages: within.slice(start, end).map(message => messageObject(stage, message, { metadata })),
    has_more,
    response_metadata: { next_cursor: has_more ? Buffer.from(`next:${end}`).toString('base64') : '' },
  }
}

/** @throws SlackError invalid_cursor */
function readCursor(cursor: string | null): number {
  if (cursor === null) return 0
  const at = /^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1]
  if (at === undefined) throw new SlackError('invalid_cursor')
  return Number(at)
}

function channelObject({ channel, team, is_member }: Place, withMembers: boolean): Json {
  const shared = channel.shared_team_ids.length > 0
  if (isDirect(channel)) {
    const user = channel.members.find(id => id !== team.bot_user_id)
    return { id: channel.id, is_im: true, user, is_archived: false, context_team_id: team.id }
  }
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: true,
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: channel.is_private,
    is_archived: channel.is_archived,
    is_general: channel.name === 'general',
    is_shared: shared,
    is_ext_shared: shared,
    is_org_shared: false,
    is_member,
    context_team_id: team.id,
    ...(shared ? { shared_team_ids: teamsIn(channel), connected_team_ids: teamsIn(channel) } : {}),
    ...(withMembers ? { num_members: channel.members.length } : {}),
  }
}

function teamsIn(channel: SlackChannel): string[] {
  return [channel.team_id, ...channel.shared_team_ids]
}
