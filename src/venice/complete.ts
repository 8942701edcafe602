import { Final, Unavailable } from '../core/errors.ts'
import type { ProviderRef } from '../core/job.ts'
import { ask, notNow, type Parts } from './ask.ts'
import { parseCompleted } from './wire.ts'

/**
 * POST /video/complete. In the OpenAPI document it deletes the file, in the guide it answers the link to it; so it is
 * called when the result lies in our own storage, or when there is no other way left to learn where it is.
 * Returns the link where the answer holds one. A job that is gone already counts as done.
 * @throws Unavailable, Final
 */
export async function complete(parts: Parts, provider: ProviderRef): Promise<string | null> {
  const body = { model: provider.model, queue_id: provider.queueId }
  const reply = await ask(parts, 'POST', '/video/complete', body, parts.timeouts.answerMs)
  const { status, json, said } = reply
  if (status >= 200 && status < 300) return parseCompleted(json)
  if (status === 404 || status === 410) return null
  const later = await notNow(parts, 'other', reply)
  if (later) throw later
  // A refused key may be put right; nothing else that is our fault will be.
  if ([401, 402, 403].includes(status)) throw new Unavailable('provider_unreachable', said)
  throw new Final('discard_refused', said)
}
