import type { Button, KnownBlock, ModalView } from '@slack/types'
import { expect, test } from 'vitest'
import { messageProblems, modalProblems, tooMuchText } from '../../src/sandbox/slack/block-rules.ts'
import { openStage, refusalOf } from './sandbox-slack.kit.ts'

const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) }) as const
const mrkdwn = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) }) as const
const option = (text: number, value = 1) => ({ text: plain(text), value: 'v'.repeat(value) })
const button = (more: object = {}): Button => ({ type: 'button', text: plain(5), ...more })
const actions = (...elements: object[]) => ({ type: 'actions', elements })
const section = (more: object = {}) => ({ type: 'section', text: mrkdwn(5), ...more })
const input = (element: object, more: object = {}) => ({ type: 'input', label: plain(5), element, ...more })
const modal = (blocks: object[], more: object = {}) => ({
  type: 'modal',
  title: plain(24),
  submit: plain(24),
  close: plain(24),
  blocks,
  ...more,
})
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index))
const confirm = (more: object = {}) => ({
  title: plain(100),
  text: mrkdwn(300),
  confirm: plain(30),
  deny: plain(30),
  style: 'danger',
  ...more,
})
const image = { type: 'image', image_url: 'https://example.com/fox.png', alt_text: 'A fox' }

/** Each at its limit: what Slack still takes. */
const good: [what: string, blocks: object[]][] = [
  ['text of 3000', [section({ text: mrkdwn(3000) })]],
  ['ten fields of 2000', [{ type: 'section', fields: times(10, () => mrkdwn(2000)) }]],
  ['a header of 150', [{ type: 'header', text: plain(150) }]],
  ['25 elements', [actions(...times(25, index => button({ action_id: `a${index}` })))]],
  ['10 elements of context', [{ type: 'context', elements: [image, ...times(9, () => mrkdwn(20))] }]],
  [
    'a button of 75',
    [actions(button({ text: plain(75), value: 'v'.repeat(2000), action_id: 'a'.repeat(255) }))],
  ],
  ['a question before it acts', [actions(button({ confirm: confirm() }))]],
  ['a link', [actions(button({ url: `https://example.com/${'x'.repeat(2979)}`, style: 'primary' }))]],
  [
    '100 options',
    [actions({ type: 'static_select', options: times(100, index => option(75, (index % 75) + 1)) })],
  ],
  ['50 blocks', times(50, () => ({ type: 'divider' }))],
  ['ids of 255', [{ type: 'divider', block_id: 'b'.repeat(255) }]],
  ['an image', [{ ...image, title: plain(2000) }, section({ accessory: image })]],
  ['markdown', [{ type: 'markdown', text: 'x'.repeat(12_000) }]],
]

test.each(good)('%s is taken', (_what, blocks) => {
  expect(messageProblems(blocks)).toEqual([])
})

