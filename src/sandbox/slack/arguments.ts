import { asArray, asObject, type Json } from '../json.ts'
import { refusalOf, SlackError } from './errors.ts'

/**
 * The arguments of a call. A form carries text only, with lists and objects as JSON inside; a JSON body carries either.
 * So every reader takes both.
 */
export class Arguments {
  readonly #given: Json

  constructor(given: Json) {
    this.#given = given
  }

  has(name: string): boolean {
    const value = this.#given[name]
    return value !== undefined && value !== null && value !== ''
  }

  text(name: string): string | null {
    const value = this.#given[name]
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    return typeof value === 'string' && value !== '' ? value : null
  }

  /** @throws SlackError invalid_arguments */
  required(name: string): string {
    const value = this.text(name)
    if (value === null) throw refusalOf('invalid_arguments', [`missing required field: ${name}`])
    return value
  }

  flag(name: string): boolean {
    const value = this.#given[name]
    return value === true || value === 'true' || value === '1' || value === 1
  }

  /** @throws SlackError invalid_arguments */
  whole(name: string): number | null {
    const value = this.text(name)
    if (value === null) return null
    const number = Number(value)
    if (!Number.isSafeInteger(number))
      throw refusalOf('invalid_arguments', [`must be an integer [json-pointer:/${name}]`])
    return number
  }

  /** @throws SlackError named `error` where it is there and no list. */
  list(name: string, error: string): unknown[] | null {
    const value = this.#json(name, error)
    if (value === undefined) return null
    if (!Array.isArray(value)) throw refusalOf(error, [`must be an array [json-pointer:/${name}]`])
    return asArray(value)
  }

  /** @throws SlackError named `error` where it is there and no object. */
  object(name: string, error: string): Json | null {
    const value = this.#json(name, error)
    if (value === undefined) return null
    const object = asObject(value)
    if (!object) throw refusalOf(error, [`must be an object [json-pointer:/${name}]`])
    return object
  }

  /** The same for the same call, whatever way it was sent: a call that is sent again is known by it. */
  toString(): string {
    const { token: _, ...rest } = this.#given
    return JSON.stringify(rest)
  }

  #json(name: string, error: string): unknown {
    if (!this.has(name)) return undefined
    const value = this.#given[name]
    if (typeof value !== 'string') return value
    try {
      return JSON.parse(value)
    } catch {
      throw new SlackError(error)
    }
  }
}
