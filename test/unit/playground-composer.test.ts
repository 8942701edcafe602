import { describe, expect, it } from 'vitest'
import {
  acceptOf,
  forFile,
  matching,
  messageCommands,
  readCommands,
  usableBy,
} from '../../src/sandbox/playground/page/commands.ts'
import {
  choose,
  type Draft,
  EMPTY_DRAFT,
  missingIn,
  problemIn,
  valueFor,
  withFiles,
  withoutAttachment,
  withoutCommand,
  withoutFile,
  withValue,
} from '../../src/sandbox/playground/page/draft.ts'

const REGISTERED = [
  { id: '1', type: 1, name: 'status', description: 'Where my clips are' },
  {
    id: '2',
    type: 1,
    name: 'upscale',
    description: 'Upscale a clip',
    options: [
      { type: 11, name: 'video', description: 'The clip', required: true, file_types: ['video', '.mkv'] },
      { type: 4, name: 'factor', description: 'How much', choices: [{ name: '2x', value: 2 }] },
    ],
  },
  { id: '3', type: 3, name: 'Upscale video' },
]
const WITH_ADMIN = [
  ...REGISTERED,
  {
    id: '4',
    type: 1,
    name: 'upscale-admin',
    description: 'For few',
    default_member_permissions: '32',
    options: [
      { type: 1, name: 'spend', description: 'What was spent' },
      { type: 1, name: 'cap', description: 'The most', options: [{ type: 10, name: 'usd', required: true }] },
      {
        type: 1,
        name: 'ask',
        description: 'Whom',
        options: [
          { type: 3, name: 'above' },
          { type: 8, name: 'group' },
          { type: 6, name: 'person' },
          { type: 5, name: 'loud' },
        ],
      },
    ],
  },
]
const COMMANDS = readCommands(REGISTERED)
const UPSCALE = COMMANDS[1]!
const clip = new File(['x'], 'fox.mp4')

describe('the composer', () => {
  it('offers the registered slash commands that begin with what was typed', () => {
    expect(matching(COMMANDS, '/').map(c => c.name)).toEqual(['status', 'upscale'])
    expect(matching(COMMANDS, '/up').map(c => c.name)).toEqual(['upscale'])
    expect(matching(COMMANDS, 'up')).toEqual([])
  })

  describe('with more typed behind the name of a command', () => {
    const nameable = {
      people: [{ id: '5', name: 'Jonas' }],
      roles: [
        { id: '6', name: 'Approvers' },
        { id: '7', name: '@everyone' },
      ],
    }
    const commands = readCommands(WITH_ADMIN)
    const typed = (text: string) => {
      const [command] = matching(commands, text)
      return choose(command!, { ...EMPTY_DRAFT, text }, nameable)
    }

    it('offers that command alone, and fills it in', () => {
      const text = '/upscale-admin ask 1.50 group @approvers person @Jonas loud'
      expect(matching(commands, text).map(c => c.name)).toEqual(['upscale-admin ask'])
      expect(typed(text).values).toEqual({ above: '1.50', group: '6', person: '5', loud: true })
      expect(typed('/upscale-admin ask loud  group @everyone').values).toEqual({ loud: true, group: '7' })
      expect(typed('/upscale-admin cap 2').values).toEqual({ usd: 2 })
      expect(typed('/upscale factor 4').values).toEqual({ factor: 4 })
      expect(typed('/upscale-admin ask ').values).toEqual({})
    })

    it.each([
      ['/upscale-admin ask 1 tone high', 'There is no option “tone” to type.'],
      ['/upscale-admin ask 1 above 2', 'The option “above” can be filled in once.'],
      ['/upscale-admin ask person', 'The option “person” needs a value.'],
      ['/upscale-admin ask person @Nobody', 'Nobody and nothing here is called @Nobody.'],
      ['/upscale video fox.mp4', 'There is no option “video” to type.'],
    ])('says what has no place: %s', (text, error) => {
      expect(typed(text)).toMatchObject({ values: {}, error })
    })

    it('offers none where nothing can stand behind the name', () => {
      expect(matching(commands, '/status now')).toEqual([])
      expect(matching(commands, '/upscale-admin melt')).toEqual([])
    })
  })

  it('offers each subcommand as a line of its own, which can be sent as it is', () => {
    const commands = readCommands(WITH_ADMIN)
    expect(matching(commands, '/upscale').map(c => c.name)).toEqual([
      'upscale',
      'upscale-admin spend',
      'upscale-admin cap',
      'upscale-admin ask',
    ])
    const [spend, cap] = matching(commands, '/upscale-admin ')
    expect(spend).toMatchObject({ description: 'What was spent', options: [] })
    expect(problemIn(choose(spend!))).toBeNull()
    expect(missingIn(choose(cap!))?.name).toBe('usd')
  })

  it.each([
    ['who manages the server', 1n << 5n, ['status', 'upscale', 'Upscale video', 'upscale-admin']],
    ['anybody else', 1n << 11n, ['status', 'upscale', 'Upscale video']],
    ['its owner', (1n << 51n) - 1n, ['status', 'upscale', 'Upscale video', 'upscale-admin', 'root']],
  ])('offers %s what Discord shows them', (_, permissions, names) => {
    const commands = [...WITH_ADMIN, { name: 'root', default_member_permissions: '0' }]
    const offered = usableBy(commands, permissions.toString()) as { name: string }[]
    expect(offered.map(c => c.name)).toEqual(names)
  })

  it('gives a dropped file to the first command that takes one', () => {
    const draft = withFiles(EMPTY_DRAFT, COMMANDS, [clip])
    expect(draft.command?.name).toBe('upscale')
    expect(draft.files).toEqual({ video: clip })
    expect(missingIn(draft)).toBeUndefined()
  })

  it('keeps the chosen factor when another file is dropped', () => {
    const first = withValue(withFiles(EMPTY_DRAFT, COMMANDS, [clip]), 'factor', 2)
    const second = withFiles(first, COMMANDS, [new File(['y'], 'owl.mov')])
    expect(second.values).toEqual({ factor: 2 })
    expect(second.files.video?.name).toBe('owl.mov')
  })

  it('offers the message commands in the menus of messages', () => {
    expect(messageCommands(REGISTERED)).toEqual(['Upscale video'])
  })

  it('misses a required option until it is filled', () => {
    expect(missingIn(choose(UPSCALE))?.name).toBe('video')
    const filled = withFiles(choose(UPSCALE), COMMANDS, [clip])
    expect(missingIn(withoutFile(filled, 'video'))?.name).toBe('video')
  })

  it('lets the file dialog show what the option takes', () => {
    expect(acceptOf(forFile(COMMANDS)?.option)).toBe('.mp4,.mov,.qt,.webm,.mkv')
  })

  it('sends numbers as numbers, and nothing for nothing', () => {
    const factor = UPSCALE.options[1]!
    expect(valueFor(factor, '4')).toBe(4)
    expect(valueFor(factor, 'four')).toBeUndefined()
    expect(valueFor({ ...factor, type: 3 }, '4')).toBe('4')
  })
})

