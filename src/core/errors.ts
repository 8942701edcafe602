import type { Failure } from './job.ts'

/** Base of every error that Murano throws on purpose: a stable code for logs and tests, the cause kept. */
export class MuranoError extends Error {
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** Why a request can't be taken on. Each has its sentence, with the cure, in `messages/refusals.ts`. */
export const REFUSALS = [
  'not_video',
  'broken_file',
  'empty_file',
  'unsupported_container',
  'unsupported_codec',
  'no_video_track',
  'too_long',
  'too_short',
  'too_big',
  'too_complex',
  'source_gone',
  'source_stalled',
  'provider_down',
  'balance_empty',
  'key_refused',
  'missing_permission',
  'no_clip',
  'two_clips',
  'too_big_to_send',
  'link_invalid',
  'link_forbidden',
  'link_dead',
  'link_not_video',
  'file_hidden',
  'file_elsewhere',
  'file_unscanned',
  'file_shared_elsewhere',
  'not_member',
  'not_reachable',
  'channel_archived',
  'posting_forbidden',
  'not_installed',
  'frozen',
  'busy',
  'internal',
] as const
export type RefusalCode = (typeof REFUSALS)[number]

/** Tell the person: what they asked for can't be done, and nothing was charged. */
export class Refusal extends MuranoError {
  declare readonly code: RefusalCode
  /** What the sentence needs, e.g. `{ seconds: 412 }`. */
  readonly facts: Readonly<Record<string, string | number>>
  constructor(code: RefusalCode, facts: Record<string, string | number> = {}, options?: ErrorOptions) {
    super(code, `refused: ${code} ${JSON.stringify(facts)}`, options)
    this.facts = facts
  }
}

/** Try again later: the other side is busy or out of reach, and nothing was lost. */
export class Unavailable extends MuranoError {
  /** How long to wait at least, ms; null where the other side did not say. */
  readonly retryAfterMs: number | null
  constructor(code: string, message: string, options: ErrorOptions & { retryAfterMs?: number | null } = {}) {
    super(code, message, options)
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

/** Give up: no attempt will change this answer. */
export class Final extends MuranoError {}

/** The job itself has ended badly on the other side. */
export class Ended extends Final {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.code, failure.said ?? 'the provider has no result')
    this.failure = failure
  }
}
