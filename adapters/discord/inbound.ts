import {
  type APIInteraction,
  type APIMessageComponentInteraction,
  InteractionResponseType,
  InteractionType,
  MessageFlags,
  type REST,
  Routes,
} from 'discord.js'
import {
  type AdminRequest,
  type Chat,
  ChatError,
  type Inbox,
  type UpscaleRequest,
} from '../../src/core/chat.ts'
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

/**
 * done: dealt with, or its person knows that it was not; broke: it came to nothing, and nobody was told; not taken: it
 * came after close().
 */
export type Outcome = 'done' | 'broke' | 'not taken'

export interface Intake {
  /**
   * Never throws and never rejects; what it does at once is the acknowledgement. `missed`: it happened while nobody
   * listened, some minutes ago perhaps.
   */
  accept(interaction: APIInteraction, missed: boolean): Promise<Outcome>
  /** A guild has removed the bot. As accept. */
  left(guildId: string): Promise<Outcome>
  /** Takes nothing more, and resolves when what was taken has been dealt with. */
  close(): Promise<void>
}

/** Events of which this process knows that it had them before, where acting on one again could do harm. */
const REMEMBERED = 200

/** Discord events in, Inbox calls out. Each is acknowledged before anything else is done or looked up. */
export function createIntake(options: IntakeOptions): Intake {
  const { log } = options
  const underway = new Set<Promise<Outcome>>()
  const seen = new Set<string>()
  let closed = false
  const isNew = (eventId: string): boolean => {
    if (seen.has(eventId)) return false
    seen.add(eventId)
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value!)
    return true
  }
  const track = async (run: () => Promise<Outcome>, facts: object): Promise<Outcome> => {
    if (closed) return 'not taken'
    const work = run()
      .catch((error): Outcome => {
        log.error({ ...facts, error: fitForLogs(error) }, 'an event broke')
        return 'broke'
      })
      .finally(() => underway.delete(work))
    underway.add(work)
    return work
  }
  const leave = async (guild: string): Promise<Outcome> => {
    await options.inbox.left(PLATFORM, guild)
    return 'done'
  }
  return {
    accept: (interaction, missed) =>
      track(() => handle(interaction, missed, options, isNew), { interaction: interaction.id }),
    left: guild => track(() => leave(guild), { guild }),
    async close() {
      closed = true
      await Promise.all(underway)
    },
  }
}

type IsNew = (eventId: string) => boolean

async function handle(
  interaction: APIInteraction,
  missed: boolean,
  options: IntakeOptions,
  isNew: IsNew,
): Promise<Outcome> {
  const at = options.clock()
  if (isUpscale(interaction)) {
    return take(interaction, LATER, () => readSlash(interaction, at), options, isNew)
  }
  if (isUpscaleMessage(interaction)) {
    return take(interaction, LATER_TO_ONE, () => readMenu(interaction, at), options, isNew)
  }
  if (isAdmin(interaction)) {
    return takeAdmin(interaction, missed, () => readAdmin(interaction, at), options, isNew)
  }
  if (isPress(interaction)) return takePress(interaction, missed, options, isNew)
  await answerUnknown(interaction, options)
  return 'done'
}

async function take(
  interaction: APIInteraction,
  answer: FirstAnswer,
  read: () => UpscaleRequest & { reply: ReplyHandle },
  options: IntakeOptions,
  isNew: IsNew,
): Promise<Outcome> {
  const ack = await acknowledge(interaction, answer, options)
  const request = read()
  if (ack === 'too late') {
    // There is no answer left to fill in, so the card is a message of its own.
    if (!isNew(request.eventId)) return 'done'
    return hand(options, request.eventId, () => options.inbox.request({ ...request, reply: null }), null)
  }
  // Whoever acknowledged it first owns the open answer; a second delivery must not write over it.
  const apologise = ack === 'done' ? () => options.chat.reply(request.reply, requestBroke) : null
  return hand(options, request.eventId, () => options.inbox.request(request), apologise)
}

/**
 * A press that comes too late to be acknowledged still acts: what it changes is said on the message itself. Only what
 * is for its person alone can't be said any more; they know from Discord that nobody answered.
 */
async function takePress(
  interaction: APIMessageComponentInteraction,
  missed: boolean,
  options: IntakeOptions,
  isNew: IsNew,
): Promise<Outcome> {
  const ack = await acknowledge(interaction, UNCHANGED, options)
  const late = ack === 'too late'
  const at = late ? TOO_LONG_AGO : options.clock()
  // Of what is late Discord does not say whether somebody took it before.
  const redelivered = ack === 'before' || late || (missed && ack === 'unknown')
  const { manages, ...press } = readPress(interaction, { at, redelivered })
  if (late && !isNew(press.eventId)) return 'done'
  const apologise = late ? null : () => options.chat.whisper(press.reply, pressBroke)
  const presserManages = async () => manages
  return hand(options, press.eventId, () => options.inbox.press({ ...press, presserManages }), apologise)
}

/**
 * What those in charge ask for must not come over them later: where they saw that nobody answered, or where whoever
 * acknowledged it may have done it long ago, it is not done. Of what they have just asked for nothing is lost: it may come
 * in twice, and the second time changes nothing.
 */
async function takeAdmin(
  interaction: APIInteraction,
  missed: boolean,
  read: () => AdminRequest,
  options: IntakeOptions,
  isNew: IsNew,
): Promise<Outcome> {
  const { log } = options
  const ack = await acknowledge(interaction, LATER_TO_ONE, options)
  if (ack === 'too late' || (missed && ack !== 'done')) {
    log.warn(
      { interaction: interaction.id, ack },
      'a command of those in charge came too late, and is not done',
    )
    return 'done'
  }
  const request = read()
  if (!isNew(request.eventId)) return 'done'
  const apologise = ack === 'before' ? null : () => options.chat.whisper(request.reply, adminBroke)
  return hand(options, request.eventId, () => options.inbox.admin(request), apologise)
}

/** Runs the inbox's part; where that breaks, the person is told instead of left with "thinking…". Null: can't be told. */
async function hand(
  { log }: IntakeOptions,
  eventId: string,
  run: () => Promise<void>,
  apologise: (() => Promise<unknown>) | null,
): Promise<Outcome> {
  try {
    await run()
    return 'done'
  } catch (error) {
    if (error instanceof ChatError && error.code === 'expired') {
      log.info({ eventId }, 'who acted could not be told what came of it')
      return 'done'
    }
    log.error({ error, eventId }, 'an event could not be dealt with')
    try {
      await apologise?.()
      return apologise ? 'done' : 'broke'
    } catch (failure) {
      log.warn({ error: failure, eventId }, 'nor could that be said')
      return 'broke'
    }
  }
}

/** When an event came in whose token is known to be dead: answering by it is not even tried. */
const TOO_LONG_AGO = 0

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
  /** Discord has told the person already that nobody answered, and nothing can be told to them by this event. */
  | 'too late'
  /** Nobody knows: the event is worked on, and if the answer's token is dead, answering says so. */
  | 'unknown'

/**
 * Whether it is too late is for Discord to say: a comparison with our own clock would drop good events wherever that
 * clock is a few seconds off.
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
      log.info(facts, 'an event came too late to be acknowledged')
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
