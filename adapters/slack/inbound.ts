import { type Chat, ChatError, type Inbox } from '../../src/core/chat.ts'
import type { RefusedRequest } from '../../src/core/job.ts'
import type { Clock, Log } from '../../src/core/ports.ts'
import { notUnderstood, pressBroke, requestBroke, unknownCommand } from './apologies.ts'
import { FORM, readCommand, readForm, SHORTCUT, UPSCALE, uploadForm } from './commands.ts'
import {
  type Asked,
  callbackOf,
  readMentionEvent,
  readPress,
  readRemoval,
  readShortcut,
  readSlash,
  readSubmission,
  type SlashUse,
} from './events.ts'
import { fitForLogs, isExchanged } from './failures.ts'
import { type FinderOptions, find } from './files.ts'
import { PLATFORM, type SlackHandle, writeHandle } from './handle.ts'
import { LINK_ACTION } from './parts.ts'
import { twice } from './rest.ts'
import type { Tenants } from './tenants.ts'

/** Something that Slack sends. */
export interface Delivery {
  kind: 'slash' | 'shortcut' | 'mention' | 'press' | 'submission' | 'removal'
  body: unknown
  /** Tells Slack that it arrived; `answer` is what a form is told. */
  ack(answer?: object): Promise<void>
  /** How often Slack has tried before. */
  retry: number
}

export interface IntakeOptions extends FinderOptions {
  tenants: Tenants
  chat: Chat
  inbox: Inbox
  clock: Clock
  log: Log
}

export interface Intake {
  /** Never rejects; resolves when the event has been dealt with. */
  accept(delivery: Delivery): Promise<void>
  /** A workspace has removed the bot. */
  left(tenantId: string): void
  /** Takes nothing more, and resolves when what was taken has been dealt with. */
  close(): Promise<void>
}

/** Presses of which this process knows that it had them before. */
const REMEMBERED = 2_000

/** Slack events in, Inbox calls out. Each is acknowledged before anything else is done or looked up. */
export function createIntake(options: IntakeOptions): Intake {
  const { log, inbox } = options
  const seen = new Set<string>()
  const underway = new Set<Promise<void>>()
  let closed = false

  const isNew = (eventId: string): boolean => {
    if (seen.has(eventId)) return false
    seen.add(eventId)
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value!)
    return true
  }
  const during = (task: () => Promise<void>): Promise<void> => {
    if (closed) return Promise.resolve()
    const work = task()
      .catch(error => log.error({ error: fitForLogs(error) }, 'an event broke'))
      .finally(() => underway.delete(work))
    underway.add(work)
    return work
  }

  return {
    accept: delivery => during(() => handle(delivery, options, isNew)),
    left: tenantId => void during(() => inbox.left(PLATFORM, tenantId)),
    async close() {
      closed = true
      await Promise.all(underway)
    },
  }
}

async function handle(
  delivery: Delivery,
  options: IntakeOptions,
  isNew: (eventId: string) => boolean,
): Promise<void> {
  const at = options.clock()
  // A form is acknowledged with what is wrong in it, which needs nothing but the form.
  if (delivery.kind === 'submission') return onSubmission(delivery, options, at)
  await acknowledge(delivery, options)
  switch (delivery.kind) {
    case 'slash':
      return onSlash(readSlash(delivery.body, at), options)
    case 'shortcut':
      return onShortcut(delivery.body, options, at)
    case 'mention': {
      const asked = readMentionEvent(delivery.body)
      return asked ? request(asked, options) : undefined
    }
    case 'press':
      return onPress(delivery, options, at, isNew)
    case 'removal': {
      const removal = readRemoval(delivery.body)
      return removal ? options.tenants.removed(removal) : undefined
    }
  }
}

/** Where that fails (the socket has gone meanwhile) Slack sends the event again; it is worked on all the same. */
async function acknowledge({ ack, kind }: Delivery, { log }: IntakeOptions, answer?: object): Promise<void> {
  try {
    await ack(answer)
  } catch (error) {
    log.warn({ kind, error: fitForLogs(error) }, 'an event could not be acknowledged; going on')
  }
}

