/** Names for what the bot asks of Discord, Slack and Venice, by method, path and, where that decides, what is said. */
import { MOUNT } from '../../src/sandbox/control.ts'

type Side = 'discord' | 'slack' | 'venice'
interface Call {
  name: string
  side: Side
  method: string
  /** Of the path behind the mount, without the query. */
  path: RegExp
  /** What the body holds. */
  says?: RegExp
  /** Only in a race that nobody can bring about: it has a name, and is no step. */
  seldom?: true
}

const discord = (name: string, method: string, path: RegExp, says?: RegExp): Call => ({
  ...{ name, side: 'discord', method, path },
  ...(says && { says }),
})
const slack = (name: string, path: RegExp, says?: RegExp): Call => ({
  ...{ name, side: 'slack', method: 'POST', path },
  ...(says && { says }),
})
const venice = (name: string, method: string, path: RegExp): Call => ({ name, side: 'venice', method, path })

const RESULT = /your video is ready/
const QUESTION = /know whether/
const FAILURE = /was not upscaled/
const APPROVAL = / asks for /
/** Of what was declined, or became dearer. */
const NEWS = /Ask again for another size|before somebody approved it/
const CARD = /\bfps\b/

const message = /^\/v10\/channels\/\d+\/messages$/
const edited = /^\/v10\/channels\/\d+\/messages\/\d+$/

/** The first that fits. */
export const CALLS: readonly Call[] = [
  discord('ask for the gateway', 'GET', /^\/v10\/gateway\/bot$/),
  { ...discord('read the guild', 'GET', /^\/v10\/guilds\/\d+$/), seldom: true },
  discord('read commands', 'GET', /\/commands$/),
  discord('set commands', 'PUT', /\/commands$/),
  discord('acknowledge', 'POST', /\/interactions\/\d+\/[^/]+\/callback$/),
  discord('answer', 'PATCH', /\/webhooks\/\d+\/[^/]+\/messages\/@original$/),
  discord('whisper', 'POST', /\/webhooks\/\d+\/[^/]+$/),
  discord('open thread', 'POST', /\/messages\/\d+\/threads$/),
  discord('post result', 'POST', message, RESULT),
  discord('post question', 'POST', message, QUESTION),
  discord('post failure', 'POST', message, FAILURE),
  discord('post approval', 'POST', message, APPROVAL),
  discord('post news', 'POST', message, NEWS),
  discord('post card', 'POST', message, /Reading /),
  discord('post progress', 'POST', message),
  { ...discord('look for a message', 'GET', message), seldom: true },
  discord('edit question', 'PATCH', edited, QUESTION),
  discord('edit failure', 'PATCH', edited, FAILURE),
  discord('edit approval', 'PATCH', edited, APPROVAL),
  discord('edit card', 'PATCH', edited, CARD),
  discord('edit progress', 'PATCH', edited),
  slack('open socket', /^\/apps\.connections\.open$/),
  slack('test token', /^\/auth\.test$/),
  slack('look into a group', /^\/usergroups\.users\.list$/),
  { ...slack('find a group', /^\/usergroups\.list$/), seldom: true },
  { ...slack('look at who presses', /^\/users\.info$/), seldom: true },
  slack('ask for an upload', /^\/files\.getUploadURLExternal$/),
  slack('upload', /^\/upload\//),
  { ...slack('look at a file', /^\/files\.info$/), seldom: true },
  { ...slack('look for a message', /^\/conversations\.(replies|history)$/), seldom: true },
  { ...slack('whisper in the channel', /^\/chat\.postEphemeral$/), seldom: true },
  slack('whisper', /^\/response\//),
  slack('post result', /^\/files\.completeUploadExternal$/),
  slack('post question', /^\/chat\.postMessage$/, QUESTION),
  slack('post failure', /^\/chat\.postMessage$/, FAILURE),
  slack('post approval', /^\/chat\.postMessage$/, APPROVAL),
  slack('post news', /^\/chat\.postMessage$/, NEWS),
  slack('post progress', /^\/chat\.postMessage$/, /murano_message.*-progress/),
  slack('post card', /^\/chat\.postMessage$/),
  slack('edit question', /^\/chat\.update$/, QUESTION),
  slack('edit failure', /^\/chat\.update$/, FAILURE),
  slack('edit approval', /^\/chat\.update$/, APPROVAL),
  slack('edit card', /^\/chat\.update$/, CARD),
  slack('edit progress', /^\/chat\.update$/),
  venice('quote', 'POST', /^\/video\/quote$/),
  venice('pay', 'POST', /^\/video\/queue$/),
  venice('poll', 'POST', /^\/video\/retrieve$/),
  venice('complete', 'POST', /^\/video\/complete$/),
  venice('fetch result', 'GET', /^\/files\//),
  venice('balance', 'GET', /^\/billing\/balance$/),
  venice('look at the billing', 'GET', /^\/billing\/usage-history$/),
  venice('ask for limits', 'GET', /^\/api_keys\/rate_limits$/),
]

/** Where each side's calls come in, and what of that is no part of a call's own path. */
const MOUNTS: readonly (readonly [prefix: string, cut: string, side: Side])[] = [
  [MOUNT.discordApi, MOUNT.discordApi, 'discord'],
  [MOUNT.slackApi, MOUNT.slackApi, 'slack'],
  [MOUNT.slackUpload, '/slack', 'slack'],
  [MOUNT.slackResponse, '/slack', 'slack'],
  [MOUNT.veniceApi, MOUNT.veniceApi, 'venice'],
]

/** "discord post result", "venice pay"; `other`: a call without a name; null: none of an API (files of a platform). */
export function nameOfCall(
  method: string,
  url: string,
  body: string,
): { name: string; other: boolean } | null {
  const path = url.split('?')[0]!
  const mount = MOUNTS.find(([prefix]) => path.startsWith(`${prefix}/`))
  if (!mount) return null
  const [, cut, side] = mount
  const rest = path.slice(cut.length)
  const text = plain(body)
  const call = CALLS.find(
    c => c.side === side && c.method === method && c.path.test(rest) && (!c.says || c.says.test(text)),
  )
  if (call) return { name: `${side} ${call.name}`, other: false }
  return { name: `${side} ${method} ${rest.replaceAll(/\/[\w-]{12,}/g, '/…')}`, other: true }
}

/** Slack's arguments come as a form. */
const plain = (body: string): string => {
  if (!/^[\w.%+-]+=/.test(body)) return body
  try {
    return decodeURIComponent(body.replaceAll('+', ' '))
  } catch {
    return body
  }
}
