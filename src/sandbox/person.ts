import type { VeniceBook } from './control.ts'

/** A message as somebody in the sandbox sees it, on whichever platform. */
export interface Seen {
  /** The same for the same message, however often it is edited. */
  key: string
  /** The channel or thread that it stands in. */
  place: string
  fromBot: boolean
  /** What is drawn, without markup. */
  text: string
  /** Buttons that can be pressed, by their labels; links have an address. */
  buttons: { label: string; url: string | null }[]
  /** What the menu offers; empty where there is none. */
  menu: { value: string; label: string; chosen: boolean }[]
  /** Where its video can be had. */
  video: string | null
  /** What can be downloaded from it. */
  files: { name: string; url: string }[]
  /** Notifies the person who looks. */
  mentionsMe: boolean
  /** Nobody else sees it. */
  onlyMe: boolean
  /** How often it was edited. */
  edits: number
}

/** How a clip is asked for. */
export type Way =
  /** The slash command with a file (on Slack: its form). */
  | 'command'
  /** The slash command with a link. */
  | 'link'
  /** The menu of a message that holds the clip. */
  | 'message'
  /** A message with the clip that mentions the bot (Slack only). */
  | 'mention'

export interface Ask {
  way: Way
  clip?: { bytes: Uint8Array; name: string }
  link?: string
  /** Left out: the command's own default, and always for a message's menu. */
  factor?: number
  /** Name of the channel; "clips" unless another is named. */
  channel?: string
  /** Delivers the event that often, at once. */
  deliveries?: number
}

/** Somebody in the sandbox, driven by a program in the same words on every platform. */
export interface Person {
  readonly platform: 'discord' | 'slack'
  readonly name: string
  /** Waits until the bot is there. */
  botOnline(timeoutMs?: number): Promise<void>
  /** Everything that this person can see now, oldest first. */
  messages(): Seen[]
  /** The newest of a message. */
  now(message: Seen): Seen
  /** Asks, and resolves with what the bot answers: the card, or why not. @throws where the platform itself refuses */
  ask(ask: Ask): Promise<Seen>
  /** Presses the button whose label begins so. */
  press(message: Seen, label: string, deliveries?: number): Promise<void>
  choose(message: Seen, value: string): Promise<void>
  /**
   * Uses the command for those in charge, and resolves with what the bot answers to this person alone. `typed`: a word and
   * what belongs to it (`approval above 1 group @Approvers person @Jonas`), with people and groups by their names behind
   * an @; where the platform has fields for that, they are filled in. @throws where the platform itself refuses: Discord keeps the command from those who don't manage the server
   */
  admin(typed: string, deliveries?: number): Promise<Seen>
  /** What this person did last reaches the bot once more, as the platform repeats what it takes for lost. */
  again(retry: 1 | 2 | 3): Promise<void>
  /** The bot's messages that belong to a card, in its thread, oldest first, without the card. */
  thread(card: Seen): Seen[]
  /** Waits until something that this person can see is so. @throws after `timeoutMs`, naming `what` */
  until<T>(what: string, look: () => T | undefined | null | false, timeoutMs?: number): Promise<T>
  /** Called with the bot's messages whenever one comes or changes, and with lines about what the platform refused. */
  onNews(listener: (news: { message: Seen } | { line: string }) => void): void
  book(): Promise<VeniceBook>
  close(): void
}

/** The closing message of a card's job: the one that notifies the person who asked. */
export const closingOf = (person: Person, card: Seen, timeoutMs?: number): Promise<Seen> =>
  person.until('the closing message', () => person.thread(card).find(m => m.mentionsMe), timeoutMs)

/** By name: runs the server on Discord, and the first of the workspaces on Slack. Nobody else of them does. */
export const MANAGER = 'Ada'

/** What the bot answers to this person alone when they do something, a press say. */
export async function hear(person: Person, act: () => Promise<unknown>, timeoutMs?: number): Promise<Seen> {
  const isForMe = (message: Seen) => message.onlyMe && message.fromBot
  const before = await person.until(
    'what they heard before',
    () =>
      new Set(
        person
          .messages()
          .filter(isForMe)
          .map(m => m.key),
      ),
  )
  await act()
  return person.until(
    'a line for this person alone',
    () => person.messages().find(m => isForMe(m) && !before.has(m.key)),
    timeoutMs,
  )
}

export const buttonNamed = (message: Seen, label: string) =>
  message.buttons.find(b => b.label.startsWith(label))

/** An address of the result: the video where it plays in the chat, else the link to it. */
export const resultUrl = (message: Seen): string | null =>
  message.video ?? message.buttons.find(b => b.url !== null)?.url ?? null
