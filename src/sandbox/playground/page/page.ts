import { sandbox } from './api.ts'
import { wordsOf } from './call.ts'
import { readCommands, type SlashCommand } from './commands.ts'
import { type Draft, EMPTY_DRAFT } from './draft.ts'
import { EMPTY_PAGE, type PageAction, type PageState, reduce } from './reducer.ts'

/** The one place that holds what changes, and what a member can do with it. */
export interface Page {
  readonly state: PageState
  dispatch(action: PageAction): void
  draft(channelId: string): Draft
  setDraft(channelId: string, draft: Draft): void
  commands(): SlashCommand[]
  press(messageId: string, channelId: string, customId: string, values?: string[]): Promise<void>
  /** Uploads the files of the draft and uses its command; what went wrong is left in the draft. */
  send(channelId: string): Promise<void>
  redraw(): void
}

export function createPage(redraw: () => void): Page {
  let state = EMPTY_PAGE
  let keys = 0
  const drafts = new Map<string, Draft>()

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
    commands: () => readCommands(state.discord?.commands ?? []),
    async press(messageId, channelId, customId, values) {
      const userId = state.actingAs
      if (!userId) return
      const key = `press-${++keys}`
      const use = { kind: 'press', messageId, customId } as const
      page.dispatch({ type: 'used', pending: { key, id: null, status: 'sending', userId, channelId, use } })
      try {
        const ticket = await sandbox.press({
          user_id: userId,
          message_id: messageId,
          custom_id: customId,
          ...(values ? { values } : {}),
        })
        page.dispatch({ type: 'ticket', key, id: ticket.id })
      } catch (error) {
        page.dispatch({ type: 'use_refused', key })
        page.setDraft(channelId, { ...page.draft(channelId), error: wordsOf(error) })
      }
    },
    async send(channelId) {
      const userId = state.actingAs
      const draft = page.draft(channelId)
      if (!userId || !draft.command || draft.busy) return
      page.setDraft(channelId, { ...draft, busy: true, error: null })
      const key = `slash-${++keys}`
      try {
        const options = { ...draft.values }
        for (const [name, file] of Object.entries(draft.files))
          options[name] = (await sandbox.upload(file)).id
        const use = { kind: 'slash', name: draft.command.name } as const
        page.dispatch({ type: 'used', pending: { key, id: null, status: 'sending', userId, channelId, use } })
        const ticket = await sandbox.slash({
          user_id: userId,
          channel_id: channelId,
          name: draft.command.name,
          options,
        })
        page.setDraft(channelId, EMPTY_DRAFT)
        page.dispatch({ type: 'ticket', key, id: ticket.id })
      } catch (error) {
        page.dispatch({ type: 'use_refused', key })
        page.setDraft(channelId, { ...draft, error: wordsOf(error) })
      }
    },
  }
  return page
}
