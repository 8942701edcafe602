import { ADMIN_ACTS, type AdminAsk, type AdminOption, legible, optionsOf } from '../../src/core/admin.ts'
import { UPSCALE_ADMIN } from './commands.ts'
import type { SlashUse } from './requests.ts'
import type { Self } from './tenants.ts'

export const isAdmin = ({ command }: SlashUse): boolean => command === UPSCALE_ADMIN

export interface TypedAsk {
  ask: AdminAsk
  /** Names that Slack has left as they were typed: of groups, as far as there are such. */
  handles: readonly Handle[]
}

export interface Handle {
  /** Without the "@". */
  name: string
  /** What it was said to be. */
  kind: 'group' | 'person'
}

/**
 * "WORD [value] [name value]... [flag]", with people and groups anywhere in it: `approval 1.00 @approvers @ann`. Slack
 * escapes what it knows (the manifest asks for that): `<@U012AB3CD|ann>`, `<!subteam^S012AB3CD|@approvers>`. The first
 * word that can't be made out becomes an option of that name, which nothing has; what is given twice is named: the core
 * says so, and nothing is done.
 */
export function readAsk(text: string): TypedAsk {
  const [first, ...tokens] = tokensOf(legible(text))
  if (first === undefined) {
    return { ask: { word: null, options: {}, groups: [], people: [] }, handles: [] }
  }
  const word = lettersOf(first).toLowerCase()
  const act = ADMIN_ACTS.find(one => one === word)
  const known = act ? optionsOf(act) : []
  const main = known.find(option => option.main)
  const takesNames = known.some(isNamed)
  const options = new Map<string, string>()
  const [groups, people] = [new Set<string>(), new Set<string>()]
  const handles = new Map<string, Handle>()
  const twice = new Set<string>()
  let strange: string | null = null

  const optionAt = (at: number): AdminOption | undefined => {
    const name = tokens[at] && lettersOf(tokens[at]).toLowerCase()
    return known.find(option => option.name === name)
  }
  const give = (name: string, value: string) => {
    if (options.has(name)) twice.add(name)
    else options.set(name, value)
  }

  const call = (letters: string, kind: Handle['kind']) => {
    const name = letters.replace(/^@/, '')
    if (!handles.has(name.toLowerCase())) handles.set(name.toLowerCase(), { name, kind })
  }

  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]!
    const option = optionAt(at)
    const named = idIn(token)
    if (named) (named.kind === 'group' ? groups : people).add(named.id)
    else if (token.startsWith('@') && takesNames) call(lettersOf(token), 'group')
    else if (option?.kind === 'flag') options.set(option.name, 'yes')
    else if (option && isNamed(option)) {
      const next = tokens[at + 1]
      if (next === undefined || optionAt(at + 1)) give(option.name, '')
      else if (!idIn(next)) {
        call(lettersOf(next), option.kind)
        at += 1
      }
    } else if (option) {
      const next = tokens[at + 1]
      const isValue = next !== undefined && !idIn(next) && !optionAt(at + 1)
      give(option.name, isValue ? lettersOf(next) : '')
      if (isValue) at += 1
    } else if (main && !options.has(main.name)) give(main.name, lettersOf(token))
    else strange ??= lettersOf(token)
  }
  if (strange !== null) options.set(strange, '')
  return {
    ask: {
      word,
      options: Object.fromEntries(options),
      groups: [...groups],
      people: [...people],
      ...(twice.size > 0 && { twice: [...twice] }),
    },
    handles: [...handles.values()],
  }
}

/** @param found ids of the groups with those names; null: there is none */
export function withGroups({ ask, handles }: TypedAsk, found: readonly (string | null)[]): AdminAsk {
  const groups = new Set([...ask.groups, ...found.flatMap(id => id ?? [])])
  const strangers = handles.filter((_, at) => found[at] === null)
  const nobody = Object.fromEntries(strangers.map(({ name, kind }) => [kind, `@${name}`]))
  return { ...ask, groups: [...groups], options: { ...ask.options, ...nobody } }
}

/** The bot approves nothing, so naming it names nobody. */
export function withoutSelf(ask: AdminAsk, self: Self | null): AdminAsk {
  if (!self || !ask.people.includes(self.id)) return ask
  return {
    ...ask,
    people: ask.people.filter(id => id !== self.id),
    options: { ...ask.options, person: `@${self.name}` },
  }
}

const isNamed = (option: AdminOption): option is AdminOption & { kind: 'group' | 'person' } =>
  option.kind === 'group' || option.kind === 'person'

/** A comma between names is nobody's value. */
const tokensOf = (text: string): string[] =>
  (text.match(/<[^>]*>|[^\s<]+/g) ?? [])
    .map(token => token.replace(/[,;]+$/, ''))
    .filter(token => token !== '')

function idIn(token: string): { kind: 'group' | 'person'; id: string } | null {
  const [, person, group] = /^<(?:@([UW][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+))(?:\|[^>]*)?>$/.exec(token) ?? []
  if (person !== undefined) return { kind: 'person', id: person }
  return group === undefined ? null : { kind: 'group', id: group }
}

/** What a person has typed: "<#C012AB3CD|clips>" was "#clips", and "&amp;" was "&". */
function lettersOf(token: string): string {
  const [, mark = '', target = '', label] = /^<([@#!]?)([^|>]*)(?:\|([^>]*))?>$/.exec(token) ?? []
  const typed =
    target === '' ? token : `${mark === '!' ? '@' : mark}${(label ?? target).replace(/^[@#]/, '')}`
  return typed.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
