import { stat } from 'node:fs/promises'
import type { Failure } from '../core/job.ts'
import type { SourceForProvider } from '../core/ports.ts'
import { dataBody, linkBody, type PaidBody, type QueueFields } from './paid-body.ts'

type Way = (fields: QueueFields) => PaidBody

/**
 * How a clip can travel. A link first: it costs no upload. Inside the request where there is no link, or where the link
 * is refused as too large.
 */
export async function waysToSend(
  source: SourceForProvider,
  maxDataUrlBytes: number,
): Promise<{ first: Way; afterTooLarge: Way | null } | Failure> {
  const { url, path, contentType } = source
  const size = await stat(path).then(
    file => file.size,
    () => null,
  )
  const inside: Way | null =
    size !== null && size > 0 && size <= maxDataUrlBytes
      ? fields => dataBody(fields, { path, sizeBytes: size, contentType })
      : null
  if (url && /^https?:\/\//i.test(url))
    return { first: fields => linkBody(fields, url), afterTooLarge: inside }
  if (inside) return { first: inside, afterTooLarge: null }
  if (!size) return { code: 'source_lost', charged: 'no' }
  return { code: 'source_refused', charged: 'no' }
}
