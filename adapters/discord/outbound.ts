import { createHash } from 'node:crypto'
import { type APIChannel, type APIMessage, MessageFlags, type REST, Routes } from 'discord.js'
import { type Chat, ChatError } from '../../src/core/chat.ts'
import type { MessageRef, ReplyHandle } from '../../src/core/job.ts'
import type { Clock, Postings } from '../../src/core/ports.ts'
import type { Enclosure, View } from '../../src/core/view.ts'
import { CODE, codeOf, isOurs, isTokenRefused, toChatError } from './failures.ts'
import { type InteractionHandle, PLATFORM, readHandle } from './handle.ts'
import { LIMITS } from './limits.ts'
import { cleanLine, cut } from './literal.ts'
import { render } from './render.ts'
import type { Tenants } from './tenants.ts'
import { openForm } from './upload.ts'

export interface OutboundOptions {
  rest: REST
  /** Sends Forms, and waits long enough for a whole video. */
  uploads: REST
  clock: Clock
  /** Where it is noted what was begun; null: what is posted again after some minutes may be said twice. */
  postings: Postings | null
  tenants: Tenants
  /** The token is refused: nothing can be said any more. */
  onTokenRefused(error: unknown): void
}

/** Between our clock and Discord's, ms. */
const CLOCK_MARGIN_MS = 5 * 60_000
/** What Discord gives at once (docs: resources/message#get-channel-messages), and how often we ask for more. */
const PAGE = 100
const PAGES = 5

/** The Chat port over Discord's REST. Knows nothing of the gateway, so any process that has the token can use it. */
export function createChat(options: OutboundOptions): Chat {
  const { rest, uploads, clock } = options

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

  /** Our message with that key, if it stands there. Of others' messages Discord does not show us the components. */
  const find = async (channelId: string, key: string, since: number): Promise<MessageRef | null> => {
    let after = idAt(since - CLOCK_MARGIN_MS)
    for (let page = 0; page < PAGES; page++) {
      const query = new URLSearchParams({ after, limit: String(PAGE) })
      const messages = (await rest.get(Routes.channelMessages(channelId), { query })) as APIMessage[]
      const ours = messages.find(message => message.components?.[0]?.id === markOf(key))
      if (ours) return refOf(ours)
      if (messages.length < PAGE) return null
      after = messages
        .map(message => BigInt(message.id))
        .reduce((a, b) => (a > b ? a : b))
        .toString()
    }
    return null
  }

  return {
    platform: PLATFORM,

    reply: (handle, view) =>
      asking(async () => {
        const { applicationId, token, of } = living(handle)
        const route = Routes.webhookMessage(applicationId, token)
        // auth: false, or a dead interaction token (401) would make @discordjs/rest drop the bot's own.
        const answer = (await rest.patch(route, { body: render(view), auth: false })) as APIMessage
        // What only one person sees can be reached through this token alone.
        return of === 'menu' || of === 'admin' ? null : refOf(answer)
      }),

    async whisper(handle, view, file) {
      const { applicationId, token, of } = living(handle)
      // The first follow-up of a deferred command becomes its public answer, whatever its flags say
      // (docs: interactions/receiving-and-responding#create-followup-message, August 2026).
      if (of === 'command') throw new ChatError('refused', 'The answer to a command is public')
      const shown = file ? showing(view, file) : view
      const { flags, ...message } = render(shown)
      // The open answer of an admin command is private already, and there is nothing else to say in it.
      const fillsIn = of === 'admin'
      const body = { ...message, flags: fillsIn ? flags : flags | MessageFlags.Ephemeral }
      await using form = file ? await openForm(body, shown, file) : null
      const request = form
        ? { body: form, passThroughBody: true, auth: false as const }
        : { body, auth: false as const }
      const sender = form ? uploads : rest
      await asking(() =>
        fillsIn
          ? sender.patch(Routes.webhookMessage(applicationId, token), request)
          : sender.post(Routes.webhook(applicationId, token), request),
      )
    },

    async post(channelId, view, { key, file }) {
      const route = Routes.channelMessages(channelId)
      const before = await options.postings?.begin(key)
      const there = before && (await asking(() => find(channelId, key, before.startedAt)))
      if (there) return there
      // The client sends a POST again after a 5xx or a time-out; with the nonce that still makes one message. Discord
      // knows it for some minutes (docs: resources/message#create-message); after that the mark is looked for.
      const { components, ...rendered } = render(view)
      const marked = components.map(component => ({ ...component, id: markOf(key) }))
      const body = { ...rendered, components: marked, nonce: nonceOf(key), enforce_nonce: true }
      await using form = file ? await openForm(body, view, file) : null
      const posted = await asking(() =>
        form ? uploads.post(route, { body: form, passThroughBody: true }) : rest.post(route, { body }),
      )
      return refOf(posted as APIMessage)
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

    uploadLimit: place => options.tenants.uploadLimit(place.communityId),

    // @discordjs/rest waits out Discord's rations by itself.
    isIn: async guildId => options.tenants.isIn(guildId),

    editWait: () => 0,
  }
}

/** A file that no part of a message shows is nowhere to be seen (docs: components/reference#file, August 2026). */
const showing = (view: View, { fileName }: Enclosure): View =>
  view.parts.some(part => part.kind === 'file')
    ? view
    : { ...view, parts: [...view.parts, { kind: 'file', fileName, description: '' }] }

const refOf = (message: APIMessage): MessageRef => ({ channelId: message.channel_id, messageId: message.id })

/** The same key makes the same nonce, in every process and after every restart. */
const nonceOf = (key: string): string =>
  createHash('sha256').update(key).digest('base64url').slice(0, LIMITS.nonce)

/**
 * The same key makes the same number for the outermost component, which comes back whenever the message is read. Discord
 * takes 32-bit integers, and gives small ones to the components without (docs: components/reference#anatomy-of-a-component).
 */
const markOf = (key: string): number =>
  (createHash('sha256').update(key).digest().readUInt32BE() % 2 ** 30) + 2 ** 30

/** The least id of what was made at that time, in wall-clock ms (docs: reference#snowflakes). */
const idAt = (ms: number): string => String(BigInt(Math.max(0, ms - 1_420_070_400_000)) << 22n)
