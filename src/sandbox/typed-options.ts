import { asString, type Json, objectsIn } from './json.ts'

/** Discord's numbers for the kinds of options, from its reference of application commands. */
const TYPE = { boolean: 5, user: 6, role: 8 }

/** Who and what can be named with an @, by name and id. */
export interface Named {
  id: string
  name: string
}

/**
 * What a person types after the word of a command (`above 1 group @Approvers everywhere`), put into the options that the
 * word declares: a value without a name is for the first of them, and a flag has none.
 * @throws where Discord would have no place to put something
 */
export function readTyped(
  words: string[],
  declared: Json,
  people: Named[],
  roles: Named[],
): Record<string, string | boolean> {
  const options = objectsIn(declared.options)
  const found: Record<string, string | boolean> = {}
  const isName = (word: string | undefined) => options.some(option => option.name === word)
  const left = [...words]
  if (left.length > 0 && !isName(left[0])) left.unshift(asString(options[0]?.name) ?? '')
  while (left.length > 0) {
    const name = left.shift()!
    const option = options.find(candidate => candidate.name === name)
    if (!option) throw new Error(`there is no option "${name}"`)
    if (name in found) throw new Error(`the option "${name}" can be filled in once`)
    const value = option.type === TYPE.boolean || left.shift()
    if (value === undefined) throw new Error(`the option "${name}" needs a value`)
    found[name] =
      value === true
        ? value
        : option.type === TYPE.user
          ? idOf(value, people)
          : option.type === TYPE.role
            ? idOf(value, roles)
            : value
  }
  return found
}

function idOf(word: string, all: Named[]): string {
  const plain = (name: string) => name.replace(/^@/, '').toLowerCase()
  const found = all.find(({ name }) => plain(name) === plain(word))
  if (!found) throw new Error(`nobody and nothing here is called ${word}`)
  return found.id
}
