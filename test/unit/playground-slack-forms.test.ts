import { describe, expect, it } from 'vitest'
import type { SlackUser } from '../../src/sandbox/control.ts'
import {
  asCommand,
  invited,
  suggestionsFor,
  toMrkdwn,
  withSuggestion,
} from '../../src/sandbox/playground/page/slack/draft.ts'
import {
  EMPTY_FORM,
  filledIn,
  inputsOf,
  MODAL_FILE_BYTES,
  missingIn,
  submission,
  withFiles,
  withoutFile,
  withValue,
} from '../../src/sandbox/playground/page/slack/form.ts'
import { readModal } from '../../src/sandbox/playground/page/slack/raw-block.ts'

const user = (id: string, name: string, realName: string, bot = false): SlackUser => ({
  id,
  team_id: 'T1',
  name,
  real_name: realName,
  is_bot: bot,
  color: '#123456',
})
const PEOPLE = [
  user('UBOT', 'murano', 'Murano', true),
  user('U1', 'mira', 'Mira'),
  user('U2', 'jonas.frames', 'Jonas'),
  user('U3', 'mira.holm', 'Mira Holm'),
]
const COMMANDS = [
  { command: '/upscale', description: 'Upscale a clip', usage_hint: '[link]' },
  { command: '/undo', description: 'Take it back', usage_hint: '' },
]

describe("the composer of Slack's half", () => {
  const found = (text: string) =>
    suggestionsFor(text, COMMANDS, PEOPLE).map(s => (s.kind === 'command' ? s.command.command : s.handle))

  it('offers commands after a slash, and people after an @', () => {
    expect(found('/')).toEqual(['/upscale', '/undo'])
    expect(found('/UPS')).toEqual(['/upscale'])
    expect(found('/upscale ')).toEqual([])
    expect(found('hi @mu')).toEqual(['@Murano'])
    expect(found('@jonas.f')).toEqual(['@Jonas'])
    expect(found('mail me@mu')).toEqual([])
    expect(found('hello')).toEqual([])
  })

  it('puts what is taken in the place of what was typed', () => {
    const [bot] = suggestionsFor('see @mu', COMMANDS, PEOPLE)
    expect(withSuggestion('see @mu', bot!)).toBe('see @Murano ')
    const [command] = suggestionsFor('/u', COMMANDS, PEOPLE)
    expect(withSuggestion('/u', command!)).toBe('/upscale ')
  })

  it('sends mentions, addresses and the three signs as Slack sends them', () => {
    expect(toMrkdwn('@Murano 4x, <3 & more', PEOPLE)).toBe('<@UBOT> 4x, &lt;3 &amp; more')
    expect(toMrkdwn('ask @mira holm, not @mira', PEOPLE)).toBe('ask <@U3>, not <@U1>')
    expect(toMrkdwn('@Miranda a@Murano.test', PEOPLE)).toBe('@Miranda a@Murano.test')
    expect(toMrkdwn('@murano https://a.test/?b=1&c=@Mira now', PEOPLE)).toBe(
      '<@UBOT> <https://a.test/?b=1&amp;c=@Mira> now',
    )
    expect(toMrkdwn('<@UBOT> by hand', PEOPLE)).toBe('&lt;@UBOT&gt; by hand')
  })

  it('tells a command from a message, and leaves its text as it was typed', () => {
    expect(asCommand('/upscale https://a.test/?b=1&c 2x ')).toEqual({
      command: '/upscale',
      text: 'https://a.test/?b=1&c 2x',
    })
    expect(asCommand('/upscale')).toEqual({ command: '/upscale', text: '' })
    expect(asCommand('not /upscale')).toBeNull()
  })

  it('knows whom /invite names: the app in any case of its names, somebody else, or nobody', () => {
    const [bot] = PEOPLE
    for (const text of ['@Murano', '@murano ', 'MURANO']) expect(invited(text, bot!), text).toBe('bot')
    for (const text of ['@Mira', '@Murano @Mira', '@Muranos']) expect(invited(text, bot!), text).toBe('other')
    for (const text of ['', ' ', '@']) expect(invited(text, bot!), text).toBe('nobody')
  })
})

