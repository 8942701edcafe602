/** What members do and what everybody sees, in the same few words on both platforms, without waiting for any answer. */
import type { SandboxMessage, SlackSandboxEvent } from '../../src/sandbox/control.ts'
import { followEvents } from '../../src/sandbox/event-stream.ts'
import { joinAs } from '../../src/sandbox/member.ts'
import type { Seen } from '../../src/sandbox/person.ts'
import { slackPerson } from '../../src/sandbox/person-slack.ts'
import { buttonNamed, buttonsOf, linkOf, readable, selectsOf, videoOf } from '../../src/sandbox/readable.ts'
import { slackButtons } from '../../src/sandbox/readable-slack.ts'
import type { Platform } from './place.ts'

/** A message of the bot that everybody sees, as it is now. */
export interface Shown {
  key: string
  text: string
  /** Labels that can be pressed. */
  buttons: string[]
  hasMenu: boolean
  /** A video, or a link to one. */
  hasVideo: boolean
}

export interface Watching {
  message(shown: Shown): void
  /** Of which version of its job a message's buttons are, each time that it is drawn with some. */
  drawn(key: string, version: number): void
  whisper(key: string, text: string): void
  online(online: boolean): void
}

export interface Member {
  name: string
  /** Asks for a clip. Resolves when the platform has taken it, not when the bot has. */
  ask(clip: { bytes: Uint8Array; name: string }, deliveries: number): Promise<void>
  /** Presses the button whose label begins so, where the message still has it. */
  press(message: Shown, label: string, deliveries: number): Promise<void>
  choose(message: Shown, value: string): Promise<void>
  /** The platform sends again what this member did last. */
  again(): Promise<void>
  isOnline(): boolean
  /**
   * Every message of the bot that all can see, whenever it comes or changes; what it says to this member alone; and
   * whether the bot is there.
   */
  watch(on: Watching): void
  close(): void
}

export const join = (platform: Platform, url: string, name: string): Promise<Member> =>
  platform === 'discord' ? joinDiscord(url, name) : joinSlack(url, name)

async function joinDiscord(url: string, name: string): Promise<Member> {
  const member = await joinAs(url, name)
  const newest = new Map<string, SandboxMessage>()
  member.on(event => {
    if (event.type === 'message') newest.set(event.message.id, event.message)
  })
  const nameOf = (id: string) => member.state().users.find(u => u.id === id)?.username ?? 'somebody'
  let turn = 0
  return {
    name,
    async ask(clip, deliveries) {
      const file = await member.upload(clip.bytes, clip.name)
      // By its menu every third time: then the card is a message of its own.
      if (++turn % 3 === 0) {
        const post = await member.post('', { files: [file.id] })
        await member.messageCommand(post, 'Upscale video', { deliveries })
      } else await member.slash('upscale', { video: file.id }, { deliveries })
    },
    async press(message, label, deliveries) {
      const raw = newest.get(message.key)
      const button = raw && buttonNamed(raw, label)
      if (button) await member.press(raw, button.custom_id!, { deliveries })
    },
    async choose(message, value) {
      const raw = newest.get(message.key)
      const menu = raw && selectsOf(raw)[0]
      if (menu) await member.press(raw, menu.custom_id!, { values: [value] })
    },
    async again() {},
    isOnline: () => member.state().bot_online,
    watch(on) {
      member.on(event => {
        if (event.type === 'bot') on.online(event.online)
        if (event.type !== 'message' || !event.message.author.bot) return
        const { message } = event
        if (message.loading) return
        const text = readable(message, nameOf, Date.now())
        if (message.ephemeral_for === member.user.id) on.whisper(message.id, text)
        if (message.ephemeral_for) return
        const version = versionIn(buttonsOf(message).map(b => b.custom_id))
        if (version !== null) on.drawn(message.id, version)
        on.message({
          key: message.id,
          text,
          buttons: buttonsOf(message).flatMap(b => (b.disabled || !b.custom_id ? [] : [b.label ?? ''])),
          hasMenu: selectsOf(message).length > 0,
          hasVideo: (videoOf(message) ?? linkOf(message)) !== undefined,
        })
      })
    },
    close: member.close,
  }
}

async function joinSlack(url: string, name: string): Promise<Member> {
  const person = await slackPerson(url, name)
  const bot = person.state().workspaces.find(w => w.id === person.user.team_id)!.bot_user_id
  const seen = new Map<string, Seen>()
  person.onNews(news => {
    if ('message' in news) seen.set(news.message.key, news.message)
  })
  const listeners: ((online: boolean) => void)[] = []
  const drawers: Watching['drawn'][] = []
  // What a person sees has no names of buttons, so they are looked for beside that.
  const stop = new AbortController()
  const stream = await fetch(`${url}/sandbox/slack/events`, { signal: stop.signal })
  void followEvents<SlackSandboxEvent>(stream, event => {
    if (event.type !== 'message') return
    const { message } = event
    const version = versionIn(slackButtons(message).map(({ actionId }) => actionId))
    if (version !== null) for (const drawn of drawers) drawn(`${message.channel}/${message.ts}`, version)
  }).catch(() => {})
  let wasOnline = person.state().bot_online
  // There is no event for it in these words; whatever changes is a moment to look.
  void person
    .until(
      'the end',
      () => {
        const online = person.state().bot_online
        if (online !== wasOnline) for (const listener of listeners) listener(online)
        wasOnline = online
        return false
      },
      24 * 60 * 60_000,
    )
    .catch(() => {})
  let turn = 0
  return {
    name,
    async ask(clip, deliveries) {
      const file = await person.upload(clip)
      // An event that nobody acknowledged comes again by itself; a shortcut does not.
      if (++turn % 3 === 0) {
        const post = await person.post({ files: [file] })
        await person.shortcut(post, deliveries)
      } else await person.post({ text: `<@${bot}> 2x`, files: [file], deliveries })
    },
    async press(message, label, deliveries) {
      const raw = seen.get(message.key)
      if (raw?.buttons.some(b => b.label.startsWith(label) && !b.url))
        await person.press(raw, label, deliveries)
    },
    async choose(message, value) {
      const raw = seen.get(message.key)
      if (raw && raw.menu.length > 0) await person.choose(raw, value)
    },
    again: () => person.again(1),
    isOnline: () => person.state().bot_online,
    watch(on) {
      listeners.push(on.online)
      drawers.push(on.drawn)
      person.onNews(news => {
        if (!('message' in news)) return
        const { key, text, buttons, menu, video, onlyMe } = news.message
        if (onlyMe) return on.whisper(key, text)
        on.message({
          key,
          text,
          buttons: buttons.flatMap(b => (b.url ? [] : [b.label])),
          hasMenu: menu.length > 0,
          hasVideo: video !== null || buttons.some(b => b.url),
        })
      })
    },
    close() {
      stop.abort()
      person.close()
    },
  }
}

/** Buttons carry it, behind their action and their job. */
function versionIn(ids: readonly (string | undefined)[]): number | null {
  const found = ids.map(id => /^u1:[a-z]+:\w+:(\d+)$/.exec(id ?? '')?.[1]).find(version => version)
  return found === undefined ? null : Number(found)
}
