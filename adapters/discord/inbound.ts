import {
  type APIInteraction,
  InteractionResponseType,
  InteractionType,
  MessageFlags,
  type REST,
  Routes,
} from 'discord.js'
import type { AdminRequest, Chat, Inbox, UpscaleRequest } from '../../src/core/chat.ts'
import type { ReplyHandle } from '../../src/core/job.ts'
import type { Clock, Log } from '../../src/core/ports.ts'
import { isAdmin, readAdmin } from './admin.ts'
import { adminBroke, pressBroke, requestBroke, unknownCommand } from './apologies.ts'
import { CODE, codeOf, fitForLogs, toChatError } from './failures.ts'
import { PLATFORM } from './handle.ts'
import { LIMITS } from './limits.ts'
import { isPress, readPress } from './presses.ts'
import { render } from './render.ts'
import { isUpscale, isUpscaleMessage, readMenu, readSlash } from './requests.ts'

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
  /** A guild has removed the bot. As accept. */
  left(guildId: string): void
  /** Takes nothing more, and resolves when what was taken has been dealt with. */
  close(): Promise<void>
}

/** Commands for those in charge of which this process knows that it had them before. */
const REMEMBERED = 200

/** Discord events in, Inbox calls out. Each is acknowledged before anything else is done or looked up. */
export function createIntake(options: IntakeOptions): Intake {
  const { log } = options
  const underway = new Set<Promise<void>>()
  const seen = new Set<string>()
  let closed = false
  const isNew = (eventId: string): boolean => {
    if (seen.has(eventId)) return false
    seen.add(eventId)
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value!)
    return true
  }
  const track = (run: () => Promise<void>, facts: object) => {
    if (closed) return
    const work = run()
      .catch(error => log.error({ ...facts, error: fitForLogs(error) }, 'an event broke'))
      .finally(() => underway.delete(work))
    underway.add(work)
  }
  return {
    accept: interaction => track(() => handle(interaction, options, isNew), { interaction: interaction.id }),
    left: guild => track(() => options.inbox.left(PLATFORM, guild), { guild }),
    async close() {
      closed = true
      await Promise.all(underway)
    },
  }
}

type IsNew = (eventId: string) => boolean

async function handle(interaction: APIInteraction, options: IntakeOptions, isNew: IsNew): Promise<void> {
  const at = options.clock()
  if (isUpscale(interaction)) {
    return take(interaction, LATER, () => readSlash(interaction, at), options)
  }
  if (isUpscaleMessage(interaction)) {
    return take(interaction, LATER_TO_ONE, () => readMenu(interaction, at), options)
  }
  if (isAdmin(interaction)) return takeAdmin(interaction, () => readAdmin(interaction, at), options, isNew)
  if (isPress(interaction)) {
    const ack = await acknowledge(interaction, UNCHANGED, options)
    if (ack === 'too late') return
    const { manages, ...press } = readPress(interaction, { at, redelivered: ack === 'before' })
    const apologise = () => options.chat.whisper(press.reply, pressBroke)
    const presserManages = async () => manages
    return hand(options, press.eventId, () => options.inbox.press({ ...press, presserManages }), apologise)
  }
  await answerUnknown(interaction, options)
}

async function take(
  interaction: APIInteraction,
  answer: FirstAnswer,
  read: () => UpscaleRequest & { reply: ReplyHandle },
  options: IntakeOptions,
): Promise<void> {
  const ack = await acknowledge(interaction, answer, options)
  if (ack === 'too late') return
  const request = read()
  // Whoever acknowledged it first owns the open answer; a second delivery must not write over it.
  const apologise = ack === 'done' ? () => options.chat.reply(request.reply, requestBroke) : async () => {}
  return hand(options, request.eventId, () => options.inbox.request(request), apologise)
}

/** Done once, as far as this process knows: a freeze that came after its own end would be a new one. */
async function takeAdmin(
  interaction: APIInteraction,
  read: () => AdminRequest,
  options: IntakeOptions,
  isNew: IsNew,
): Promise<void> {
  const ack = await acknowledge(interaction, LATER_TO_ONE, options)
  if (ack === 'too late') return
  const request = read()
  if (!isNew(request.eventId)) return
  const apologise = ack === 'before' ? async () => {} : () => options.chat.whisper(request.reply, adminBroke)
  return hand(options, request.eventId, () => options.inbox.admin(request), apologise)
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

/** What an event is answered with at once. docs: interactions/receiving-and-responding, August 2026 */
type FirstAnswer =
  | { type: InteractionResponseType.DeferredMessageUpdate }
  | { type: InteractionResponseType.DeferredChannelMessageWithSource; data?: { flags: MessageFlags } }

/** "Murano is thinking…", for everybody in the channel. */
const LATER: FirstAnswer = { type: InteractionResponseType.DeferredChannelMessageWithSource }
/** The same for the requester alone: whether an answer is private is settled here, and can't be changed later. */
const LATER_TO_ONE: FirstAnswer = { ...LATER, data: { flags: MessageFlags.Ephemeral } }
/** The message stays as it is. */
const UNCHANGED: FirstAnswer = { type: InteractionResponseType.DeferredMessageUpdate }

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
  body: FirstAnswer,
  { rest, log, clock }: IntakeOptions,
): Promise<Acknowledged> {
  try {
    await rest.post(Routes.interactionCallback(interaction.id, interaction.token), {
      body,
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
