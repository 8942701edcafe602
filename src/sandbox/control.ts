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
 * | POST /sandbox/discord/message                    | MemberPost in, SandboxMessage out: a member posts a message, with files or as a forward |
 * | POST /sandbox/discord/message-command            | MessageCommandUse in, InteractionTicket out |
 * | POST /sandbox/discord/delete                     | MessageDeletion in, 204: a member deletes a message |
 * | POST /sandbox/discord/guild                      | GuildChange in, 204: the bot is thrown out or invited back, or an outage begins or ends |
 * | POST /sandbox/discord/redeliver                  | {id: string} in, 204: the event of a ticket again |
 * | GET  /sandbox/discord/coverage                   | Coverage of the Discord stand-in |
 * | GET  /sandbox/slack/state                        | SlackState |
 * | GET  /sandbox/slack/events                       | server-sent events, each `data:` a SlackSandboxEvent |
 * | POST /sandbox/slack/files?filename=NAME&user_id=U&team_id=T[&kind=K] | raw bytes in, SlackFile out; kind: SlackFileKind |
 * | POST /sandbox/slack/message                      | SlackMemberPost in, SlackMessage & SlackTicket out (ticket null where no event was sent); mentioning the bot sends app_mention |
 * | POST /sandbox/slack/slash                        | SlackSlash in, SlackTicket out |
 * | POST /sandbox/slack/shortcut                     | SlackShortcut in, SlackTicket out |
 * | POST /sandbox/slack/press                        | SlackPress in, SlackTicket out (a button or a select of a message) |
 * | POST /sandbox/slack/submit                       | SlackSubmit in, SlackSubmitAnswer out (the open modal) |
 * | POST /sandbox/slack/close-view                   | {user_id, view_id} in, 204 |
 * | POST /sandbox/slack/redeliver                    | {ticket: string, retry: 1|2|3} in, 204: the same payload again, as Slack retries it |
 * | POST /sandbox/slack/membership                   | SlackMembership in, 204 |
 * | POST /sandbox/slack/channel                      | {channel_id, archived?: boolean, posting?: SlackPostingRule} in, 204 |
 * | POST /sandbox/slack/install                      | {team_id, install_url?} in, {location: string} out: a person clicks through the whole install, from the app's page on (for an organisation: its id) |
 * | POST /sandbox/slack/uninstall                    | {team_id, reason: 'app_uninstalled' | 'tokens_revoked'} in, 204: both events are sent, this one first |
 * | GET  /sandbox/slack/app                          | SlackAppSecrets: what a bot for many workspaces, or one over HTTP, is started with |
 * | POST /sandbox/slack/request-url                  | {url: string | null} in, 204: payloads are POSTed there from now on, null: over sockets again; 400 says why Slack's challenge failed |
 * | GET  /sandbox/slack/calls                        | SlackCall[]: the last 500 Web API calls, oldest first |
 * | GET  /sandbox/slack/coverage                     | Coverage of the Slack stand-in |
 * | PUT  /sandbox/web/NAME                           | raw bytes in, 204: GET /web/NAME serves them with Range, /web/moved/NAME leads there: a web server of somebody's, for links |
 * | GET  /sandbox/venice/book                        | VeniceBook |
 * | POST /sandbox/venice/credit                      | {usd: number} in, 204: sets the balance |
 * | POST /sandbox/venice/prices                      | {times: number} in, 204: all prices times that |
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
  slackApi: '/slack/api', // WebClient calls /slack/api/chat.postMessage
  slackSocket: '/slack/socket',
  slackFiles: '/slack/files', // private files; demand the workspace's token
  slackUpload: '/slack/upload',
  slackResponse: '/slack/response', // response_url
  slackOauth: '/slack/oauth', // the page that asks a person to install: /slack/oauth/v2/authorize
  web: '/web',
  control: '/sandbox',
} as const

export type VeniceDialect = 'guide' | 'spec' | 'observed'

/** The settings a bot needs to talk to this sandbox, by the names that `.env.example` lists. */
export interface SandboxEnv {
  VENICE_BASE_URL: string
  VENICE_API_KEY: string
  DISCORD_TOKEN: string
  DISCORD_API_URL: string
  /** The simple way: one workspace by its token, over Socket Mode. */
  SLACK_BOT_TOKEN: string
  SLACK_APP_TOKEN: string
  SLACK_API_URL: string
  /** Origin of this server: links and files here are taken although it is this machine. */
  TRUSTED_ORIGINS: string
  /** Who runs the bot: on each platform the one person who also runs the place. */
  OPERATORS: string
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
  /** What they may do in the whole server: Discord's sum of bits, in digits. */
  permissions: string
  /** Ids of the roles that they were given. */
  roles: string[]
}

