import type { SlackChannel } from '../control.ts'
import { SlackError } from './errors.ts'
import type { BotCall } from './method.ts'
import type { Stage } from './stage.ts'
import { type Bearer, demandScope } from './tokens.ts'
import type { Workspace } from './world.ts'

/** A channel as one installation of the app sees it. */
export interface Place {
  channel: SlackChannel
  /** The workspace whose bot acts there. */
  team: Workspace
  is_member: boolean
}

export function isDirect(channel: SlackChannel): boolean {
  return channel.id.startsWith('D')
}

/** The workspace of the token that is in the channel; null where the token's workspaces have no part in it. */
function partOf(bearer: Bearer, channel: SlackChannel): Workspace | null {
  const inIt = [channel.team_id, ...channel.shared_team_ids]
  return bearer.workspaces.find(({ id }) => inIt.includes(id)) ?? null
}

/** Null where the token must not even know that there is such a channel. */
export function placeOf(bearer: Bearer, channel: SlackChannel): Place | null {
  const team = partOf(bearer, channel)
  if (!team) return null
  const is_member = channel.members.includes(team.bot_user_id)
  return channel.is_private && !is_member ? null : { channel, team, is_member }
}

/** @throws SlackError channel_not_found, also where the channel belongs to a workspace that is not the token's. */
export function findPlace(stage: Stage, call: BotCall, argument = 'channel'): Place {
  const channel = stage.world.channels.get(call.args.required(argument))
  if (channel) call.about(channel.team_id)
  const place = channel ? placeOf(call.bearer, channel) : null
  if (!place) throw new SlackError('channel_not_found')
  return place
}

/**
 * A person's id stands for the bot's direct messages with them.
 * @throws SlackError channel_not_found, messages_tab_disabled
 */
export function findAddress(stage: Stage, call: BotCall): Place {
  const user = stage.world.users.get(call.args.required('channel'))
  if (!user) return findPlace(stage, call)
  const team = call.bearer.workspaces.find(({ id }) => id === user.team_id)
  call.about(user.team_id)
  if (!team || user.is_bot) throw new SlackError('channel_not_found')
  if (!stage.manifest.direct.open) throw new SlackError('messages_tab_disabled')
  return { channel: directWith(stage, team, user.id), team, is_member: true }
}

function directWith(stage: Stage, team: Workspace, userId: string): SlackChannel {
  const members = [userId, team.bot_user_id]
  const known = [...stage.world.channels.values()].find(
    channel => isDirect(channel) && members.every(id => channel.members.includes(id)),
  )
  if (known) return known
  const channel: SlackChannel = {
    id: stage.nextId('D'),
    team_id: team.id,
    name: userId,
    is_private: true,
    is_archived: false,
    shared_team_ids: [],
    members,
    posting: 'everybody',
  }
  stage.world.channels.set(channel.id, channel)
  stage.world.messages.set(channel.id, new Map())
  stage.emit({ type: 'channel', channel: structuredClone(channel) })
  return channel
}

/** @throws SlackError missing_scope: channels:…, groups:… or im:…, by the kind of the channel. */
export function demandChannelScope(call: BotCall, channel: SlackChannel, right: 'read' | 'history'): void {
  const kind = isDirect(channel) ? 'im' : channel.is_private ? 'groups' : 'channels'
  demandScope(call.bearer, [`${kind}:${right}`])
}

/** @throws SlackError is_archived, not_in_channel, restricted_action */
export function demandPosting(call: BotCall, { channel, is_member }: Place): void {
  if (channel.is_archived) throw new SlackError('is_archived')
  const anywhere = call.bearer.installation.scopes.includes('chat:write.public') && !channel.is_private
  if (!is_member && !anywhere) throw new SlackError('not_in_channel')
  if (channel.posting === 'admins_only') throw new SlackError('restricted_action')
}
