import { PERMISSION } from './permissions.ts'
import { snowflakeAt } from './snowflake.ts'
import type { Channel, Message, Role, User, World } from './world.ts'

/** What the installation link of the README asks for; see docs: topics/permissions. */
const BOT_PERMISSIONS = 309_237_763_072n

const EVERYONE =
  PERMISSION.CREATE_INSTANT_INVITE |
  PERMISSION.ADD_REACTIONS |
  PERMISSION.VIEW_CHANNEL |
  PERMISSION.SEND_MESSAGES |
  PERMISSION.EMBED_LINKS |
  PERMISSION.ATTACH_FILES |
  PERMISSION.READ_MESSAGE_HISTORY |
  PERMISSION.CONNECT |
  PERMISSION.SPEAK |
  PERMISSION.CHANGE_NICKNAME |
  PERMISSION.USE_APPLICATION_COMMANDS |
  PERMISSION.CREATE_PUBLIC_THREADS |
  PERMISSION.SEND_MESSAGES_IN_THREADS |
  PERMISSION.USE_EXTERNAL_APPS

const day = (text: string) => Date.parse(`${text}T18:00:00Z`)
const idOf = (text: string, salt: number) => snowflakeAt(day(text), salt)

const person = (id: string, username: string, globalName: string, color: string, bot = false): User => ({
  id,
  username,
  global_name: bot ? null : globalName,
  bot,
  color,
})

const role = (id: string, name: string, more: Partial<Role> & { position: number }): Role => ({
  id,
  name,
  permissions: 0n,
  color: 0,
  mentionable: false,
  managed_by: null,
  ...more,
})

/** A small, warm server of people who make and mend moving pictures. The same ids at every start. */
export function seedWorld(premiumTier: 0 | 1 | 2 | 3): World {
  const guildId = idOf('2021-03-06', 11)
  const mira = person(idOf('2017-05-02', 3), 'mira', 'Mira', '#e8785a')
  const jonas = person(idOf('2018-11-19', 4), 'jonas.frames', 'Jonas', '#5a8de8')
  const ada = person(idOf('2016-08-27', 5), 'ada', 'Ada', '#8b6fd6')
  const murano = person(idOf('2026-11-02', 6), 'Murano', 'Murano', '#2fa39a', true)

  // Can be mentioned by everybody, and only by those who may mention everyone.
  const approvers = role(idOf('2021-05-01', 22), 'Approvers', {
    color: 0xf1c40f,
    position: 3,
    mentionable: true,
  })
  const animators = role(idOf('2021-05-01', 23), 'Animators', { color: 0xe8785a, position: 2 })
  const roles: Role[] = [
    role(guildId, '@everyone', { permissions: EVERYONE, position: 0 }),
    role(idOf('2026-11-03', 21), 'Murano', {
      permissions: BOT_PERMISSIONS,
      color: 0x2fa39a,
      position: 1,
      managed_by: murano.id,
    }),
    approvers,
    animators,
  ]

  const text = (salt: number, position: number, name: string, topic: string): Channel => ({
    id: idOf('2021-03-07', salt),
    type: 0,
    name,
    topic,
    position,
    parent_id: null,
    overwrites: [],
    last_message_id: null,
    thread: null,
  })
  const general = text(31, 0, 'general', 'Come in, the projector is warm.')
  const clips = text(32, 1, 'clips', 'What you shot, drew, found or rescued this week.')
  const lab = text(33, 2, 'upscale-lab', 'Small pictures in, big pictures out.')

  const messages: Message[] = []
  const say = (channel: Channel, author: User, at: string, salt: number, content: string): Message => {
    const createdAt = Date.parse(at)
    const message: Message = {
      id: snowflakeAt(createdAt, salt),
      channel_id: channel.id,
      author_id: author.id,
      type: 0,
      content,
      embeds: [],
      components: [],
      flags: 0,
      created_at: createdAt,
      edited_at: null,
      files: [],
      mentions: [],
      mention_roles: [],
      mention_everyone: false,
      edits: 0,
      ephemeral_for: null,
      interaction: null,
      nonce: null,
      reference: null,
      snapshot: null,
    }
    messages.push(message)
    channel.last_message_id = message.id
    return message
  }
  say(
    general,
    ada,
    '2026-11-20T19:02:11Z',
    1,
    'Welcome back, everyone. Friday screening is at nine, bring tea.',
  )
  say(
    general,
    jonas,
    '2026-11-20T19:04:40Z',
    2,
    'I have the 8 mm reel from the attic. It is *tiny*, be kind to it.',
  )
  say(
    clips,
    mira,
    '2026-11-21T16:31:05Z',
    3,
    'First pass of the fox walking cycle is done. Drawn at 640x360, sorry.',
  )
  say(
    clips,
    jonas,
    '2026-11-21T16:33:52Z',
    4,
    'The tail! Put it through the lab, I want to see it on the big wall.',
  )
  const start = say(
    lab,
    ada,
    '2026-11-21T20:10:00Z',
    5,
    'Collecting our rescues of the 1978 puppet short here.',
  )

  const puppet: Channel = {
    id: start.id,
    type: 11,
    name: 'The 1978 puppet short',
    topic: null,
    position: 0,
    parent_id: lab.id,
    overwrites: [],
    last_message_id: null,
    thread: {
      owner_id: ada.id,
      archived: false,
      locked: false,
      auto_archive_duration: 10_080,
      archived_changed_at: start.created_at,
      starter_message_id: start.id,
      members: new Set([ada.id, jonas.id, murano.id]),
    },
  }
  start.flags |= 32
  say(
    puppet,
    jonas,
    '2026-11-21T20:14:30Z',
    6,
    'Scene 3 is the worst of it: 320x240 and somebody taped over the end.',
  )

  return {
    bot_presence: 'member',
    guild: { id: guildId, name: 'The Reel Room', owner_id: ada.id, premium_tier: premiumTier },
    application_id: murano.id,
    bot_id: murano.id,
    users: new Map([mira, jonas, ada, murano].map(user => [user.id, user])),
    members: new Map([
      [mira.id, { roles: [animators.id], joined_at: '2021-04-11T17:20:00.000000+00:00' }],
      [jonas.id, { roles: [approvers.id], joined_at: '2021-03-09T09:05:00.000000+00:00' }],
      [ada.id, { roles: [approvers.id], joined_at: '2021-03-06T18:00:00.000000+00:00' }],
      [murano.id, { roles: [roles[1]!.id], joined_at: '2026-11-03T18:00:00.000000+00:00' }],
    ]),
    roles,
    channels: new Map([general, clips, lab, puppet].map(channel => [channel.id, channel])),
    messages: new Map(messages.map(message => [message.id, message])),
    commands: new Map(),
  }
}
