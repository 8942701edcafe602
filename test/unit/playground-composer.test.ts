import { describe, expect, it } from 'vitest'
import { acceptOf, forFile, matching, readCommands } from '../../src/sandbox/playground/page/commands.ts'
import {
  choose,
  EMPTY_DRAFT,
  missingIn,
  valueFor,
  withFile,
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
const COMMANDS = readCommands(REGISTERED)
const UPSCALE = COMMANDS[1]!
const clip = new File(['x'], 'fox.mp4')

describe('the composer', () => {
  it('offers the registered slash commands that begin with what was typed', () => {
    expect(matching(COMMANDS, '/').map(c => c.name)).toEqual(['status', 'upscale'])
    expect(matching(COMMANDS, '/up').map(c => c.name)).toEqual(['upscale'])
    expect(matching(COMMANDS, 'up')).toEqual([])
  })

  it('gives a dropped file to the first command that takes one', () => {
    const draft = withFile(EMPTY_DRAFT, COMMANDS, clip)
    expect(draft.command?.name).toBe('upscale')
    expect(draft.files).toEqual({ video: clip })
    expect(missingIn(draft)).toBeUndefined()
  })

  it('keeps the chosen factor when another file is dropped', () => {
    const first = withValue(withFile(EMPTY_DRAFT, COMMANDS, clip), 'factor', 2)
    const second = withFile(first, COMMANDS, new File(['y'], 'owl.mov'))
    expect(second.values).toEqual({ factor: 2 })
    expect(second.files.video?.name).toBe('owl.mov')
  })

  it('says so when no command takes a file', () => {
    const draft = withFile(EMPTY_DRAFT, [], clip)
    expect(draft.command).toBeNull()
    expect(draft.error).toMatch(/not here yet/)
  })

  it('misses a required option until it is filled', () => {
    expect(missingIn(choose(UPSCALE))?.name).toBe('video')
    const filled = withFile(choose(UPSCALE), COMMANDS, clip)
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
