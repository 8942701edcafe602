import {
  type APIInteraction,
  InteractionResponseType,
  InteractionType,
  MessageFlags,
  type REST,
  Routes,
} from 'discord.js'
import type { Chat, Inbox } from '../../src/core/chat.ts'
import type { Clock, Log } from '../../src/core/ports.ts'
import { pressBroke, requestBroke, unknownCommand } from './apologies.ts'
import { isPress, isUpscale, readPress, readRequest } from './events.ts'
import { CODE, codeOf, fitForLogs, toChatError } from './failures.ts'
import { LIMITS } from './limits.ts'
import { render } from './render.ts'

export interface IntakeOptions {
  rest: REST
  chat: Chat
  inbox: Inbox
  log: Log
  clock: Clock
}

export interface Intake {
  /** Never throws and never rejects; returns at once. */
  accept(interaction: APIInteraction): void
  /** Takes nothing more, and resolves when what was taken has been dealt with. */
  close(): Promise<void>
}

/** Discord events in, Inbox calls out. Each is acknowledged before anything else is done or looked up. */
export function createIntake(options: IntakeOptions): Intake {
  const { log } = options
  const underway = new Set<Promise<void>>()
  let closed = false
  return {
    accept(interaction) {
      if (closed) return
      const work = handle(interaction, options)
        .catch(error =>
          log.error({ error: fitForLogs(error), interaction: interaction.id }, 'an event broke'),
        )
        .finally(() => underway.delete(work))
      underway.add(work)
    },
    async close() {
      closed = true
      await Promise.all(underway)
    },
  }
}

async function handle(interaction: APIInteraction, options: IntakeOptions): Promise<void> {
  const at = options.clock()
  if (isUpscale(interaction)) {
    const ack = await acknowledge(
      interaction,
      InteractionResponseType.DeferredChannelMessageWithSource,
      options,
    )
    if (ack === 'too late') return
    const request = readRequest(interaction, at)
    if (!request)
      throw new Error('an /upscale without a clip or a server, which the registered command forbids')
    // Whoever acknowledged it first owns the open answer; a second delivery must not write over it.
    const apologise = ack === 'done' ? () => options.chat.reply(request.reply, requestBroke) : async () => {}
    return hand(options, request.eventId, () => options.inbox.request(request), apologise)
  }
  if (isPress(interaction)) {
    const ack = await acknowledge(interaction, InteractionResponseType.DeferredMessageUpdate, options)
    if (ack === 'too late') return
    const press = readPress(interaction, { at, redelivered: ack === 'before' })
    const apologise = () => options.chat.whisper(press.reply, pressBroke)
    return hand(options, press.eventId, () => options.inbox.press(press), apologise)
  }
  await answerUnknown(interaction, options)
}

/** Runs the inbox's part; where that breaks, the person is told instead of left with "thinking…". */
async function hand(
  { log }: IntakeOptions,
  eventId: string,
  run: () => Promise<void>,
  apologise: () => Promise<unknown>,
): Promise<void> {
  try {
    await run()
  } catch (error) {
    log.error({ error, eventId }, 'an event could not be dealt with')
    await apologise().catch(failure => log.warn({ error: failure, eventId }, 'nor could that be said'))
  }
}

type Acknowledged =
  | 'done'
  /** By an earlier delivery of the same event, here or in another process. */
  | 'before'
  /** Discord has told the person already that nobody answered. */
  | 'too late'
  /** Nobody knows: the event is worked on, and if the answer's token is dead, answering says so. */
  | 'unknown'

/**
 * Whether it is too late is for Discord to say: a comparison with our own clock would drop good events wherever that
 * clock is a few seconds off. Replayed events after a reconnect end here quietly.
 */
async function acknowledge(
  interaction: APIInteraction,
  type:
    | InteractionResponseType.DeferredChannelMessageWithSource
    | InteractionResponseType.DeferredMessageUpdate,
  { rest, log, clock }: IntakeOptions,
): Promise<Acknowledged> {
  try {
    await rest.post(Routes.interactionCallback(interaction.id, interaction.token), {
      body: { type },
      auth: false,
      signal: AbortSignal.timeout(LIMITS.ackMs),
    })
    return 'done'
  } catch (error) {
    const facts = { interaction: interaction.id, ageMs: clock() - createdAt(interaction.id) }
    if (codeOf(error) === CODE.alreadyAcknowledged) {
      log.info(facts, 'an event was delivered again')
      return 'before'
    }
    if (codeOf(error) === CODE.unknownInteraction) {
      log.info(facts, 'an event came too late to be answered; dropped')
      return 'too late'
    }
    log.warn({ ...facts, error: toChatError(error) }, 'an event could not be acknowledged; going on')
    return 'unknown'
  }
}

/** Discord's ids hold the time they were made (docs: reference#snowflakes). */
const createdAt = (id: string): number => Number(BigInt(id) >> 22n) + 1_420_070_400_000

/** A command that we no longer have is said to be one; other kinds of events are not asked for and not answered. */
async function answerUnknown(interaction: APIInteraction, { rest, log }: IntakeOptions): Promise<void> {
  log.warn({ interaction: interaction.id, type: interaction.type }, 'an event of a kind that is not known')
  if (interaction.type !== InteractionType.ApplicationCommand) return
  const { flags, ...message } = render(unknownCommand)
  await rest.post(Routes.interactionCallback(interaction.id, interaction.token), {
    body: {
      type: InteractionResponseType.ChannelMessageWithSource,
      data: { ...message, flags: flags | MessageFlags.Ephemeral },
    },
    auth: false,
  })
}