describe("a modal of Slack's half", () => {
  const plain = (text: string) => ({ type: 'plain_text', text })
  const size = (value: string) => ({ text: plain(value), value })
  const input = (block_id: string, element: object, optional = false) => ({
    type: 'input',
    block_id,
    label: plain(block_id),
    optional,
    element: { action_id: `${block_id}-act`, ...element },
  })
  const modal = readModal({
    title: plain('Upscale'),
    submit: plain('Go'),
    blocks: [
      { type: 'section', text: plain('words') },
      input('clip', { type: 'file_input', filetypes: ['mp4', 'mov'], max_files: 1 }),
      input('link', { type: 'url_text_input' }, true),
      input('size', { type: 'static_select', options: [size('1'), size('2')], initial_option: size('2') }),
    ],
  })
  const [clip, link, sizes] = inputsOf(modal)
  const file = (name: string, bytes = 1) =>
    Object.defineProperty(new File(['x'], name), 'size', { value: bytes })

  it('shows what the app filled in until somebody changes it', () => {
    expect(filledIn(EMPTY_FORM, sizes!)).toBe('2')
    expect(filledIn(withValue(EMPTY_FORM, modal, sizes!, '1'), sizes!)).toBe('1')
    expect(filledIn(withValue(EMPTY_FORM, modal, link!, ''), link!)).toBe('')
  })

  it('misses what is required and empty, and nothing else', () => {
    expect(Object.keys(missingIn(EMPTY_FORM, modal))).toEqual(['clip'])
    expect(missingIn(withFiles(EMPTY_FORM, modal, clip!, [file('fox.mp4')]), modal)).toEqual({})
  })

  it('takes the newest file where there may be one, and gives it back', () => {
    const first = withFiles(EMPTY_FORM, modal, clip!, [file('fox.mp4')])
    const second = withFiles(first, modal, clip!, [file('OWL.MOV')])
    expect(second.files.clip?.map(f => f.name)).toEqual(['OWL.MOV'])
    expect(withoutFile(second, 'clip', second.files.clip![0]!).files.clip).toEqual([])
  })

  it('says why it does not take a file, and keeps the one it has', () => {
    const before = withFiles(EMPTY_FORM, modal, clip!, [file('fox.mp4')])
    const wrong = withFiles(before, modal, clip!, [file('fox.avi')])
    expect(wrong.errors.clip).toBe("fox.avi can't be taken here. Accepted: mp4, mov.")
    expect(wrong.files).toBe(before.files)
    const large = withFiles(before, modal, clip!, [file('big.mp4', MODAL_FILE_BYTES + 1)])
    expect(large.errors.clip).toMatch(/larger than 10 MB/)
    expect(withFiles(before, modal, clip!, [file('a.mp4'), file('b.mp4')]).errors.clip).toBe(
      'At most 1 files.',
    )
    expect(withFiles(large, modal, clip!, [file('fits.mp4', MODAL_FILE_BYTES)]).errors).toEqual({})
  })

  it('forgets what was said of an input with its next change, and what asked for this one or another', () => {
    const either = readModal({
      title: plain('Upscale'),
      blocks: [
        input('clip', { type: 'file_input', max_files: 1 }, true),
        input('link', { type: 'url_text_input' }, true),
        input('size', { type: 'static_select', options: [size('1')] }),
      ],
    })
    const [eitherClip, eitherLink, eitherSize] = inputsOf(either)
    const told = { ...EMPTY_FORM, errors: { clip: 'Give a file, or a link below.', size: 'Which?' } }
    expect(withFiles(told, either, eitherClip!, [file('fox.mp4')]).errors).toEqual({ size: 'Which?' })
    expect(withValue(told, either, eitherLink!, 'https://a.test').errors).toEqual({ size: 'Which?' })
    expect(withValue(told, either, eitherSize!, '1').errors).toEqual({
      clip: 'Give a file, or a link below.',
    })
    // What is wrong with something that was given stays until that changes.
    const typed = { ...withValue(EMPTY_FORM, either, eitherLink!, 'x'), errors: { link: 'No link.' } }
    expect(withFiles(typed, either, eitherClip!, [file('fox.mp4')]).errors).toEqual({ link: 'No link.' })
    expect(withValue(typed, either, eitherLink!, 'y').errors).toEqual({})
  })

  it('submits every input by its block and action, and null for nothing', () => {
    expect(submission(EMPTY_FORM, modal, { clip: ['F1'] })).toEqual({
      clip: { 'clip-act': ['F1'] },
      link: { 'link-act': null },
      size: { 'size-act': '2' },
    })
  })
})
