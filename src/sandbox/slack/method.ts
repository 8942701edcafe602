import type { Arguments } from './arguments.ts'
import type { TIER } from './rate-limits.ts'
import type { Bearer } from './tokens.ts'
import type { Json, Workspace } from './world.ts'

/** One call that was let in by the app-level token, or that brings the app's id and secret. */
export interface AppCall {
  args: Arguments
  /** The bearer token as it was sent. */
  token: string | null
  /** client_id and client_secret, from the header or the body. */
  client: { id: string | null; secret: string | null }
  /** Notes whose channel, file or view it is about. */
  about(teamId: string): void
}

/** One call that was let in by a bot token. */
export interface BotCall extends AppCall {
  bearer: Bearer
  /** The token's workspace: the one named by team_id where it reaches several. */
  team: Workspace
  /** Counts one message more for this channel. @throws RateLimited */
  posting(channelId: string): void
  /** The connection is cut instead of an answer, by a fault. */
  loseAnswer(): void
}

interface Named {
  /** "chat.postMessage" */
  name: string
  tier: keyof typeof TIER
  /** Whether it changes anything. */
  writes: boolean
}

export interface BotMethod extends Named {
  auth: 'bot'
  /** Scopes of which one must be granted before anything is looked at; absent: none, or it depends on the channel. */
  scopes?: readonly string[]
  /** The answer without `ok: true`. @throws SlackError */
  run(call: BotCall): Json | Promise<Json>
}

export interface AppMethod extends Named {
  /** 'app': the app-level token; 'client': the app's id and secret, which `run` checks. */
  auth: 'app' | 'client'
  /** The answer without `ok: true`. @throws SlackError */
  run(call: AppCall): Json | Promise<Json>
}

export type Method = BotMethod | AppMethod
