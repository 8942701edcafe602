import { Unavailable } from '../core/errors.ts'
import type { Failure, ProviderRef } from '../core/job.ts'
import type { Clock, Log, PollOutcome } from '../core/ports.ts'
import { jobFailure, retrieveFailure } from './failures.ts'
import { type Answer, drop, type Http, text, why } from './http.ts'
import { retryAfterMs } from './pacing.ts'
import type { Timeouts } from './settings.ts'
import { parseJson, parseRetrieved, parseTrouble } from './wire.ts'

export interface RetrieveParts {
  http: Http
  log: Log
  clock: Clock
  timeouts: Timeouts
}

export type Retrieval =
  | { kind: 'processing'; averageMs: number | null; elapsedMs: number | null }
  /** The answer is the file itself: stream its body, or drop it. */
  | { kind: 'file'; answer: Answer }
  /** Done; `url` where the answer says where the file is. */
  | { kind: 'completed'; url: string | null }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'unavailable'; why: string; retryAfterMs: number | null; limited: boolean }

/** Asks for the job once, and reads whichever of the answers comes. Never throws. */
export async function retrieve(parts: RetrieveParts, provider: ProviderRef): Promise<Retrieval> {
  const { http, timeouts } = parts
  try {
    // delete_media_on_completion stays unset: the file must live until it lies in our own storage.
    const body = { model: provider.model, queue_id: provider.queueId }
    const answer = await http.call('POST', '/video/retrieve', body, timeouts.answerMs)
    if (answer.status === 200 && isFile(answer)) return { kind: 'file', answer }
    return read(parts, provider, answer, await text(answer, timeouts.answerMs))
  } catch (error) {
    return { kind: 'unavailable', why: http.redact(why(error)), retryAfterMs: null, limited: false }
  }
}

export async function poll(parts: RetrieveParts, provider: ProviderRef): Promise<PollOutcome> {
  const found = await retrieve(parts, provider)
  if (found.kind === 'file') drop(found.answer)
  return found.kind === 'file' || found.kind === 'completed' ? { kind: 'finished' } : found
}

/** Objects in buckets are often served as plain bytes. */
const isFile = ({ contentType }: Answer) =>
  contentType.startsWith('video/') || /^(application|binary)\/octet-stream$/.test(contentType)

function read(parts: RetrieveParts, provider: ProviderRef, answer: Answer, body: string): Retrieval {
  const { http, log } = parts
  const { status, headers } = answer
  const json = parseJson(body)
  if (status >= 200 && status < 300) {
    const found = parseRetrieved(json)
    if (found?.status === 'processing') {
      return { kind: 'processing', averageMs: found.averageMs, elapsedMs: found.elapsedMs }
    }
    if (found?.status === 'completed') return { kind: 'completed', url: found.url }
    if (found?.status === 'failed') return { kind: 'failed', failure: jobFailure(found.trouble, http.redact) }
    const facts = { queueId: provider.queueId, status, type: answer.contentType, body: http.redact(body) }
    log.warn(facts, 'an answer to retrieve has none of the known shapes')
    return {
      kind: 'unavailable',
      why: 'the answer could not be understood',
      retryAfterMs: null,
      limited: false,
    }
  }
  const trouble = parseTrouble(json)
  const failure = retrieveFailure(status, trouble, http.redact)
  if (failure) {
    log.warn({ queueId: provider.queueId, status, said: failure.said }, 'the provider ended a job')
    return { kind: 'failed', failure }
  }
  return {
    kind: 'unavailable',
    why: http.redact(`HTTP ${status}${trouble.said ? `: ${trouble.said}` : ''}`),
    retryAfterMs: status === 429 || status === 503 ? retryAfterMs(headers, parts.clock()) : null,
    limited: status === 429,
  }
}

/** What a caller throws where no verdict came. */
export const unavailable = (found: Extract<Retrieval, { kind: 'unavailable' }>): Unavailable =>
  new Unavailable(found.limited ? 'provider_limited' : 'provider_unreachable', found.why, {
    retryAfterMs: found.retryAfterMs,
  })
