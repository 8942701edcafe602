import type { SlackMessage, SlackView } from '../../../control.ts'
import { RefusedError, wordsOf } from '../call.ts'
import { follow } from '../follow.ts'
import { slackSandbox } from './api.ts'
import { asCommand, type Draft, type Edit, EMPTY_DRAFT, handleOf, invited, toMrkdwn } from './draft.ts'
import { EMPTY_FORM, type Form, missingIn, submission } from './form.ts'
import { readModal } from './raw-block.ts'
import {
  EMPTY_SLACK,
  myId,
  type Pending,
  type Press,
  reduce,
  type SlackAction,
  type SlackPageState,
} from './reducer.ts'
import { botIsIn, botOf, channelOf, mentionable, nameOf, workspaceOf } from './selectors.ts'

/** Somewhere that one can write: a channel, or a thread in it. */
export interface Place {
  channelId: string
  threadTs: string | null
}

export const idOf = (place: Place): string => `${place.channelId}-${place.threadTs ?? 'channel'}`

/** The one place that holds what changes in the Slack half, and what a person can do with it. */
export interface SlackPage {
  readonly state: SlackPageState
  dispatch(action: SlackAction): void
  draft(place: Place): Draft
  change(place: Place, edit: Edit): void
  form(view: SlackView): Form
  changeForm(view: SlackView, edit: (now: Form) => Form): void
  /** Uploads the files of the draft and posts it, or uses its command; what went wrong is left in the draft. */
  send(place: Place): Promise<void>
  press(press: Press, threadTs: string | null): Promise<void>
  shortcut(message: SlackMessage, callbackId: string, name: string): Promise<void>
  submit(view: SlackView): Promise<void>
  closeView(view: SlackView): Promise<void>
  /** Takes the app into a channel, as `/invite` does. */
  invite(place: Place): Promise<void>
  /** Clicks through the app's installation in this workspace; '' for the page beside the app's request URL. */
  install(place: Place, installUrl: string): Promise<void>
  redraw(): void
}

