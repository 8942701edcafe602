import { fromDollars, type MicroUsd } from './money.ts'
import type { Approval, Rules } from './rules.ts'

/**
 * What those in charge can ask for, with what each takes. From this table come the commands of every platform, and the
 * help. `group` and `person` are named as the platform names them; `flag` stands alone; all else is text.
 * `main`: the one that may be given without its name, where everything is typed.
 */
export interface AdminOption {
  name: string
  about: string
  kind: 'text' | 'flag' | 'group' | 'person'
  main?: true
  required?: true
}

const EVERYWHERE: AdminOption = {
  name: 'everywhere',
  about: 'In all places of this bot; only for whoever runs it',
  kind: 'flag',
}

export const ADMIN_WORDS = {
  spend: {
    does: 'Who spent what here, with a table as a file',
    options: [
      { name: 'month', about: 'Such as 2026-10; this month where left out', kind: 'text', main: true },
      EVERYWHERE,
    ],
  },
  receipt: {
    does: 'What one upscale has cost and why, as a file',
    options: [
      {
        name: 'job',
        about: 'Its number, from the result or the table',
        kind: 'text',
        main: true,
        required: true,
      },
    ],
  },
  caps: {
    does: 'Shows or sets what may be spent here',
    options: [
      { name: 'person-day', about: 'Dollars for one person and day, or off', kind: 'text' },
      { name: 'month', about: 'Dollars for this place and month, or off', kind: 'text' },
      { name: 'upscale', about: 'Dollars for one upscale, or off', kind: 'text' },
      { name: 'at-once', about: 'Upscales of one person at once, or off', kind: 'text' },
    ],
  },
  approval: {
    does: 'Shows or sets above which price somebody else has to agree',
    options: [
      { name: 'above', about: 'Dollars, or off', kind: 'text', main: true },
      { name: 'group', about: 'Whose members may approve', kind: 'group' },
      { name: 'person', about: 'Who may approve', kind: 'person' },
    ],
  },
  pool: {
    does: 'Shows or sets an amount put aside for everybody here',
    options: [
      { name: 'amount', about: 'Dollars for a new pool, or off', kind: 'text', main: true },
      { name: 'each', about: 'Dollars that one person may draw from it, or off', kind: 'text' },
      { name: 'add', about: 'Dollars to put into the pool that is there', kind: 'text' },
    ],
  },
  freeze: { does: 'Stops all new spending here, at once', options: [EVERYWHERE] },
  unfreeze: { does: 'Allows new spending here again', options: [EVERYWHERE] },
} as const satisfies Record<string, { does: string; options: readonly AdminOption[] }>

export type AdminWord = keyof typeof ADMIN_WORDS
export const ADMIN_ACTS = Object.keys(ADMIN_WORDS) as AdminWord[]
export const optionsOf = (word: AdminWord): readonly AdminOption[] => ADMIN_WORDS[word].options

/** What was asked, as the platform tells it: nothing of it is checked yet. */
export interface AdminAsk {
  /** The word for what is to be done; any text, or null where there was none. */
  word: string | null
  /** Options by name; a flag that is there is "yes"; of `group` and `person` only what names none. */
  options: Readonly<Record<string, string>>
  groups: readonly string[]
  people: readonly string[]
  /** Options that were given more than once. */
  twice?: readonly string[]
}

/** Without letters that nobody sees, such as the space of no width that comes along when words are copied. */
export const legible = (typed: string): string => typed.replace(/\p{Cf}/gu, '')

/** The same of all that was asked. Nothing looks at an ask before. */
export const legibleAsk = ({ word, options, groups, people, twice }: AdminAsk): AdminAsk => ({
  word: word && legible(word),
  options: Object.fromEntries(
    Object.entries(options).map(([name, value]) => [legible(name), legible(value)]),
  ),
  groups: groups.map(legible),
  people: people.map(legible),
  ...(twice && { twice: twice.map(legible) }),
})

export type CapRule = 'personDayUsd' | 'communityMonthUsd' | 'jobUsd' | 'jobsAtOnce'

export type AdminAct =
  /** `month`: a time within it, wall-clock ms; null: this one. */
  | { act: 'spend'; month: number | null; everywhere: boolean }
  | { act: 'receipt'; jobId: string }
  /** Nothing to set: they are shown. Null: off. */
  | { act: 'caps'; set: Partial<Pick<Rules, CapRule>> }
  /** Undefined: shown; null: off. Groups and people that are not named stay as they were. */
  | { act: 'approval'; set?: { aboveUsd: MicroUsd | null } & Partial<Pick<Approval, 'groups' | 'people'>> }
  /** `new`: takes the place of any pool that is there; `each` undefined: no limit. */
  | {
      act: 'pool'
      set?: 'off' | { new: MicroUsd; each: MicroUsd | null } | { add?: MicroUsd; each?: MicroUsd | null }
    }
  | { act: 'freeze' | 'unfreeze'; everywhere: boolean }

/** What the value of an option is. group, person: one that the platform knows; what was typed is none. */
export type Wanted = 'dollars' | 'number' | 'month' | 'job' | 'group' | 'person'

/** What can't be done as it was asked. `option`: whose value makes no sense; `wanted`: what it takes. */
export type AdminProblem =
  | { problem: 'word' }
  | {
      problem: 'option'
      act: AdminWord
      option: string
      given: string
      wanted: Wanted
    }
  | { problem: 'unknown_option'; act: AdminWord; given: string }
  | { problem: 'twice'; act: AdminWord; option: string }
  | { problem: 'missing'; act: AdminWord; option: string }
  | { problem: 'contradiction'; act: AdminWord; options: string[] }

