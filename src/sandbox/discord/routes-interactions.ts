import { asNumber, asObject, type Json } from '../json.ts'
import { DiscordError, invalidForm, refusal } from './errors.ts'
import type { Interaction } from './interactions.ts'
import { FLAG, messageObject } from './message-object.ts'
import { createLoading, createMessage, deleteMessage, editMessage, type Origin } from './messages.ts'
import { asChannel } from './places.ts'
import { type Reply, type Route, WEBHOOK_LIMIT } from './rest.ts'
import { checkBody, type Operation } from './schemas.ts'
import { guildUploadLimit, type Stage } from './stage.ts'
import { joinUploads } from './uploads.ts'
import type { Message } from './world.ts'

/** Callback types, docs: interactions/receiving-and-responding (August 2026). */
const CALLBACK = {
  message: 4,
  deferredMessage: 5,
  deferredUpdate: 6,
  update: 7,
  autocomplete: 8,
  modal: 9,
} as const
const SCHEMA: Record<number, Operation> = {
  4: 'callback.message',
  5: 'callback.message',
  6: 'callback.update',
  7: 'callback.update',
  8: 'callback.autocomplete',
  9: 'callback.modal',
}
/** What each kind of interaction may be answered with. */
const ALLOWED: Record<Interaction['type'], number[]> = { 2: [4, 5, 9], 3: [4, 5, 6, 7, 9] }

/** The first answer to an interaction, and what its token can do in the 15 minutes after. */
export function interactionRoutes(stage: Stage): Route[] {
  const { world } = stage
  const webhook = (method: Route['method'], path: string, run: Route['run']): Route => ({
    method,
    path: `/webhooks/:application/:token${path}`,
    auth: 'open',
    major: 'token',
    limit: WEBHOOK_LIMIT,
    run(call) {
      if (call.params.application !== world.application_id) throw refusal('unknownWebhook')
      return run(call)
    },
  })

  return [
    {
      method: 'POST',
      path: '/interactions/:interaction/:token/callback',
      auth: 'open',
      limit: null,
      async run({ params, query, json, parts }) {
        const { interaction: id = '', token = '' } = params
        const type = asNumber(json.type) ?? 0
        const asked = stage.interactions.unanswered(id, token)
        const schema = SCHEMA[type]
        if (!schema || !ALLOWED[asked.type].includes(type)) throw wrongType(ALLOWED[asked.type])
        const data = asObject(json.data) ?? {}
        for (const attachment of Array.isArray(data.attachments) ? data.attachments : []) {
          const entry = asObject(attachment)
          if (entry) entry.id = String(entry.id)
        }
        await checkBody(schema, json)
        // Looked up again: the wait for the schema may have let a second answer in, or the time out.
        const interaction = stage.interactions.unanswered(id, token)
        stage.interactions.claim(interaction, type)
        const message = await answer(interaction, type, data, parts).catch(error => {
          stage.interactions.release(interaction)
          throw underData(error)
        })
        interaction.original_id = message?.id ?? null
        stage.interactions.acknowledge(interaction)
        if (query.get('with_response') !== 'true') return { status: 204 }
        return { status: 200, body: withResponse(stage, interaction, type, message) }
      },
    },
    webhook('GET', '/messages/:message', ({ params }) => {
      const message = reach(stage, params)
      return { status: 200, body: messageObject(stage, message) }
    }),
    webhook('PATCH', '/messages/:message', async ({ params, json, parts }) => {
      const message = reach(stage, params)
      await checkBody('webhook.edit', json)
      const uploads = joinUploads(
        json,
        parts,
        message.files.map(file => file.id),
      )
      await editMessage(stage, message, { body: json, uploads, limit: lentLimit(stage) })
      return { status: 200, body: messageObject(stage, message) }
    }),
    webhook('DELETE', '/messages/:message', ({ params }) => {
      deleteMessage(stage, reach(stage, params))
      return { status: 204 }
    }),
    webhook('POST', '', async ({ params, json, parts }) => {
      const interaction = stage.interactions.answered(params.token ?? '')
      await checkBody('webhook.create', json)
      const draft = { body: json, uploads: joinUploads(json, parts), limit: lentLimit(stage) }
      const original = world.messages.get(interaction.original_id ?? '')
      // The first follow-up to a deferred answer fills it in, flags and all (docs: create-followup-message).
      if (original && original.flags & FLAG.loading) {
        await editMessage(stage, original, draft)
        return { status: 200, body: messageObject(stage, original) }
      }
      const origin = originOf(interaction, asNumber(json.flags) ?? 0)
      const reference = original ? { message_id: original.id, channel_id: original.channel_id } : null
      const message = await createMessage(stage, asChannel(stage, interaction.channel_id), draft, {
        ...origin,
        type: reference ? 19 : 0,
        reference,
      })
      return { status: 200, body: messageObject(stage, message) }
    }),
  ]

  async function answer(
    interaction: Interaction,
    type: number,
    data: Json,
    parts: ReadonlyMap<string, File>,
  ): Promise<Message | null> {
    const channel = asChannel(stage, interaction.channel_id)
    const ofComponent = interaction.type === 3
    const source = (ofComponent && world.messages.get(interaction.source_message_id ?? '')) || null
    const origin = originOf(interaction, asNumber(data.flags) ?? 0)
    if (type === CALLBACK.deferredMessage) return createLoading(stage, channel, origin)
    if (type === CALLBACK.deferredUpdate) return source
    if (type === CALLBACK.modal) return null
    const limit = lentLimit(stage)
    if (type === CALLBACK.message) {
      return await createMessage(
        stage,
        channel,
        { body: data, uploads: joinUploads(data, parts), limit },
        origin,
      )
    }
    if (!source) throw refusal('unknownMessage')
    const uploads = joinUploads(
      data,
      parts,
      source.files.map(file => file.id),
    )
    await editMessage(stage, source, { body: data, uploads, limit })
    return source
  }

  function originOf(interaction: Interaction, flags: number): Origin {
    const { id, type, name, user_id, token, command_type, source_message_id } = interaction
    const target = command_type === 3 ? source_message_id : null
    return {
      author_id: world.bot_id,
      type: type === 3 ? 19 : target ? 23 : 20,
      ephemeral_for: flags & FLAG.ephemeral ? user_id : null,
      interaction: { id, type, name, user_id, token, command_type, target_message_id: target },
      reference: source_message_id
        ? { message_id: source_message_id, channel_id: interaction.channel_id }
        : null,
    }
  }
}