export function createSlackPage(redraw: () => void): SlackPage {
  let state = EMPTY_SLACK
  let keys = 0
  const drafts = new Map<string, Draft>()
  const forms = new Map<string, Form>()

  const fail = (place: Place, error: unknown) =>
    page.change(place, now => ({ ...now, busy: false, error: wordsOf(error) }))

  /** Shows that something was done until the app answers it. */
  async function use(
    place: Place,
    what: Pending['use'],
    send: (userId: string) => Promise<{ ticket: string }>,
  ): Promise<boolean> {
    const userId = myId(state)
    if (!userId) return false
    const key = `use-${++keys}`
    page.dispatch({
      type: 'used',
      pending: { key, ticket: null, status: 'sending', userId, ...place, use: what },
    })
    try {
      page.dispatch({ type: 'ticket', key, ticket: (await send(userId)).ticket })
      return true
    } catch (error) {
      page.dispatch({ type: 'use_gone', key })
      fail(place, error)
      return false
    }
  }

  const upload = (files: readonly File[]): Promise<string[]> =>
    Promise.all(
      files.map(async file => (await slackSandbox.upload(file, myId(state) ?? '', state.teamId ?? '')).id),
    )

  async function useCommand(
    place: Place,
    draft: Draft,
    typed: { command: string; text: string },
  ): Promise<void> {
    const refuse = (error: string) => page.change(place, now => ({ ...now, error }))
    if (draft.files.length > 0) return refuse('A slash command takes no file. Post the clip as a message.')
    if (place.threadTs) return refuse(`${typed.command} is not supported in threads. Sorry!`)
    if (typed.command.toLowerCase() === '/invite') {
      const error = whyNotInvited(place, typed.text)
      if (error) return refuse(error)
      page.change(place, () => EMPTY_DRAFT)
      return page.invite(place)
    }
    page.change(place, () => EMPTY_DRAFT)
    const sent = await use(place, { kind: 'slash', name: typed.command }, userId =>
      slackSandbox.slash({ user_id: userId, channel_id: place.channelId, ...typed }),
    )
    if (!sent) page.change(place, now => ({ ...now, text: now.text || draft.text }))
  }

  /** What `/invite` says to whoever names nobody that it can take into the channel; null where it can. */
  function whyNotInvited(place: Place, text: string): string | null {
    const bot = botOf(state)
    const channel = channelOf(state, place.channelId)
    if (!bot || !channel) return 'There is nobody to invite here.'
    const whom = invited(text, bot)
    if (whom === 'nobody') return `Say whom: /invite ${handleOf(bot)}`
    if (whom === 'other')
      return `In this playground only ${handleOf(bot)} can be invited: /invite ${handleOf(bot)}`
    if (!workspaceOf(state)?.installed) return `${nameOf(bot)} is not installed in this workspace.`
    return botIsIn(state, channel) ? `${nameOf(bot)} is already in this channel.` : null
  }

  /** The field is free for the next words at once; files stay in sight while they are sent. */
  async function post(place: Place, draft: Draft): Promise<void> {
    const { files } = draft
    page.change(place, () => ({ ...EMPTY_DRAFT, files, busy: files.length > 0 }))
    try {
      await slackSandbox.message({
        user_id: myId(state) ?? '',
        channel_id: place.channelId,
        ...(place.threadTs ? { thread_ts: place.threadTs } : {}),
        text: toMrkdwn(draft.text, mentionable(state)),
        file_ids: await upload(files),
      })
      page.change(place, now => ({
        ...now,
        busy: false,
        files: now.files.filter(file => !files.includes(file)),
      }))
    } catch (error) {
      fail(place, error)
      page.change(place, now => ({ ...now, text: now.text || draft.text }))
    }
  }

  async function submitForm(view: SlackView): Promise<void> {
    const form = page.form(view)
    const modal = readModal(view.view)
    const missing = missingIn(form, modal)
    if (Object.keys(missing).length > 0) return page.changeForm(view, now => ({ ...now, errors: missing }))
    page.changeForm(view, now => ({ ...now, busy: true, errors: {} }))
    const fileIds: Record<string, string[]> = {}
    for (const [blockId, files] of Object.entries(form.files)) fileIds[blockId] = await upload(files)
    const values = submission(form, modal, fileIds)
    const { outcome, errors } = await slackSandbox.submit({ user_id: view.user_id, view_id: view.id, values })
    if (outcome === 'closed') return page.dispatch({ type: 'view_closed', id: view.id })
    const late = outcome === 'timeout' ? { '': 'We had some trouble connecting. Try again?' } : {}
    page.changeForm(view, now => ({ ...now, busy: false, errors: { ...errors, ...late } }))
  }

  const page: SlackPage = {
    get state() {
      return state
    },
    redraw,
    dispatch(action) {
      state = reduce(state, action)
      redraw()
    },
    draft: place => drafts.get(idOf(place)) ?? EMPTY_DRAFT,
    change(place, edit) {
      drafts.set(idOf(place), edit(page.draft(place)))
      redraw()
    },
    form: view => forms.get(view.id) ?? { ...EMPTY_FORM, errors: view.errors },
    changeForm(view, edit) {
      forms.set(view.id, edit(page.form(view)))
      redraw()
    },
    async send(place) {
      const draft = page.draft(place)
      if (draft.busy || (draft.text.trim() === '' && draft.files.length === 0)) return
      const typed = asCommand(draft.text)
      if (typed) await useCommand(place, draft, typed)
      else await post(place, draft)
    },
    async press(press, threadTs) {
      await use({ channelId: press.channelId, threadTs }, { kind: 'press', ...press }, userId =>
        slackSandbox.press({
          user_id: userId,
          channel_id: press.channelId,
          message_ts: press.ts,
          action_id: press.actionId,
          ...(press.value === null ? {} : { value: press.value }),
        }),
      )
    },
    async shortcut(message, callbackId, name) {
      const place = { channelId: message.channel, threadTs: threadIn(message) }
      await use(place, { kind: 'shortcut', name }, userId =>
        slackSandbox.shortcut({
          user_id: userId,
          channel_id: message.channel,
          message_ts: message.ts,
          callback_id: callbackId,
        }),
      )
    },
    async submit(view) {
      if (page.form(view).busy) return
      await submitForm(view).catch(error =>
        page.changeForm(view, now => ({ ...now, busy: false, errors: { '': wordsOf(error) } })),
      )
    },
    async closeView(view) {
      page.dispatch({ type: 'view_closed', id: view.id })
      // The window is gone for the person in any case; an app that is away is not told.
      await slackSandbox.closeView(view.user_id, view.id).catch(() => {})
    },
    invite: place =>
      slackSandbox.membership({ channel_id: place.channelId, bot: true }).catch(error => fail(place, error)),
    install: async (place, installUrl) => {
      await slackSandbox.install(state.teamId ?? '', installUrl).catch(error => fail(place, error))
    },
  }
  return page
}

/** The thread that a message is a reply in; null for a message of the channel. */
export const threadIn = (message: SlackMessage): string | null =>
  message.thread_ts && message.thread_ts !== message.ts ? message.thread_ts : null

/** Feeds the page, unless this sandbox has no Slack: then nothing more is asked. */
export async function followSlack(page: SlackPage): Promise<void> {
  try {
    page.dispatch({ type: 'loaded', state: await slackSandbox.state() })
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) return
    // Away for the moment: the stream below comes back by itself.
  }
  follow({
    events: '/sandbox/slack/events',
    state: slackSandbox.state,
    loaded: state => page.dispatch({ type: 'loaded', state }),
    event: event => page.dispatch(event as SlackAction),
    lost: () => page.dispatch({ type: 'connection', connection: 'lost' }),
  })
}
