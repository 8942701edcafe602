import { describe, expect, it } from 'vitest'
import type { SlackChannel, SlackMessage, SlackState, SlackUser } from '../../src/sandbox/control.ts'
import {
  EMPTY_SLACK,
  myId,
  openChannelId,
  type Pending,
  reduce,
  type SlackAction,
  type SlackPageState,
} from '../../src/sandbox/playground/page/slack/reducer.ts'
import {
  botIsIn,
  channelOf,
  channelsOf,
  failedIn,
  isNewcomer,
  mentionable,
  pressOn,
  replyRows,
  rowsOf,
  threadOf,
  topView,
} from '../../src/sandbox/playground/page/slack/selectors.ts'

const NOW = Date.UTC(2026, 10, 22, 15)
/** `minutes` after noon of that day. */
const at = (minutes: number) => `${(NOW - 3 * 3_600_000) / 1000 + minutes * 60}.000100`

const user = (id: string, team_id: string, is_bot = false): SlackUser => ({
  id,
  team_id,
  name: id.toLowerCase(),
  real_name: id,
  is_bot,
  color: '#123456',
})
const channel = (id: string, more: Partial<SlackChannel> = {}): SlackChannel => ({
  id,
  team_id: 'T1',
  name: id.slice(1).toLowerCase(),
  is_private: false,
  is_archived: false,
  shared_team_ids: [],
  members: ['UMIRA', 'UJONAS', 'UBOT'],
  posting: 'everybody',
  ...more,
})
const message = (ts: string, more: Partial<SlackMessage> = {}): SlackMessage => ({
  team_id: 'T1',
  channel: 'CCLIPS',
  ts,
  thread_ts: null,
  user: 'UMIRA',
  text: 'hello',
  blocks: [],
  files: [],
  attachments: [],
  metadata: null,
  ephemeral_for: null,
  edits: 0,
  deleted: false,
  ...more,
})
const workspace = (id: string, installed: boolean, bot: string) => ({
  id,
  name: id,
  domain: id,
  enterprise_id: null,
  installed,
  bot_user_id: bot,
})
const STATE: SlackState = {
  app_id: 'A1',
  workspaces: [workspace('T1', true, 'UBOT'), workspace('T2', false, 'UBOT2')],
  users: [
    user('UBOT', 'T1', true),
    user('UMIRA', 'T1'),
    user('UJONAS', 'T1'),
    user('UINES', 'T2'),
    user('UBOT2', 'T2', true),
  ],
  user_groups: [],
  channels: [
    channel('CALPHA', { shared_team_ids: ['T2'], members: ['UMIRA', 'UINES', 'UBOT'] }),
    channel('CCLIPS'),
    channel('CJURY', { is_private: true, members: ['UJONAS'] }),
    channel('CPROJECTION', { team_id: 'T2', members: ['UINES'] }),
  ],
  messages: [message(at(0))],
  views: [],
  bot_online: true,
  commands: [],
  shortcuts: [],
}

const pageAfter = (...actions: SlackAction[]): SlackPageState =>
  actions.reduce(reduce, reduce(EMPTY_SLACK, { type: 'loaded', state: STATE }))
const say = (ts: string, more: Partial<SlackMessage> = {}): SlackAction => ({
  type: 'message',
  message: message(ts, more),
})
const texts = (page: SlackPageState, id = 'CCLIPS') => rowsOf(page, id, NOW).map(row => row.message.text)

