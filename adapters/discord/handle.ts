import type { ReplyHandle } from '../../src/core/job.ts'

export const PLATFORM = 'discord'

/** What is kept of an interaction, to answer it later. The token is good for 15 minutes and for nothing else. */
export interface InteractionHandle {
  kind: typeof PLATFORM
  /**
   * What the open answer is. command: a new public message; menu, admin: a line that only who used it sees; press: the
   * message with the control.
   */
  of: 'command' | 'menu' | 'press' | 'admin'
  applicationId: string
  interactionId: string
  token: string
  /** Wall-clock ms by our own clock, when it came in. */
  at: number
}

/** @throws where the handle is not one of ours; that is a bug, not somebody's input. */
export function readHandle(handle: ReplyHandle): InteractionHandle {
  const { kind, of, applicationId, interactionId, token, at } = handle
  if (
    kind !== PLATFORM ||
    (of !== 'command' && of !== 'menu' && of !== 'press' && of !== 'admin') ||
    typeof applicationId !== 'string' ||
    typeof interactionId !== 'string' ||
    typeof token !== 'string' ||
    typeof at !== 'number'
  ) {
    throw new TypeError('not a handle of a Discord interaction')
  }
  return { kind, of, applicationId, interactionId, token, at }
}

export const writeHandle = (handle: InteractionHandle): ReplyHandle => ({ ...handle })