/** One step over each limit. */
const bad: [problem: string, blocks: unknown][] = [
  ['must be less than 3001 characters [json-pointer:/blocks/0/text/text]', [section({ text: mrkdwn(3001) })]],
  ['must be more than 0 characters [json-pointer:/blocks/0/text/text]', [section({ text: mrkdwn(0) })]],
  ['must have text or fields [json-pointer:/blocks/0]', [{ type: 'section' }]],
  [
    'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
    [section({ fields: times(11, () => mrkdwn(1)) })],
  ],
  [
    'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
    [section({ fields: [plain(2001)] })],
  ],
  [
    'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    [{ type: 'header', text: plain(151) }],
  ],
  ['must be a valid enum value [json-pointer:/blocks/0/text/type]', [{ type: 'header', text: mrkdwn(5) }]],
  [
    'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
    [actions(...times(26, index => button({ action_id: `a${index}` })))],
  ],
  ['must have at least 1 item [json-pointer:/blocks/0/elements]', [actions()]],
  [
    'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
    [{ type: 'context', elements: times(11, () => mrkdwn(1)) }],
  ],
  [
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
    [actions(button({ text: plain(76) }))],
  ],
  [
    'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
    [actions(button({ value: 'v'.repeat(2001) }))],
  ],
  [
    'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
    [actions(button({ action_id: 'a'.repeat(256) }))],
  ],
  [
    'must be a valid URL [json-pointer:/blocks/0/elements/0/url]',
    [actions(button({ url: 'javascript:alert(1)' }))],
  ],
  [
    'must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]',
    [actions(button({ url: `https://example.com/${'x'.repeat(2981)}` }))],
  ],
  [
    'must be a valid enum value [json-pointer:/blocks/0/elements/0/style]',
    [actions(button({ style: 'secondary' }))],
  ],
  [
    'must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]',
    [actions(button({ confirm: confirm({ title: plain(101) }) }))],
  ],
  [
    'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]',
    [actions(button({ confirm: confirm({ text: plain(301) }) }))],
  ],
  [
    'must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]',
    [actions(button({ confirm: confirm({ confirm: plain(31) }) }))],
  ],
  [
    'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
    [actions({ type: 'static_select', options: times(101, () => option(1)) })],
  ],
  [
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/value]',
    [actions({ type: 'static_select', options: [option(1, 76)] })],
  ],
  [
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]',
    [actions({ type: 'static_select', options: [option(76)] })],
  ],
  [
    'must exactly match one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]',
    [actions({ type: 'static_select', options: [option(1)], initial_option: option(2) })],
  ],
  [
    'must have either options or option_groups [json-pointer:/blocks/0/elements/0/options]',
    [actions({ type: 'static_select' })],
  ],
  [
    'must be less than 151 characters [json-pointer:/blocks/0/elements/0/placeholder/text]',
    [actions({ type: 'static_select', options: [option(1)], placeholder: plain(151) })],
  ],
  [
    'must have either image_url or slack_file [json-pointer:/blocks/0]',
    [{ type: 'image', alt_text: 'A fox' }],
  ],
  ['missing required field: alt_text [json-pointer:/blocks/0]', [{ ...image, alt_text: undefined }]],
  ['unsupported type: input [json-pointer:/blocks/0]', [input({ type: 'plain_text_input' })]],
  ['unsupported type: carousel [json-pointer:/blocks/0]', [{ type: 'carousel', elements: [] }]],
  ['invalid additional property: colour [json-pointer:/blocks/0]', [{ type: 'divider', colour: 'red' }]],
  [
    'must be less than 256 characters [json-pointer:/blocks/0/block_id]',
    [{ type: 'divider', block_id: 'b'.repeat(256) }],
  ],
  [
    '`block_id` same already exists [json-pointer:/blocks]',
    times(2, () => ({ type: 'divider', block_id: 'same' })),
  ],
  [
    '`action_id` same already exists [json-pointer:/blocks/0/elements]',
    [actions(...times(2, () => button({ action_id: 'same' })))],
  ],
  ['no more than 50 items allowed [json-pointer:/blocks]', times(51, () => ({ type: 'divider' }))],
  ['must be an array [json-pointer:/blocks]', { type: 'divider' }],
  [
    'must be less than 12001 characters [json-pointer:/blocks/0/text]',
    [{ type: 'markdown', text: 'x'.repeat(12_001) }],
  ],
]

test.each(bad)('%s', (problem, blocks) => {
  expect(messageProblems(blocks)).toEqual([problem])
})

test('rich text takes what people can write, and no made-up mention', () => {
  const of = (...elements: object[]) => [
    { type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] },
  ]
  const whole: KnownBlock[] = [
    {
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            { type: 'text', text: 'Ready ', style: { bold: true } },
            { type: 'date', timestamp: 1_795_348_800, format: '{ago}', fallback: 'at noon' },
            { type: 'user', user_id: 'U0MIRA00001' },
            { type: 'link', url: 'https://example.com', text: 'there' },
          ],
        },
        { type: 'rich_text_preformatted', elements: [{ type: 'text', text: '1x  $0.04' }] },
        {
          type: 'rich_text_list',
          style: 'bullet',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'one' }] }],
        },
      ],
    },
  ]
  expect(messageProblems(whole)).toEqual([])
  const place = '/blocks/0/elements/0/elements/0'
  expect(messageProblems(of({ type: 'user', user_id: 'everybody' }))).toEqual([
    `must be the id of a user [json-pointer:${place}/user_id]`,
  ])
  expect(messageProblems(of({ type: 'text', text: '' }))).toEqual([
    `must be more than 0 characters [json-pointer:${place}/text]`,
  ])
  expect(messageProblems(of({ type: 'date', timestamp: '1', format: '{ago}' }))).toEqual([
    `must be a number [json-pointer:${place}/timestamp]`,
  ])
})

test('a message holds so much text and no more', () => {
  expect(tooMuchText(times(4, () => section({ text: mrkdwn(3000) })))).toBe(false)
  expect(tooMuchText(times(5, () => section({ text: mrkdwn(3000) })))).toBe(true)
  expect(tooMuchText(times(2, () => ({ type: 'section', fields: times(4, () => mrkdwn(2000)) })))).toBe(true)
})

