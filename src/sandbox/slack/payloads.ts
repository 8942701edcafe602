import { createHash } from 'node:crypto'
import type { SlackChannel, SlackUser } from '../control.ts'
import type { Stage } from './stage.ts'
import type { Installation, Json, Workspace, World } from './world.ts'

/** A workspace where the app is installed: what happens there reaches the app through this installation. */
export interface Receiver {
  workspace: Workspace
  installation: Installation
}

export function receiverOf(stage: Stage, teamId: string): Receiver | null {
  const workspace = stage.world.workspaces.get(teamId)
  return workspace?.installation ? { workspace, installation: workspace.installation } : null
}

/** The old way to know that a payload is Slack's: the same text in every payload, replaced by signatures. */
export function verificationToken(app: World['app']): string {
  return createHash('sha256').update(app.client_secret).digest('base64url').slice(0, 24)
}

/**
 * What all interactive payloads begin with. In an installation for the whole organisation `team` is null, and the
 * person's own `team_id` says where it was.
 */
export function interactionStart(stage: Stage, { workspace, installation }: Receiver, user: SlackUser): Json {
  const { app, workspaces } = stage.world
  const enterprise = enterpriseOf(stage, workspace)
  const isOwn = workspaces.get(user.team_id)?.installation === installation
  const team = {
    id: workspace.id,
    domain: workspace.domain,
    ...(enterprise ? { enterprise_id: enterprise.id, enterprise_name: enterprise.name } : {}),
  }
  return {
    token: verificationToken(app),
    api_app_id: app.id,
    team: installation.org_wide && isOwn ? null : team,
    user: { id: user.id, username: user.name, name: user.name, team_id: user.team_id },
    enterprise,
    is_enterprise_install: installation.org_wide,
  }
}

/** The fields of a slash command's form that say where and by whom; all are text. */
export function commandStart(
  stage: Stage,
  { workspace, installation }: Receiver,
  user: SlackUser,
  channel: SlackChannel,
): Record<string, string> {
  const { app } = stage.world
  const enterprise = enterpriseOf(stage, workspace)
  return {
    token: verificationToken(app),
    team_id: workspace.id,
    team_domain: workspace.domain,
    ...(enterprise ? { enterprise_id: enterprise.id, enterprise_name: enterprise.name } : {}),
    channel_id: channel.id,
    channel_name: channelName(channel),
    user_id: user.id,
    user_name: user.name,
    api_app_id: app.id,
    is_enterprise_install: String(installation.org_wide),
  }
}

/** An event as the Events API wraps it: `event_id` is the same however often it is sent. */
export function eventEnvelope(stage: Stage, receiver: Receiver, event: Json, shared: boolean): Json {
  const { workspace, installation } = receiver
  return {
    token: verificationToken(stage.world.app),
    team_id: workspace.id,
    context_team_id: workspace.id,
    context_enterprise_id: workspace.enterprise_id,
    ...(workspace.enterprise_id ? { enterprise_id: workspace.enterprise_id } : {}),
    api_app_id: stage.world.app.id,
    event,
    type: 'event_callback',
    event_id: stage.nextId('Ev'),
    event_time: Math.floor(stage.clock() / 1000),
    authorizations: [
      {
        enterprise_id: workspace.enterprise_id,
        team_id: installation.org_wide ? null : workspace.id,
        user_id: workspace.bot_user_id,
        is_bot: true,
        is_enterprise_install: installation.org_wide,
      },
    ],
    is_ext_shared_channel: shared,
  }
}

/** What payloads call a channel: private ones and direct messages keep their names to themselves. */
export function channelName(channel: SlackChannel): string {
  if (channel.id.startsWith('D')) return 'directmessage'
  return channel.is_private ? 'privategroup' : channel.name
}

function enterpriseOf(stage: Stage, workspace: Workspace): { id: string; name: string } | null {
  if (workspace.enterprise_id === null) return null
  return stage.world.organisations.get(workspace.enterprise_id) ?? null
}
