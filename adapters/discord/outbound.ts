import { createHash } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { type APIChannel, type APIGuild, type APIMessage, MessageFlags, type REST, Routes } from 'discord.js'
import { type Chat, ChatError } from '../../src/core/chat.ts'
import type { MessageRef, Place, ReplyHandle } from '../../src/core/job.ts'
import type { Clock, Log } from '../../src/core/ports.ts'
import type { Enclosure, Part, View } from '../../src/core/view.ts'
import { PLATFORM } from './events.ts'
import { CODE, codeOf, isOurs, isTokenRefused, toChatError } from './failures.ts'
import { type InteractionHandle, readHandle } from './handle.ts'
import { LIMITS, uploadBytes } from './limits.ts'
import { attachmentName, cleanLine, cut } from './literal.ts'
import { render } from './render.ts'

export interface OutboundOptions {
  rest: REST
  /** Waits long enough for a whole video to be sent. */
  uploads: REST
  log: Log
  clock: Clock
  /** The guild's boost tier as the gateway last told it; null where it has not. */
  tierOf(guildId: string): number | null
  /** The token is refused: nothing can be said any more. */
  onTokenRefused(error: unknown): void
}

/** The Chat port over Discord's REST. Knows nothing of the gateway, so any process that has the token can use it. */
export function createChat(options: OutboundOptions): Chat {
  const { rest, uploads, log, clock } = options

  /** One conversation with Discord, its failures in our words. */
  const asking = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask()
    } catch (error) {
      if (isOurs(error)) throw error
      if (isTokenRefused(error)) options.onTokenRefused(error)
      throw toChatError(error)
    }
  }

  /** The token's time is known, and dead ones asked for again and again get us banned (docs: topics/rate-limits). */
  const living = (handle: ReplyHandle): InteractionHandle => {
    const known = readHandle(handle)
    if (clock() - known.at < LIMITS.tokenLifeMs) return known
    throw new ChatError('expired', 'The 15 minutes in which this interaction can be answered have passed')
  }

  return {
    platform: PLATFORM,

    reply: (handle, view) =>
      asking(async () => {
        const { applicationId, token } = living(handle)
        const route = Routes.webhookMessage(applicationId, token)
        // auth: false, or a dead interaction token (401) would make @discordjs/rest drop the bot's own.
        return refOf((await rest.patch(route, { body: render(view), auth: false })) as APIMessage)
      }),

    whisper: (handle, view) =>
      asking(async () => {
        const { applicationId, token, of } = living(handle)
        // The first follow-up of a deferred command becomes its public answer, whatever its flags say
        // (docs: interactions/receiving-and-responding#create-followup-message, August 2026).
        if (of === 'command') throw new ChatError('refused', 'The answer to a command is public')
        const { flags, ...message } = render(view)
        const body = { ...message, flags: flags | MessageFlags.Ephemeral }
        await rest.post(Routes.webhook(applicationId, token), { body, auth: false })
      }),

    async post(channelId, view, { key, file }) {
      const route = Routes.channelMessages(channelId)
      // The client sends a POST again after a 5xx or a time-out; with the nonce that still makes one message.
      const body = { ...render(view), nonce: nonceOf(key), enforce_nonce: true }
      const form = file ? await formOf(body, view, file) : null
      return asking(async () => {
        const posted = form
          ? await uploads.post(route, { body: form, passThroughBody: true })
          : await rest.post(route, { body })
        return refOf(posted as APIMessage)
      })
    },

    edit: (message, view) =>
      asking(async () => {
        const route = Routes.channelMessage(message.channelId, message.messageId)
        // No `attachments`: naming some would drop the others. allowed_mentions must be given again with every edit.
        const change = () => rest.patch(route, { body: render(view) })
        try {
          await change()
        } catch (error) {
          if (codeOf(error) !== CODE.archivedThread) throw error
          await rest.patch(Routes.channel(message.channelId), { body: { archived: false } })
          await change()
        }
      }),

    openThread: (message, title) =>
      asking(async () => {
        const body = {
          name: cut(cleanLine(title).trim(), LIMITS.threadName) || '…',
          auto_archive_duration: LIMITS.threadArchiveMinutes,
        }
        try {
          const thread = await rest.post(Routes.threads(message.channelId, message.messageId), { body })
          return (thread as APIChannel).id
        } catch (error) {
          // A thread on a message has that message's id (docs: resources/channel#start-thread-from-message).
          if (codeOf(error) === CODE.threadExists) return message.messageId
          throw error
        }
      }),

    async uploadLimit(place: Place) {
      const tier = options.tierOf(place.communityId) ?? (await fetchTier(rest, place.communityId, log))
      return uploadBytes(tier)
    },
  }
}

const refOf = (message: APIMessage): MessageRef => ({ channelId: message.channel_id, messageId: message.id })

/** The same key makes the same nonce, in every process and after every restart. */
const nonceOf = (key: string): string =>
  createHash('sha256').update(key).digest('base64url').slice(0, LIMITS.nonce)

/** The file is read from disk while it is sent: a 100 MB video costs no memory. */
async function formOf(body: object, view: View, file: Enclosure): Promise<FormData> {
  const filename = attachmentName(file.fileName)
  const shown = view.parts.find((part): part is Extract<Part, { kind: 'file' }> => part.kind === 'file')
  const description = cut(cleanLine(shown?.description ?? ''), LIMITS.mediaDescription)
  const attachments = [{ id: '0', filename, ...(description === '' ? {} : { description }) }]
  const form = new FormData()
  form.append('payload_json', JSON.stringify({ ...body, attachments }))
  form.append('files[0]', await openAsBlob(file.path, { type: file.contentType }), filename)
  return form
}

/** The tier only widens the limit, so without an answer the smallest one is assumed. */
async function fetchTier(rest: REST, guildId: string, log: Log): Promise<number | null> {
  try {
    return ((await rest.get(Routes.guild(guildId))) as APIGuild).premium_tier
  } catch (error) {
    log.warn(
      { error: toChatError(error), guildId },
      "the server's upload limit is not known; assuming the smallest",
    )
    return null
  }
}
