/** What a person can press. Kept in a button as text: state lives in the store, never behind a handle in memory. */
export const ACTIONS = ['confirm', 'factor', 'cancel', 'retry', 'giveup', 'approve', 'decline'] as const
export type ActionName = (typeof ACTIONS)[number]

export interface Action {
  name: ActionName
  jobId: string
  /** The job's version when the button was drawn; a press on an older one does not act. */
  version: number
}

/** First part of every button id; a change of the format changes it, so that old buttons are known as old. */
const FORMAT = 'u1'

/** "u1:confirm:k3j9x2m4q8:2". Fits the 100 characters that the tightest platform allows. */
export const encodeAction = (action: Action): string =>
  `${FORMAT}:${action.name}:${action.jobId}:${action.version}`

/** Null for anything that is not ours or not whole: buttons are public, so anybody can send anything. */
export function decodeAction(id: string): Action | null {
  const match = /^u1:([a-z]+):([a-z0-9]{1,32}):(\d{1,9})$/.exec(id)
  if (!match) return null
  const [, name, jobId, version] = match
  if (!(ACTIONS as readonly string[]).includes(name!)) return null
  return { name: name as ActionName, jobId: jobId!, version: Number(version) }
}