/** What the words mean. Pure: whether who asks may is looked at elsewhere. */
export function readAdmin(ask: AdminAsk): AdminAct | AdminProblem {
  const act = ADMIN_ACTS.find(word => word === ask.word)
  if (!act) return { problem: 'word' }
  const known = optionsOf(act)
  for (const given of Object.keys(ask.options))
    if (!known.some(({ name }) => name === given)) return { problem: 'unknown_option', act, given }
  for (const kind of ['group', 'person'] as const) {
    const given = kind === 'group' ? ask.groups : ask.people
    if (given.length > 0 && !known.some(option => option.kind === kind))
      return { problem: 'unknown_option', act, given: kind }
  }
  for (const { name, kind } of known) {
    const given = ask.options[name]
    if ((kind === 'group' || kind === 'person') && given !== undefined)
      return { problem: 'option', act, option: name, given, wanted: kind }
  }
  const twice = known.find(({ name }) => ask.twice?.includes(name))
  if (twice) return { problem: 'twice', act, option: twice.name }
  for (const { name, required } of known)
    if (required && ask.options[name] === undefined) return { problem: 'missing', act, option: name }
  try {
    return actOf(act, ask, new Values(act, ask.options))
  } catch (error) {
    if (error instanceof Senseless) return error.problem
    throw error
  }
}

class Senseless extends Error {
  readonly problem: AdminProblem
  constructor(problem: AdminProblem) {
    super(problem.problem)
    this.problem = problem
  }
}

function actOf(act: AdminWord, ask: AdminAsk, values: Values): AdminAct {
  const everywhere = ask.options.everywhere !== undefined
  switch (act) {
    case 'spend':
      return { act, month: values.month('month') ?? null, everywhere }
    case 'receipt':
      return { act, jobId: values.job('job') }
    case 'freeze':
    case 'unfreeze':
      return { act, everywhere }
    case 'caps':
      return {
        act,
        set: withoutAbsent({
          personDayUsd: values.dollars('person-day'),
          communityMonthUsd: values.dollars('month'),
          jobUsd: values.dollars('upscale'),
          jobsAtOnce: values.number('at-once'),
        }),
      }
    case 'approval': {
      const aboveUsd = values.dollars('above')
      const named = ask.groups.length + ask.people.length > 0
      if (aboveUsd === undefined) {
        if (named) throw new Senseless({ problem: 'missing', act, option: 'above' })
        return { act }
      }
      if (aboveUsd === null && named) {
        const whom = ask.groups.length > 0 ? 'group' : 'person'
        throw new Senseless({ problem: 'contradiction', act, options: ['above', whom] })
      }
      // Who is named takes the place of all who were.
      return {
        act,
        set: named ? { aboveUsd, groups: [...ask.groups], people: [...ask.people] } : { aboveUsd },
      }
    }
    case 'pool': {
      const [amount, each, add] = [values.dollars('amount'), values.dollars('each'), values.dollars('add')]
      if (add === null) throw values.senseless('add', 'dollars')
      if (amount !== undefined && add !== undefined)
        throw new Senseless({ problem: 'contradiction', act, options: ['amount', 'add'] })
      if (amount === null && each !== undefined)
        throw new Senseless({ problem: 'contradiction', act, options: ['amount', 'each'] })
      if (amount === null) return { act, set: 'off' }
      if (amount !== undefined) return { act, set: { new: amount, each: each ?? null } }
      return add === undefined && each === undefined ? { act } : { act, set: withoutAbsent({ add, each }) }
    }
  }
}

/** Nobody means so much; and sums of it stay exact. */
const MOST_DOLLARS = 9_999_999

/** The values of one use of a command. Undefined: not given; null: "off". */
class Values {
  readonly act: AdminWord
  readonly given: Readonly<Record<string, string>>
  constructor(act: AdminWord, given: Readonly<Record<string, string>>) {
    this.act = act
    this.given = given
  }

  dollars(option: string): MicroUsd | null | undefined {
    return this.#amount(option, 'dollars', text => {
      const match = /^\$?(\d{1,7}(?:\.\d{1,2})?)\$?$/.exec(text)
      const dollars = match ? Number(match[1]) : 0
      return dollars > 0 && dollars <= MOST_DOLLARS ? fromDollars(dollars) : null
    })
  }

  number(option: string): number | null | undefined {
    return this.#amount(option, 'number', text => (/^[1-9]\d{0,2}$/.test(text) ? Number(text) : null))
  }

  /** The first moment of a month (UTC), wall-clock ms. */
  month(option: string): number | undefined {
    const text = this.given[option]?.trim()
    if (text === undefined) return undefined
    const match = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(text)
    if (!match) throw this.senseless(option, 'month')
    return Date.UTC(Number(match[1]), Number(match[2]) - 1, 1)
  }

  /** Their letters are small, however they were copied. */
  job(option: string): string {
    const text = this.given[option]?.trim().toLowerCase() ?? ''
    if (!/^[a-z0-9]{1,32}$/.test(text)) throw this.senseless(option, 'job')
    return text
  }

  senseless(option: string, wanted: Wanted): Senseless {
    const given = this.given[option] ?? ''
    return new Senseless({ problem: 'option', act: this.act, option, given, wanted })
  }

  #amount(option: string, wanted: 'dollars' | 'number', read: (text: string) => number | null) {
    const text = this.given[option]?.trim().toLowerCase()
    if (text === undefined) return undefined
    if (text === 'off') return null
    const amount = read(text)
    if (amount === null) throw this.senseless(option, wanted)
    return amount
  }
}

/** An option that was not given leaves what it is about as it was. */
const withoutAbsent = <T extends object>(all: T) =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
