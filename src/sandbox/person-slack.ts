import type {
  SlackChannel,
  SlackFile,
  SlackFileKind,
  SlackMessage,
  SlackSandboxEvent,
  SlackState,
  SlackSubmitAnswer,
  SlackTicket,
  SlackUser,
  SlackView,
  VeniceBook,
} from './control.ts'
import { followEvents, untilSo } from './event-stream.ts'
import { call } from './member.ts'
import { type Ask, hear, type Person, type Seen } from './person.ts'
import { mentionsIn, readableSlack, slackButtons, slackMenu } from './readable-slack.ts'

const ADMIN_COMMAND = '/upscale-admin'

/** What only Slack has, beside what a person does everywhere. */
export interface SlackPerson extends Person {
  readonly user: SlackUser
  state(): SlackState
  upload(clip: { bytes: Uint8Array; name: string }, kind?: SlackFileKind): Promise<SlackFile>
  post(message: {
    channel?: string
    threadTs?: string
    text?: string
    files?: SlackFile[]
    deliveries?: number
  }): Promise<SlackMessage & SlackTicket>
  shortcut(message: SlackMessage, deliveries?: number): Promise<SlackTicket>
  slash(text: string, options?: { channel?: string; deliveries?: number }): Promise<SlackTicket>
  /** The form that is open before this person. */
  form(): SlackView | undefined
  /** Fills the open form in and sends it. */
  submit(
    values: { file?: SlackFile; link?: string; factor?: number },
    deliveries?: number,
  ): Promise<SlackSubmitAnswer>
  redeliver(ticket: string, retry: 1 | 2 | 3): Promise<void>
  channelNamed(name: string): SlackChannel
  /** The bot's answer to what this person does in `act`: the first message of it that says more than that it reads. */
  answerTo(act: () => Promise<unknown>): Promise<Seen>
}