async function onSlash(slash: SlashUse, options: IntakeOptions): Promise<void> {
  const { chat } = options
  const reply = writeHandle(slash.reply)
  const typed = readCommand(slash.text)
  if (slash.command !== UPSCALE) return void (await chat.whisper(reply, unknownCommand))
  if (typed.kind === 'problem') return chat.whisper(reply, notUnderstood(typed.problem))
  if (typed.kind === 'link') {
    return request({ ...slash, factor: typed.factor, wanted: { kind: 'link', url: typed.url } }, options)
  }
  const { channelId, responseUrl } = slash.reply
  await openForm(options, slash, uploadForm({ channelId, responseUrl }, typed.factor))
}

/** A trigger opens one window, within 3 seconds, so nothing comes before it. */
async function openForm(
  { tenants, chat, wait, log }: IntakeOptions,
  { tenantId, triggerId, reply, eventId }: SlashUse,
  view: ReturnType<typeof uploadForm>,
): Promise<void> {
  try {
    await tenants.ask(tenantId, client =>
      twice(wait, () => client.views.open({ trigger_id: triggerId, view })),
    )
  } catch (error) {
    // The same command delivered again, or the answer to the first attempt got lost: the window is open.
    if (isExchanged(error)) return
    log.warn({ eventId, error: fitForLogs(error) }, 'the form could not be opened')
    await chat.whisper(writeHandle(reply), requestBroke)
  }
}

async function onShortcut(body: unknown, options: IntakeOptions, at: number): Promise<void> {
  const asked = readShortcut(body, at)
  if (callbackOf(body) === SHORTCUT) return request(asked, options)
  await options.chat.whisper(writeHandle(asked.reply!), unknownCommand)
}

async function onSubmission(delivery: Delivery, options: IntakeOptions, at: number): Promise<void> {
  const { callbackId, values, asked } = readSubmission(delivery.body, at)
  const form = readForm(values)
  if (callbackId !== FORM || !asked) return acknowledge(delivery, options)
  if (form.kind === 'errors') {
    return acknowledge(delivery, options, { response_action: 'errors', errors: form.errors })
  }
  await acknowledge(delivery, options)
  const wanted =
    form.kind === 'file'
      ? { kind: 'file' as const, file: { id: form.fileId } }
      : { kind: 'link' as const, url: form.url }
  await request({ ...asked, factor: form.factor, wanted }, options)
}

async function onPress(
  { body, retry }: Delivery,
  options: IntakeOptions,
  at: number,
  isNew: (eventId: string) => boolean,
): Promise<void> {
  const { actionId, ...press } = readPress(body, at)
  // Buttons that only open a page are told of too.
  if (actionId.startsWith(LINK_ACTION)) return
  const redelivered = !isNew(press.eventId) || retry > 0
  await hand(
    options,
    press.eventId,
    () => options.inbox.press({ ...press, redelivered }),
    () => options.chat.whisper(press.reply, pressBroke),
  )
}

async function request(asked: Asked, options: IntakeOptions): Promise<void> {
  const { eventId, tenantId, place, requesterId, factor, reply } = asked
  await hand(
    options,
    eventId,
    async () => {
      const { clip, problem } = await clipOf(asked, options)
      await options.inbox.request({
        platform: PLATFORM,
        eventId,
        place,
        requesterId,
        factor,
        clip,
        problem,
        reply: reply && writeHandle(reply),
        replySeenBy: reply ? 'requester' : 'everybody',
      })
    },
    () => apologise(options, tenantId, place.channelId, eventId, reply),
  )
}

/** Slack being out of reach is a problem to tell like any other; an error of ours is not. */
async function clipOf({ tenantId, wanted }: Asked, options: IntakeOptions) {
  try {
    return await find(options, tenantId, wanted)
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== 'unavailable') throw error
    const problem: RefusedRequest = { code: 'busy', facts: {} }
    return { clip: null, problem }
  }
}

const apologise = (
  { chat }: IntakeOptions,
  tenantId: string,
  channelId: string,
  eventId: string,
  reply: SlackHandle | null,
): Promise<unknown> =>
  reply
    ? chat.whisper(writeHandle(reply), requestBroke)
    : chat.post(channelId, requestBroke, { key: `${tenantId}-${eventId}-broke` })

/** Runs the inbox's part; where that breaks, the person is told instead of left without an answer. */
async function hand(
  { log }: IntakeOptions,
  eventId: string,
  run: () => Promise<void>,
  apology: () => Promise<unknown>,
): Promise<void> {
  try {
    await run()
  } catch (error) {
    log.error({ error: fitForLogs(error), eventId }, 'an event could not be dealt with')
    await apology().catch(failure =>
      log.warn({ error: fitForLogs(failure), eventId }, 'nor could that be said'),
    )
  }
}
