import type { Action } from './action.ts'
import type { AdminAsk } from './admin.ts'
import type { Factor } from './clip.ts'
import { MuranoError } from './errors.ts'
import type { MessageRef, Place, RefusedRequest, ReplyHandle } from './job.ts'
import type { FileHosts } from './ports.ts'
import type { ClipSource } from './source.ts'
import type { Enclosure, View } from './view.ts'

/** What the core needs from a platform. Every method is safe to call again with the same arguments. */
export interface Chat {
  /** Name by which jobs refer to it. */
  readonly platform: string
  /**
   * Answers a request where the platform keeps a place open for that: the command's own public answer, or, where that
   * is private, a line that only the requester sees (null: it can't be found again). @throws ChatError
   */
  reply(handle: ReplyHandle, view: View): Promise<MessageRef | null>
  /**
   * A line that only the person who acted sees. `file`: goes with it, or, where that is not possible, to them alone in
   * another place, and the line says where. @throws ChatError
   */
  whisper(handle: ReplyHandle, view: View, file?: Enclosure): Promise<void>
  /** `key` is the same for the same message, so that posting twice makes one. @throws ChatError */
  post(channelId: string, view: View, options: { key: string; file?: Enclosure }): Promise<MessageRef>
  /** @throws ChatError */
  edit(message: MessageRef, view: View): Promise<void>
  /** Opens a thread on a message and returns its channel id; one that exists already is returned. @throws ChatError */
  openThread(message: MessageRef, title: string): Promise<string>
  /** Largest file, in bytes, that may be posted there now. */
  uploadLimit(place: Place): Promise<number>
  /** Whether the bot is still in that community: nothing is paid for one that has removed it. @throws ChatError unavailable */
  isIn(communityId: string): Promise<boolean>
  /** How long to wait, in ms, until the platform's ration of edits allows another one there; 0: none. */
  editWait(message: MessageRef): number
}

/**
 * gone: the message, thread or channel does not exist any more; hidden: that, or the bot is not let in: the platform does
 * not say which; forbidden: a permission is missing; not_member: the
 * bot has to be invited first; archived: the channel takes no messages; left: the community has thrown the bot out, so
 * nothing can be said there any more; file_refused: the file can't be posted there (too large, storage full, uploads
 * turned off), words can; expired: the answer's handle is too old; refused: the platform rejects the payload (our bug);
 * unavailable: try again later.
 */
export type ChatErrorCode =
  | 'gone'
  | 'hidden'
  | 'forbidden'
  | 'not_member'
  | 'archived'
  | 'left'
  | 'file_refused'
  | 'expired'
  | 'refused'
  | 'unavailable'

export class ChatError extends MuranoError {
  declare readonly code: ChatErrorCode
  /** What a sentence about it needs, e.g. `{ invite: '/invite @murano' }`. */
  readonly facts: Readonly<Record<string, string>>
  constructor(
    code: ChatErrorCode,
    message: string,
    options: ErrorOptions & { facts?: Record<string, string> } = {},
  ) {
    super(code, message, options)
    this.facts = options.facts ?? {}
  }
}

/** Somebody can change this (invite, unarchive, give the permission back), so it is worth trying again for a while. */
export const isClosedForNow = (error: unknown): boolean =>
  error instanceof ChatError && ['hidden', 'forbidden', 'not_member', 'archived'].includes(error.code)

export type Found = { clip: ClipSource; problem: null } | { clip: null; problem: RefusedRequest }

/** A member asks for a clip to be upscaled. */
export interface UpscaleRequest {
  platform: string
  /** Unique for what happened; the same event delivered again has the same id. */
  eventId: string
  place: Place
  requesterId: string
  factor: Factor
  /** What the clip is called, as far as the event tells. */
  fileName: string
  /**
   * The clip, or what the adapter sees to be in the way: no clip, a file that it can't see, a missing permission. A
   * function where the platform has to be asked; it is called once the request is on the disk and has its place.
   */
  found: Found | (() => Promise<Found>)
  /** Null: the platform keeps no place open for an answer, so everything is said in `place`. */
  reply: ReplyHandle | null
  /** Where the requester alone sees the reply, the card is a message of its own, posted in `place`. */
  replySeenBy: 'everybody' | 'requester'
}

/** Somebody presses a control. */
export interface Press {
  platform: string
  eventId: string
  presserId: string
  /** Whether who presses runs that community (may manage it), so that they may decide for others. @throws ChatError */
  presserManages: () => Promise<boolean>
  /** Whether who presses is a member of any of these groups. @throws ChatError */
  presserIsIn: (groups: readonly string[]) => Promise<boolean>
  /** The message whose control it was. */
  message: MessageRef
  /** The event was taken in before, here or in another process, or comes so late that it may have been. */
  redelivered: boolean
  /** Null: a control that was not ours, or of a format that is no longer spoken. */
  action: Action | null
  /** The chosen value of a select. */
  value: string | null
  reply: ReplyHandle
}

/** Somebody uses the command for those in charge. Only they see the answer. */
export interface AdminRequest {
  platform: string
  eventId: string
  communityId: string
  personId: string
  /** Whether they run that community. @throws ChatError */
  manages: () => Promise<boolean>
  ask: AdminAsk
  reply: ReplyHandle
}

/** What an adapter hands events to. */
export interface Inbox {
  request(request: UpscaleRequest): Promise<void>
  press(press: Press): Promise<void>
  /** Somebody who may be in charge asks for the books, or stops or allows spending. */
  admin(request: AdminRequest): Promise<void>
  /** A community has removed the bot: nothing more can be posted there. */
  left(platform: string, communityId: string): Promise<void>
}

/** A platform that the bot is on. */
export interface Adapter {
  /** Works from the beginning and after stop(). */
  readonly chat: Chat
  readonly files: FileHosts
  /** Connects, and hands events to `inbox` from then on. @throws MuranoError in plain words */
  start(inbox: Inbox): Promise<void>
  /**
   * Once start() was called: resolves when `inbox` has dealt with what was missed that may take something back, or
   * nothing more of that is to be had. Never rejects. Absent where the platform tells nobody later what they missed.
   */
  caughtUp?(): Promise<unknown>
  /** Takes no more events, waits for those that were taken, disconnects. Safe to call again and at any time. */
  stop(): Promise<void>
  /** Whether events can come in; for health. */
  isConnected(): boolean
}