export interface SandboxRole {
  /** Of the role that everybody has: the server's own. */
  id: string
  name: string
  /** 0xRRGGBB; 0: none. */
  color: number
  mentionable: boolean
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
  /** Discord's number: 0 ordinary, 19 reply, 20 answer to a slash command, 23 answer to a message command. */
  type: number
  author: { id: string; username: string; bot?: boolean }
  content: string
  timestamp: string
  edited_timestamp: string | null
  flags: number
  components: unknown[]
  attachments: Attachment[]
  /** What Discord shows below the text for links in it, and what the bot embeds. */
  embeds: unknown[]
  mentions: { id: string; username: string }[]
  /** Ids of the roles whose members it notifies. */
  mention_roles: string[]
  /** The message that it replies to, that a message command was used on, or that was forwarded. */
  message_reference?: { message_id: string; channel_id: string }
  /** Set on a forward, which then has no content of its own: what the message was when it was forwarded. */
  message_snapshots?: { message: MessageSnapshot }[]
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

/** The part of a message that a forward of it takes along. */
export type MessageSnapshot = Pick<
  SandboxMessage,
  'content' | 'timestamp' | 'flags' | 'components' | 'attachments' | 'embeds' | 'mentions'
>

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
  roles: SandboxRole[]
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
  /** Option values by name; of a file, a person and a role the id. */
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

/** A member posts a message in a channel: text, files that were uploaded before, or a forward of another message. */
export interface MemberPost {
  user_id: string
  channel_id: string
  content?: string
  attachment_ids?: string[]
  forward_of?: string
}

/** A member picks a command from the menu of a message (Apps > NAME). */
export interface MessageCommandUse {
  user_id: string
  message_id: string
  name: string
  deliveries?: number
}

export interface MessageDeletion {
  user_id: string
  message_id: string
}

/** Whether the bot is in the server. Not present and unavailable: Discord has an outage there, nobody removed it. */
export interface GuildChange {
  present: boolean
  unavailable?: boolean
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

// ---------------------------------------------------------------------------------------------------------- Slack

export interface SlackUser {
  id: string // U…
  team_id: string
  name: string
  real_name: string
  is_bot: boolean
  /** What this person runs their workspace as; absent: a plain member. */
  role?: 'admin' | 'owner' | 'primary_owner'
  /** Owns the organisation that their workspace belongs to. */
  owns_organisation?: true
  /** CSS colour of the stand-in avatar. */
  color: string
}

/** Who may post: everybody; nobody but admins (restricted_action); nobody in threads (restricted_action_thread_only… etc.). */
export type SlackPostingRule = 'everybody' | 'admins_only'

export interface SlackChannel {
  id: string // C…; D… for a direct message with the bot
  team_id: string
  name: string
  is_private: boolean
  is_archived: boolean
  /** Shared with these other workspaces (Slack Connect). */
  shared_team_ids: string[]
  /** User ids; the bot is a member only where its id is here. */
  members: string[]
  posting: SlackPostingRule
}

/**
 * How a file behaves, seen from the bot. hosted: ordinary; external: lies elsewhere (mode "external"); stub: a file from a
 * shared channel, `{mode: "file_access", file_access: "check_file_info"}` in payloads, whole by files.info; scanning: its
 * download answers as an unscanned file does until files.info was asked twice; hidden: files.info says file_not_found;
 * gone: mode "tombstone".
 */
export type SlackFileKind = 'hosted' | 'external' | 'stub' | 'scanning' | 'hidden' | 'gone'

/** As Slack's file object, as far as it is stood in for. */
export interface SlackFile {
  id: string // F…
  name: string
  title: string
  mimetype: string
  filetype: string
  size: number
  mode: string
  user: string
  url_private: string
  url_private_download: string
  permalink: string
  /** Only of the sandbox: the same bytes without a token, so that the playground page can play them. */
  sandbox_url: string
}

/** A message as conversations.history returns it, plus what only the sandbox knows. */
export interface SlackMessage {
  team_id: string
  channel: string
  ts: string
  thread_ts: string | null
  user: string
  text: string
  blocks: unknown[]
  files: SlackFile[]
  attachments: unknown[]
  metadata: unknown
  /** Set on ephemeral messages: the only member who sees it. */
  ephemeral_for: string | null
  /** How often it was edited since it was created. */
  edits: number
  deleted: boolean
}

export interface SlackView {
  id: string // V…
  user_id: string
  team_id: string
  /** The view object as the app opened it. */
  view: unknown
  /** Errors of the last submission, by block_id. */
  errors: Record<string, string>
}

export interface SlackWorkspace {
  id: string // T…
  name: string
  domain: string
  enterprise_id: string | null
  /** Whether the app is installed there now. */
  installed: boolean
  bot_user_id: string
}

/** People of one workspace under one name; who mentions it notifies them all. */
export interface SlackUserGroup {
  id: string // S…
  team_id: string
  /** What is typed behind the @. */
  handle: string
  name: string
  users: string[]
  disabled: boolean
}

export interface SlackState {
  app_id: string
  workspaces: SlackWorkspace[]
  users: SlackUser[]
  user_groups: SlackUserGroup[]
  channels: SlackChannel[]
  messages: SlackMessage[]
  /** Modals that are open, topmost last. */
  views: SlackView[]
  /** Whether an app is connected over Socket Mode, or has a request URL set, now. */
  bot_online: boolean
  /** What the manifest declares: the shortcuts and slash commands that people can use. */
  commands: { command: string; description: string; usage_hint: string }[]
  shortcuts: { name: string; type: 'message' | 'global'; callback_id: string; description: string }[]
}

export type SlackSandboxEvent =
  | { type: 'message'; message: SlackMessage } // created or changed
  | { type: 'message_deleted'; channel: string; ts: string }
  | { type: 'channel'; channel: SlackChannel }
  | { type: 'workspace'; workspace: SlackWorkspace }
  | { type: 'user_group'; group: SlackUserGroup }
  | { type: 'view'; view: SlackView } // opened or changed
  | { type: 'view_closed'; id: string }
  | { type: 'bot'; online: boolean }
  /** acknowledged: the app answered in time, after `ms`; failed: Slack shows "operation_timeout" or similar. */
  | { type: 'interaction'; ticket: string; status: 'acknowledged' | 'failed'; ms: number }
  /** Something that Slack would have refused, and why: shown in the playground's log. */
  | { type: 'refused'; method: string; error: string; detail: string }

/** Names a payload that was sent to the app, so that it can be sent again. */
export interface SlackTicket {
  ticket: string
}

interface SlackAct {
  user_id: string
  /** Deliver the same payload this many times at once (default 1). */
  deliveries?: number
}
export interface SlackMemberPost extends SlackAct {
  channel_id: string
  thread_ts?: string
  /** `<@BOT>` mentions the bot. */
  text?: string
  file_ids?: string[]
}
export interface SlackSlash extends SlackAct {
  channel_id: string
  command: string // "/upscale"
  /** As it was typed; `@ada` and `@approvers` become mentions where the command asks for that. */
  text: string
  /** Slack refuses slash commands in threads. */
  thread_ts?: string
}
export interface SlackShortcut extends SlackAct {
  channel_id: string
  message_ts: string
  callback_id: string
}
export interface SlackPress extends SlackAct {
  channel_id: string
  message_ts: string
  action_id: string
  /** For a select: the chosen value. */
  value?: string
}
export interface SlackSubmit extends SlackAct {
  view_id: string
  /** By block_id and action_id: text typed, value chosen, or ids of uploaded files. */
  values: Record<string, Record<string, string | string[] | null>>
}
export interface SlackSubmitAnswer extends SlackTicket {
  /** closed: the modal is gone; errors: it stays, with these by block_id; timeout: the app did not answer in 3 s. */
  outcome: 'closed' | 'errors' | 'updated' | 'timeout'
  errors: Record<string, string>
}
export interface SlackMembership {
  channel_id: string
  /** The bot joins or leaves; posts no event. */
  bot: boolean
}
/** As the page "Basic Information" of the app's settings shows them. */
export interface SlackAppSecrets {
  client_id: string
  client_secret: string
  signing_secret: string
}
export interface SlackCall {
  at: number
  method: string
  /** Workspace whose token was used; null where the token belongs to none. */
  token_team: string | null
  /** Workspace that owns the channel, file or view that the call names; null where it names none. */
  subject_team: string | null
  ok: boolean
  error: string | null
}
