import { ControlError } from '../control-error.ts'
import { fitsFileTypes } from '../file-names.ts'
import { asNumber, asString, type Json, objectsIn, stringsIn } from '../json.ts'
import { memberObject, roleObject, userObject } from './objects.ts'
import { guildPermissions } from './permissions.ts'
import type { Stage } from './stage.ts'

/** Option types, docs: interactions/application-commands (August 2026). */
const OPTION = {
  subcommand: 1,
  group: 2,
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  role: 8,
  number: 10,
  attachment: 11,
} as const

type Value = string | number | boolean

/**
 * What a member filled in, as the interaction carries it. Discord's own client lets nobody send a command with a
 * wrong or missing value, so that is refused here too, with what the client would show.
 */
export function readOptions(
  stage: Stage,
  command: Json,
  path: string[],
  given: Record<string, Value>,
): { options: Json[]; resolved: Json } {
  let declared = objectsIn(command.options)
  const steps: Json[] = []
  for (const name of path) {
    const step = declared.find(
      option => option.name === name && [OPTION.subcommand, OPTION.group].includes(option.type as 1),
    )
    if (!step) throw new ControlError(404, `/${String(command.name)} has no subcommand "${name}".`)
    steps.push(step)
    declared = objectsIn(step.options)
  }
  if (declared.some(option => option.type === OPTION.subcommand || option.type === OPTION.group)) {
    throw new ControlError(400, `/${String(command.name)} needs a subcommand.`)
  }
  const unknown = Object.keys(given).find(name => !declared.some(option => option.name === name))
  if (unknown !== undefined) throw new ControlError(400, `There is no option "${unknown}".`)
  const resolved: Record<string, Json> = {}
  let options: Json[] = []
  for (const option of declared) {
    const name = String(option.name)
    const value = given[name]
    if (value === undefined) {
      if (option.required === true) throw new ControlError(400, `The option "${name}" is required.`)
      continue
    }
    options.push({ name, type: option.type, value: checkValue(stage, option, name, value) })
    for (const [kind, object] of Object.entries(meant(stage, option, String(value)))) {
      resolved[kind] = { ...resolved[kind], [String(value)]: object }
    }
  }
  for (const step of steps.reverse()) options = [{ name: step.name, type: step.type, options }]
  return { options, resolved }
}

/** What the id of a value stands for, by the kind under which the interaction carries it. */
function meant({ world, files }: Stage, option: Json, id: string): Record<string, Json> {
  if (option.type === OPTION.attachment) return { attachments: { ...files.describe(files.find(id)!) } }
  if (option.type === OPTION.role) return { roles: roleObject(world.roles.find(role => role.id === id)!) }
  if (option.type !== OPTION.user) return {}
  // Partial: without the user, who is told beside it, and without what else an interaction has no room for
  // (docs: interactions/receiving-and-responding#interaction-object-resolved-data-structure, August 2026).
  const { user: _, deaf: __, mute: ___, ...member } = memberObject(world, id)
  const permissions = guildPermissions(world, id).toString()
  return { users: userObject(world.users.get(id)!), members: { ...member, permissions } }
}

function checkValue(stage: Stage, option: Json, name: string, value: Value): Value {
  const wrong = (what: string) => new ControlError(400, `The option "${name}" ${what}.`)
  const type = option.type
  const wanted =
    type === OPTION.boolean
      ? 'boolean'
      : type === OPTION.integer || type === OPTION.number
        ? 'number'
        : 'string'
  if (typeof value !== wanted) throw wrong(`takes a ${wanted}`)
  if (type === OPTION.integer && !Number.isSafeInteger(value)) throw wrong('takes a whole number')
  if (typeof value === 'number') {
    if (value < (asNumber(option.min_value) ?? -Infinity)) throw wrong('is too small')
    if (value > (asNumber(option.max_value) ?? Infinity)) throw wrong('is too large')
  }
  if (type === OPTION.string && typeof value === 'string') {
    if (value.length < (asNumber(option.min_length) ?? 0)) throw wrong('is too short')
    if (value.length > (asNumber(option.max_length) ?? 6000)) throw wrong('is too long')
  }
  const choices = objectsIn(option.choices)
  if (choices.length > 0 && !choices.some(choice => choice.value === value))
    throw wrong('is none of the choices')
  if (type === OPTION.user && !stage.world.users.has(String(value))) throw wrong('names nobody here')
  if (type === OPTION.role && !stage.world.roles.some(role => role.id === value)) throw wrong('names no role')
  if (type === OPTION.attachment) checkFile(stage, option, String(value), wrong)
  return value
}

function checkFile(stage: Stage, option: Json, id: string, wrong: (what: string) => ControlError): void {
  const file = stage.files.find(id)
  if (!file?.ephemeral) throw wrong('names no file that was uploaded')
  const types = stringsIn(option.file_types)
  if (fitsFileTypes(asString(file.filename) ?? '', types)) return
  throw wrong(
    `takes only files of these types: ${types.join(', ')}. Discord counts .mp4, .mov, .qt and .webm as video.`,
  )
}
