import type { MessageRef, ReplyHandle } from '../../src/core/job.ts'

/** Name by which jobs refer to this adapter. */
export const PLATFORM = 'slack'

/**
 * One process serves many workspaces, so every address names the one whose token opens it: "T012AB3CD", or
 * "E012AB3CD.T012AB3CD" where the app is installed for a whole organisation.
 */
export interface Tenant {
  /** E…; null: installed in the workspace itself. */
  enterpriseId: string | null
  /** T… */
  teamId: string
}

/** A channel, or a thread in it. */
export interface Address {
  tenantId: string
  /** C…, D… or G…, as Slack's methods want it. */
  channel: string
  /** ts of the message that the thread hangs on. */
  threadTs: string | null
}

const TENANT = /^(?:(E[A-Z0-9]{2,30})\.)?(T[A-Z0-9]{2,30})$/
const CHANNEL = /^[CDG][A-Z0-9]{2,30}$/
const TS = /^\d{1,12}\.\d{6}$/

export const writeTenant = ({ enterpriseId, teamId }: Tenant): string =>
  enterpriseId === null ? teamId : `${enterpriseId}.${teamId}`

/** @throws where it is not one of ours; that is a bug, not somebody's input. So do the others here. */
export function readTenant(tenantId: string): Tenant {
  const [, enterpriseId = null, teamId] = TENANT.exec(tenantId) ?? []
  if (teamId === undefined) throw new TypeError('not the id of a Slack workspace')
  return { enterpriseId, teamId }
}

/**
 * Whose money it is: where an organisation has installed the app, all of it, for Slack does not name the same workspace of
 * it in every event: a command comes from where it was typed, a press from where the message's bot or the person is.
 */
export const communityOf = ({ enterpriseId, teamId }: Tenant): string => enterpriseId ?? teamId

/** "T012AB3CD/C012AB3CD" or, for a thread, "T012AB3CD/C012AB3CD/1732300000.000100". */
export const writeAddress = ({ tenantId, channel, threadTs }: Address): string =>
  threadTs === null ? `${tenantId}/${channel}` : `${tenantId}/${channel}/${threadTs}`

export function readAddress(channelId: string): Address {
  const [tenantId = '', channel = '', threadTs = null, ...more] = channelId.split('/')
  if (more.length > 0 || !CHANNEL.test(channel) || (threadTs !== null && !TS.test(threadTs))) {
    throw new TypeError('not the address of a Slack channel')
  }
  readTenant(tenantId)
  return { tenantId, channel, threadTs }
}

/** A message has no thread of its own where it is in one. */
export function threadOn({ channelId, messageId }: MessageRef): string {
  const address = readAddress(channelId)
  if (!TS.test(messageId)) throw new TypeError('not the time of a Slack message')
  return writeAddress({ ...address, threadTs: address.threadTs ?? messageId })
}

/** Whether it can be edited: a posted file whose message is not known yet goes by the file's own id. */
export const isMessage = (messageId: string): boolean => TS.test(messageId)

/** What is kept of what somebody did, to answer them alone. */
export interface SlackHandle {
  kind: 'slack'
  /** Where the answer goes once the response_url is used up. */
  channelId: string
  userId: string
  /** Takes 5 answers within 30 minutes, also where the bot is no member. */
  responseUrl: string
  /** Wall-clock ms by our own clock, when it came in. */
  at: number
}

export function readHandle(handle: ReplyHandle): SlackHandle {
  const { kind, channelId, userId, responseUrl, at } = handle
  if (
    kind !== 'slack' ||
    typeof channelId !== 'string' ||
    typeof userId !== 'string' ||
    typeof responseUrl !== 'string' ||
    typeof at !== 'number'
  ) {
    throw new TypeError('not a handle of a Slack interaction')
  }
  return { kind, channelId, userId, responseUrl, at }
}

export const writeHandle = (handle: SlackHandle): ReplyHandle => ({ ...handle })
