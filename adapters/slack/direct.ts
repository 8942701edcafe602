import { createHash } from 'node:crypto'
import type { WebClient } from '@slack/web-api'
import { ChatError } from '../../src/core/chat.ts'
import type { Postings } from '../../src/core/ports.ts'
import type { Enclosure, View } from '../../src/core/view.ts'
import { isOurs, isUnknown, toChatError } from './failures.ts'
import { readAddress, type SlackHandle } from './handle.ts'
import { PATIENCE } from './limits.ts'
import { render } from './render.ts'
import type { Wait } from './rest.ts'
import { postFile } from './upload.ts'

export interface DirectOptions {
  /** Runs with the workspace's client. */
  ask<T>(work: (client: WebClient) => Promise<T>): Promise<T>
  postings: Postings
  wait: Wait
}

/**
 * What one person alone sees holds no file on Slack: neither a response_url nor chat.postEphemeral takes one. So it goes
 * to their direct messages with the bot, below the same words, which stay there; the other line is gone with a reload.
 * Done again for the same act and file, it is there once; its words twice, where nobody knows whether they arrived,
 * because the bot asks for no right to read people's direct messages.
 * @throws ChatError file_refused where there is no way to that person; left, unavailable
 */
export async function sendDirect(
  { ask, postings, wait }: DirectOptions,
  { userId }: SlackHandle,
  { key, view, file }: { key: string; view: View; file: Enclosure },
): Promise<void> {
  try {
    const channel = await openDirect()
    const before = await postings.begin(`${key}-file`)
    if (before?.note.ts) return
    const noteSent = (fileId: string) => postings.note(`${key}-file`, { fileId })
    const upload = { ask, wait, sent: before?.note.fileId ?? null, noteSent }
    const ts = await postFile(upload, { channel, threadTs: null }, { file, blocks: [] })
    await postings.note(`${key}-file`, { ts })
  } catch (error) {
    if (isOurs(error)) throw error
    const failure = toChatError(error)
    // Slack has a word for each reason (messages_tab_disabled, cannot_dm_bot, user_disabled, file_uploads_disabled …).
    if (failure.code === 'unavailable' || failure.code === 'left') throw failure
    throw new ChatError('file_refused', failure.message, { cause: failure })
  }

  /** The id of the direct messages comes with the first message that goes there; a file needs it (docs: chat.postMessage). */
  async function openDirect(): Promise<string> {
    const before = await postings.begin(`${key}-words`)
    if (before?.note.channel) return before.note.channel
    const say = () =>
      ask(client =>
        client.chat.postMessage({
          channel: userId,
          ...render({ ...view, controls: [] }),
          unfurl_links: false,
          unfurl_media: false,
        }),
      )
    const { channel } = await say().catch(async error => {
      if (!isUnknown(error)) throw error
      await wait(PATIENCE.againMs)
      return say()
    })
    if (!channel) throw new Error('chat.postMessage told no channel')
    await postings.note(`${key}-words`, { channel })
    return channel
  }
}

/** The same for the same act and file. A response_url is a key by itself, so it is not kept as it is. */
export const directKey = ({ channelId, responseUrl }: SlackHandle, { fileName }: Enclosure): string =>
  `${readAddress(channelId).tenantId}-direct-${createHash('sha256').update(responseUrl).digest('hex').slice(0, 32)}-${fileName}`

/** What the person sees where they have asked. */
export const pointingThere = (view: View): View => ({
  ...view,
  parts: [
    ...view.parts.filter(({ kind }) => kind !== 'file'),
    { kind: 'note', text: ['The file is in your direct messages with this bot.'] },
  ],
})
