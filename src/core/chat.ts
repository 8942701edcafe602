import type { Action } from './action.ts'
import type { Factor } from './clip.ts'
import { MuranoError } from './errors.ts'
import type { MessageRef, Place, ReplyHandle } from './job.ts'
import type { Enclosure, View } from './view.ts'

/** What the core needs from a platform. Every method is safe to call again with the same arguments. */
export interface Chat {
  /** Name by which jobs refer to it. */
  readonly platform: string
  /** Fills in the answer that was acknowledged. @throws ChatError */
  reply(handle: ReplyHandle, view: View): Promise<MessageRef>
  /** A line that only the person who acted sees. @throws ChatError */
  whisper(handle: ReplyHandle, view: View): Promise<void>
  /** `key` is the same for the same message, so that posting twice within minutes makes one. @throws ChatError */
  post(channelId: string, view: View, options: { key: string; file?: Enclosure }): Promise<MessageRef>
  /** @throws ChatError */
  edit(message: MessageRef, view: View): Promise<void>
  /** Opens a thread on a message and returns its channel id; one that exists already is returned. @throws ChatError */
  openThread(message: MessageRef, title: string): Promise<string>
  /** Largest file, in bytes, that may be posted there now. */
  uploadLimit(place: Place): Promise<number>
}

/**
 * gone: the message, thread or channel does not exist any more; forbidden: a permission is missing;
 * too_large: the file does not fit; expired: the answer's handle is too old; refused: the platform rejects the
 * payload (our bug); unavailable: try again later.
 */
export type ChatErrorCode = 'gone' | 'forbidden' | 'too_large' | 'expired' | 'refused' | 'unavailable'

export class ChatError extends MuranoError {
  declare readonly code: ChatErrorCode
}

/** A member asks for a clip to be upscaled. */
export interface UpscaleRequest {
  platform: string
  /** Unique for what happened; the same event delivered again has the same id. */
  eventId: string
  place: Place
  requesterId: string
  factor: Factor
  clip: { url: string; fileName: string }
  reply: ReplyHandle
  /** Permissions that the bot needs there and does not have, in the words that the platform shows to people. */
  missingPermissions: string[]
}

/** Somebody presses a control. */
export interface Press {
  platform: string
  eventId: string
  presserId: string
  /** The message whose control it was. */
  message: MessageRef
  /** The event was taken in before, here or in another process. */
  redelivered: boolean
  /** Null: a control that was not ours, or of a format that is no longer spoken. */
  action: Action | null
  /** The chosen value of a select. */
  value: string | null
  reply: ReplyHandle
}

/** What an adapter hands events to. */
export interface Inbox {
  request(request: UpscaleRequest): Promise<void>
  press(press: Press): Promise<void>
}
