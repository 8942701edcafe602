import type { Clip, Factor } from '../core/clip.ts'
import { Unavailable } from '../core/errors.ts'
import type { SourceForProvider, SubmitOutcome } from '../core/ports.ts'
import type { ModelProfile } from '../core/pricing.ts'
import type { Parts } from './ask.ts'
import { correction, type Dialect, fieldsOf } from './dialect.ts'
import { submitFailure, submitVerdict } from './failures.ts'
import { why } from './http.ts'
import { type PaidAnswer, postOnce } from './paid.ts'
import type { PaidBody } from './paid-body.ts'
import type { Seen } from './throttle.ts'
import { waysToSend } from './ways.ts'
import { parseJson, parseQueued, parseTrouble } from './wire.ts'

export interface SubmitParts extends Parts {
  dialect: Dialect
  maxDataUrlBytes: number
}

/**
 * The paid call. It is sent again only after an answer that proves that nothing was accepted: a 400 that asks for
 * another form of `duration` or `prompt`, or a 413 where the clip can travel in another way. Never throws.
 */
export async function submit(
  parts: SubmitParts,
  clip: Clip,
  { model, factor }: { model: ModelProfile; factor: Factor },
  source: SourceForProvider,
): Promise<SubmitOutcome> {
  const { http, dialect, throttle, timeouts } = parts
  /** A request is out whose answer has not yet been read as a refusal. */
  let open = false
  const send = (body: PaidBody, patienceMs: number) =>
    throttle.pass({ route: 'queue', patienceMs }, async saw => {
      open = true
      const paid = await postOnce(http.url('/video/queue'), http.apiHeaders, body, timeouts)
      saw(seen(paid))
      return paid
    })
  try {
    const ways = await waysToSend(source, parts.maxDataUrlBytes)
    if ('code' in ways) return { kind: 'rejected', failure: ways }
    let way = ways.first
    let other = ways.afterTooLarge
    let form = await dialect.form()
    const correct = correction(form)
    for (let patienceMs = 0; ; patienceMs = timeouts.grantMs) {
      const fields = {
        ...model.extraFields,
        model: model.id,
        upscale_factor: factor,
        ...fieldsOf(form, clip.durationS),
      }
      // The first waits for nothing, as it can as well be made later. A corrected one would begin anew then.
      const paid = await send(way(fields), patienceMs)
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
      const outcome = await read(parts, model, paid)
      if (outcome.kind === 'accepted') dialect.accepted(form)
      return outcome
    }
  } catch (error) {
    const reason = http.redact(why(error))
    if (!open && error instanceof Unavailable)
      return { kind: 'not_accepted', why: reason, retryAfterMs: error.retryAfterMs, limited: true }
    // Nothing above throws once a request is out, but a mistake here must not turn into a second payment.
    parts.log.error({ error: reason, open }, 'the paid call broke')
    return open
      ? { kind: 'unknown', why: reason }
      : { kind: 'not_accepted', why: reason, retryAfterMs: null, limited: false }
  }
}

const troubleOf = (paid: { body: string | null }) => parseTrouble(parseJson(paid.body ?? ''))

function seen(paid: PaidAnswer): Seen {
  if (paid.kind === 'answered') return paid
  return paid.kind === 'not_sent' && !paid.connected ? 'unsent' : 'silent'
}

async function read(
  { http, throttle, log }: SubmitParts,
  model: ModelProfile,
  paid: PaidAnswer,
): Promise<SubmitOutcome> {
  if (paid.kind === 'not_sent') {
    return { kind: 'not_accepted', why: http.redact(paid.why), retryAfterMs: null, limited: false }
  }
  if (paid.kind === 'unknown') return { kind: 'unknown', why: http.redact(paid.why) }
  const { status, body, headers } = paid
  const trouble = troubleOf(paid)
  switch (submitVerdict(status)) {
    case 'accepted?': {
      const receipt = parseQueued(parseJson(body ?? ''))
      if (receipt) {
        const { queueId, downloadUrl } = receipt
        const ref = { model: receipt.model ?? model.id, queueId }
        return { kind: 'accepted', provider: { ...ref, ...(downloadUrl && { downloadUrl }) } }
      }
      const type = String(headers['content-type'] ?? 'no type')
      log.error({ status, type, body: http.redact(body ?? '') }, 'a paid call was answered without a receipt')
      return {
        kind: 'unknown',
        why: http.redact(paid.unread ?? `HTTP ${status} (${type}) without a queue_id`),
      }
    }
    case 'limited': {
      const retryAfterMs = await throttle.limited('queue', headers, trouble)
      const said = http.redact(trouble.said ?? 'HTTP 429')
      return { kind: 'not_accepted', why: said, retryAfterMs, limited: true }
    }
    case 'rejected':
      return { kind: 'rejected', failure: submitFailure(status, trouble, http.redact) }
    case 'unknown':
      log.error({ status, body: http.redact(body ?? '') }, 'the outcome of a paid call is not known')
      return { kind: 'unknown', why: http.redact(`HTTP ${status}${trouble.said ? `: ${trouble.said}` : ''}`) }
  }
}
