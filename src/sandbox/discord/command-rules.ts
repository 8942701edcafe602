import { asArray, asObject, asString, type Json, objectsIn } from '../json.ts'
import type { Problem } from './errors.ts'

const CHAT_INPUT = 1
const MOST_OF_TYPE: Record<number, number> = { 1: 100, 2: 15, 3: 15 }
/** docs: interactions/application-commands#application-command-object-application-command-naming (August 2026). */
const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u
/** Of a context menu: mixed case and spaces too. */
const MENU_NAME = /^(?=.*\S).{1,32}$/u
const MAX_TEXT = 8000

export function commandTypeOf(command: Json): number {
  return typeof command.type === 'number' ? command.type : CHAT_INPUT
}

/** What Discord refuses in a list of commands and its published schema lets through. */
export function commandListProblems(commands: Json[]): Problem[] {
  const problems = commands.flatMap((command, index) =>
    commandProblems(command).map(problem => ({ ...problem, path: [index, ...problem.path] })),
  )
  const seen = new Set<string>()
  for (const [index, command] of commands.entries()) {
    const key = `${commandTypeOf(command)} ${String(command.name)}`
    if (seen.has(key)) {
      const message = 'Application command names must be unique'
      problems.push({ path: [index], code: 'APPLICATION_COMMANDS_DUPLICATE_NAME', message })
    }
    seen.add(key)
  }
  for (const [type, most] of Object.entries(MOST_OF_TYPE)) {
    if (commands.filter(command => commandTypeOf(command) === Number(type)).length <= most) continue
    const message = `At most ${most} commands of type ${type}`
    problems.push({ path: [], code: 'APPLICATION_COMMANDS_TOO_MANY', message })
  }
  return problems
}

export function commandProblems(command: Json): Problem[] {
  const problems: Problem[] = []
  const chat = commandTypeOf(command) === CHAT_INPUT
  const description = asString(command.description) ?? ''
  if (chat) problems.push(...nameProblems(asString(command.name) ?? ''))
  if (chat && description === '') {
    problems.push({ path: ['description'], code: 'BASE_TYPE_REQUIRED', message: 'This field is required' })
  }
  if (!chat && !MENU_NAME.test(asString(command.name) ?? '')) problems.push(invalidName)
  if (!chat && (description !== '' || asArray(command.options).length > 0)) {
    const message = 'Context menu commands cannot have description or options'
    problems.push({ path: ['description'], code: 'APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION', message })
  }
  problems.push(...optionProblems(objectsIn(command.options)))
  if (JSON.stringify(textsOf(command)).length > MAX_TEXT) {
    const message = `Command exceeds maximum size (${MAX_TEXT})`
    problems.push({ path: [], code: 'APPLICATION_COMMAND_TOO_LARGE', message })
  }
  return problems
}

function nameProblems(name: string): Problem[] {
  return NAME.test(name) && name === name.toLowerCase() ? [] : [invalidName]
}

const invalidName: Problem = {
  path: ['name'],
  code: 'APPLICATION_COMMAND_INVALID_NAME',
  message: 'Command name is invalid',
}

function optionProblems(options: Json[]): Problem[] {
  const problems: Problem[] = []
  let optionalSeen = false
  const names = new Set<string>()
  for (const [index, option] of options.entries()) {
    const path = ['options', index]
    const name = asString(option.name) ?? ''
    const within = [...nameProblems(name), ...optionProblems(objectsIn(option.options))]
    problems.push(...within.map(problem => ({ ...problem, path: [...path, ...problem.path] })))
    if (names.has(name)) {
      const message = 'Option names must be unique'
      problems.push({ path, code: 'APPLICATION_COMMAND_OPTIONS_NAME_NOT_UNIQUE', message })
    }
    names.add(name)
    if (option.required === true && optionalSeen) {
      const message = 'Required options must be placed before non-required options'
      problems.push({ path, code: 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID', message })
    }
    if (option.required !== true) optionalSeen = true
    const values = objectsIn(option.choices).map(choice => choice.value)
    if (new Set(values).size < values.length) {
      const message = 'Choice values must be unique'
      problems.push({
        path: [...path, 'choices'],
        code: 'APPLICATION_COMMAND_OPTIONS_CHOICE_VALUE_NOT_UNIQUE',
        message,
      })
    }
  }
  return problems
}

/** The texts that count towards the limit of 8000 per command. */
function textsOf(command: Json): unknown[] {
  const own = [command.name, command.description, command.value].filter(text => typeof text === 'string')
  const inner = [...objectsIn(command.options), ...objectsIn(command.choices)]
  return [...own, ...inner.map(option => textsOf(asObject(option) ?? {}))]
}