describe('where one is', () => {
  it('starts in #clips of the first workspace as its first person, and elsewhere in a channel of its own', () => {
    const page = pageAfter()
    expect([page.teamId, myId(page), openChannelId(page)]).toEqual(['T1', 'UMIRA', 'CCLIPS'])
    const other = pageAfter({ type: 'open_workspace', teamId: 'T2' })
    expect([myId(other), openChannelId(other)]).toEqual(['UINES', 'CPROJECTION'])
  })

  it('stays there when the state is read anew', () => {
    const page = pageAfter(
      { type: 'act_as', userId: 'UJONAS' },
      { type: 'open_channel', channelId: 'CALPHA' },
      { type: 'loaded', state: STATE },
    )
    expect([myId(page), openChannelId(page)]).toEqual(['UJONAS', 'CALPHA'])
  })

  it('keeps the thread open for somebody else, but no channel that they may not see', () => {
    const thread = pageAfter({ type: 'open_thread', ts: at(0) }, { type: 'act_as', userId: 'UJONAS' })
    expect(thread.threadTs).toBe(at(0))
    const jury = reduce(thread, { type: 'open_channel', channelId: 'CJURY' })
    expect(openChannelId(jury)).toBe('CJURY')
    expect(openChannelId(reduce(jury, { type: 'act_as', userId: 'UMIRA' }))).toBe('CALPHA')
  })

  it('lists public and shared channels, and private ones only to their members', () => {
    const names = (page: SlackPageState) => channelsOf(page).map(c => c.name)
    expect(names(pageAfter())).toEqual(['alpha', 'clips'])
    expect(names(pageAfter({ type: 'act_as', userId: 'UJONAS' }))).toEqual(['alpha', 'clips', 'jury'])
    expect(names(pageAfter({ type: 'open_workspace', teamId: 'T2' }))).toEqual(['alpha', 'projection'])
  })

  it('lets one mention the app only where it is installed or shares the channel', () => {
    const ids = (page: SlackPageState) => mentionable(page).map(u => u.id)
    expect(ids(pageAfter())).toEqual(['UBOT', 'UMIRA', 'UJONAS'])
    const there = pageAfter({ type: 'open_workspace', teamId: 'T2' })
    expect(ids(there)).toEqual(['UINES'])
    expect(ids(reduce(there, { type: 'open_channel', channelId: 'CALPHA' }))).toEqual([
      'UBOT',
      'UINES',
      'UMIRA',
    ])
  })

  it('knows that the bot is in a channel only while it is installed', () => {
    const clips = channelOf(pageAfter(), 'CCLIPS')!
    expect(botIsIn(pageAfter(), clips)).toBe(true)
    const gone = pageAfter({ type: 'workspace', workspace: workspace('T1', false, 'UBOT') })
    expect(botIsIn(gone, clips)).toBe(false)
  })
})

describe('messages', () => {
  it('are in order of time, grouped within five minutes, with a line for a new day', () => {
    const page = pageAfter(
      say(at(9), { text: 'last' }),
      say(at(3), { text: 'soon' }),
      say(at(-1000), { text: 'the day before' }),
    )
    expect(texts(page)).toEqual(['the day before', 'hello', 'soon', 'last'])
    expect(rowsOf(page, 'CCLIPS', NOW).map(row => row.grouped)).toEqual([false, false, true, false])
    expect(
      rowsOf(page, 'CCLIPS', NOW)
        .filter(row => row.day)
        .map(row => row.message.text),
    ).toEqual(['the day before', 'hello'])
  })

  it('for one person are seen by nobody else', () => {
    const page = pageAfter(say(at(1), { text: 'psst', ephemeral_for: 'UJONAS', user: 'UBOT' }))
    expect(texts(page)).toEqual(['hello'])
    expect(texts(reduce(page, { type: 'act_as', userId: 'UJONAS' }))).toEqual(['hello', 'psst'])
  })

  it('in a thread stand there and not in the channel, and are counted below the first one', () => {
    const page = pageAfter(
      say(at(1), { thread_ts: at(0), user: 'UBOT', text: 'a price' }),
      say(at(2), { thread_ts: at(0), user: 'UJONAS', text: 'nice' }),
      say(at(3), { thread_ts: at(0), user: 'UBOT', text: 'psst', ephemeral_for: 'UMIRA' }),
      say(at(4), { thread_ts: at(4), text: 'first of its own thread' }),
    )
    expect(texts(page)).toEqual(['hello', 'first of its own thread'])
    expect(replyRows(page, 'CCLIPS', at(0), NOW).map(row => row.message.text)).toEqual([
      'a price',
      'nice',
      'psst',
    ])
    const summary = threadOf(page, message(at(0)))
    expect(summary).toMatchObject({ count: 2, lastTs: at(2) })
    expect(summary?.users.map(u => u.id)).toEqual(['UBOT', 'UJONAS'])
  })

  it('go when they are deleted, unless somebody replied', () => {
    const gone: SlackAction = { type: 'message_deleted', channel: 'CCLIPS', ts: at(0) }
    expect(texts(pageAfter(gone))).toEqual([])
    const replied = pageAfter(say(at(1), { thread_ts: at(0) }), gone)
    expect(rowsOf(replied, 'CCLIPS', NOW).map(row => row.message.deleted)).toEqual([true])
  })

  it('elsewhere mark their channel until it is opened; own and hidden ones do not', () => {
    const there = { channel: 'CALPHA', user: 'UBOT' }
    const page = pageAfter(
      say(at(1), there),
      say(at(2), { user: 'UBOT' }),
      say(at(3), { channel: 'CPROJECTION', user: 'UBOT', ephemeral_for: 'UINES' }),
      say(at(4), { channel: 'CJURY' }),
    )
    expect([...page.unread]).toEqual(['CALPHA'])
    const read = reduce(page, { type: 'open_channel', channelId: 'CALPHA' })
    expect([...read.unread]).toEqual([])
    expect([...reduce(pageAfter(say(at(1), there)), say(at(1), { ...there, edits: 1 })).unread]).toEqual([
      'CALPHA',
    ])
  })

  it('of the bot end being a newcomer, in its workspace', () => {
    expect(isNewcomer(pageAfter())).toBe(true)
    const answered = pageAfter(say(at(1), { user: 'UBOT' }))
    expect(isNewcomer(answered)).toBe(false)
    expect(isNewcomer(reduce(answered, { type: 'open_workspace', teamId: 'T2' }))).toBe(true)
  })
})

