import { asObject, type Json, stringsIn } from '../json.ts'
import { invalidForm } from './errors.ts'
import type { World } from './world.ts'

export interface Mentions {
  users: string[]
  everyone: boolean
}

/**
 * Who a text really pings: what it names, less what `allowed_mentions` does not allow. Without it a message of the
 * bot may ping all, an answer to an interaction only users (docs: resources/message#allowed-mentions-object).
 */
export function mentionsIn(world: World, text: string, allowed: unknown, fromInteraction: boolean): Mentions {
  const named = [...text.matchAll(/<@!?(\d{17,20})>/g)].map(match => match[1]!)
  const known = [...new Set(named)].filter(id => world.users.has(id))
  const rule = asObject(allowed)
  if (!rule) return { users: known, everyone: !fromInteraction && /@(everyone|here)/.test(text) }
  const parse = stringsIn(rule.parse)
  const listed = stringsIn(rule.users)
  refuseBoth(parse, listed)
  return {
    users: parse.includes('users') ? known : known.filter(id => listed.includes(id)),
    everyone: parse.includes('everyone') && /@(everyone|here)/.test(text),
  }
}

/** Whether a reply pings the one who is replied to. */
export function pingsRepliedUser(body: Json): boolean {
  const rule = asObject(body.allowed_mentions)
  return rule ? rule.replied_user === true : true
}

function refuseBoth(parse: string[], users: string[]): void {
  if (!parse.includes('users') || users.length === 0) return
  const message = `parse:["users"] and users: [${users.join(', ')}] are mutually exclusive.`
  const code = 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE'
  throw invalidForm([{ path: ['allowed_mentions'], code, message }])
}