/** Only the messages that this token made or acts on. */
function reach(stage: Stage, params: Record<string, string>): Message {
  const interaction = stage.interactions.answered(params.token ?? '')
  const id = params.message === '@original' ? (interaction.original_id ?? '') : (params.message ?? '')
  const message = stage.world.messages.get(id)
  if (!message) throw refusal('unknownMessage')
  const own = id === interaction.original_id || message.interaction?.token === interaction.token
  if (!own) throw refusal('unknownMessage')
  return message
}

/** A member's own limit counts for the answers to what they did (platforms.md A9). */
function lentLimit(stage: Stage): number {
  return Math.max(stage.memberUploadLimit, guildUploadLimit(stage.world))
}

/** What is wrong with an answer's message is told under the key that it came in. */
function underData(error: unknown): unknown {
  if (!(error instanceof DiscordError) || !error.errors) return error
  return new DiscordError(error.status, error.code, error.message, { data: error.errors })
}

function wrongType(allowed: number[]) {
  const message = `Value must be one of {${allowed.join(', ')}}.`
  return invalidForm([{ path: ['type'], code: 'BASE_TYPE_CHOICES', message }])
}

function withResponse(
  stage: Stage,
  interaction: Interaction,
  type: number,
  message: Message | null,
): Reply['body'] {
  return {
    interaction: {
      id: interaction.id,
      type: interaction.type,
      ...(message
        ? {
            response_message_id: message.id,
            response_message_loading: (message.flags & FLAG.loading) !== 0,
            response_message_ephemeral: message.ephemeral_for !== null,
          }
        : {}),
    },
    resource: { type, ...(message ? { message: messageObject(stage, message) } : {}) },
  }
}
