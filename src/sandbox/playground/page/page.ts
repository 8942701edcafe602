import type { SandboxMessage } from '../../control.ts'
import { sandbox } from './api.ts'
import { wordsOf } from './call.ts'
import { readCommands, type SlashCommand } from './commands.ts'
import { type Draft, EMPTY_DRAFT } from './draft.ts'
import { EMPTY_PAGE, type PageAction, type PageState, type Pending, reduce } from './reducer.ts'
import { usableCommands } from './selectors.ts'

/** The one place that holds what changes, and what a member can do with it. */
export interface Page {
  readonly state: PageState
  dispatch(action: PageAction): void
  draft(channelId: string): Draft
  setDraft(channelId: string, draft: Draft): void
  commands(): SlashCommand[]
  press(messageId: string, channelId: string, customId: string, values?: string[]): Promise<void>
  /** Uses a command of the message's menu. */
  command(message: SandboxMessage, name: string): Promise<void>
  /** Uploads the files of the draft and posts it, or uses its command; what went wrong is left in the draft. */
  send(channelId: string): Promise<void>
  /** Posts the message once more in each of these channels; what went wrong is said where the message is. */
  forward(message: SandboxMessage, channelIds: readonly string[]): Promise<void>
  remove(message: SandboxMessage): Promise<void>
  redraw(): void
}

export function createPage(redraw: () => void): Page {
  let state = EMPTY_PAGE
  let keys = 0
  const drafts = new Map<string, Draft>()

  const fail = (channelId: string, error: unknown) =>
    page.setDraft(channelId, { ...page.draft(channelId), busy: false, error: wordsOf(error) })

  /** Shows that something was used until the bot answers it. @returns whether the sandbox took it */
  async function use(
    channelId: string,
    what: Pending['use'],
    send: (userId: string) => Promise<{ id: string }>,
  ): Promise<boolean> {
    const userId = state.actingAs
    if (!userId) return false
    const key = `use-${++keys}`
    page.dispatch({
      type: 'used',
      pending: { key, id: null, status: 'sending', userId, channelId, use: what },
    })
    try {
      page.dispatch({ type: 'ticket', key, id: (await send(userId)).id })
      return true
    } catch (error) {
      page.dispatch({ type: 'use_refused', key })
      fail(channelId, error)
      return false
    }
  }

  /** What a member does that no bot has to answer. */
  async function act(channelId: string, send: (userId: string) => Promise<unknown>): Promise<boolean> {
    if (!state.actingAs) return false
    try {
      await send(state.actingAs)
      return true
    } catch (error) {
      fail(channelId, error)
      return false
    }
  }

  async function useCommand(channelId: string, draft: Draft, name: string): Promise<boolean> {
    const options = { ...draft.values }
    const uploaded = await act(channelId, async () => {
      for (const [option, file] of Object.entries(draft.files))
        options[option] = (await sandbox.upload(file)).id
    })
    return (
      uploaded &&
      use(channelId, { kind: 'slash', name }, user_id =>
        sandbox.slash({ user_id, channel_id: channelId, name, options }),
      )
    )
  }

  /** The field is free for the next words at once; files stay in sight while they are sent. */
  async function post(channelId: string, draft: Draft): Promise<void> {
    const { attachments } = draft
    page.setDraft(channelId, { ...EMPTY_DRAFT, attachments, busy: attachments.length > 0 })
    const sent = await act(channelId, async user_id => {
      const attachment_ids = []
      for (const file of attachments) attachment_ids.push((await sandbox.upload(file)).id)
      await sandbox.post({ user_id, channel_id: channelId, content: draft.text.trim(), attachment_ids })
    })
    const now = page.draft(channelId)
    page.setDraft(
      channelId,
      sent
        ? { ...now, busy: false, attachments: now.attachments.filter(file => !attachments.includes(file)) }
        : { ...now, text: now.text || draft.text },
    )
  }

  const page: Page = {
    get state() {
      return state
    },
    redraw,
    dispatch(action) {
      state = reduce(state, action)
      redraw()
    },
    draft: channelId => drafts.get(channelId) ?? EMPTY_DRAFT,
    setDraft(channelId, draft) {
      drafts.set(channelId, draft)
      redraw()
    },
    commands: () => readCommands(usableCommands(state)),
    async press(messageId, channelId, customId, values) {
      await use(channelId, { kind: 'press', messageId, customId }, user_id =>
        sandbox.press({
          user_id,
          message_id: messageId,
          custom_id: customId,
          ...(values ? { values } : {}),
        }),
      )
    },
    async command({ id: messageId, channel_id }, name) {
      await use(channel_id, { kind: 'message_command', name, messageId }, user_id =>
        sandbox.messageCommand({ user_id, message_id: messageId, name }),
      )
    },
    async send(channelId) {
      const draft = page.draft(channelId)
      if (!state.actingAs || draft.busy) return
      if (!draft.command) return post(channelId, draft)
      page.setDraft(channelId, { ...draft, busy: true, error: null })
      if (await useCommand(channelId, draft, draft.command.name)) page.setDraft(channelId, EMPTY_DRAFT)
    },
    async forward(message, channelIds) {
      await act(message.channel_id, async user_id => {
        for (const channel_id of channelIds)
          await sandbox.post({ user_id, channel_id, forward_of: message.id })
      })
    },
    async remove(message) {
      await act(message.channel_id, user_id => sandbox.remove({ user_id, message_id: message.id }))
    },
  }
  return page
}