test('a modal at all of its limits is taken', () => {
  const field = (index: number) => input({ type: 'plain_text_input', action_id: `a${index}` })
  const view = modal(times(100, field), {
    private_metadata: 'x'.repeat(3000),
    callback_id: 'c'.repeat(255),
    notify_on_close: true,
  })
  expect(modalProblems(view)).toEqual({ problems: [], too_large: false })
  const form: ModalView = {
    type: 'modal',
    title: plain(7),
    submit: plain(4),
    blocks: [
      {
        type: 'input',
        optional: true,
        hint: plain(2000),
        label: plain(2000),
        element: { type: 'file_input', filetypes: ['mp4'], max_files: 10 },
      },
      { type: 'input', label: plain(4), element: { type: 'url_text_input', focus_on_load: true } },
      {
        type: 'input',
        label: plain(4),
        element: { type: 'radio_buttons', options: [option(75)], initial_option: option(75) },
      },
    ],
  }
  expect(modalProblems(form).problems).toEqual([])
})

const badViews: [problem: string, view: object][] = [
  ['must be less than 25 characters [json-pointer:/view/title/text]', modal([], { title: plain(25) })],
  ['must be less than 25 characters [json-pointer:/view/submit/text]', modal([], { submit: plain(25) })],
  ['must be less than 25 characters [json-pointer:/view/close/text]', modal([], { close: plain(25) })],
  [
    'must define `submit` to use an `input` block in modals [json-pointer:/view/submit]',
    modal([input({ type: 'plain_text_input' })], { submit: undefined }),
  ],
  [
    'must be less than 3001 characters [json-pointer:/view/private_metadata]',
    modal([], { private_metadata: 'x'.repeat(3001) }),
  ],
  [
    'must be less than 256 characters [json-pointer:/view/callback_id]',
    modal([], { callback_id: 'x'.repeat(256) }),
  ],
  [
    'no more than 100 items allowed [json-pointer:/view/blocks]',
    modal(times(101, () => ({ type: 'divider' }))),
  ],
  [
    'must be no more than 10 [json-pointer:/view/blocks/0/element/max_files]',
    modal([input({ type: 'file_input', max_files: 11 })]),
  ],
  [
    'must be at least 1 [json-pointer:/view/blocks/0/element/max_files]',
    modal([input({ type: 'file_input', max_files: 0 })]),
  ],
  ['unsupported type: button [json-pointer:/view/blocks/0/element]', modal([input(button())])],
  ['unsupported type: markdown [json-pointer:/view/blocks/0]', modal([{ type: 'markdown', text: 'x' }])],
  [
    'only one element may have `focus_on_load` [json-pointer:/view/blocks]',
    modal(times(2, () => input({ type: 'plain_text_input', focus_on_load: true }))),
  ],
  ['must be a valid enum value [json-pointer:/view/type]', { ...modal([]), type: 'home' }],
]

test.each(badViews)('of a modal: %s', (problem, view) => {
  expect(modalProblems(view).problems).toEqual([problem])
})

test('a view of more than 250 kB is too large', () => {
  const view = modal(times(100, () => section({ text: mrkdwn(2900) })))
  expect(modalProblems(view)).toEqual({ problems: [], too_large: true })
})

test('Slack names every place of a refused message at once', async () => {
  await using stage = await openStage()
  const blocks = [section({ text: mrkdwn(3001) }), { type: 'header', text: mrkdwn(5) }] as KnownBlock[]
  const call = stage.web.chat.postMessage({ channel: stage.channel('clips'), text: 'x', blocks })
  expect(await refusalOf(call)).toEqual({
    error: 'invalid_blocks',
    messages: [
      '[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
      '[ERROR] must be a valid enum value [json-pointer:/blocks/1/text/type]',
    ],
  })
})

test('blocks and elements without an id are given one', async () => {
  await using stage = await openStage()
  const channel = stage.channel('clips')
  const blocks = [actions(button()), { type: 'divider', block_id: 'mine' }] as KnownBlock[]
  const { ts } = await stage.web.chat.postMessage({ channel, text: 'x', blocks })
  expect(stage.message(channel, ts!)?.blocks).toEqual([
    {
      ...blocks[0],
      block_id: expect.stringMatching(/^\S+$/),
      elements: [{ ...button(), action_id: expect.stringMatching(/^\S+$/) }],
    },
    { type: 'divider', block_id: 'mine' },
  ])
})
