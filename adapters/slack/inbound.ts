import type { AdminAsk } from '../../src/core/admin.ts'
import { type Chat, ChatError, type Inbox } from '../../src/core/chat.ts'
import type { Clock, Log } from '../../src/core/ports.ts'
import { isAdmin, readAsk, withGroups, withoutSelf } from './admin.ts'
import {
  adminBroke,
  formBroke,
  groupsBroke,
  notUnderstood,
  pressBroke,
  requestBroke,
  unknownCommand,
} from './apologies.ts'
import { FORM, readCommand, readForm, SHORTCUT, UPSCALE, uploadForm } from './commands.ts'
import { readRemoval } from './events.ts'
import { fitForLogs, isExchanged } from './failures.ts'
import { type FinderOptions, find, nameOf } from './files.ts'
import { findGroups, isInAny } from './groups.ts'
import { PLATFORM, writeHandle } from './handle.ts'
import { LINK_ACTION } from './parts.ts'
import { runsWorkspace } from './permissions.ts'
import { readPress } from './presses.ts'
import {
  type Asked,
  callbackOf,
  readMentionEvent,
  readShortcut,
  readSlash,
  readSubmission,
  type SlashUse,
} from './requests.ts'
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
  /** A workspace, or a whole organisation, has removed the bot. */
  left(communityId: string): void
  /** Takes nothing more, and resolves when what was taken has been dealt with. */
  close(): Promise<void>
}

/** Events of which this process knows that it had them before. */
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
    const work = task()
      .catch(error => log.error({ error: fitForLogs(error) }, 'an event broke'))
      .finally(() => underway.delete(work))
    underway.add(work)
    return work
  }

  return {
    accept: async delivery => (closed ? undefined : during(() => handle(delivery, options, isNew))),
    // Heard while others are dealt with, also at the end: nobody would tell of it again.
    left: communityId => void during(() => inbox.left(PLATFORM, communityId)),
    async close() {
      closed = true
      while (underway.size > 0) await Promise.all(underway)
    },
  }
}

async function handle(
  delivery: Delivery,
  options: IntakeOptions,
  isNew: (eventId: string) => boolean,
): Promise<void> {
  const at = options.clock()
  /** Else it may have been answered: whoever is answered twice is told something untrue the second time. */
  const isFirst: IsFirst = eventId => isNew(eventId) && delivery.retry === 0
  // A form is acknowledged with what is wrong in it, which needs nothing but the form.
  if (delivery.kind === 'submission') return onSubmission(delivery, options, at, isFirst)
  await acknowledge(delivery, options)
  switch (delivery.kind) {
    case 'slash': {
      const slash = readSlash(delivery.body, at)
      return isAdmin(slash) ? onAdmin(slash, options, isFirst) : onSlash(slash, options, isFirst)
    }
    case 'shortcut':
      return onShortcut(delivery.body, options, at, isFirst)
    case 'mention': {
      const asked = readMentionEvent(delivery.body)
      return asked ? request(asked, options, isFirst) : undefined
    }
    case 'press':
      return onPress(delivery, options, at, isFirst)
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

/** Whether this process is the first to have that event, as far as can be told. */
type IsFirst = (eventId: string) => boolean

async function onSlash(slash: SlashUse, options: IntakeOptions, isFirst: IsFirst): Promise<void> {
  const { chat } = options
  const reply = writeHandle(slash.reply)
  const typed = readCommand(slash.text)
  if (slash.command === UPSCALE && typed.kind === 'link') {
    const wanted = { kind: 'link' as const, url: typed.url }
    return request({ ...slash, factor: typed.factor, wanted }, options, isFirst)
  }
  if (!isFirst(slash.eventId)) return
  if (slash.command !== UPSCALE) return chat.whisper(reply, unknownCommand)
  if (typed.kind === 'problem') return chat.whisper(reply, notUnderstood(typed.problem))
  const { channelId, responseUrl } = slash.reply
  await openForm(options, slash, uploadForm({ channelId, responseUrl }, typed.factor))
}

/** Done once, as far as this process knows: a freeze that came after its own end would be a new one. */
async function onAdmin(slash: SlashUse, options: IntakeOptions, isFirst: IsFirst): Promise<void> {
  const { tenantId, requesterId: personId, eventId, place } = slash
  if (!isFirst(eventId)) return
  const reply = writeHandle(slash.reply)
  const manages = () => runsWorkspace(options, tenantId, personId)
  await hand(
    options,
    eventId,
    async () => {
      const ask = await askOf(slash, options)
      if (!ask) return
      const { communityId } = place
      await options.inbox.admin({ platform: PLATFORM, eventId, communityId, personId, manages, ask, reply })
    },
    () => options.chat.whisper(reply, adminBroke),
  )
}

/** Null: Slack does not tell which group a name means; it was said. */
async function askOf(slash: SlashUse, options: IntakeOptions): Promise<AdminAsk | null> {
  const typed = readAsk(slash.text)
  const names = typed.handles.map(({ name }) => name)
  try {
    const ask = withGroups(typed, await findGroups(options, slash.tenantId, names))
    return ask.people.length > 0 ? withoutSelf(ask, await options.tenants.self(slash.tenantId)) : ask
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== 'unavailable') throw error
    await options.chat.whisper(writeHandle(slash.reply), groupsBroke)
    return null
  }
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
    // Another process had the command before, or the answer to the first attempt got lost: the window is open.
    if (isExchanged(error)) return
    log.warn({ eventId, error: fitForLogs(error) }, 'the form could not be opened')
    await chat.whisper(writeHandle(reply), formBroke)
  }
}

