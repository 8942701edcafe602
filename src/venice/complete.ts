import { Final, Unavailable } from '../core/errors.ts'
import type { ProviderRef } from '../core/job.ts'
import { text, why } from './http.ts'
import { retryAfterMs } from './pacing.ts'
import type { RetrieveParts } from './retrieve.ts'
import { parseCompleted, parseJson, parseTrouble } from './wire.ts'

/**
 * POST /video/complete. In the OpenAPI document it deletes the file, in the guide it answers the link to it; so it is
 * called when the result lies in our own storage, or when there is no other way left to learn where it is.
 * Returns the link where the answer holds one. A job that is gone already counts as done.
 * @throws Unavailable, Final
 */
export async function complete(parts: RetrieveParts, provider: ProviderRef): Promise<string | null> {
  const { http, timeouts, clock } = parts
  const body = { model: provider.model, queue_id: provider.queueId }
  let answer: Awaited<ReturnType<typeof http.call>>
  let said: string
  try {
    answer = await http.call('POST', '/video/complete', body, timeouts.answerMs)
    said = await text(answer, timeouts.answerMs)
  } catch (cause) {
    throw new Unavailable('provider_unreachable', http.redact(why(cause)), { cause })
  }
  const { status } = answer
  const json = parseJson(said)
  if (status >= 200 && status < 300) return parseCompleted(json)
  if (status === 404 || status === 410) return null
  const reason = http.redact(`HTTP ${status}: ${parseTrouble(json).said ?? said}`)
  if (status === 429) {
    throw new Unavailable('provider_limited', reason, { retryAfterMs: retryAfterMs(answer.headers, clock()) })
  }
  // A refused key may be put right; nothing else that is our fault will be.
  if (status >= 500 || [401, 402, 403, 408].includes(status))
    throw new Unavailable('provider_unreachable', reason)
  throw new Final('discard_refused', reason)
}
