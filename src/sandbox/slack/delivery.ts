import type { SlackTicket } from '../control.ts'
import type { Json } from './world.ts'

export type PayloadKind = 'slash_commands' | 'interactive' | 'events_api'

/** What the app answered, within 3 s, to a payload; null where it did not. */
export interface Answered extends SlackTicket {
  ms: number
  /** The body of the acknowledgement (a view_submission's response_action, say); null: none, or no answer in time. */
  payload: Json | null
  acknowledged: boolean
}

/** The way to the app. */
export interface Delivery {
  readonly online: boolean
  /**
   * Sends a payload `deliveries` times at once and resolves with the first answer (or with acknowledged: false after
   * 3 s). The ticket is known at once, for whoever does not want to wait.
   */
  send(
    kind: PayloadKind,
    payload: Json,
    options?: { deliveries?: number; teamId?: string },
  ): { ticket: string; answered: Promise<Answered> }
  /** Sends the payload of a ticket again, as Slack retries it: X-Slack-Retry-Num / retry_attempt. */
  redeliver(ticket: string, retry: 1 | 2 | 3): void
}
