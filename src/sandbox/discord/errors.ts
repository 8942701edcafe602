import type { Json } from '../json.ts'

/** One thing that is wrong with a body: where, Discord's name for it, and the sentence. */
export interface Problem {
  path: (string | number)[]
  code: string
  message: string
}

/** What Discord answers instead of doing what it was asked to do. */
export class DiscordError extends Error {
  override readonly name = 'DiscordError'
  readonly status: number
  readonly code: number
  readonly errors: Json | undefined

  constructor(status: number, code: number, message: string, errors?: Json) {
    super(message)
    this.status = status
    this.code = code
    this.errors = errors
  }

  toJSON(): Json {
    return { message: this.message, code: this.code, ...(this.errors ? { errors: this.errors } : {}) }
  }
}

/** Code, HTTP status and sentence, from docs: topics/opcodes-and-status-codes#json (August 2026). */
const KNOWN = {
  unauthorized: [401, 0, '401: Unauthorized'],
  unknownRoute: [404, 0, '404: Not Found'],
  unknownApplication: [404, 10002, 'Unknown Application'],
  unknownChannel: [404, 10003, 'Unknown Channel'],
  unknownGuild: [404, 10004, 'Unknown Guild'],
  unknownMember: [404, 10007, 'Unknown Member'],
  unknownMessage: [404, 10008, 'Unknown Message'],
  unknownUser: [404, 10013, 'Unknown User'],
  unknownWebhook: [404, 10015, 'Unknown Webhook'],
  unknownInteraction: [404, 10062, 'Unknown interaction'],
  unknownCommand: [404, 10063, 'Unknown application command'],
  tooManyAttachments: [400, 30015, 'Maximum number of attachments in a message reached (10)'],
  tooLarge: [413, 40005, 'Request entity too large'],
  alreadyAcknowledged: [400, 40060, 'Interaction has already been acknowledged.'],
  missingAccess: [403, 50001, 'Missing Access'],
  notTheAuthor: [403, 50005, 'Cannot edit a message authored by another user'],
  emptyMessage: [400, 50006, 'Cannot send an empty message'],
  missingPermissions: [403, 50013, 'Missing Permissions'],
  wrongChannelType: [400, 50024, 'Cannot execute action on this channel type'],
  invalidWebhookToken: [401, 50027, 'Invalid Webhook Token'],
  threadArchived: [400, 50083, 'Thread is archived'],
  badJson: [400, 50109, 'The request body contains invalid JSON.'],
  replyNeedsHistory: [403, 160002, 'Cannot reply without permission to read message history'],
  threadExists: [400, 160004, 'A thread has already been created for this message'],
  threadLocked: [400, 160005, 'Thread is locked'],
} as const satisfies Record<string, readonly [status: number, code: number, message: string]>

export function refusal(name: keyof typeof KNOWN): DiscordError {
  const [status, code, message] = KNOWN[name]
  return new DiscordError(status, code, message)
}

/** 50035, with the problems hung on the tree of keys that Discord answers. */
export function invalidForm(problems: readonly Problem[]): DiscordError {
  const errors: Json = {}
  for (const { path, code, message } of problems) {
    let node = errors
    for (const key of path) {
      node[String(key)] ??= {}
      node = node[String(key)] as Json
    }
    node._errors ??= []
    ;(node._errors as Json[]).push({ code, message })
  }
  return new DiscordError(400, 50035, 'Invalid Form Body', errors)
}
