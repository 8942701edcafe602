import { describe, expect, it } from 'vitest'
import { readAttachments, readBlocks, readModal } from '../../src/sandbox/playground/page/slack/raw-block.ts'

const plain = (text: string) => ({ type: 'plain_text', text })
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text })
const option = (value: string) => ({ text: plain(`${value}x`), value, description: plain(`times ${value}`) })

describe('Block Kit as the playground reads it', () => {
  it('reads words: header, section with fields, context, divider', () => {
    expect(
      readBlocks([
        { type: 'header', text: plain('Upscale fox.mp4') },
        { type: 'section', text: mrkdwn('*2x*'), fields: [plain('a'), mrkdwn('b')] },
        {
          type: 'context',
          elements: [mrkdwn('Quoted'), { type: 'image', image_url: 'https://a.test/i.png', alt_text: 'i' }],
        },
        { type: 'divider' },
      ]),
    ).toEqual([
      { kind: 'header', text: 'Upscale fox.mp4' },
      {
        kind: 'section',
        text: { kind: 'mrkdwn', text: '*2x*' },
        fields: [
          { kind: 'plain', text: 'a' },
          { kind: 'mrkdwn', text: 'b' },
        ],
        accessory: null,
      },
      {
        kind: 'context',
        elements: [
          { kind: 'mrkdwn', text: 'Quoted' },
          { kind: 'image', url: 'https://a.test/i.png', alt: 'i', title: '' },
        ],
      },
      { kind: 'divider' },
    ])
  })

  it('reads a button with its look and the question that it asks first', () => {
    const confirm = {
      title: plain('Confirm $0.04?'),
      text: plain('Once.'),
      confirm: plain('Yes'),
      deny: plain('No'),
    }
    const [block] = readBlocks([
      {
        type: 'actions',
        elements: [
          { type: 'button', action_id: 'go', text: plain('Confirm'), style: 'primary', confirm },
          { type: 'button', action_id: 'no', text: plain('Give up'), url: 'https://a.test', style: 'odd' },
        ],
      },
    ])
    expect(block).toMatchObject({
      kind: 'actions',
      elements: [
        {
          kind: 'button',
          actionId: 'go',
          look: 'primary',
          confirm: {
            title: 'Confirm $0.04?',
            text: { kind: 'plain', text: 'Once.' },
            confirm: 'Yes',
            deny: 'No',
            style: 'primary',
          },
        },
        { kind: 'button', actionId: 'no', look: 'default', url: 'https://a.test', confirm: null },
      ],
    })
  })

  it('reads a select with what is chosen, its options in groups or not', () => {
    const select = {
      type: 'static_select',
      action_id: 'size',
      placeholder: plain('Size'),
      initial_option: option('2'),
    }
    const [flat, grouped] = readBlocks([
      { type: 'actions', elements: [{ ...select, options: [option('1'), option('2')] }] },
      {
        type: 'actions',
        elements: [{ ...select, option_groups: [{ options: [option('1')] }, { options: [option('2')] }] }],
      },
    ])
    const wanted = {
      kind: 'select',
      initial: '2',
      options: [
        { label: '1x', description: 'times 1', value: '1' },
        { label: '2x', description: 'times 2', value: '2' },
      ],
    }
    expect(flat).toMatchObject({ elements: [wanted] })
    expect(grouped).toMatchObject({ elements: [wanted] })
  })

  it('reads rich text, whose text is literal, with styles, lists and dates', () => {
    const [block] = readBlocks([
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: '*2x*', style: { bold: true, code: true } },
              { type: 'user', user_id: 'U1' },
              { type: 'link', url: 'https://a.test' },
              { type: 'date', timestamp: 5, format: '{time}', fallback: 'then' },
            ],
          },
          {
            type: 'rich_text_list',
            style: 'ordered',
            indent: 1,
            offset: 2,
            elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'a' }] }],
          },
        ],
      },
    ])
    expect(block).toEqual({
      kind: 'rich',
      parts: [
        {
          kind: 'section',
          children: [
            { kind: 'bold', children: [{ kind: 'code', text: '*2x*' }] },
            { kind: 'user', id: 'U1' },
            { kind: 'link', url: 'https://a.test', children: [{ kind: 'text', text: 'https://a.test' }] },
            { kind: 'date', unix: 5, format: '{time}', url: null, fallback: 'then' },
          ],
        },
        { kind: 'list', ordered: true, indent: 1, start: 3, items: [[{ kind: 'text', text: 'a' }]] },
      ],
    })
  })

  it('reads a modal with its inputs', () => {
    const modal = readModal({
      title: plain('Upscale'),
      submit: plain('Show prices'),
      blocks: [
        {
          type: 'input',
          block_id: 'file',
          label: plain('Clip'),
          optional: true,
          element: { type: 'file_input', action_id: 'f', filetypes: ['mp4'], max_files: 1 },
        },
        {
          type: 'input',
          block_id: 'link',
          label: plain('Link'),
          hint: plain('https only'),
          element: { type: 'url_text_input', action_id: 'l', placeholder: plain('https://') },
        },
        {
          type: 'input',
          block_id: 'size',
          label: plain('Size'),
          element: {
            type: 'radio_buttons',
            action_id: 's',
            options: [option('2')],
            initial_option: option('2'),
          },
        },
      ],
    })
    expect(modal).toMatchObject({ title: 'Upscale', submit: 'Show prices', close: 'Cancel' })
    expect(modal.blocks).toMatchObject([
      { blockId: 'file', optional: true, element: { kind: 'file-input', filetypes: ['mp4'], maxFiles: 1 } },
      { blockId: 'link', optional: false, hint: 'https only', element: { kind: 'text-input', type: 'url' } },
      { blockId: 'size', element: { kind: 'radio', initial: '2' } },
    ])
  })

  it('says what it does not know, and holds out against any JSON', () => {
    expect(readBlocks([{ type: 'carousel' }, 7, null])).toEqual([
      { kind: 'unknown', type: 'carousel' },
      { kind: 'unknown', type: '' },
      { kind: 'unknown', type: '' },
    ])
    expect(readBlocks([{ type: 'actions', elements: [{ type: 'datepicker' }] }])).toEqual([
      { kind: 'actions', elements: [{ kind: 'unknown', type: 'datepicker' }] },
    ])
    expect(readBlocks('nonsense')).toEqual([])
    expect(readModal(null).blocks).toEqual([])
  })

  it('takes from an attachment only a colour that is one', () => {
    const colors = ['#2eb67d', '2eb67d', 'good', 'red; background: url(x)', 7]
    expect(readAttachments(colors.map(color => ({ color }))).map(a => a.color)).toEqual([
      '#2eb67d',
      '#2eb67d',
      '#2eb67d',
      '',
      '',
    ])
    expect(
      readAttachments([{ fallback: 'words' }, { fallback: 'words', blocks: [{ type: 'divider' }] }]),
    ).toMatchObject([
      { text: 'words', blocks: [] },
      { text: '', blocks: [{ kind: 'divider' }] },
    ])
  })
})
