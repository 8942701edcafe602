import { asObject, type Json, stringsIn } from '../json.ts'
import { invalidForm, type Problem } from './errors.ts'
import { channelPermissions, PERMISSION } from './permissions.ts'
import type { Channel, World } from './world.ts'

export interface Mentions {
  users: string[]
  roles: string[]
  everyone: boolean
}

interface Writing {
  text: string
  author_id: string
  channel: Channel
  /** `allowed_mentions` of the body. */
  allowed: unknown
  answersInteraction: boolean
}

/**
 * Who a text really pings: what it names, less what `allowed_mentions` does not allow. Without it a message of the
 * bot may ping all, an answer to an interaction only users (docs: resources/message#allowed-mentions-object). And less
 * what its author may not ping: everybody, and roles that are not mentionable, need MENTION_EVERYONE in that channel
 * (docs: topics/permissions, August 2026).
 */
export function mentionsIn(world: World, { text, allowed, answersInteraction, ...by }: Writing): Mentions {
  const rule = asObject(allowed)
  const parse = rule ? stringsIn(rule.parse) : answersInteraction ? ['users'] : ['users', 'roles', 'everyone']
  const users = namedBy(/<@!?(\d{17,20})>/g, text).filter(id => world.users.has(id))
  const roles = namedBy(/<@&(\d{17,20})>/g, text).filter(id => world.roles.some(role => role.id === id))
  const [listedUsers, listedRoles] = [stringsIn(rule?.users), stringsIn(rule?.roles)]
  refuseBoth(parse, { users: listedUsers, roles: listedRoles })
  const mayAll = (channelPermissions(world, by.author_id, by.channel) & PERMISSION.MENTION_EVERYONE) !== 0n
  const may = (id: string) => mayAll || world.roles.some(role => role.id === id && role.mentionable)
  return {
    users: parse.includes('users') ? users : users.filter(id => listedUsers.includes(id)),
    roles: (parse.includes('roles') ? roles : roles.filter(id => listedRoles.includes(id))).filter(may),
    everyone: mayAll && parse.includes('everyone') && /@(everyone|here)/.test(text),
  }
}

const namedBy = (pattern: RegExp, text: string) => [
  ...new Set([...text.matchAll(pattern)].map(match => match[1]!)),
]

/** Whether a reply pings the one who is replied to. */
export function pingsRepliedUser(body: Json): boolean {
  const rule = asObject(body.allowed_mentions)
  return rule ? rule.replied_user === true : true
}

function refuseBoth(parse: string[], listed: Record<'users' | 'roles', string[]>): void {
  const problems = (['users', 'roles'] as const)
    .filter(kind => parse.includes(kind) && listed[kind].length > 0)
    .map(
      (kind): Problem => ({
        path: ['allowed_mentions'],
        code: 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
        message: `parse:["${kind}"] and ${kind}: [${listed[kind].join(', ')}] are mutually exclusive.`,
      }),
    )
  if (problems.length > 0) throw invalidForm(problems)
}
