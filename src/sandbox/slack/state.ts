import type { SlackChannel, SlackMessage, SlackState, SlackView, SlackWorkspace } from '../control.ts'
import { sandboxFile } from './file-object.ts'
import { compareTs } from './message-object.ts'
import type { Stage } from './stage.ts'
import type { Json, Message, OpenView, Workspace } from './world.ts'

/** A message as the control routes tell it; `attachments` are Slack's legacy ones, which may hold blocks. */
export function sandboxMessage(stage: Stage, message: Message): SlackMessage & { attachments: Json[] } {
  const { file_ids, ...rest } = message
  const files = file_ids.map(id => stage.world.files.get(id)).filter(file => file !== undefined)
  return structuredClone({ ...rest, files: files.map(file => sandboxFile(stage, file)) })
}

export function sandboxChannel(channel: SlackChannel): SlackChannel {
  return structuredClone(channel)
}

export function sandboxWorkspace(workspace: Workspace): SlackWorkspace {
  const { id, name, domain, enterprise_id, bot_user_id, installation } = workspace
  return { id, name, domain, enterprise_id, installed: installation !== null, bot_user_id }
}

export function sandboxView(view: OpenView): SlackView {
  const { id, user_id, team_id, errors } = view
  return structuredClone({ id, user_id, team_id, view: view.view, errors })
}

export function slackState(stage: Stage): SlackState {
  const { world, manifest, delivery } = stage
  const messages = [...world.messages.values()].flatMap(channel => [...channel.values()])
  return {
    app_id: world.app.id,
    workspaces: [...world.workspaces.values()].map(sandboxWorkspace),
    users: [...world.users.values()].map(user => ({ ...user })),
    user_groups: structuredClone([...world.user_groups.values()]),
    channels: [...world.channels.values()].map(sandboxChannel),
    messages: messages
      .filter(message => !message.deleted)
      .toSorted((a, b) => compareTs(a.ts, b.ts))
      .map(message => sandboxMessage(stage, message)),
    views: [...world.views.values()].map(sandboxView),
    bot_online: delivery.online,
    commands: structuredClone(manifest.commands),
    shortcuts: structuredClone(manifest.shortcuts),
  }
}
