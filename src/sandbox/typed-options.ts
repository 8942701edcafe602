/** Discord's numbers for the kinds of options, from its reference of application commands (August 2026). */
const KIND = { integer: 4, boolean: 5, user: 6, role: 8, number: 10, attachment: 11 }

/** What an option is called, and Discord's number for what it takes. */
export interface TypedOption {
  name: string
  type: number
}

/** Who and what can be named with an @: ids and names. */
export interface Nameable {
  people: { id: string; name: string }[]
  roles: { id: string; name: string }[]
}

type Value = string | number | boolean

/**
 * What a person types after the name of a command (`1 group @Approvers everywhere`), put into the options that the
 * command has: a value without a name is for the first of them that can be typed, and a flag has none.
 * @throws with a sentence, where there is no place to put something
 */
export function readTyped(
  words: string[],
  options: readonly TypedOption[],
  nameable: Nameable,
): Record<string, Value> {
  const named = (word: string | undefined) => options.find(option => option.name === word)
  const filled: Record<string, Value> = {}
  const left = [...words]
  const main = options.find(({ type }) => type !== KIND.attachment)
  if (left.length > 0 && main && !named(left[0])) left.unshift(main.name)
  while (left.length > 0) {
    const name = left.shift()!
    const option = named(name)
    if (!option || option.type === KIND.attachment) throw new Error(`There is no option “${name}” to type.`)
    if (name in filled) throw new Error(`The option “${name}” can be filled in once.`)
    filled[name] = option.type === KIND.boolean || readValue(option, left.shift(), nameable)
  }
  return filled
}

function readValue(
  { name, type }: TypedOption,
  word: string | undefined,
  { people, roles }: Nameable,
): Value {
  if (word === undefined) throw new Error(`The option “${name}” needs a value.`)
  if (type === KIND.user) return idOf(word, people)
  if (type === KIND.role) return idOf(word, roles)
  return type === KIND.integer || type === KIND.number ? Number(word) : word
}

function idOf(word: string, all: Nameable['people']): string {
  const plain = (name: string) => name.replace(/^@/, '').toLowerCase()
  const found = all.find(({ name }) => plain(name) === plain(word))
  if (!found) throw new Error(`Nobody and nothing here is called ${word}.`)
  return found.id
}
