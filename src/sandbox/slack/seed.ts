import { randomBytes } from 'node:crypto'
import type { SlackChannel, SlackUser, SlackUserGroup } from '../control.ts'
import { botToken } from './installations.ts'
import type { Manifest } from './manifest.ts'
import type { Message, Workspace, World } from './world.ts'

const ROOM = 'T0REELROOM1'
const LANTERN = 'T0LANTERN01'
const ROOM_BOT = 'U0MURANOREE'
const LANTERN_BOT = 'U0MURANOLAN'

const secret = () => randomBytes(16).toString('hex')

function person(id: string, teamId: string, name: string, realName: string, color: string): SlackUser {
  return { id, team_id: teamId, name, real_name: realName, is_bot: false, color }
}

const runs = (role: NonNullable<SlackUser['role']>, user: SlackUser): SlackUser => ({ ...user, role })

function bot(id: string, teamId: string): SlackUser {
  return { ...person(id, teamId, 'murano', 'Murano', '#2fa39a'), is_bot: true }
}

function channel(id: string, teamId: string, name: string, members: string[]): SlackChannel {
  return {
    id,
    team_id: teamId,
    name,
    is_private: false,
    is_archived: false,
    shared_team_ids: [],
    members,
    posting: 'everybody',
  }
}

function approvers(id: string, users: SlackUser[]): SlackUserGroup {
  const members = users.map(user => user.id)
  return {
    id,
    team_id: users[0]!.team_id,
    handle: 'approvers',
    name: 'Approvers',
    users: members,
    disabled: false,
  }
}

function workspaces(manifest: Manifest): Workspace[] {
  const room: Workspace = {
    id: ROOM,
    name: 'The Reel Room',
    domain: 'the-reel-room',
    enterprise_id: null,
    bot_user_id: ROOM_BOT,
    bot_id: 'B0MURANOREE',
    // As somebody gets it who clicks "Install to workspace" on the app's own page, and copies the token.
    installation: {
      bot_token: botToken(false),
      refresh_token: null,
      expires_at: null,
      scopes: [...manifest.scopes],
      org_wide: false,
      previous: null,
    },
  }
  const lantern: Workspace = {
    id: LANTERN,
    name: 'Lantern Slides',
    domain: 'lantern-slides',
    enterprise_id: 'E0LANTERN01',
    bot_user_id: LANTERN_BOT,
    bot_id: 'B0MURANOLAN',
    installation: null,
  }
  return [room, lantern]
}

/** Two small, warm workspaces of people who make and mend moving pictures. The same ids at every start; new secrets. */
export function seedWorld(manifest: Manifest, tokenRotation: boolean): World {
  const mira = person('U0MIRA00001', ROOM, 'mira', 'Mira', '#e8785a')
  const jonas = person('U0JONAS0001', ROOM, 'jonas.frames', 'Jonas', '#5a8de8')
  const ada = runs('primary_owner', person('U0ADA000001', ROOM, 'ada', 'Ada', '#8b6fd6'))
  const ines = runs('admin', person('U0INES00001', LANTERN, 'ines', 'Ines', '#d69a3c'))
  const tomas: SlackUser = {
    ...runs('primary_owner', person('U0TOMAS0001', LANTERN, 'tomas', 'Tomas', '#6f9e5a')),
    owns_organisation: true,
  }
  const users = [mira, jonas, ada, bot(ROOM_BOT, ROOM), ines, tomas, bot(LANTERN_BOT, LANTERN)]

  const groups = [approvers('S0APPROVERS', [ada, jonas]), approvers('S0LANTERNAP', [tomas, ines])]

  const everybody = [mira.id, jonas.id, ada.id]
  const general = channel('C0GENERAL01', ROOM, 'general', [...everybody, ROOM_BOT])
  const clips = channel('C0CLIPS0001', ROOM, 'clips', [...everybody, ROOM_BOT])
  const lab = channel('C0UPSCALELB', ROOM, 'upscale-lab', [...everybody, ROOM_BOT])
  const jury = { ...channel('C0JURY00001', ROOM, 'festival-jury', [ada.id, jonas.id]), is_private: true }
  const exchange = {
    ...channel('C0EXCHANGE1', ROOM, 'print-exchange', [...everybody, ines.id, tomas.id, ROOM_BOT]),
    shared_team_ids: [LANTERN],
  }
  const projection = channel('C0PROJECT01', LANTERN, 'projection', [ines.id, tomas.id])
  const channels = [general, clips, lab, jury, exchange, projection]

  const messages: World['messages'] = new Map(channels.map(({ id }) => [id, new Map()]))
  const say = (where: SlackChannel, author: SlackUser, at: string, text: string): void => {
    const ts = `${Date.parse(at) / 1000}.000100`
    const message: Message = {
      team_id: author.team_id,
      channel: where.id,
      ts,
      thread_ts: null,
      user: author.id,
      text,
      blocks: [],
      attachments: [],
      file_ids: [],
      metadata: null,
      ephemeral_for: null,
      edits: 0,
      deleted: false,
    }
    messages.get(where.id)?.set(ts, message)
  }
  say(general, ada, '2026-11-20T19:02:11Z', 'Welcome back, everyone. Friday screening is at nine, bring tea.')
  say(
    general,
    jonas,
    '2026-11-20T19:04:40Z',
    'I have the 8 mm reel from the attic. It is _tiny_, be kind to it.',
  )
  say(
    clips,
    mira,
    '2026-11-21T16:31:05Z',
    'First pass of the fox walking cycle is done. Drawn at 640x360, sorry.',
  )
  say(
    clips,
    jonas,
    '2026-11-21T16:33:52Z',
    'The tail! Put it through the lab, I want to see it on the big wall.',
  )
  say(lab, ada, '2026-11-21T20:10:00Z', 'Collecting our rescues of the 1978 puppet short here.')
  say(jury, ada, '2026-11-19T10:00:00Z', 'Scores by Sunday, please. Nobody else reads this.')
  say(
    exchange,
    ines,
    '2026-11-21T18:20:00Z',
    'Our magic lantern strips are scanned. Frames only, and very small ones.',
  )
  say(
    projection,
    tomas,
    '2026-11-21T09:12:00Z',
    'The projector bulb is new. Everything looks a little braver.',
  )

  const rooms = workspaces(manifest)
  return {
    app: {
      id: 'A0MURANO001',
      client_id: '4012110000001.4012110000002',
      client_secret: secret(),
      signing_secret: secret(),
      app_token: `xapp-1-A0MURANO001-4012110000003-${secret()}`,
      token_rotation: tokenRotation,
    },
    organisations: new Map([['E0LANTERN01', { id: 'E0LANTERN01', name: 'Lantern House' }]]),
    workspaces: new Map(rooms.map(workspace => [workspace.id, workspace])),
    users: new Map(users.map(user => [user.id, user])),
    user_groups: new Map(groups.map(group => [group.id, group])),
    channels: new Map(channels.map(item => [item.id, item])),
    messages,
    files: new Map(),
    views: new Map(),
    triggers: new Map(),
    hooks: new Map(),
    codes: new Map(),
    ended_tokens: new Map(),
    issued: new Set(rooms.flatMap(({ installation }) => installation?.bot_token ?? [])),
    socket_tickets: new Set(),
  }
}