async function onShortcut(
  body: unknown,
  options: IntakeOptions,
  at: number,
  isFirst: IsFirst,
): Promise<void> {
  const asked = readShortcut(body, at)
  if (callbackOf(body) === SHORTCUT) return request(asked, options, isFirst)
  if (isFirst(asked.eventId)) await options.chat.whisper(writeHandle(asked.reply!), unknownCommand)
}

async function onSubmission(
  delivery: Delivery,
  options: IntakeOptions,
  at: number,
  isFirst: IsFirst,
): Promise<void> {
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
  await request({ ...asked, factor: form.factor, wanted }, options, isFirst)
}

async function onPress(
  { body }: Delivery,
  options: IntakeOptions,
  at: number,
  isFirst: IsFirst,
): Promise<void> {
  const { actionId, tenantId, ...press } = readPress(body, at)
  // Buttons that only open a page are told of too.
  if (actionId.startsWith(LINK_ACTION)) return
  const redelivered = !isFirst(press.eventId)
  const presserManages = () => runsWorkspace(options, tenantId, press.presserId)
  const presserIsIn = (groups: readonly string[]) => isInAny(options, tenantId, press.presserId, groups)
  await hand(
    options,
    press.eventId,
    () => options.inbox.press({ ...press, redelivered, presserManages, presserIsIn }),
    () => options.chat.whisper(press.reply, pressBroke),
  )
}

async function request(asked: Asked, options: IntakeOptions, isFirst: IsFirst): Promise<void> {
  const { eventId, tenantId, place, requesterId, factor, wanted, reply } = asked
  const first = isFirst(eventId)
  const apologise = async () => {
    if (!first) return
    if (reply) return options.chat.whisper(writeHandle(reply), requestBroke)
    await options.chat.post(place.channelId, requestBroke, { key: `${tenantId}-${eventId}-broke` })
  }
  await hand(
    options,
    eventId,
    () =>
      options.inbox.request({
        platform: PLATFORM,
        eventId,
        place,
        requesterId,
        factor,
        fileName: nameOf(wanted),
        found: find(options, tenantId, wanted),
        reply: reply && writeHandle(reply),
        replySeenBy: reply ? 'requester' : 'everybody',
      }),
    apologise,
  )
}

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
