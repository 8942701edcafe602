import type { Json } from '../json.ts'
import type { StoredFile } from './files.ts'

export interface User {
  id: string
  username: string
  global_name: string | null
  bot: boolean
  color: string
}

export interface Member {
  roles: string[]
  joined_at: string
}

export interface Role {
  id: string
  name: string
  permissions: bigint
  color: number
  position: number
  /** Everybody may mention it; else only who may mention everyone. */
  mentionable: boolean
  /** Made for a bot by its installation. */
  managed_by: string | null
}

export interface Overwrite {
  id: string
  /** 0 role, 1 member. */
  type: 0 | 1
  allow: bigint
  deny: bigint
}

export interface ThreadInfo {
  owner_id: string
  archived: boolean
  locked: boolean
  /** Minutes. */
  auto_archive_duration: number
  archived_changed_at: number
  starter_message_id: string | null
  members: Set<string>
}

export interface Channel {
  id: string
  type: 0 | 11
  name: string
  topic: string | null
  position: number
  parent_id: string | null
  overwrites: Overwrite[]
  last_message_id: string | null
  thread: ThreadInfo | null
}

export interface Message {
  id: string
  channel_id: string
  author_id: string
  /** 0 default, 19 reply, 20 answer to a slash command, 23 answer to a message command. */
  type: 0 | 19 | 20 | 23
  content: string
  embeds: Json[]
  /** As sent, with every component's id filled in and media tied to the file that it shows. */
  components: Json[]
  flags: number
  created_at: number
  edited_at: number | null
  files: StoredFile[]
  mentions: string[]
  mention_roles: string[]
  mention_everyone: boolean
  edits: number
  ephemeral_for: string | null
  /** The interaction that it answers. */
  interaction: {
    id: string
    type: 2 | 3
    name: string
    user_id: string
    token: string
    /** 1 slash, 3 message command; null for a component. */
    command_type: 1 | 3 | null
    /** The message that a message command was used on. */
    target_message_id: string | null
  } | null
  nonce: string | null
  /** The message that it replies to or, where there is a snapshot, forwards. */
  reference: { message_id: string; channel_id: string } | null
  /** What a forward shows: the other message as it was then. */
  snapshot: Message | null
}

/** member: as usual; away: Discord itself has an outage there; removed: somebody has thrown the bot out. */
export type BotPresence = 'member' | 'away' | 'removed'

export interface World {
  bot_presence: BotPresence
  guild: { id: string; name: string; owner_id: string; premium_tier: 0 | 1 | 2 | 3 }
  application_id: string
  /** The bot's user id; of the application's own, as for every application made since 2016. */
  bot_id: string
  users: Map<string, User>
  members: Map<string, Member>
  roles: Role[]
  channels: Map<string, Channel>
  messages: Map<string, Message>
  /** Key: '' for global commands, else the guild id. */
  commands: Map<string, Json[]>
}
