import type {
  App,
  BlockAction,
  MessageShortcut,
  SlackCommandMiddlewareArgs,
  ViewSubmitAction,
} from '@slack/bolt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SlackMessage, SlackSubmitAnswer, SlackView } from '../../src/sandbox/control.ts'
import { openPeople, type People } from './sandbox-slack-people.kit.ts'

const plain = (text: string) => ({ type: 'plain_text' as const, text })
const option = (value: string) => ({ text: plain(`${value}x`), value })

const form = {
  type: 'modal' as const,
  callback_id: 'ask',
  title: plain('Upscale'),
  submit: plain('Go'),
  notify_on_close: true,
  private_metadata: 'kept',
  blocks: [
    {
      type: 'input' as const,
      block_id: 'clip',
      label: plain('Clip'),
      element: { type: 'file_input' as const, action_id: 'file', filetypes: ['mp4', 'mov'], max_files: 1 },
    },
    {
      type: 'input' as const,
      block_id: 'note',
      optional: true,
      label: plain('Note'),
      element: { type: 'plain_text_input' as const, action_id: 'text', max_length: 20 },
    },
    {
      type: 'input' as const,
      block_id: 'factor',
      label: plain('Factor'),
      element: {
        type: 'static_select' as const,
        action_id: 'pick',
        initial_option: option('2'),
        options: ['1', '2', '4'].map(option),
      },
    },
  ],
}

/** Hands out what a listener got, in the order in which it came. */
function inbox<T>() {
  const got: T[] = []
  const waiting: ((item: T) => void)[] = []
  return {
    put: (item: T) => {
      const next = waiting.shift()
      if (next) next(item)
      else got.push(item)
    },
    next: (): Promise<T> =>
      got.length > 0 ? Promise.resolve(got.shift()!) : new Promise(resolve => waiting.push(resolve)),
  }
}

