/**
 * The sandbox's control routes: what a person does in the place that stands in for Discord, and what the
 * stand-ins can be asked about themselves. The playground page, `npm run try` and the e2e tests all drive the
 * sandbox through these and nothing else. All bodies are JSON unless said otherwise; errors are `{error: string}`.
 *
 * | route | does |
 * |---|---|
 * | GET  /sandbox/discord/state                      | DiscordState |
 * | GET  /sandbox/discord/events                     | server-sent events, each `data:` a DiscordEvent |
 * | POST /sandbox/discord/attachments?filename=NAME  | raw bytes in, Attachment out (413 over the member's limit) |
 * | POST /sandbox/discord/slash                      | SlashUse in, InteractionTicket out |
 * | POST /sandbox/discord/press                      | ComponentUse in, InteractionTicket out |
 * | POST /sandbox/discord/permissions                | PermissionChange in, 204 |
 * | GET  /sandbox/discord/coverage                   | Coverage of the Discord stand-in |
 * | GET  /sandbox/venice/book                        | VeniceBook |
 * | POST /sandbox/venice/credit                      | {usd: number} in, 204: sets the balance |
 * | GET  /sandbox/venice/coverage                    | Coverage of the Venice stand-in |
 * | GET  /sandbox/faults                             | FaultSwitch[] |
 * | POST /sandbox/faults                             | {name: string, on: boolean} in, FaultSwitch[] out; 404 for an unknown name |
 */

/** Where each part of the one sandbox server is mounted. */
export const MOUNT = {
  discordApi: '/discord/api', // discord.js appends /v10
  discordGateway: '/discord/gateway',
  discordCdn: '/discord/cdn',
  veniceApi: '/venice/api/v1',
  control: '/sandbox',
} as const

export type VeniceDialect = 'guide' | 'spec' | 'observed'

/** The settings a bot needs to talk to this sandbox, by the names that `.env.example` lists. */
export interface SandboxEnv {
  VENICE_BASE_URL: string
  VENICE_API_KEY: string
  DISCORD_TOKEN: string
  DISCORD_API_URL: string
}

/** The one line of JSON that the sandbox process prints on stdout when it is ready. */
export interface ReadyLine {
  ready: true
  /** Address of the playground page, also the base of every control route. */
  url: string
  env: SandboxEnv
}

export interface SandboxUser {
  id: string
  username: string
  global_name: string | null
  bot: boolean
  /** CSS colour of the stand-in avatar. */
  color: string
}

export interface SandboxChannel {
  id: string
  name: string
  /** Discord channel type: 0 text, 11 public thread. */
  type: 0 | 11
  parent_id: string | null
  /** For a thread opened on a message: that message's id. */
  starter_message_id: string | null
  archived: boolean
}

/** A Discord message object as the REST API returns it, plus what only the sandbox knows. */
export interface SandboxMessage {
  id: string
  channel_id: string
  author: { id: string; username: string; bot?: boolean }
  content: string
  timestamp: string
  edited_timestamp: string | null
  flags: number
  components: unknown[]
  attachments: Attachment[]
  mentions: { id: string; username: string }[]
  /** How often it was edited since it was created. */
  edits: number
  /** Set on ephemeral messages: the only member who sees it. */
  ephemeral_for: string | null
  /** "Murano is thinking…": a deferred answer that was not filled in yet. */
  loading: boolean
  /** The command that it answers, drawn above it as Discord does. */
  interaction: { id: string; name: string; user_id: string } | null
  thread_id: string | null
  nonce: string | null
}

export interface Attachment {
  id: string
  filename: string
  size: number
  url: string
  proxy_url: string
  content_type?: string
  width?: number
  height?: number
  ephemeral?: boolean
}

export interface DiscordState {
  guild: { id: string; name: string; premium_tier: number }
  application_id: string
  /** Whether a bot is connected to the gateway now. */
  bot_online: boolean
  users: SandboxUser[]
  channels: SandboxChannel[]
  /** Registered application commands, as the bot registered them. */
  commands: unknown[]
  messages: SandboxMessage[]
}

export type DiscordEvent =
  | { type: 'message'; message: SandboxMessage } // created or changed
  | { type: 'message_deleted'; id: string; channel_id: string }
  | { type: 'channel'; channel: SandboxChannel } // created or changed
  | { type: 'commands'; commands: unknown[] }
  | { type: 'bot'; online: boolean }
  /** acknowledged: the bot answered in time, after `ms`; failed: "The application did not respond". */
  | {
      type: 'interaction'
      id: string
      status: 'acknowledged' | 'failed'
      ms: number
      callback_type: number | null
    }
  /** Something that Discord would have refused, and why: shown in the playground's log. */
  | { type: 'refused'; method: string; path: string; status: number; code: number; message: string }

export interface SlashUse {
  user_id: string
  channel_id: string
  name: string
  /** Option values by name; for a file option the attachment id. */
  options: Record<string, string | number | boolean>
  /** Deliver the same interaction this many times (default 1): Discord may send an event more than once. */
  deliveries?: number
}

export interface ComponentUse {
  user_id: string
  message_id: string
  custom_id: string
  /** For a select: the chosen values. */
  values?: string[]
  deliveries?: number
}

export interface InteractionTicket {
  id: string
}

export interface PermissionChange {
  channel_id: string
  /** Discord permission names without the prefix, e.g. "SEND_MESSAGES"; taken from the bot in that channel. */
  deny: string[]
}

export interface FaultSwitch {
  name: string
  /** What it does, in one plain sentence. */
  description: string
  on: boolean
}

export interface VeniceBookJob {
  queue_id: string
  model: string
  /** Wall-clock ms. */
  accepted_at: number
  status: 'PROCESSING' | 'COMPLETED' | 'FAILED' | 'DELETED'
  upscale_factor: number
  source: {
    width: number
    height: number
    fps: number
    duration_s: number
    codec: string
    has_audio: boolean
    bytes: number
  }
  output: { width: number; height: number; bytes: number } | null
  charged_usd: number
  refunded_usd: number
  retrieves: number
  error: string | null
}

export interface VeniceBook {
  dialect: VeniceDialect
  credit_usd: number
  jobs: VeniceBookJob[]
  /** Every POST /video/queue that reached the server, accepted or not. */
  queue_requests: { at: number; status: number; queue_id: string | null }[]
  /** Requests by path in the last 60 s. */
  last_minute: Record<string, number>
  /** The last 200 requests, oldest first. */
  requests: { at: number; method: string; path: string; status: number; ms: number }[]
}

/** What a stand-in covers, stated as data; a test calls each entry and fails when one is missing or extra. */
export interface Coverage {
  routes: { method: string; path: string; note?: string }[]
  /** What the real service does and this one does not, each one plain sentence. */
  deviations: string[]
}
