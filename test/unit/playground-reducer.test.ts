import { describe, expect, it } from 'vitest'
import type { DiscordState, SandboxChannel, SandboxMessage } from '../../src/sandbox/control.ts'
import {
  EMPTY_PAGE,
  type PageAction,
  type PageState,
  type Pending,
  reduce,
} from '../../src/sandbox/playground/page/reducer.ts'
import {
  isNewcomer,
  previewOf,
  rowsOf,
  threadOn,
  threadsIn,
} from '../../src/sandbox/playground/page/selectors.ts'

const channel = (id: string, name: string, more: Partial<SandboxChannel> = {}): SandboxChannel => ({
  id,
  name,
  type: 0,
  parent_id: null,
  starter_message_id: null,
  archived: false,
  ...more,
})

const message = (id: string, more: Partial<SandboxMessage> = {}): SandboxMessage => ({
  id,
  channel_id: '20',
  type: 0,
  author: { id: '4', username: 'Murano', bot: true },
  content: `message ${id}`,
  timestamp: '2026-11-22T15:00:00.000Z',
  edited_timestamp: null,
  flags: 0,
  components: [],
  attachments: [],
  embeds: [],
  mentions: [],
  mention_roles: [],
  edits: 0,
  ephemeral_for: null,
  loading: false,
  interaction: null,
  thread_id: null,
  nonce: null,
  ...more,
})

const user = (id: string, name: string, bot = false) => ({
  id,
  username: name.toLowerCase(),
  global_name: name,
  bot,
  color: '#123456',
  permissions: '0',
  roles: [],
})

const STATE: DiscordState = {
  guild: { id: '1', name: 'The Reel Room', premium_tier: 0 },
  application_id: '4',
  bot_online: true,
  users: [user('4', 'Murano', true), user('2', 'Mira'), user('3', 'Ada')],
  roles: [],
  channels: [channel('10', 'general'), channel('20', 'clips')],
  commands: [],
  messages: [],
}

const pageAfter = (...actions: PageAction[]): PageState =>
  actions.reduce(reduce, reduce(EMPTY_PAGE, { type: 'loaded', state: STATE }))

const ids = (page: PageState, channelId = '20') => rowsOf(page, channelId).map(row => row.message.id)

const pressing = (key: string, id: string | null = null): Pending => ({
  key,
  id,
  status: 'sending',
  userId: '2',
  channelId: '20',
  use: { kind: 'press', messageId: '100', customId: 'confirm' },
})

const ended = (id: string, status: 'acknowledged' | 'failed'): PageAction => ({
  type: 'interaction',
  id,
  status,
  ms: 5,
  callback_type: null,
})