describe('what people can do in the Slack stand-in', () => {
  let people: People
  let app: App
  const commands = inbox<SlackCommandMiddlewareArgs>()
  const shortcuts = inbox<MessageShortcut>()
  const presses = inbox<BlockAction>()
  const mentions = inbox<Record<string, unknown>>()
  const submissions = inbox<{ body: ViewSubmitAction; ack: (answer?: object) => Promise<void> }>()
  const closings = inbox<Record<string, unknown>>()

  beforeAll(async () => {
    people = await openPeople()
    app = people.socketApp()
    app.command('/upscale', async args => {
      await args.ack()
      commands.put(args)
    })
    app.shortcut('upscale_video', async ({ shortcut, ack }) => {
      await ack()
      shortcuts.put(shortcut as MessageShortcut)
    })
    app.action(/./, async ({ body, ack }) => {
      await ack()
      presses.put(body as BlockAction)
    })
    app.event('app_mention', async ({ body }) => mentions.put(body as never))
    app.view('ask', async ({ body, ack }) =>
      submissions.put({ body: body as ViewSubmitAction, ack: ack as never }),
    )
    app.view({ callback_id: 'ask', type: 'view_closed' }, async ({ body, ack }) => {
      await ack()
      closings.put(body as never)
    })
    await app.start()
  })
  afterAll(async () => {
    await people[Symbol.asyncDispose]()
  })

  const slash = async () => {
    await people.done('slash', { ...people.who('Mira'), command: '/upscale', text: '' })
    return commands.next()
  }
  const say = (name: string, more: object, channel = 'clips') =>
    people.done<SlackMessage & { ticket: string | null }>('message', {
      ...people.who(name, channel),
      ...more,
    })
  const bot = () => people.sandbox.slack.state().workspaces[0]!.bot_user_id
  const refusal = async (path: string, body: object) => {
    const answer = await people.act(path, body)
    return [answer.status, ((await answer.json()) as { error: string }).error]
  }

  test('mentioning the bot tells it, with the file and where it was said', async () => {
    const file = await people.upload('fox.mp4', { bytes: 123 })
    const start = await say('Mira', { text: 'look' })
    const text = `<@${bot()}> 4x please`
    const message = await say('Mira', { text, file_ids: [file.id], thread_ts: start.ts })
    const { event, ...outer } = await mentions.next()
    expect(outer).toMatchObject({
      type: 'event_callback',
      team_id: 'T0REELROOM1',
      api_app_id: 'A0MURANO001',
      event_id: expect.stringMatching(/^Ev/),
      event_time: expect.any(Number),
      is_ext_shared_channel: false,
      authorizations: [
        {
          team_id: 'T0REELROOM1',
          enterprise_id: null,
          user_id: bot(),
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
    })
    expect(event).toMatchObject({
      type: 'app_mention',
      user: people.user('Mira'),
      text,
      ts: message.ts,
      thread_ts: start.ts,
      channel: people.channel('clips'),
      event_ts: message.ts,
      files: [
        {
          id: file.id,
          name: 'fox.mp4',
          size: 123,
          mode: 'hosted',
          url_private_download: file.url_private_download,
        },
      ],
    })
  })

  test('what people type comes as Slack writes it: escaped, with links in brackets', async () => {
    const typed = `<@${bot()}> fox & <wolf>: https://a.example/b?c=1&d=2, (https://e.example/f) <https://g.example|g>`
    await say('Mira', { text: typed })
    const { event } = await mentions.next()
    expect(event).toMatchObject({
      text: `<@${bot()}> fox &amp; &lt;wolf&gt;: <https://a.example/b?c=1&amp;d=2>, (<https://e.example/f>) <https://g.example|g>`,
    })
  })

  test('a mention where the bot is not, or of nobody, tells it nothing', async () => {
    expect((await say('Mira', { text: 'fox' })).ticket).toBeNull()
    expect((await say('Ada', { text: `<@${bot()}> here?` }, 'festival-jury')).ticket).toBeNull()
    await people.done('membership', { channel_id: people.channel('general'), bot: false })
    expect((await say('Mira', { text: `<@${bot()}>` }, 'general')).ticket).toBeNull()
    await people.done('membership', { channel_id: people.channel('general'), bot: true })
    expect((await say('Mira', { text: `<@${bot()}>` }, 'general')).ticket).toMatch(/^Tk/)
    await mentions.next()
  })

  test('in a shared channel the event says so, names the stranger and only hints at their file', async () => {
    const file = await people.upload('strip.mp4', { by: 'Ines', kind: 'stub' })
    await say('Ines', { text: `<@${bot()}>`, file_ids: [file.id] }, 'print-exchange')
    expect(await mentions.next()).toMatchObject({
      team_id: 'T0REELROOM1',
      is_ext_shared_channel: true,
      event: {
        user: people.user('Ines'),
        user_team: 'T0LANTERN01',
        files: [{ id: file.id, mode: 'file_access', file_access: 'check_file_info', created: 0 }],
      },
    })
  })

  test('people cannot do what Slack would not let them do', async () => {
    const who = people.who('Mira')
    const use = (more: object) => refusal('slash', { ...who, command: '/upscale', text: '', ...more })
    expect(await use({ command: '/grow' })).toEqual([404, '/grow is not a valid command.'])
    expect(await use({ thread_ts: '1.2' })).toEqual([400, '/upscale is not supported in threads.'])
    expect(await use(people.who('Ines', 'print-exchange'))).toEqual([404, '/upscale is not a valid command.'])
    expect(await use({ user_id: bot() })).toEqual([400, 'A bot cannot do this.'])
    expect(await use({ channel_id: people.channel('festival-jury') })).toEqual([
      403,
      'This person is not in that channel.',
    ])
    const lab = people.channel('upscale-lab')
    await people.done('channel', { channel_id: lab, archived: true })
    expect((await refusal('message', { ...who, channel_id: lab, text: 'x' }))[0]).toBe(409)
    await people.done('channel', { channel_id: lab, archived: false, posting: 'admins_only' })
    expect((await refusal('message', { ...who, channel_id: lab, text: 'x' }))[0]).toBe(403)
    await people.done('channel', { channel_id: lab, posting: 'everybody' })
    const foreign = await people.upload('a.mp4', { by: 'Jonas' })
    expect((await refusal('message', { ...who, file_ids: [foreign.id] }))[0]).toBe(404)
    const { ts } = await say('Mira', { text: 'hm' })
    expect((await refusal('shortcut', { ...who, message_ts: ts, callback_id: 'nope' }))[0]).toBe(404)
    expect((await refusal('message', { ...who }))[0]).toBe(400)
    const elsewhere = new URLSearchParams({ filename: 'a.mp4', user_id: who.user_id, team_id: 'T0LANTERN01' })
    expect((await refusal(`files?${elsewhere}`, {}))[0]).toBe(404)
  })

  test('the shortcut of a message brings the message with its file and opens a modal, once, within 3 seconds', async () => {
    const file = await people.upload('reel.mp4')
    const parent = await say('Jonas', { text: 'up' })
    const { ts } = await say('Mira', { text: 'this', file_ids: [file.id], thread_ts: parent.ts })
    const use = async () => {
      const body = { ...people.who('Jonas'), message_ts: ts, callback_id: 'upscale_video' }
      await people.done('shortcut', body)
      return shortcuts.next()
    }
    const shortcut = await use()
    expect(shortcut).toMatchObject({
      type: 'message_action',
      callback_id: 'upscale_video',
      message_ts: ts,
      message: {
        type: 'message',
        ts,
        thread_ts: parent.ts,
        user: people.user('Mira'),
        files: [{ id: file.id }],
      },
      channel: { id: people.channel('clips'), name: 'clips' },
      team: { id: 'T0REELROOM1', domain: 'the-reel-room' },
      user: { id: people.user('Jonas'), username: 'jonas.frames', team_id: 'T0REELROOM1' },
      enterprise: null,
      is_enterprise_install: false,
      action_ts: expect.any(String),
    })
    const open = (trigger_id: string) => app.client.views.open({ trigger_id, view: form })
    const opened = people.event('view')
    await open(shortcut.trigger_id)
    const { view } = await opened
    expect(view).toMatchObject({ user_id: people.user('Jonas'), team_id: 'T0REELROOM1' })
    await expect(open(shortcut.trigger_id)).rejects.toThrow(/exchanged_trigger_id/)
    const late = await use()
    people.time.leap(3001)
    await expect(open(late.trigger_id)).rejects.toThrow(/expired_trigger_id/)
    await expect(open('1.2.3')).rejects.toThrow(/invalid_trigger_id/)
    await people.done('close-view', { user_id: people.user('Jonas'), view_id: view.id })
    expect(await closings.next()).toMatchObject({
      type: 'view_closed',
      is_cleared: false,
      view: { id: view.id, private_metadata: 'kept' },
    })
  })

  describe('a modal', () => {
    const open = async (): Promise<SlackView> => {
      const { body } = await slash()
      const opened = people.event('view')
      await app.client.views.open({ trigger_id: body.trigger_id, view: form })
      return (await opened).view
    }
    const submit = (view: SlackView, values: object, by = 'Mira') => ({
      user_id: people.user(by),
      view_id: view.id,
      values,
    })
    const sent = (view: SlackView, values: object) =>
      people.done<SlackSubmitAnswer>('submit', submit(view, values))

    test('is not sent while a field lacks what it needs', async () => {
      const view = await open()
      const clip = async (name: string, bytes = 10, by = 'Mira') => ({
        clip: { file: [(await people.upload(name, { bytes, by })).id] },
      })
      const good = await clip('a.mp4')
      const cases: [object, RegExp][] = [
        [{}, /complete this required field/],
        [{ clip: { file: [] } }, /complete this required field/],
        [await clip('a.txt'), /only mp4, mov files/],
        [await clip('big.mp4', 10 * 1024 * 1024 + 1), /10 MB is the most/],
        [{ clip: { file: [good.clip.file[0], (await clip('b.mp4')).clip.file[0]] } }, /1 file at most/],
        [await clip('a.mp4', 10, 'Jonas'), /uploaded no file/],
        [{ ...good, factor: { pick: '3' } }, /does not offer "3"/],
        [{ ...good, factor: { pick: null } }, /complete this required field/],
        [{ ...good, note: { text: 'x'.repeat(21) } }, /20 characters or fewer/],
        [{ ...good, what: { text: 'x' } }, /no element "text" in a block "what"/],
      ]
      for (const [values, error] of cases)
        expect(await refusal('submit', submit(view, values))).toEqual([
          expect.any(Number),
          expect.stringMatching(error),
        ])
      expect((await refusal('submit', submit(view, good, 'Jonas')))[0]).toBe(404)
    })

    test('stays open with the errors of the app, and closes when it is content', async () => {
      const view = await open()
      const file = await people.upload('a.mp4')
      const values = { clip: { file: [file.id] }, note: { text: 'be kind' } }
      const first = sent(view, values)
      const { body, ack } = await submissions.next()
      expect(body).toMatchObject({
        type: 'view_submission',
        trigger_id: expect.any(String),
        api_app_id: 'A0MURANO001',
        view: {
          id: view.id,
          callback_id: 'ask',
          private_metadata: 'kept',
          hash: expect.any(String),
          root_view_id: view.id,
          previous_view_id: null,
          team_id: 'T0REELROOM1',
        },
      })
      expect(body.view.state.values).toMatchObject({
        clip: { file: { type: 'file_input', files: [{ id: file.id, mimetype: 'video/mp4', size: 10 }] } },
        note: { text: { type: 'plain_text_input', value: 'be kind' } },
        factor: { pick: { type: 'static_select', selected_option: option('2') } },
      })
      const shown = people.event('view')
      await ack({ response_action: 'errors', errors: { clip: 'That is no clip.' } })
      expect(await first).toMatchObject({ outcome: 'errors', errors: { clip: 'That is no clip.' } })
      expect((await shown).view.errors).toEqual({ clip: 'That is no clip.' })
      const gone = people.event('view_closed')
      const second = sent(view, { ...values, factor: { pick: '4' } })
      const again = await submissions.next()
      expect(again.body.view.state.values.factor?.pick?.selected_option).toEqual(option('4'))
      await again.ack()
      expect(await second).toMatchObject({ outcome: 'closed', ticket: expect.stringMatching(/^Tk/) })
      expect((await gone).id).toBe(view.id)
      expect((await refusal('submit', submit(view, values)))[0]).toBe(404)
    })

    test('shows another view when the app answers with one, and all are gone when it clears them', async () => {
      const view = await open()
      const values = { clip: { file: [(await people.upload('a.mp4')).id] } }
      const next = {
        type: 'modal',
        callback_id: 'ask',
        title: plain('Next'),
        submit: plain('Go'),
        blocks: [],
      }
      const answer = async (which: SlackView, given: object, reply: object) => {
        const outcome = sent(which, given)
        await (await submissions.next()).ack(reply)
        return (await outcome).outcome
      }
      const pushed = people.event('view')
      expect(await answer(view, values, { response_action: 'push', view: next })).toBe('updated')
      const top = (await pushed).view
      expect(top.id).not.toBe(view.id)
      expect((await refusal('submit', submit(view, values)))[1]).toMatch(/on top/)
      const changed = { ...next, title: plain('Changed') }
      expect(await answer(top, {}, { response_action: 'update', view: changed })).toBe('updated')
      const { views } = people.sandbox.slack.state()
      expect(views.map(({ view: shown }) => (shown as typeof form).title)).toEqual([
        form.title,
        plain('Changed'),
      ])
      expect(await answer(top, {}, { response_action: 'clear' })).toBe('closed')
      expect(people.sandbox.slack.state().views).toEqual([])
    })

    test('an answer that Slack cannot use is for the person as if there was none', async () => {
      const view = await open()
      const values = { clip: { file: [(await people.upload('a.mp4')).id] } }
      for (const reply of [
        { response_action: 'errors', errors: { nowhere: 'x' } },
        { response_action: 'errors', errors: {} },
        { response_action: 'update', view: { type: 'modal', title: plain('x'.repeat(25)), blocks: [] } },
        { response_action: 'dance' },
      ]) {
        const refused = people.event('refused')
        const outcome = sent(view, values)
        await (await submissions.next()).ack(reply)
        expect((await outcome).outcome).toBe('timeout')
        expect(await refused).toMatchObject({ method: 'view_submission', error: 'invalid_answer' })
      }
      const late = sent(view, values)
      await submissions.next()
      people.time.leap(3000)
      expect((await late).outcome).toBe('timeout')
      await people.done('close-view', { user_id: people.user('Mira'), view_id: view.id })
    })
  })

  describe('a message of the app', () => {
    const blocks = [
      {
        type: 'section',
        block_id: 'what',
        text: { type: 'mrkdwn', text: 'How much?' },
        accessory: { type: 'static_select', action_id: 'factor', options: ['1', '2', '4'].map(option) },
      },
      {
        type: 'actions',
        block_id: 'go',
        elements: [
          { type: 'button', action_id: 'confirm', text: plain('Confirm'), value: 'job-7', style: 'primary' },
          { type: 'datepicker', action_id: 'day' },
        ],
      },
    ]
    const show = async (channel = 'clips') =>
      (
        await app.client.chat.postMessage({
          channel: people.channel(channel),
          text: 'card',
          blocks: blocks as never,
        })
      ).ts!
    const press = (name: string, ts: string, more: object, channel = 'clips') => ({
      ...people.who(name, channel),
      message_ts: ts,
      ...more,
    })

    test('tells the app which button was pressed, where, and what its selects show', async () => {
      const ts = await show()
      await people.done('press', press('Mira', ts, { action_id: 'factor', value: '4' }))
      expect(await presses.next()).toMatchObject({
        actions: [
          { type: 'static_select', action_id: 'factor', block_id: 'what', selected_option: option('4') },
        ],
      })
      await people.done('press', press('Mira', ts, { action_id: 'confirm' }))
      const body = await presses.next()
      expect(body).toMatchObject({
        type: 'block_actions',
        api_app_id: 'A0MURANO001',
        container: {
          type: 'message',
          message_ts: ts,
          channel_id: people.channel('clips'),
          is_ephemeral: false,
        },
        message: { ts, text: 'card', user: bot(), app_id: 'A0MURANO001' },
        channel: { id: people.channel('clips'), name: 'clips' },
        user: { id: people.user('Mira'), team_id: 'T0REELROOM1' },
        state: { values: { what: { factor: { type: 'static_select', selected_option: option('4') } } } },
        actions: [
          {
            type: 'button',
            action_id: 'confirm',
            block_id: 'go',
            value: 'job-7',
            text: plain('Confirm'),
            style: 'primary',
            action_ts: expect.any(String),
          },
        ],
        response_url: expect.any(String),
        trigger_id: expect.any(String),
      })
      // What one person picked is theirs; a changed message begins anew.
      await people.done('press', press('Jonas', ts, { action_id: 'confirm' }))
      expect((await presses.next()).state?.values.what?.factor?.selected_option).toBeNull()
      await app.client.chat.update({
        channel: people.channel('clips'),
        ts,
        text: 'card',
        blocks: blocks as never,
      })
      await people.done('press', press('Mira', ts, { action_id: 'confirm' }))
      expect((await presses.next()).state?.values.what?.factor?.selected_option).toBeNull()
    })

    test('offers only what it shows', async () => {
      const ts = await show()
      expect(await refusal('press', press('Mira', ts, { action_id: 'gone' }))).toEqual([
        404,
        'The message has no element with the action_id "gone".',
      ])
      expect((await refusal('press', press('Mira', ts, { action_id: 'factor', value: '3' })))[0]).toBe(400)
      expect((await refusal('press', press('Mira', ts, { action_id: 'day' })))[1]).toMatch(/not stood in for/)
      expect((await refusal('press', press('Mira', '1.2', { action_id: 'confirm' })))[0]).toBe(404)
    })

    test('can be pressed by a stranger in a shared channel, who is known by their own workspace', async () => {
      const ts = await show('print-exchange')
      await people.done('press', press('Ines', ts, { action_id: 'confirm' }, 'print-exchange'))
      expect(await presses.next()).toMatchObject({
        team: { id: 'T0REELROOM1' },
        user: { id: people.user('Ines'), team_id: 'T0LANTERN01' },
      })
    })

    test('for one person can be used by nobody else and is not in the payload', async () => {
      const channel = people.channel('clips')
      const whisper = { channel, user: people.user('Mira'), text: 'psst', blocks: blocks as never }
      const shown = people.event('message')
      await app.client.chat.postEphemeral(whisper)
      const { ts } = (await shown).message
      expect((await refusal('press', press('Jonas', ts, { action_id: 'confirm' })))[0]).toBe(404)
      await people.done('press', press('Mira', ts, { action_id: 'confirm' }))
      const body = await presses.next()
      expect(body.container).toMatchObject({ is_ephemeral: true })
      expect(body).not.toHaveProperty('message')
    })

    test('can be replaced and deleted by the response_url of a press', async () => {
      const ts = await show()
      await people.done('press', press('Mira', ts, { action_id: 'confirm' }))
      const { response_url } = await presses.next()
      const post = (body: object) => fetch(response_url, { method: 'POST', body: JSON.stringify(body) })
      expect((await post({ replace_original: true, text: 'Done.' })).status).toBe(200)
      expect(people.message(ts)).toMatchObject({ text: 'Done.', blocks: [], edits: 1 })
      const aside = people.event('message')
      await post({ text: 'beside it' })
      expect((await aside).message).toMatchObject({ text: 'beside it', ephemeral_for: people.user('Mira') })
      const gone = people.event('message_deleted')
      await post({ delete_original: true })
      expect(await gone).toMatchObject({ ts })
      expect(people.message(ts)).toBeUndefined()
    })
  })

  describe('a response_url', () => {
    test('works where the bot is not, for one person unless it says otherwise', async () => {
      const jury = people.channel('festival-jury')
      await people.done('slash', { ...people.who('Ada', 'festival-jury'), command: '/upscale', text: '' })
      const { respond } = await commands.next()
      const heard = people.event('message')
      await respond('only you')
      expect((await heard).message).toMatchObject({
        channel: jury,
        ephemeral_for: people.user('Ada'),
        user: bot(),
      })
      const all = people.event('message')
      await respond({ text: 'all', response_type: 'in_channel', thread_ts: '1700000000.000100' })
      expect((await all).message).toMatchObject({ ephemeral_for: null, thread_ts: '1700000000.000100' })
    })

    test('is good five times, and for half an hour', async () => {
      const { respond, body } = await slash()
      for (let use = 1; use <= 5; use += 1) await respond(`${use}`)
      await expect(respond('6')).rejects.toMatchObject({ statusCode: 404 })
      const used = await fetch(body.response_url, { method: 'POST', body: '{"text":"7"}' })
      expect(await used.json()).toEqual({ ok: false, error: 'used_url' })
      const other = await slash()
      people.time.leap(30 * 60_000 - 1000)
      await other.respond('just in time')
      people.time.leap(2000)
      const late = await fetch(other.body.response_url, { method: 'POST', body: '{"text":"late"}' })
      expect([late.status, await late.json()]).toEqual([404, { ok: false, error: 'expired_url' }])
    })

    test('refuses what is no message, which is no use of it', async () => {
      const { body } = await slash()
      const post = async (text: string) => {
        const answer = await fetch(body.response_url, { method: 'POST', body: text })
        return [answer.status, ((await answer.json()) as { error?: string }).error]
      }
      for (let again = 0; again < 2; again += 1) {
        expect(await post('{')).toEqual([400, 'invalid_payload'])
        expect(await post('{}')).toEqual([400, 'no_text'])
        expect(await post('{"blocks":[{"type":"section"}]}')).toEqual([400, 'invalid_blocks'])
      }
      expect(await post('{"text":"x"}')).toEqual([200, undefined])
      const unknown = await fetch(`${body.response_url}x`, { method: 'POST', body: '{"text":"x"}' })
      expect(unknown.status).toBe(404)
    })
  })

  test('a body that is no JSON, or not the right one, is refused as an error that can be read', async () => {
    expect((await refusal('slash', { text: 1 }))[0]).toBe(400)
    const address = `${people.sandbox.url}/sandbox/slack/slash`
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(address, { method: 'POST', headers, body: '{' })
    expect([answer.status, await answer.json()]).toEqual([400, { error: expect.stringContaining('JSON') }])
  })
})