/** Joins one of the sandbox's Slack workspaces as one of its members. */
export async function slackPerson(url: string, name = 'Mira'): Promise<SlackPerson> {
  const stop = new AbortController()
  const changed = new Set<() => void>()
  const heard = new Set<(event: SlackSandboxEvent) => void>()
  const messages = new Map<string, SlackMessage>()
  const pending: SlackSandboxEvent[] = []
  let state: SlackState | null = null

  function apply(event: SlackSandboxEvent): void {
    if (!state) return void pending.push(event)
    if (event.type === 'message') messages.set(keyOf(event.message), event.message)
    if (event.type === 'message_deleted') messages.delete(`${event.channel}/${event.ts}`)
    if (event.type === 'bot') state.bot_online = event.online
    if (event.type === 'channel')
      state.channels = [...state.channels.filter(c => c.id !== event.channel.id), event.channel]
    if (event.type === 'workspace')
      state.workspaces = [...state.workspaces.filter(w => w.id !== event.workspace.id), event.workspace]
    if (event.type === 'user_group')
      state.user_groups = [...state.user_groups.filter(g => g.id !== event.group.id), event.group]
    if (event.type === 'view') state.views = [...state.views.filter(v => v.id !== event.view.id), event.view]
    if (event.type === 'view_closed') state.views = state.views.filter(v => v.id !== event.id)
    for (const listener of [...heard]) listener(event)
    for (const check of [...changed]) check()
  }

  // Events first, then the state: nothing that happens in between is missed.
  const stream = await fetch(`${url}/sandbox/slack/events`, { signal: stop.signal })
  void followEvents(stream, apply).catch(() => {})
  const first = await call<SlackState>(url, 'GET', '/sandbox/slack/state')
  for (const message of first.messages) messages.set(keyOf(message), message)
  state = first
  for (const event of pending.splice(0)) apply(event)

  const found = first.users.find(u => !u.is_bot && u.real_name.toLowerCase().startsWith(name.toLowerCase()))
  if (!found) throw new Error(`nobody here is called ${name}`)
  const user = found
  const post = <T>(path: string, body: unknown) => call<T>(url, 'POST', `/sandbox/slack/${path}`, body)
  const until: Person['until'] = (what, look, timeoutMs = 60_000) => untilSo(what, look, timeoutMs, changed)

  /** Channels of this person's workspace, and those that it shares; private ones only from the inside. */
  const canSee = (channelId: string) => {
    const channel = state!.channels.find(c => c.id === channelId)
    if (!channel || channel.members.includes(user.id)) return true
    return !channel.is_private && [channel.team_id, ...channel.shared_team_ids].includes(user.team_id)
  }
  const visible = () =>
    [...messages.values()]
      .filter(m => !m.deleted && canSee(m.channel) && (m.ephemeral_for ?? user.id) === user.id)
      .sort((a, b) => Number(a.ts) - Number(b.ts))
  const isBot = (id: string) => state!.users.some(u => u.id === id && u.is_bot)
  const nameOf = (id: string) =>
    state!.users.find(u => u.id === id)?.real_name ??
    state!.user_groups.find(g => g.id === id)?.handle ??
    'somebody'
  /** Ids by which a message may name this person. */
  const mine = () => [user.id, ...state!.user_groups.filter(g => g.users.includes(user.id)).map(g => g.id)]
  /** What stands in the direct messages with the bot. */
  const directFiles = () =>
    visible()
      .filter(m => m.channel.startsWith('D') && isBot(m.user))
      .flatMap(m => m.files)
  const see = (message: SlackMessage): Seen => ({
    key: keyOf(message),
    place: message.thread_ts ? `${message.channel}/${message.thread_ts}` : message.channel,
    fromBot: isBot(message.user),
    text: readableSlack(message, nameOf, Date.now()),
    buttons: slackButtons(message).map(({ label, url: address }) => ({ label, url: address })),
    menu: slackMenu(message).options,
    video: message.files.find(isVideo)?.sandbox_url ?? null,
    files: message.files.map(shownFile),
    mentionsMe: mine().some(id => mentionsIn(message).has(id)),
    onlyMe: message.ephemeral_for === user.id,
    edits: message.edits,
  })
  const raw = (message: Seen): SlackMessage => {
    const newest = messages.get(message.key)
    if (!newest) throw new Error('that message is gone')
    return newest
  }
  const channelNamed = (wanted: string) => {
    const channel = state!.channels.find(
      c =>
        (c.name === wanted || c.id === wanted) &&
        (c.team_id === user.team_id || c.shared_team_ids.includes(user.team_id)),
    )
    if (!channel) throw new Error(`no channel #${wanted}`)
    return channel
  }
  const homeName = first.channels.some(c => c.team_id === user.team_id && c.name === 'clips')
    ? 'clips'
    : first.channels.find(c => c.team_id === user.team_id)!.name

  /** What was sent to the bot in the last thing that this person did. */
  let last: string[] = []
  const noted = async <T extends SlackTicket>(sent: Promise<T>): Promise<T> => {
    const answer = await sent
    if (answer.ticket) last.push(answer.ticket)
    return answer
  }
  const act = (path: string, body: object, deliveries = 1) =>
    noted(post<SlackTicket>(path, { user_id: user.id, ...body, deliveries }))

  const person: SlackPerson = {
    platform: 'slack',
    name,
    user,
    state: () => state!,
    channelNamed,
    async botOnline(timeoutMs = 60_000) {
      await until('the bot to come online', () => state!.bot_online, timeoutMs)
    },
    messages: () => visible().map(see),
    now: message => see(raw(message)),
    upload: ({ bytes, name: fileName }, kind = 'hosted') =>
      call(
        url,
        'POST',
        `/sandbox/slack/files?${new URLSearchParams({ filename: fileName, user_id: user.id, team_id: user.team_id, kind })}`,
        bytes,
      ),
    post: ({ channel = homeName, threadTs, text = '', files = [], deliveries = 1 }) =>
      noted(
        post('message', {
          user_id: user.id,
          channel_id: channelNamed(channel).id,
          ...(threadTs && { thread_ts: threadTs }),
          text,
          file_ids: files.map(f => f.id),
          deliveries,
        }),
      ),
    shortcut: (message, deliveries) =>
      act(
        'shortcut',
        {
          channel_id: message.channel,
          message_ts: message.ts,
          callback_id: state!.shortcuts.find(s => s.type === 'message')!.callback_id,
        },
        deliveries,
      ),
    slash: (text, { channel = homeName, deliveries } = {}) =>
      act('slash', { channel_id: channelNamed(channel).id, command: '/upscale', text }, deliveries),
    form: () => state!.views.findLast(v => v.user_id === user.id),
    async submit(values, deliveries = 1) {
      const view = person.form()
      if (!view) throw new Error('no form is open')
      const filled = filledIn(view, values)
      return noted(post('submit', { user_id: user.id, view_id: view.id, values: filled, deliveries }))
    },
    redeliver: (ticket, retry) => post('redeliver', { ticket, retry }),
    async answerTo(doIt) {
      const before = new Set(messages.keys())
      await doIt()
      return until('an answer of the bot', () =>
        visible()
          .filter(m => !before.has(keyOf(m)) && isBot(m.user))
          .map(see)
          .find(m => !/^(Reading|I am reading)/.test(m.text)),
      )
    },
    async ask(request) {
      last = []
      return ask(person, request)
    },
    async again(retry) {
      for (const ticket of last) await person.redeliver(ticket, retry)
    },
    async press(message, label, deliveries = 1) {
      last = []
      const button = slackButtons(raw(message)).find(b => b.label.startsWith(label) && !b.url)
      if (!button) throw new Error(`no button "${label}" to press in: ${message.text}`)
      const { channel, ts } = raw(message)
      await act('press', { channel_id: channel, message_ts: ts, action_id: button.actionId }, deliveries)
    },
    async choose(message, value) {
      const { channel, ts } = raw(message)
      const { actionId } = slackMenu(raw(message))
      await act('press', { channel_id: channel, message_ts: ts, action_id: actionId, value })
    },
    async admin(typed, deliveries) {
      const before = new Set(directFiles().map(file => file.id))
      const heard = await hear(person, () => {
        last = []
        const use = { channel_id: channelNamed(homeName).id, command: ADMIN_COMMAND, text: typed }
        return act('slash', use, deliveries)
      })
      // A line for one person holds no file on Slack; it came in their direct messages, before the line that says so.
      const sent = directFiles().filter(file => !before.has(file.id))
      return { ...heard, files: sent.map(shownFile) }
    },
    thread(card) {
      const { channel, ts, thread_ts } = raw(card)
      return visible()
        .filter(
          m =>
            m.channel === channel &&
            m.thread_ts === (thread_ts ?? ts) &&
            isBot(m.user) &&
            Number(m.ts) > Number(ts) &&
            m.ephemeral_for === null,
        )
        .map(see)
    },
    until,
    onNews(listener) {
      heard.add(event => {
        if (event.type === 'message' && isBot(event.message.user)) listener({ message: see(event.message) })
        if (event.type === 'refused') listener({ line: `${event.method}: ${event.error} ${event.detail}` })
        if (event.type === 'interaction' && event.status === 'failed')
          listener({ line: 'The app did not respond.' })
      })
    },
    book: () => call<VeniceBook>(url, 'GET', '/sandbox/venice/book'),
    close: () => stop.abort(),
  }
  return person
}

