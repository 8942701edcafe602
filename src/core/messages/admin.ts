import {
  ADMIN_ACTS,
  ADMIN_WORDS,
  type AdminOption,
  type AdminProblem,
  optionsOf,
  type Wanted,
} from '../admin.ts'
import type { Part, Text, View } from '../view.ts'
import { line } from './whispers.ts'
import { typed } from './words.ts'

/** Somebody who is not in charge asks for what only those in charge may do. */
export const notInCharge = (): View => {
  const text = 'Only whoever manages this place can do this. Nothing was changed.'
  return line([text], text)
}

/** Whether they are could not be found out. */
export const maybeInCharge = (): View => {
  const text =
    'Only whoever manages this place can do this, and I could not find out just now whether you do. Nothing was changed; try again in a moment.'
  return line([text], text)
}

/** Somebody who does not run the bot asks for something in all places of it. `asker`: as the setting would name them. */
export const notOperator = (asker: string): View =>
  line(
    [
      'Only whoever runs this bot can do this ',
      { code: 'everywhere' },
      '. Nothing was changed. Without that word it is about this place alone. Who runs the bot is named in its setting ',
      { code: 'OPERATORS' },
      '; there you would be ',
      { code: asker },
      '.',
    ],
    'Only whoever runs this bot can do this everywhere. Nothing was changed.',
  )

/** The same where the platform does not take the file that belongs to it. */
export const withoutFile = (view: View): View => ({
  ...view,
  parts: [
    ...view.parts.filter(({ kind }) => kind !== 'file'),
    {
      kind: 'note',
      text: [
        'The file that belongs to this could not be sent: files from this bot are not accepted here, or not in direct messages with it. Whoever manages this place can change that (uploads, storage, messages from apps); then use the command again. Nothing was changed.',
      ],
    },
  ],
})

/** What those in charge can ask for, with what each takes. */
export const adminWords = (): View => ({
  ...line([], `The words are ${ADMIN_ACTS.join(', ')}.`),
  parts: [
    { kind: 'text', text: ['Behind ', typed(), ' I know these words. Nothing was changed.'] },
    ...ADMIN_ACTS.map((word): Part => {
      const options = optionsOf(word)
      return {
        kind: 'text',
        text: [
          { code: word },
          ` ${lower(ADMIN_WORDS[word].does)}`,
          ...(options.length > 0 ? taking(options) : []),
        ],
      }
    }),
    {
      kind: 'note',
      text: [
        'Such as ',
        typed('caps person-day 5 month 50'),
        '. Where all of it is typed, several people may be named: ',
        typed('approval 1 @ann @bob'),
        '.',
      ],
    },
  ],
})

const taking = (options: readonly AdminOption[]): Text => [
  ' · ',
  ...options.flatMap(({ name, about }, i): Text => [i > 0 ? '; ' : '', { code: name }, ` ${lower(about)}`]),
]
const lower = (text: string) => text[0]!.toLowerCase() + text.slice(1)

/** What was asked makes no sense as it was asked: what was given, what is wanted, and that nothing was changed. */
export function problemView(problem: AdminProblem): View {
  if (problem.problem === 'word') return adminWords()
  return line(
    [...problemText(problem), ' Nothing was changed.'],
    'That makes no sense here. Nothing was changed.',
  )
}

function problemText(problem: Exclude<AdminProblem, { problem: 'word' }>): Text {
  const act = { code: problem.act }
  switch (problem.problem) {
    case 'option': {
      const { option, given, wanted } = problem
      const what: Text =
        given.trim() === '' ? [' was given no value'] : [' was given as ', { code: cut(given) }]
      return [
        act,
        ': ',
        { code: option },
        ...what,
        `; it takes ${takes(wanted, option)}, such as `,
        example(problem.act, option),
        '.',
        ...(wanted === 'dollars' ? commaText(given.trim()) : []),
      ]
    }
    case 'unknown_option': {
      const options = optionsOf(problem.act)
      return [
        act,
        ' takes no ',
        { code: cut(problem.given) },
        options.length === 0 ? '; it stands alone.' : '; it takes ',
        ...options.flatMap(({ name }, i): Text => [i > 0 ? ', ' : '', { code: name }]),
        options.length === 0 ? '' : '.',
      ]
    }
    case 'twice':
      return [
        act,
        ': ',
        { code: problem.option },
        ' was given twice; give it once, such as ',
        example(problem.act, problem.option),
        '.',
      ]
    case 'missing':
      return [
        act,
        ' needs ',
        { code: problem.option },
        ', such as ',
        example(problem.act, problem.option),
        '.',
      ]
    case 'contradiction':
      return [
        act,
        ': ',
        ...problem.options.flatMap((name, i): Text => [i > 0 ? ' and ' : '', { code: name }]),
        ` can't go together: ${WHY_NOT[problem.options.join(' ')] ?? 'give one of them'}.`,
      ]
  }
}

const WHY_NOT: Readonly<Record<string, string>> = {
  'amount add': 'the first begins a new pool, the second puts more into the one that is there',
  'amount each': 'a pool that is off has nothing to share out',
  'above group': 'where nobody has to agree, nobody is named',
  'above person': 'where nobody has to agree, nobody is named',
}

/** Half of the world writes it so. */
function commaText(given: string): Text {
  if (/^\$?\d+,\d{1,2}\$?$/.test(given))
    return [' Cents take a point: ', { code: cut(given.replace(',', '.')) }, '.']
  if (/^\$?\d{1,3}(,\d{3})+(\.\d+)?\$?$/.test(given))
    return [' A comma has no place in it: ', { code: cut(given.replaceAll(',', '')) }, '.']
  return []
}

/** Anybody can type a book. */
const MOST_LETTERS = 40
/** Whatever is not drawn, or looks like a space and is none, would make a sentence about it look false. */
const UNSEEN = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu

function cut(given: string): string {
  const letters = [...given]
  const kept = letters.length > MOST_LETTERS ? [...letters.slice(0, MOST_LETTERS), '…'].join('') : given
  return kept.replace(
    UNSEEN,
    letter => `<U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}>`,
  )
}

const takes = (wanted: Wanted, option: string): string => {
  switch (wanted) {
    case 'dollars':
      return option === 'add' ? 'dollars above 0' : 'dollars above 0, or off'
    case 'number':
      return 'a whole number from 1 to 999, or off'
    case 'month':
      return 'a year and a month'
    case 'job':
      return 'the number of an upscale'
    case 'group':
      return 'a group, mentioned'
    case 'person':
      return 'a person and no bot, mentioned'
  }
}

const EXAMPLES: Readonly<Record<string, string>> = {
  'spend month': 'spend 2026-10',
  'receipt job': 'receipt k3j9x2m4q8',
  'caps person-day': 'caps person-day 5',
  'caps month': 'caps month 100',
  'caps upscale': 'caps upscale 2.50',
  'caps at-once': 'caps at-once 3',
  'approval above': 'approval above 3',
  'approval group': 'approval above 3 group @approvers',
  'approval person': 'approval above 3 person @ann',
  'pool amount': 'pool 20',
  'pool each': 'pool each 5',
  'pool add': 'pool add 10',
}
const example = (act: string, option: string) => typed(EXAMPLES[`${act} ${option}`] ?? act)
