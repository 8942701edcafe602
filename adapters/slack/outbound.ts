import type { WebClient } from '@slack/web-api'
import { type Budget, createBudget } from '../../src/core/budget.ts'
import { type Chat, ChatError } from '../../src/core/chat.ts'
import type { MessageRef } from '../../src/core/job.ts'
import type { Clock, Log, Postings } from '../../src/core/ports.ts'
import type { Enclosure, View } from '../../src/core/view.ts'
import { directKey, pointingThere, sendDirect } from './direct.ts'
import { fitForLogs, HookError, isOurs, isUnknown, toChatError } from './failures.ts'
import {
  type Address,
  isMessage,
  PLATFORM,
  readAddress,
  readHandle,
  type SlackHandle,
  threadOn,
} from './handle.ts'
import { EDITS_PER_MINUTE, LIMITS, PATIENCE } from './limits.ts'
import { render } from './render.ts'
import { twice, type Wait } from './rest.ts'
import type { Tenants } from './tenants.ts'
import { postFile } from './upload.ts'

export interface OutboundOptions {
  tenants: Tenants
  postings: Postings
  apiUrl: string | null
  log: Log
  clock: Clock
  wait: Wait
}

/** So many edits may go at once; with them and the rest no minute sees more than the ration. */
const EDIT_BURST = 10
const EDIT_RATE = EDITS_PER_MINUTE - EDIT_BURST

/** Marks our messages, so that one whose answer got lost is found again. */
const MARK = 'murano_message'
/** Between our clock and Slack's, ms. */
const CLOCK_MARGIN_MS = 5 * 60_000
const PAGES = 3

/** The Chat port over Slack's Web API. Knows nothing of how events come in. */
export function createChat(options: OutboundOptions): Chat {
  const { tenants, postings, log, clock, wait } = options
  const budgets = new Map<string, Budget>()
  const underway = new Map<string, Promise<MessageRef>>()
  const directs = new Map<string, Promise<void>>()

  const budgetOf = (tenantId: string): Budget => {
    const budget = budgets.get(tenantId) ?? createBudget({ perMinute: EDIT_RATE, burst: EDIT_BURST, clock })
    budgets.set(tenantId, budget)
    return budget
  }

  /** One conversation with Slack, its failures in our words. */
  const asking = async <T>(tenantId: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (isOurs(error)) throw error
      const failure = toChatError(error)
      if (failure.code !== 'not_member' && failure.code !== 'hidden') throw failure
      const invite = await tenants.invite(tenantId)
      throw invite === null ? failure : toChatError(failure, { invite })
    }
  }

  const send = async ({ tenantId, channel, threadTs }: Address, view: View, key: string): Promise<string> => {
    const { ts } = await tenants.ask(tenantId, client =>
      client.chat.postMessage({
        channel,
        ...render(view),
        ...(threadTs !== null && { thread_ts: threadTs }),
        metadata: { event_type: MARK, event_payload: { key } },
        unfurl_links: false,
        unfurl_media: false,
      }),
    )
    if (!ts) throw new Error('chat.postMessage told no ts')
    return ts
  }

  /** Our message with that key, if it stands there; where that can't be seen, null: said twice is better than not at all. */
  const find = async (address: Address, key: string, since: number): Promise<string | null> => {
    try {
      return await tenants.ask(address.tenantId, client => findMarked(client, address, key, since))
    } catch (error) {
      if (isOurs(error) || (error instanceof ChatError && error.code === 'left')) throw error
      log.warn({ key, error: fitForLogs(error) }, 'it could not be seen whether a message is posted already')
      return null
    }
  }

  /** Slack knows no key of ours: what was begun is written down first, and where nobody knows how it ended, looked for. */
  const postOnce = async (
    channelId: string,
    view: View,
    { key, file }: Parameters<Chat['post']>[2],
  ): Promise<MessageRef> => {
    const address = readAddress(channelId)
    const refOf = (messageId: string): MessageRef => ({ channelId, messageId })
    const before = await postings.begin(key)
    if (before?.note.ts) return refOf(before.note.ts)
    const noted = async (ts: string) => {
      await postings.note(key, { ts })
      return refOf(ts)
    }
    if (file) {
      const upload = {
        ask: <T>(work: (client: WebClient) => Promise<T>) => tenants.ask(address.tenantId, work),
        wait,
        sent: before?.note.fileId ?? null,
        noteSent: (fileId: string) => postings.note(key, { fileId }),
      }
      return noted(await postFile(upload, address, { file, blocks: render(view).blocks }))
    }
    const startedAt = before?.startedAt ?? clock()
    if (before) {
      const found = await find(address, key, startedAt)
      if (found) return noted(found)
    }
    try {
      return await noted(await send(address, view, key))
    } catch (error) {
      if (!isUnknown(error)) throw error
      await wait(PATIENCE.againMs)
      return noted((await find(address, key, startedAt)) ?? (await send(address, view, key)))
    }
  }

  /** Only that person sees it: where they acted, or, once the way there is used up, in the channel. */
  const sayTo = async (handle: SlackHandle, view: View): Promise<void> => {
    const { tenantId, channel, threadTs } = readAddress(handle.channelId)
    const message = { ...render(view), ...(threadTs !== null && { thread_ts: threadTs }) }
    if (clock() - handle.at < LIMITS.hookLifeMs) {
      try {
        const how = { response_type: 'ephemeral', replace_original: false }
        return await answer(options, handle.responseUrl, { ...message, ...how })
      } catch (error) {
        if (isOurs(error)) throw error
        log.info({ error: fitForLogs(error) }, 'a response_url takes no more; answering in the channel')
      }
    }
    await tenants.ask(tenantId, client =>
      client.chat.postEphemeral({ ...message, channel, user: handle.userId }),
    )
  }

  const say = async (handle: Parameters<Chat['whisper']>[0], view: View, file?: Enclosure): Promise<void> => {
    const known = readHandle(handle)
    const { tenantId } = readAddress(known.channelId)
    await asking(tenantId, async () => {
      if (!file) return sayTo(known, view)
      const key = directKey(known, file)
      const ask = <T>(work: (client: WebClient) => Promise<T>) => tenants.ask(tenantId, work)
      await once(directs, key, () => sendDirect({ ask, postings, wait }, known, { key, view, file }))
      await sayTo(known, pointingThere(view))
    })
  }

  return {
    platform: PLATFORM,

    async reply(handle, view) {
      await say(handle, view)
      return null
    },

    whisper: say,

    post(channelId, view, posting) {
      const { tenantId } = readAddress(channelId)
      return once(underway, posting.key, () => asking(tenantId, () => postOnce(channelId, view, posting)))
    },

    async edit({ channelId, messageId }, view) {
      const { tenantId, channel } = readAddress(channelId)
      if (!isMessage(messageId))
        throw new ChatError('gone', 'This file was posted without telling its message')
      budgetOf(tenantId).spend(1)
      await asking(tenantId, () =>
        tenants.ask(tenantId, client =>
          twice(wait, () => client.chat.update({ channel, ts: messageId, ...render(view) })),
        ),
      )
    },

    openThread: async message => threadOn(message),

    uploadLimit: async () => LIMITS.uploadBytes,

    isIn: tenants.isIn,

    editWait({ channelId }) {
      const missing = 1 - budgetOf(readAddress(channelId).tenantId).available()
      return missing <= 0 ? 0 : Math.ceil((missing * 60_000) / EDIT_RATE)
    },
  }
}