const isVideo = ({ mimetype }: SlackFile) => mimetype.startsWith('video/')
const shownFile = ({ name, sandbox_url: url }: SlackFile) => ({ name, url })

const keyOf = (message: SlackMessage) => `${message.channel}/${message.ts}`

async function ask(person: SlackPerson, request: Ask): Promise<Seen> {
  const { way, clip, link, factor, channel, deliveries } = request
  const where = channel ? { channel } : {}
  switch (way) {
    case 'command': {
      await person.slash('', { ...where, ...(deliveries && { deliveries }) })
      await person.until('the form', () => person.form())
      const file = await person.upload(clip!)
      return person.answerTo(async () => {
        const answer = await person.submit({ file, ...(factor && { factor }) }, deliveries)
        if (answer.outcome !== 'closed')
          throw new Error(Object.values(answer.errors).join(' ') || `the form: ${answer.outcome}`)
      })
    }
    case 'link':
      return person.answerTo(() =>
        person.slash(`${link}${factor ? ` ${factor}x` : ''}`, {
          ...where,
          ...(deliveries && { deliveries }),
        }),
      )
    case 'message': {
      const message = await person.post({ ...where, files: [await person.upload(clip!)] })
      return person.answerTo(() => person.shortcut(message, deliveries))
    }
    case 'mention': {
      const files = clip ? [await person.upload(clip)] : []
      const bot = person.state().workspaces.find(w => w.id === person.user.team_id)!.bot_user_id
      const text = `<@${bot}> ${link ?? ''} ${factor ? `${factor}x` : ''}`.trim()
      return person.answerTo(() => person.post({ ...where, text, files, ...(deliveries && { deliveries }) }))
    }
  }
}

interface InputBlock {
  type: string
  block_id: string
  element?: {
    type: string
    action_id: string
    options?: { value: string }[]
    initial_option?: { value: string }
  }
}

/** What stands in the form's fields, by the kind of field: a form is known by what it looks like, not by its ids. */
function filledIn(view: SlackView, values: { file?: SlackFile; link?: string; factor?: number }) {
  const filled: Record<string, Record<string, string | string[] | null>> = {}
  for (const block of (view.view as { blocks: InputBlock[] }).blocks) {
    const { element } = block
    if (block.type !== 'input' || !element) continue
    const value =
      element.type === 'file_input'
        ? values.file
          ? [values.file.id]
          : []
        : element.type === 'url_text_input' || element.type === 'plain_text_input'
          ? (values.link ?? null)
          : (element.options?.find(o => o.value.startsWith(String(values.factor)))?.value ??
            element.initial_option?.value ??
            null)
    filled[block.block_id] = { [element.action_id]: value }
  }
  return filled
}
