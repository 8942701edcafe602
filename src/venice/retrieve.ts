import { Unavailable } from '../core/errors.ts'
import type { Failure, ProviderRef } from '../core/job.ts'
import type { PollOutcome } from '../core/ports.ts'
import { notNow, type Parts } from './ask.ts'
import { jobFailure, retrieveFailure } from './failures.ts'
import { type Answer, drop, isFile, text, why } from './http.ts'
import type { Turn } from './throttle.ts'
import { parseJson, parseRetrieved, parseTrouble } from './wire.ts'

export type Retrieval =
  | { kind: 'processing'; averageMs: number | null; elapsedMs: number | null }
  /** The answer is the file itself: stream its body, or drop it. */
  | { kind: 'file'; answer: Answer }
  /** Done; `url` where the answer says where the file is. */
  | { kind: 'completed'; url: string | null }
  | { kind: 'failed'; failure: Failure }
  /** No verdict. */
  | { kind: 'unavailable'; error: Unavailable }

/**
 * Asks for the job once, and reads whichever of the answers comes. `patienceMs`: it takes one of the rate limit and waits
 * so long for it; absent: that has been granted. Never throws.
 */
export async function retrieve(
  parts: Parts,
  provider: ProviderRef,
  turn: Omit<Turn, 'route'> = {},
): Promise<Retrieval> {
  const { http, timeouts } = parts
  try {
    // delete_media_on_completion stays unset: the file must live until it lies in our own storage.
    const body = { model: provider.model, queue_id: provider.queueId }
    const path = '/video/retrieve'
    const answer = await http.call('POST', path, body, timeouts.answerMs, { route: 'retrieve', ...turn })
    if (answer.status === 200 && isFile(answer)) return { kind: 'file', answer }
    return await read(parts, provider, answer, await text(answer, timeouts.answerMs))
  } catch (cause) {
    if (cause instanceof Unavailable) return { kind: 'unavailable', error: cause }
    return noVerdict(http.redact(why(cause)), cause)
  }
}

/** Asks once; that it may ask has been granted before. Never throws. */
export async function poll(parts: Parts, provider: ProviderRef): Promise<PollOutcome> {
  const found = await retrieve(parts, provider)
  switch (found.kind) {
    case 'file':
      drop(found.answer)
      return { kind: 'finished', url: null }
    case 'completed':
      return { kind: 'finished', url: found.url }
    case 'unavailable': {
      const { code, message, retryAfterMs } = found.error
      const limited = code === 'provider_limited' || code === 'provider_resting'
      const refused = code === 'provider_refused'
      return { kind: 'unavailable', why: message, retryAfterMs, limited, ...(refused && { refused }) }
    }
    default:
      return found
  }
}

async function read(parts: Parts, provider: ProviderRef, answer: Answer, body: string): Promise<Retrieval> {
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
    return noVerdict('the answer could not be understood')
  }
  const trouble = parseTrouble(json)
  const failure = retrieveFailure(status, trouble, http.redact)
  if (failure) {
    log.warn({ queueId: provider.queueId, status, said: failure.said }, 'the provider ended a job')
    return { kind: 'failed', failure }
  }
  const said = http.redact(`HTTP ${status}${trouble.said ? `: ${trouble.said}` : ''}`)
  const later = await notNow(parts, 'retrieve', { status, headers, trouble, said })
  if (later) return { kind: 'unavailable', error: later }
  // The key or the account, so it says nothing of the job.
  if (KEY_REFUSED.has(status))
    return { kind: 'unavailable', error: new Unavailable('provider_refused', said) }
  return noVerdict(said)
}

const KEY_REFUSED: ReadonlySet<number> = new Set([401, 402, 403])

const noVerdict = (why: string, cause?: unknown): Retrieval => ({
  kind: 'unavailable',
  error: new Unavailable('provider_unreachable', why, { cause }),
})