/** Whoever asks while it is being done waits for the same. */
function once<T>(underway: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const running = underway.get(key)
  if (running) return running
  const done = work().finally(() => underway.delete(key))
  underway.set(key, done)
  return done
}

/** Newest first in a channel, oldest first in a thread. */
async function findMarked(
  client: WebClient,
  { channel, threadTs }: Address,
  key: string,
  since: number,
): Promise<string | null> {
  const range = {
    channel,
    oldest: ((since - CLOCK_MARGIN_MS) / 1000).toFixed(6),
    include_all_metadata: true,
    limit: 100,
  }
  let cursor: string | undefined
  for (let page = 0; page < PAGES; page += 1) {
    const next = cursor === undefined ? {} : { cursor }
    const answer =
      threadTs === null
        ? await client.conversations.history({ ...range, ...next })
        : await client.conversations.replies({ ...range, ts: threadTs, ...next })
    const ours = answer.messages?.find(({ metadata }) => {
      const { event_type, event_payload } = (metadata ?? {}) as {
        event_type?: string
        event_payload?: { key?: unknown }
      }
      return event_type === MARK && event_payload?.key === key
    })
    if (ours?.ts) return ours.ts
    cursor = answer.response_metadata?.next_cursor || undefined
    if (cursor === undefined) return null
  }
  return null
}

/** To a response_url; once more where the network failed, because nobody minds an answer that only they see twice. */
async function answer(
  { apiUrl, wait }: Pick<OutboundOptions, 'apiUrl' | 'wait'>,
  url: string,
  body: object,
): Promise<void> {
  const { origin } = new URL(url)
  const known = ['https://hooks.slack.com', ...(apiUrl === null ? [] : [new URL(apiUrl).origin])]
  // It came with an event, and what we say must not leave for anywhere else.
  if (!known.includes(origin)) throw new ChatError('expired', 'This is no response_url of Slack')
  const attempt = async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE.requestMs),
    })
    const said = await response.text()
    if (!response.ok) throw new HookError(response.status, said)
  }
  try {
    await attempt()
  } catch (error) {
    if (error instanceof HookError) throw error
    await wait(PATIENCE.againMs)
    await attempt()
  }
}
