import type { DiscordState, SandboxChannel, SandboxMessage, SandboxUser } from '../control.ts'
import { asArray, type Json } from '../json.ts'
import { FLAG, messageObject, threadOn } from './message-object.ts'
import { guildPermissions } from './permissions.ts'
import type { Stage } from './stage.ts'
import type { Channel, Message } from './world.ts'

/** A message as the control routes tell it: Discord's object plus what only the sandbox knows. */
export function sandboxMessage(stage: Stage, message: Message): SandboxMessage {
  const object = messageObject(stage, message) as unknown as SandboxMessage
  const { interaction } = message
  return {
    ...object,
    edits: message.edits,
    ephemeral_for: message.ephemeral_for,
    loading: (message.flags & FLAG.loading) !== 0,
    // Only the direct answer to a command shows it; what follows replies to that answer.
    interaction:
      interaction?.type === 2 && (message.type === 20 || message.type === 23)
        ? { id: interaction.id, name: interaction.name, user_id: interaction.user_id }
        : null,
    thread_id: threadOn(stage, message)?.id ?? null,
    nonce: message.nonce,
  }
}

export function sandboxChannel(channel: Channel): SandboxChannel {
  return {
    id: channel.id,
    name: channel.name,
    type: channel.type,
    parent_id: channel.parent_id,
    starter_message_id: channel.thread?.starter_message_id ?? null,
    archived: channel.thread?.archived ?? false,
  }
}

export function allCommands(stage: Stage): Json[] {
  return [...stage.world.commands.values()].flat()
}

export function discordState(stage: Stage): DiscordState {
  const { world, gateway } = stage
  const users: SandboxUser[] = [...world.users.values()].map(user => ({
    ...user,
    roles: world.members.get(user.id)?.roles ?? [],
    permissions: guildPermissions(world, user.id).toString(),
  }))
  const messages = [...world.messages.values()].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
  return {
    guild: { id: world.guild.id, name: world.guild.name, premium_tier: world.guild.premium_tier },
    application_id: world.application_id,
    bot_online: gateway.online,
    users,
    roles: world.roles.map(({ id, name, color, mentionable }) => ({ id, name, color, mentionable })),
    channels: [...world.channels.values()].map(sandboxChannel),
    commands: asArray(allCommands(stage)),
    messages: messages.map(message => sandboxMessage(stage, message)),
  }
}
