import { z } from 'zod'
import { ChatError, type Found } from '../../src/core/chat.ts'
import { Refusal, type RefusalCode } from '../../src/core/errors.ts'
import type { Door, FileHosts, Log } from '../../src/core/ports.ts'
import { type ClipSource, fileNameOf, LINK } from '../../src/core/source.ts'
import { isFromSlack, missingScopeOf, toChatError, wordOf } from './failures.ts'
import { PLATFORM } from './handle.ts'
import { PATIENCE } from './limits.ts'
import { twice, type Wait } from './rest.ts'
import type { Tenants } from './tenants.ts'

const HOSTS = ['files.slack.com']

/** Where the files of messages lie; each opens with the token of a workspace that can see it. */
export const filesOf = (tenants: Pick<Tenants, 'token'>): FileHosts => ({
  hosts: HOSTS,
  async credential(access) {
    try {
      return { authorization: `Bearer ${await tenants.token(access)}` }
    } catch (error) {
      // Whatever is no Refusal would be taken for a file that is gone.
      throw isFromSlack(error)
        ? refusalOf(error, 'file_hidden')
        : new Refusal('internal', {}, { cause: error })
    }
  },
})

/** What Slack's answer about a file means; errors of our own (the database, a key) stay what they are. */
function refusalOf(error: unknown, unseen: RefusalCode): unknown {
  if (!isFromSlack(error)) return error
  const cause = toChatError(error)
  return new Refusal(cause.code === 'unavailable' ? 'busy' : unseen, {}, { cause })
}

/** A file object, or what is left of one in a payload (docs: reference/objects/file-object). */
export const SLACK_FILE = z.object({
  id: z.string(),
  name: z.string().nullish(),
  mimetype: z.string().nullish(),
  mode: z.string().nullish(),
  is_external: z.boolean().nullish(),
  file_access: z.string().nullish(),
  url_private: z.string().nullish(),
  url_private_download: z.string().nullish(),
})
export type SlackFile = z.infer<typeof SLACK_FILE>

/** What somebody wants to have upscaled. */
export type Wanted = { kind: 'file'; file: SlackFile } | { kind: 'link'; url: string } | { kind: 'nothing' }

/**
 * The first video; else the first file of which nothing is known yet; else any, because the bytes decide. Null: no files.
 */
export function findFile(files: readonly SlackFile[]): { file: SlackFile; isVideo: boolean } | null {
  const video = files.find(file => isVideo(file)) ?? files.find(file => !file.mimetype)
  const file = video ?? files[0]
  return file ? { file, isVideo: video !== undefined } : null
}

const isVideo = ({ mimetype, name }: SlackFile): boolean =>
  /^video\//i.test(mimetype ?? '') ||
  (!/^(image|audio|text)\//i.test(mimetype ?? '') && /\.(mp4|m4v|mov|qt|webm|mkv|avi)$/i.test(name ?? ''))

export interface FinderOptions {
  tenants: Pick<Tenants, 'ask' | 'invite'>
  /** Opens files by the credential of their workspace. */
  door: Door
  wait: Wait
  log: Log
}

const problem = (code: RefusalCode, facts: Record<string, string> = {}): Found => ({
  clip: null,
  problem: { code, facts },
})

/** What it is called, as far as the event tells. */
export function nameOf(wanted: Wanted): string {
  if (wanted.kind === 'nothing') return ''
  return wanted.kind === 'link' ? fileNameOf(wanted.url) : (wanted.file.name ?? '')
}

/**
 * Where the clip is to be had, or what is in the way; a function where Slack has to be asked, which may take some 10 s.
 * It throws ChatError left, and errors of our own.
 */
export function find(
  options: FinderOptions,
  tenantId: string,
  wanted: Wanted,
): Found | (() => Promise<Found>) {
  if (wanted.kind === 'nothing') return problem('no_clip')
  if (wanted.kind === 'link') {
    const { url } = wanted
    return { clip: { url, fileName: fileNameOf(url), origin: LINK, access: null }, problem: null }
  }
  const { file } = wanted
  const unreadable = whyUnreadable(file)
  if (unreadable) return problem(unreadable)
  return async () => {
    try {
      return await findUpload(options, tenantId, file)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const invite = error.code === 'file_hidden' ? await options.tenants.invite(tenantId) : null
      return problem(error.code, invite === null ? {} : { invite })
    }
  }
}

async function findUpload(options: FinderOptions, tenantId: string, given: SlackFile): Promise<Found> {
  // A file that came from a shared channel is a stub in payloads (docs: apis/slack-connect#check_file_info).
  const isStub = given.file_access === 'check_file_info' || given.mode === 'file_access'
  const unseen: RefusalCode = isStub ? 'file_shared_elsewhere' : 'file_hidden'
  const file = addressOf(given) ? given : await lookUp(options, tenantId, given.id, unseen)
  refuseUnreadable(file)
  const url = addressOf(file)
  if (!url) throw new Refusal(unseen)
  const clip = { url, fileName: file.name || fileNameOf(url), origin: PLATFORM, access: tenantId }
  await untilScanned(options, file.id, clip)
  return { clip, problem: null }
}

const addressOf = (file: SlackFile): string | null => file.url_private_download ?? file.url_private ?? null

/** What the file object itself says; null: nothing is in the way. */
function whyUnreadable({ mode, is_external, file_access }: SlackFile): RefusalCode | null {
  if (mode === 'external' || is_external) return 'file_elsewhere'
  if (mode === 'tombstone') return 'source_gone'
  return mode === 'hidden_by_limit' || file_access === 'access_denied' ? 'file_hidden' : null
}

function refuseUnreadable(file: SlackFile): void {
  const unreadable = whyUnreadable(file)
  if (unreadable) throw new Refusal(unreadable)
}

async function lookUp(
  { tenants, wait, log }: FinderOptions,
  tenantId: string,
  fileId: string,
  unseen: RefusalCode,
): Promise<SlackFile> {
  try {
    const answer = await tenants.ask(tenantId, client =>
      twice(wait, () => client.files.info({ file: fileId })),
    )
    return SLACK_FILE.parse(answer.file)
  } catch (error) {
    if (error instanceof ChatError && error.code === 'left') throw error
    const scope = missingScopeOf(error)
    if (scope) log.warn({ scope, tenantId }, 'Slack has not granted a scope that reading files needs')
    if (wordOf(error) === 'file_deleted') throw new Refusal('source_gone')
    throw refusalOf(error, scope ? 'file_hidden' : unseen)
  }
}

/** Slack looks for malware first, and longer at larger files; until then the file is not there to be fetched. */
async function untilScanned(
  options: FinderOptions,
  fileId: string,
  clip: ClipSource & { access: string },
): Promise<void> {
  for (const waitMs of [...PATIENCE.fileMs, null]) {
    if (await isThere(options, clip)) return
    if (waitMs === null) throw new Refusal('file_unscanned')
    await options.wait(waitMs)
    refuseUnreadable(await lookUp(options, clip.access, fileId, 'file_hidden'))
  }
}

/** Looks at the first byte. Whatever else is the matter shows when the file is fetched. @throws Refusal file_hidden, file_elsewhere */
async function isThere({ door }: FinderOptions, file: ClipSource): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PATIENCE.requestMs)
    const body = await door.open(file, { range: 'bytes=0-0' }, { stallMs: PATIENCE.requestMs, signal })
    await body.cancel()
    return body.status !== 404
  } catch (error) {
    if (error instanceof Refusal && (error.code === 'file_hidden' || error.code === 'file_elsewhere'))
      throw error
    return true
  }
}