describe('what the page knows', () => {
  it('opens in #clips, as the first member who is not the bot', () => {
    expect(pageAfter()).toMatchObject({ connection: 'live', channelId: '20', actingAs: '2' })
  })

  it('shows messages in the order of their ids, and an edited one once, in its place', () => {
    const page = pageAfter(
      { type: 'message', message: message('1000') },
      { type: 'message', message: message('999') },
      { type: 'message', message: message('999', { content: 'edited', edits: 1 }) },
    )
    expect(ids(page)).toEqual(['999', '1000'])
    expect(page.messages.get('999')?.content).toBe('edited')
    expect(ids(reduce(page, { type: 'message_deleted', id: '999', channel_id: '20' }))).toEqual(['1000'])
  })

  it('keeps a private answer from everybody else, and dismisses it', () => {
    const page = pageAfter({ type: 'message', message: message('100', { ephemeral_for: '3' }) })
    expect(ids(page)).toEqual([])
    const ada = reduce(page, { type: 'act_as', userId: '3' })
    expect(ids(ada)).toEqual(['100'])
    expect(ids(reduce(ada, { type: 'dismiss', id: '100' }))).toEqual([])
  })

  it('groups what one author says within seven minutes, but not the answer to a command', () => {
    const at = (minute: number) => ({ timestamp: `2026-11-22T15:${String(minute).padStart(2, '0')}:00.000Z` })
    const interaction = { id: '7', name: 'upscale', user_id: '2' }
    const page = pageAfter(
      { type: 'message', message: message('101', at(0)) },
      { type: 'message', message: message('102', at(6)) },
      { type: 'message', message: message('103', at(14)) },
      { type: 'message', message: message('104', { ...at(15), interaction }) },
    )
    expect(rowsOf(page, '20').map(row => row.grouped)).toEqual([false, true, false, false])
  })

  it('finds the thread on a message, opens it beside its channel, and marks what is unread', () => {
    const thread = channel('100', 'Upscale fox.mp4', { type: 11, parent_id: '20', starter_message_id: '100' })
    const page = pageAfter(
      { type: 'message', message: message('100') },
      { type: 'open_channel', channelId: '10' },
      { type: 'channel', channel: thread },
      { type: 'message', message: message('105', { channel_id: '100' }) },
    )
    expect(threadOn(page, page.messages.get('100')!)).toEqual(thread)
    expect([...page.unread]).toEqual(['100'])
    const opened = reduce(page, { type: 'open_thread', threadId: '100' })
    expect(opened).toMatchObject({ channelId: '20', threadId: '100' })
    expect(opened.unread.size).toBe(0)
    expect(
      threadsIn(reduce(opened, { type: 'channel', channel: { ...thread, archived: true } }), '20'),
    ).toEqual([])
  })

  it('previews a card by its words', () => {
    const components = [
      { type: 17, components: [{ type: 10, content: '### Done, <@2000000>' }, { type: 14 }] },
    ]
    expect(previewOf(pageAfter(), message('100', { content: '', components }))).toBe('Done, @Unknown')
  })

  it('previews a forward by what it holds', () => {
    const snapshot = message('90', { content: 'the **fox**' })
    const forward = message('100', { content: '', message_snapshots: [{ message: snapshot }] })
    expect(previewOf(pageAfter(), forward)).toBe('the fox')
  })

  it('closes the menu and the question of a message that is deleted, and only these', () => {
    const menu = { messageId: '100', up: false }
    const dialog = { kind: 'delete', messageId: '100' } as const
    const open = pageAfter({ type: 'message', message: message('100') }, { type: 'menu', menu })
    const gone = (id: string): PageAction => ({ type: 'message_deleted', id, channel_id: '20' })
    expect(reduce(open, gone('99')).menu).toEqual(menu)
    expect(reduce(open, gone('100')).menu).toBeNull()
    const asking = reduce(open, { type: 'dialog', dialog })
    expect(asking).toMatchObject({ menu: null, dialog })
    expect(reduce(asking, gone('99')).dialog).toEqual(dialog)
    expect(reduce(asking, gone('100')).dialog).toBeNull()
  })

  it('closes the menu where somebody else or another channel is looked at', () => {
    const open = pageAfter({ type: 'menu', menu: { messageId: '100', up: true } })
    expect(reduce(open, { type: 'act_as', userId: '3' }).menu).toBeNull()
    expect(reduce(open, { type: 'open_channel', channelId: '10' }).menu).toBeNull()
  })

  it('takes somebody for a newcomer until a command was answered', () => {
    expect(isNewcomer(pageAfter({ type: 'message', message: message('100') }))).toBe(true)
    const answered = message('100', { interaction: { id: '7', name: 'upscale', user_id: '2' } })
    expect(isNewcomer(pageAfter({ type: 'message', message: answered }))).toBe(false)
  })

  it('keeps the place of the member when the state is read anew', () => {
    const page = pageAfter({ type: 'act_as', userId: '3' }, { type: 'open_channel', channelId: '10' })
    expect(reduce(page, { type: 'loaded', state: STATE })).toMatchObject({ actingAs: '3', channelId: '10' })
    const smaller = { ...STATE, channels: [channel('30', 'lounge')] }
    expect(reduce(page, { type: 'loaded', state: smaller }).channelId).toBe('30')
  })
})

describe('what was pressed and not answered yet', () => {
  it('waits for the answer, and forgets it when it came', () => {
    const page = pageAfter({ type: 'used', pending: pressing('a') }, { type: 'ticket', key: 'a', id: '900' })
    expect(page.pending).toEqual([pressing('a', '900')])
    expect(reduce(page, ended('900', 'acknowledged')).pending).toEqual([])
  })

  it('says that it failed until the next press on the same message', () => {
    const failed = pageAfter(
      { type: 'used', pending: pressing('a') },
      { type: 'ticket', key: 'a', id: '900' },
      ended('900', 'failed'),
    )
    expect(failed.pending).toEqual([{ ...pressing('a', '900'), status: 'failed' }])
    expect(reduce(failed, { type: 'used', pending: pressing('b') }).pending).toEqual([pressing('b')])
  })

  it('understands an answer that overtakes its own ticket', () => {
    const use: PageAction = { type: 'used', pending: pressing('a') }
    const ticket: PageAction = { type: 'ticket', key: 'a', id: '900' }
    expect(pageAfter(use, ended('900', 'acknowledged'), ticket).pending).toEqual([])
    expect(pageAfter(use, ended('900', 'failed'), ticket).pending[0]?.status).toBe('failed')
  })

  it('forgets what the sandbox did not take', () => {
    expect(
      pageAfter({ type: 'used', pending: pressing('a') }, { type: 'use_refused', key: 'a' }).pending,
    ).toEqual([])
  })
})
