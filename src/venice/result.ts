import { open, rename, rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { Ended, Final, Unavailable } from '../core/errors.ts'
import type { ProviderRef } from '../core/job.ts'
import type { Parts } from './ask.ts'
import { complete } from './complete.ts'
import { type Answer, drop, text, why } from './http.ts'
import { retryAfterMs } from './pacing.ts'
import { retrieve } from './retrieve.ts'
import { Cut, continues, type Part, rangeFrom, transfer } from './transfer.ts'

/** How often one call tries; the caller comes back later anyway. */
const ATTEMPTS = 3
/** No video is smaller than this. */
const LEAST_BYTES = 1024

export interface ResultParts extends Parts {
  maxResultBytes: number
  /** Links that /video/complete gave, by queue_id: a second call may not give them again. */
  finalLinks: Map<string, string>
}

/** Where the file is: in an answer that is open already, or behind a link. `once`: a link that nobody can renew. */
type Where = { kind: 'body'; answer: Answer } | { kind: 'link'; url: string; once: boolean }

/**
 * Streams the finished file to `path`, by way of `path.part`, so that what lies at `path` is always whole. A cut
 * download goes on where it was cut if it came from a link whose server can do that, else starts anew.
 * @throws Unavailable, Final, Ended (the job has failed after all, and what that says about the money)
 */
export async function fetchResult(
  parts: ResultParts,
  provider: ProviderRef,
  path: string,
): Promise<{ sizeBytes: number }> {
  const partPath = `${path}.part`
  try {
    const sizeBytes = await fetchPart(parts, provider, partPath)
    await rename(partPath, path)
    parts.finalLinks.delete(provider.queueId)
    return { sizeBytes }
  } catch (error) {
    await rm(partPath, { force: true }).catch(() => {})
    if (error instanceof Final) parts.finalLinks.delete(provider.queueId)
    if (error instanceof Unavailable || error instanceof Final) throw error
    throw new Unavailable('storage_failed', parts.http.redact(why(error)), { cause: error })
  }
}

async function fetchPart(parts: ResultParts, provider: ProviderRef, partPath: string): Promise<number> {
  await using file = await open(partPath, 'w+')
  const part: Part = { file, ...NOTHING }
  const url = provider.resultUrl
  if (!url) return await receiveWhole(parts, provider, part, null)
  try {
    return await receiveWhole(parts, provider, part, { kind: 'link', url, once: false })
  } catch (error) {
    // A link that was named a while ago may have ended, in whichever way that shows.
    if (!(error instanceof Unavailable) || error.code === 'storage_failed') throw error
    parts.log.info(
      { queueId: provider.queueId, why: error.message },
      'the link to the result is asked for anew',
    )
    const where = await locate(parts, provider)
    if (where.kind === 'link' && where.url === url) throw error
    Object.assign(part, NOTHING)
    return await receiveWhole(parts, provider, part, where)
  }
}

const NOTHING = { bytes: 0, totalBytes: null, validator: null }

/** Tries some times; `known`: where the file is, if that need not be asked for. */
async function receiveWhole(
  parts: ResultParts,
  provider: ProviderRef,
  part: Part,
  known: Where | null,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      const where: Where = known ?? (await locate(parts, provider))
      // An answer that was the file can be read once only.
      known = where.kind === 'link' ? where : null
      await receive(parts, where, part)
      await refuseNonVideo(part)
      await part.file.sync()
      return part.bytes
    } catch (error) {
      if (!(error instanceof Cut) || attempt === ATTEMPTS) throw error
      parts.log.info(
        { queueId: provider.queueId, bytes: part.bytes, why: error.message },
        'a download was cut',
      )
      await wait(parts.timeouts.resumeAfterMs * attempt)
    }
  }
}

async function locate(parts: ResultParts, provider: ProviderRef): Promise<Where> {
  const found = await retrieve(parts, provider, { patienceMs: parts.timeouts.grantMs })
  switch (found.kind) {
    case 'file':
      return { kind: 'body', answer: found.answer }
    case 'completed': {
      if (found.url) return { kind: 'link', url: found.url, once: false }
      if (provider.downloadUrl) return { kind: 'link', url: provider.downloadUrl, once: true }
      return { kind: 'link', url: await finalLink(parts, provider), once: true }
    }
    case 'processing':
      throw new Unavailable('not_finished', 'the provider is still working on it')
    case 'failed':
      throw new Ended(found.failure)
    case 'unavailable':
      throw found.error
  }
}

/** The guide's way to a link that nothing else has told; the one case where complete comes before the file is ours. */
async function finalLink(parts: ResultParts, provider: ProviderRef): Promise<string> {
  const kept = parts.finalLinks.get(provider.queueId)
  if (kept) return kept
  const url = await complete(parts, provider)
  if (!url) throw new Final('result_gone', 'the provider says that it is done, but not where the file is')
  parts.finalLinks.set(provider.queueId, url)
  return url
}

async function receive(parts: ResultParts, where: Where, part: Part): Promise<void> {
  const limits = { maxBytes: parts.maxResultBytes, totalMs: parts.timeouts.downloadTotalMs }
  if (where.kind === 'body') return transfer(where.answer, part, limits)
  const answer = await parts.http
    .fetchLink(where.url, { accept: 'video/*, */*;q=0.1', 'accept-encoding': 'identity', ...rangeFrom(part) })
    .catch(cause => {
      throw new Cut(parts.http.redact(why(cause)), cause)
    })
  if (answer.status === 200 || (answer.status === 206 && part.bytes > 0 && continues(answer, part))) {
    return transfer(answer, part, limits)
  }
  if (answer.status === 206 || answer.status === 416) {
    drop(answer)
    Object.assign(part, NOTHING)
    throw new Cut(`the rest of the file was not to be had (HTTP ${answer.status})`)
  }
  await refuse(parts, where, answer)
}

/** An answer of the file's server that is no file. */
async function refuse(parts: ResultParts, where: { once: boolean }, answer: Answer): Promise<never> {
  const { status, headers } = answer
  const body = await text(answer, parts.timeouts.answerMs).catch(() => '')
  const reason = parts.http.redact(`HTTP ${status} for the finished file: ${body}`)
  // 410: the vendor's one-time link is used up (OpenAPI 20260821.193530), and nothing renews it. Every other refusal may
  // pass (a file server that is not ready yet, a proxy), and a job that is paid for does not end by one answer.
  if (where.once && status === 410) throw new Final('result_gone', reason)
  throw new Unavailable('result_unavailable', reason, { retryAfterMs: retryAfterMs(headers, parts.clock()) })
}

/**
 * A page or an error in place of the file passes, so it is worth another try later. Everything else is judged by
 * whoever reads the file: this is no place to know containers.
 */
async function refuseNonVideo(part: Part): Promise<void> {
  const start = Buffer.alloc(64)
  const { bytesRead } = await part.file.read(start, 0, start.length, 0)
  const words = start.toString('latin1', 0, bytesRead).trimStart()
  if (/^(\xef\xbb\xbf)?\s*[<{[]/.test(words))
    throw new Unavailable('result_not_video', 'a text came in place of the file')
  if (part.bytes < LEAST_BYTES)
    throw new Unavailable('result_not_video', `the file has ${part.bytes} bytes only`)
}
