import { stat } from 'node:fs/promises'
import type { Clip, Factor } from '../core/clip.ts'
import type { Failure } from '../core/job.ts'
import type { Clock, Log, SourceForProvider, SubmitOutcome } from '../core/ports.ts'
import type { ModelProfile } from '../core/pricing.ts'
import { correction, type Dialect, fieldsOf } from './dialect.ts'
import { submitFailure, submitVerdict } from './failures.ts'
import { type Http, why } from './http.ts'
import { retryAfterMs } from './pacing.ts'
import { type PaidAnswer, postOnce } from './paid.ts'
import { dataBody, linkBody, type PaidBody, type QueueFields } from './paid-body.ts'
import type { Timeouts } from './settings.ts'
import { parseJson, parseQueued, parseTrouble } from './wire.ts'

interface Parts {
  http: Http
  dialect: Dialect
  profile: ModelProfile
  log: Log
  clock: Clock
  timeouts: Timeouts
  maxDataUrlBytes: number
}

type Way = (fields: QueueFields) => PaidBody
type Ways = { first: Way; afterTooLarge: Way | null }

/**
 * The paid call. It is sent again only after an answer that proves that nothing was accepted: a 400 that asks for
 * another form of `duration` or `prompt`, or a 413 where the clip can travel in another way. Never throws.
 */
export async function submit(
  parts: Parts,
  clip: Clip,
  factor: Factor,
  source: SourceForProvider,
): Promise<SubmitOutcome> {
  const { http, dialect, profile } = parts
  /** A request is out whose answer has not yet been read as a refusal. */
  let open = false
  try {
    const ways = await waysToSend(source, parts.maxDataUrlBytes)
    if ('code' in ways) return { kind: 'rejected', failure: ways }
    let way = ways.first
    let other = ways.afterTooLarge
    let form = await dialect.form()
    const correct = correction(form)
    for (;;) {
      const fields = { model: profile.id, upscale_factor: factor, ...fieldsOf(form, clip.durationS) }
      const body = way(fields)
      open = true
      const paid = await postOnce(http.url('/video/queue'), http.apiHeaders, body, parts.timeouts)
      if (paid.kind === 'answered' && paid.status === 413 && other) {
        way = other
        other = null
        open = false
        continue
      }
      const better = paid.kind === 'answered' && paid.status === 400 ? correct(form, troubleOf(paid)) : null
      if (better) {
        form = better
        open = false
        continue
      }
      const outcome = read(parts, paid)
      if (outcome.kind === 'accepted') dialect.accepted(form)
      return outcome
    }
  } catch (error) {
    // Nothing above throws once a request is out, but a mistake here must not turn into a second payment.
    const reason = http.redact(why(error))
    parts.log.error({ error: reason, open }, 'the paid call broke')
    return open
      ? { kind: 'unknown', why: reason }
      : { kind: 'not_accepted', why: reason, retryAfterMs: null, limited: false }
  }
}

const troubleOf = (paid: { body: string | null }) => parseTrouble(parseJson(paid.body ?? ''))

function read({ http, profile, log, clock }: Parts, paid: PaidAnswer): SubmitOutcome {
  if (paid.kind === 'not_sent') {
    return { kind: 'not_accepted', why: http.redact(paid.why), retryAfterMs: null, limited: false }
  }
  if (paid.kind === 'unknown') return { kind: 'unknown', why: http.redact(paid.why) }
  const { status, body } = paid
  const trouble = troubleOf(paid)
  switch (submitVerdict(status)) {
    case 'accepted?': {
      const receipt = parseQueued(parseJson(body ?? ''))
      if (receipt) {
        const { queueId, downloadUrl } = receipt
        const model = receipt.model ?? profile.id
        return { kind: 'accepted', provider: { model, queueId, ...(downloadUrl && { downloadUrl }) } }
      }
      log.error({ status, body: http.redact(body ?? '') }, 'a paid call was answered without a receipt')
      return { kind: 'unknown', why: paid.unread ?? `HTTP ${status} without a queue_id` }
    }
    case 'limited':
      return {
        kind: 'not_accepted',
        why: http.redact(trouble.said ?? 'HTTP 429'),
        retryAfterMs: retryAfterMs(paid.headers, clock()),
        limited: true,
      }
    case 'rejected':
      return { kind: 'rejected', failure: submitFailure(status, trouble, http.redact) }
    case 'unknown':
      log.error({ status, body: http.redact(body ?? '') }, 'the outcome of a paid call is not known')
      return { kind: 'unknown', why: http.redact(`HTTP ${status}${trouble.said ? `: ${trouble.said}` : ''}`) }
  }
}

/** A link first: it costs no upload. Inside the request where there is no link, or where the link is refused as too large. */
async function waysToSend(source: SourceForProvider, maxDataUrlBytes: number): Promise<Ways | Failure> {
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