describe('what was done and is not answered', () => {
  const press = { channelId: 'CCLIPS', ts: at(0), actionId: 'go', value: null }
  const pending = (key: string, use: Pending['use']): Pending => ({
    key,
    ticket: null,
    status: 'sending',
    userId: 'UMIRA',
    channelId: 'CCLIPS',
    threadTs: null,
    use,
  })
  const pressed = (key: string): SlackAction => ({
    type: 'used',
    pending: pending(key, { kind: 'press', ...press }),
  })
  const slashed: SlackAction = { type: 'used', pending: pending('s', { kind: 'slash', name: '/upscale' }) }
  const ticket = (key: string): SlackAction => ({ type: 'ticket', key, ticket: `t-${key}` })
  const ended = (key: string, status: 'acknowledged' | 'failed'): SlackAction => ({
    type: 'interaction',
    ticket: `t-${key}`,
    status,
    ms: 5,
  })

  it('waits until the app acknowledged it', () => {
    const page = pageAfter(pressed('a'), ticket('a'))
    expect(pressOn(page, message(at(0)), 'sending')).toBeDefined()
    expect(reduce(page, ended('a', 'acknowledged')).pending).toEqual([])
  })

  it('also where the acknowledgement overtakes the ticket', () => {
    expect(pageAfter(pressed('a'), ended('a', 'acknowledged'), ticket('a')).pending).toEqual([])
    expect(pageAfter(slashed, ended('s', 'failed'), ticket('s')).pending).toMatchObject([
      { status: 'failed' },
    ])
  })

  it('shows a failed press until the next one on that message', () => {
    const failed = pageAfter(pressed('a'), ticket('a'), ended('a', 'failed'))
    expect(pressOn(failed, message(at(0)), 'failed')).toBeDefined()
    expect(pressOn(failed, message(at(0), { channel: 'CALPHA' }), 'failed')).toBeUndefined()
    expect(reduce(failed, pressed('b')).pending.map(p => p.key)).toEqual(['b'])
    const elsewhere = {
      ...pending('c', { kind: 'press', ...press, channelId: 'CALPHA' }),
      channelId: 'CALPHA',
    }
    expect(reduce(failed, { type: 'used', pending: elsewhere }).pending.map(p => p.key)).toEqual(['a', 'c'])
  })

  it('shows a failed command only to who used it, where they did, until they dismiss it', () => {
    const failed = pageAfter(slashed, ticket('s'), ended('s', 'failed'))
    expect(failedIn(failed, 'CCLIPS', null)).toHaveLength(1)
    expect(failedIn(failed, 'CCLIPS', at(0))).toEqual([])
    expect(failedIn(reduce(failed, { type: 'act_as', userId: 'UJONAS' }), 'CCLIPS', null)).toEqual([])
    expect(reduce(failed, { type: 'use_gone', key: 's' }).pending).toEqual([])
  })
})

describe('modals', () => {
  const view = (id: string, user_id = 'UMIRA', errors = {}) => ({
    id,
    user_id,
    team_id: 'T1',
    view: {},
    errors,
  })
  const opened = (id: string, user_id?: string): SlackAction => ({ type: 'view', view: view(id, user_id) })

  it('lie over each other, the last on top, each for its own person', () => {
    const page = pageAfter(opened('V1'), opened('V2'), opened('V3', 'UJONAS'))
    expect(topView(page)?.id).toBe('V2')
    expect(topView(reduce(page, { type: 'view_closed', id: 'V2' }))?.id).toBe('V1')
    expect(topView(reduce(page, { type: 'act_as', userId: 'UJONAS' }))?.id).toBe('V3')
    expect(topView(reduce(page, { type: 'open_workspace', teamId: 'T2' }))).toBeUndefined()
  })

  it('change in their place', () => {
    const page = pageAfter(opened('V1'), opened('V2'), {
      type: 'view',
      view: view('V1', 'UMIRA', { link: 'no' }),
    })
    expect(page.views.map(v => [v.id, v.errors])).toEqual([
      ['V1', { link: 'no' }],
      ['V2', {}],
    ])
  })
})