describe('a message that is being written', () => {
  const owl = new File(['y'], 'owl.mov')
  const typed = (text: string, more: Partial<Draft> = {}): Draft => ({ ...EMPTY_DRAFT, text, ...more })
  const names = (draft: Draft) => draft.attachments.map(file => file.name)

  it('keeps the file of a command that was given up, and gives it back to one that is chosen', () => {
    const message = withoutCommand(withFiles(EMPTY_DRAFT, COMMANDS, [clip]))
    expect(message).toEqual({ ...EMPTY_DRAFT, attachments: [clip] })
    const both = withFiles(message, COMMANDS, [owl])
    expect(choose(UPSCALE, both)).toMatchObject({
      command: UPSCALE,
      files: { video: clip },
      attachments: [owl],
    })
    expect(names(withoutCommand(choose(UPSCALE, both)))).toEqual(['fox.mp4', 'owl.mov'])
    expect(names(withoutAttachment(both, clip))).toEqual(['owl.mov'])
  })

  it('takes a file when words stand there already, but a slash alone is no message', () => {
    const message = withFiles(typed('look'), COMMANDS, [clip])
    expect(message).toEqual(typed('look', { attachments: [clip] }))
    expect(withFiles(typed('/'), COMMANDS, [clip]).command?.name).toBe('upscale')
  })

  it('takes several files at once, and any file when no command takes one', () => {
    expect(names(withFiles(EMPTY_DRAFT, COMMANDS, [clip, owl]))).toEqual(['fox.mp4', 'owl.mov'])
    expect(names(withFiles(EMPTY_DRAFT, [], [clip]))).toEqual(['fox.mp4'])
    expect(withFiles(EMPTY_DRAFT, COMMANDS, [])).toBe(EMPTY_DRAFT)
  })

  it('can be sent with words or with files, and is no command that nobody knows', () => {
    expect(problemIn(typed('hello'))).toBeNull()
    expect(problemIn(typed('', { attachments: [clip] }))).toBeNull()
    expect(problemIn(typed('  '))).toMatch(/empty/)
    expect(problemIn(typed('/sing', { attachments: [clip] }))).toMatch(/no command “\/sing”/)
    expect(problemIn(choose(UPSCALE))).toMatch(/“video” is required: The clip\./)
    expect(problemIn(choose(COMMANDS[0]!))).toBeNull()
  })

  it('sends a command with a link alone where the file is not required', () => {
    const [command] = readCommands([
      {
        name: 'upscale',
        options: [
          { type: 11, name: 'video', required: false },
          { type: 3, name: 'url', required: false },
        ],
      },
    ])
    expect(problemIn(withValue(choose(command!), 'url', 'https://a.example/fox.mp4'))).toBeNull()
  })
})
