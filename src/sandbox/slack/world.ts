import type { SlackChannel, SlackFileKind, SlackUser, SlackUserGroup, SlackView } from '../control.ts'

/** Plain JSON, as it goes over the wire. */
export type Json = Record<string, unknown>

/** What the app got when it was installed somewhere. */
export interface Installation {
  /** xoxb-…, or xoxe.xoxb-… where tokens rotate. */
  bot_token: string
  /** Only where tokens rotate; each is good for one refresh. */
  refresh_token: string | null
  /** Wall-clock ms; null: never. */
  expires_at: number | null
  scopes: string[]
  /** Installed for all workspaces of the organisation: each of them holds this same object. */
  org_wide: boolean
  /** The token before the last refresh, good until its own end. */
  previous: { bot_token: string; expires_at: number } | null
}

/** Why a token does not work any more, as Slack names it. */
export type TokenEnd = 'token_revoked' | 'account_inactive' | 'token_expired' | 'invalid_auth'

/** A person clicked "Allow"; the code is good once, for 10 minutes. */
export interface OauthCode {
  code: string
  redirect_uri: string | null
  /** The workspace that was chosen, also where it stands for its whole organisation. */
  team_id: string
  org_wide: boolean
  user_id: string
  scopes: string[]
  made_at: number
  used: boolean
}

export interface Workspace {
  id: string // T…
  name: string
  domain: string
  enterprise_id: string | null // E…
  bot_user_id: string // U…, the app's member here
  bot_id: string // B…
  installation: Installation | null
}

export interface StoredFile {
  id: string // F…
  team_id: string
  user: string
  name: string
  title: string
  mimetype: string
  filetype: string
  size: number
  kind: SlackFileKind
  /** Where its bytes lie. */
  path: string
  /** How often files.info was asked; an unscanned file is ready at the second time. */
  looked_at: number
  /** Where it was shared: channel id to message ts. */
  shares: Map<string, string>
  /** Announced by the app and not completed yet: where its bytes are to go, how many, and whether they came. */
  upload: { ticket: string; length: number; arrived: boolean } | null
  deleted: boolean
}

export interface Message {
  team_id: string
  channel: string
  ts: string
  thread_ts: string | null
  user: string
  text: string
  blocks: Json[]
  /** Legacy attachments: a coloured bar with blocks of their own. */
  attachments: Json[]
  file_ids: string[]
  metadata: Json | null
  ephemeral_for: string | null
  edits: number
  deleted: boolean
}

export interface OpenView extends SlackView {
  view: Json
  /** Changes with every change of the view; views.update may be guarded by it. */
  hash: string
  /** The view that it was pushed on; null for the first. */
  previous_view_id: string | null
}

/** A person did something that the app may answer by opening a modal, once, within 3 s. */
export interface Trigger {
  id: string
  team_id: string
  user_id: string
  made_at: number
  used: boolean
}

/** A response_url: 5 uses within 30 minutes. */
export interface ResponseHook {
  id: string
  team_id: string
  user_id: string
  channel_id: string
  made_at: number
  uses: number
  /** The message that was pressed; null for a command. */
  message_ts: string | null
}

export interface World {
  app: {
    id: string // A…
    client_id: string
    client_secret: string
    signing_secret: string
    /** xapp-… with connections:write. */
    app_token: string
    /** Tokens of new installations end after 12 h and are refreshed. */
    token_rotation: boolean
  }
  organisations: Map<string, { id: string; name: string }> // E…
  workspaces: Map<string, Workspace>
  users: Map<string, SlackUser>
  user_groups: Map<string, SlackUserGroup>
  channels: Map<string, SlackChannel>
  /** Key: channel id, then ts. */
  messages: Map<string, Map<string, Message>>
  files: Map<string, StoredFile>
  views: Map<string, OpenView>
  triggers: Map<string, Trigger>
  hooks: Map<string, ResponseHook>
  codes: Map<string, OauthCode>
  /** Tokens of installations that ended, and what a call with them is told. */
  ended_tokens: Map<string, TokenEnd>
  /** Every token and refresh token that was ever given to the app, also those that are used up. */
  issued: Set<string>
  /** Handed out by apps.connections.open; each opens one socket. */
  socket_tickets: Set<string>
}
