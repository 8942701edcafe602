import { asObject, asString, type Json } from '../json.ts'
import { refusal } from './errors.ts'
import { messageObject } from './message-object.ts'
import { createMessage, deleteMessage, editMessage, type Origin } from './messages.ts'
import { asChannel, asMessage, demand, may, VIEW } from './places.ts'
import { MESSAGE_LIMIT, type Route } from './rest.ts'
import { checkBody } from './schemas.ts'
import { guildUploadLimit, type Stage } from './stage.ts'
import { wakeThread } from './threads.ts'
import { joinUploads } from './uploads.ts'
import type { Channel, Message } from './world.ts'

/** "In the past few minutes" (docs: resources/message#create-message); the real window is not told. */
const NONCE_LIFE_MS = 5 * 60_000

export function messageRoutes(stage: Stage): Route[] {
  const { world } = stage
  /** Nonces of messages on their way, so that two requests at once make one message too. */
  const arriving = new Map<string, Promise<unknown>>()

  return [
    {
      method: 'GET',
      path: '/channels/:channel/messages',
      auth: 'bot',
      major: 'channel',
      run({ params, query }) {
        const channel = asChannel(stage, params.channel)
        demand(stage, channel, VIEW)
        if (!may(stage, channel, ['READ_MESSAGE_HISTORY'])) return { status: 200, body: [] }
        const count = Number(query.get('limit') ?? 50)
        const [before, after, around] = ['before', 'after', 'around'].map(key => query.get(key))
        let found = [...world.messages.values()]
          .filter(message => message.channel_id === channel.id && !message.ephemeral_for)
          .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1))
        if (before) found = found.filter(message => BigInt(message.id) < BigInt(before))
        if (after) found = found.filter(message => BigInt(message.id) > BigInt(after)).slice(-count)
        if (around) {
          const at = found.findIndex(message => BigInt(message.id) <= BigInt(around))
          found = found.slice(Math.max(0, at - Math.floor(count / 2)))
        }
        return { status: 200, body: found.slice(0, count).map(message => messageObject(stage, message)) }
      },
    },
    {
      method: 'GET',
      path: '/channels/:channel/messages/:message',
      auth: 'bot',
      major: 'channel',
      run({ params }) {
        const channel = asChannel(stage, params.channel)
        demand(stage, channel, VIEW)
        demand(stage, channel, ['READ_MESSAGE_HISTORY'])
        return { status: 200, body: messageObject(stage, asMessage(stage, channel, params.message)) }
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel/messages',
      auth: 'bot',
      major: 'channel',
      limit: MESSAGE_LIMIT,
      async run({ params, json, parts }) {
        const channel = asChannel(stage, params.channel)
        demand(stage, channel, VIEW)
        demand(stage, channel, [channel.thread ? 'SEND_MESSAGES_IN_THREADS' : 'SEND_MESSAGES'])
        await checkBody('message.create', json)
        const uploads = joinUploads(json, parts)
        if (uploads.length > 0) demand(stage, channel, ['ATTACH_FILES'])
        if (Array.isArray(json.embeds) && json.embeds.length > 0) demand(stage, channel, ['EMBED_LINKS'])
        const origin: Origin = { author_id: world.bot_id, ...replyTo(stage, channel, json) }
        wakeThread(stage, channel)
        const draft = { body: json, uploads, limit: guildUploadLimit(world) }
        const nonce =
          json.enforce_nonce === true && json.nonce != null ? `${channel.id} ${String(json.nonce)}` : null
        if (nonce !== null) {
          // When the first of two fails, the next one stands on its own.
          for (let other = arriving.get(nonce); other; other = arriving.get(nonce)) await other
          const earlier = earlierWith(channel, String(json.nonce))
          if (earlier) return { status: 200, body: messageObject(stage, earlier) }
        }
        const making = createMessage(stage, channel, draft, origin)
        if (nonce !== null) {
          const settled = making.then(
            () => arriving.delete(nonce),
            () => arriving.delete(nonce),
          )
          arriving.set(nonce, settled)
        }
        return { status: 200, body: messageObject(stage, await making) }
      },
    },
    {
      method: 'PATCH',
      path: '/channels/:channel/messages/:message',
      auth: 'bot',
      major: 'channel',
      limit: MESSAGE_LIMIT,
      async run({ params, json, parts }) {
        const channel = asChannel(stage, params.channel)
        demand(stage, channel, VIEW)
        const message = asMessage(stage, channel, params.message)
        if (message.author_id !== world.bot_id) throw refusal('notTheAuthor')
        if (channel.thread?.archived) throw refusal('threadArchived')
        await checkBody('message.edit', json)
        const uploads = joinUploads(
          json,
          parts,
          message.files.map(file => file.id),
        )
        if (uploads.length > 0) demand(stage, channel, ['ATTACH_FILES'])
        await editMessage(stage, message, { body: json, uploads, limit: guildUploadLimit(world) })
        return { status: 200, body: messageObject(stage, message) }
      },
    },
    {
      method: 'DELETE',
      path: '/channels/:channel/messages/:message',
      auth: 'bot',
      major: 'channel',
      run({ params }) {
        const channel = asChannel(stage, params.channel)
        demand(stage, channel, VIEW)
        const message = asMessage(stage, channel, params.message)
        if (message.author_id !== world.bot_id) demand(stage, channel, ['MANAGE_MESSAGES'])
        deleteMessage(stage, message)
        return { status: 204 }
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel/typing',
      auth: 'bot',
      major: 'channel',
      run({ params }) {
        const channel = asChannel(stage, params.channel)
        demand(stage, channel, VIEW)
        demand(stage, channel, [channel.thread ? 'SEND_MESSAGES_IN_THREADS' : 'SEND_MESSAGES'])
        return { status: 204 }
      },
    },
  ]

  function earlierWith(channel: Channel, nonce: string): Message | undefined {
    const youngest = stage.clock() - NONCE_LIFE_MS
    return [...world.messages.values()].find(
      message =>
        message.nonce === nonce &&
        message.author_id === world.bot_id &&
        message.channel_id === channel.id &&
        message.created_at >= youngest,
    )
  }
}

/** What a message replies to; a vanished one fails unless the body says that it may. */
function replyTo(stage: Stage, channel: Channel, body: Json): Pick<Origin, 'type' | 'reference'> {
  const reference = asObject(body.message_reference)
  const id = asString(reference?.message_id)
  if (!reference || !id) return {}
  if (!may(stage, channel, ['READ_MESSAGE_HISTORY'])) throw refusal('replyNeedsHistory')
  const target = stage.world.messages.get(id)
  if (!target || target.channel_id !== channel.id || target.ephemeral_for) {
    if (reference.fail_if_not_exists === false) return {}
    throw refusal('unknownMessage')
  }
  return { type: 19, reference: { message_id: id, channel_id: channel.id } }
}
