import { asObject, asString, type Json, objectsIn } from '../json.ts'
import { commandListProblems, commandProblems, commandTypeOf } from './command-rules.ts'
import { invalidForm, type Problem, refusal } from './errors.ts'
import type { Call, Route } from './rest.ts'
import { checkBody } from './schemas.ts'
import type { Stage } from './stage.ts'
import { allCommands } from './state.ts'

/** The commands of the application, for everywhere and for one guild: the same six routes twice. */
export function commandRoutes(stage: Stage): Route[] {
  return [
    ...routesUnder(stage, '/applications/:application/commands'),
    ...routesUnder(stage, '/applications/:application/guilds/:guild/commands'),
  ]
}

function routesUnder(stage: Stage, base: string): Route[] {
  const { world } = stage
  const scope = ({ params }: Call): string => {
    if (params.application !== world.application_id) throw refusal('unknownApplication')
    if (params.guild !== undefined && params.guild !== world.guild.id) throw refusal('unknownGuild')
    if (params.guild !== undefined && world.bot_presence === 'removed') throw refusal('missingAccess')
    return params.guild ?? ''
  }
  const listOf = (key: string) => world.commands.get(key) ?? []
  const found = (key: string, id: string | undefined): Json => {
    const command = listOf(key).find(candidate => candidate.id === id)
    if (!command) throw refusal('unknownCommand')
    return command
  }
  const keep = (key: string, commands: Json[]) => {
    world.commands.set(key, commands)
    stage.emit({ type: 'commands', commands: allCommands(stage) })
  }
  const route = (method: Route['method'], path: string, run: Route['run']): Route => ({
    method,
    path: base + path,
    auth: 'bot',
    run,
  })
  return [
    route('GET', '', call => ({ status: 200, body: listOf(scope(call)) })),
    route('PUT', '', async call => {
      const key = scope(call)
      await checkBody(
        'commands.put',
        Array.isArray(call.body) ? call.body.map(numericPermissions) : call.body,
      )
      const given = objectsIn(call.body)
      refuse(commandListProblems(given))
      const before = listOf(key)
      keep(
        key,
        given.map(command => complete(stage, key, command, same(before, command))),
      )
      return { status: 200, body: listOf(key) }
    }),
    route('POST', '', async call => {
      const key = scope(call)
      await checkBody('command.create', numericPermissions(call.json))
      refuse(commandProblems(call.json))
      const before = same(listOf(key), call.json)
      const command = complete(stage, key, call.json, before)
      const rest = listOf(key).filter(candidate => candidate !== before)
      refuse(commandListProblems([...rest, command]))
      keep(key, [...rest, command])
      return { status: before ? 200 : 201, body: command }
    }),
    route('GET', '/:command', call => ({ status: 200, body: found(scope(call), call.params.command) })),
    route('PATCH', '/:command', async call => {
      const key = scope(call)
      const before = found(key, call.params.command)
      await checkBody('command.edit', numericPermissions(call.json))
      const merged = { ...before, ...call.json }
      refuse(commandProblems(merged))
      const command = complete(stage, key, merged, before)
      keep(
        key,
        listOf(key).map(candidate => (candidate === before ? command : candidate)),
      )
      return { status: 200, body: command }
    }),
    route('DELETE', '/:command', call => {
      const key = scope(call)
      const gone = found(key, call.params.command)
      keep(
        key,
        listOf(key).filter(candidate => candidate !== gone),
      )
      return { status: 204 }
    }),
  ]
}

/** The published schema knows this bit set as a number only; the docs and discord.js write it as a string of digits. */
function numericPermissions(command: unknown): unknown {
  const object = asObject(command)
  const bits = asString(object?.default_member_permissions)
  return bits && /^\d+$/.test(bits) ? { ...object, default_member_permissions: Number(bits) } : command
}

function refuse(problems: Problem[]): void {
  if (problems.length > 0) throw invalidForm(problems)
}

function same(commands: Json[], command: Json): Json | undefined {
  return commands.find(
    candidate => candidate.name === command.name && commandTypeOf(candidate) === commandTypeOf(command),
  )
}

/** The command with the fields that Discord fills in. Name and type keep their id; a change gives a new version. */
function complete(stage: Stage, guildId: string, command: Json, before: Json | undefined): Json {
  const next: Json = {
    id: before?.id ?? stage.nextId(),
    application_id: stage.world.application_id,
    version: before?.version ?? stage.nextId(),
    default_member_permissions:
      command.default_member_permissions == null ? null : String(command.default_member_permissions),
    type: commandTypeOf(command),
    name: command.name,
    name_localizations: command.name_localizations ?? null,
    description: command.description ?? '',
    description_localizations: command.description_localizations ?? null,
    nsfw: command.nsfw ?? false,
    ...(objectsIn(command.options).length > 0 ? { options: command.options } : {}),
    ...(guildId === ''
      ? { integration_types: command.integration_types ?? [0], contexts: command.contexts ?? null }
      : { guild_id: guildId }),
  }
  if (before && JSON.stringify(before) !== JSON.stringify(next)) next.version = stage.nextId()
  return next
}
