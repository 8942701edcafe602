/**
 * What each refusal means for a job: by the code in its body, else by its words, else by its status. Source: Venice's
 * error-codes page and OpenAPI 20260821.193530.
 */
import type { Charged, Failure, FailureCode } from '../core/job.ts'
import type { Redact } from './redact.ts'
import type { Trouble } from './wire.ts'

const BY_CODE: Readonly<Record<string, FailureCode>> = {
  INSUFFICIENT_BALANCE: 'balance_empty',
  API_KEY_USD_SPEND_LIMIT_EXCEEDED: 'spend_limit',
  API_KEY_DIEM_SPEND_LIMIT_EXCEEDED: 'spend_limit',
  // x402: whoever is not recognised by a key may pay at once. Ours has a key, so it is wrong.
  PAYMENT_REQUIRED: 'key_refused',
  AUTHENTICATION_FAILED: 'key_refused',
  AUTHENTICATION_FAILED_INACTIVE_KEY: 'key_refused',
  PRO_ONLY_MODEL: 'access_denied',
  API_ACCESS_DISABLED: 'access_denied',
  NEEDS_CONSENT: 'needs_consent',
  PAYLOAD_TOO_LARGE: 'source_refused',
  INVALID_CONTENT_TYPE: 'type_refused',
  VIDEO_DURATION_TOO_LONG: 'length_refused',
  VIDEO_DURATION_TOO_SHORT: 'length_refused',
  CONTENT_POLICY_VIOLATION: 'content_refused',
  PROVIDER_CONTENT_POLICY: 'content_refused',
}

const BY_WORDS: Readonly<Record<number, readonly [RegExp, FailureCode][]>> = {
  401: [[/only available to pro/i, 'access_denied']],
  // The first: its words go on to say that there may be balance left.
  402: [
    [/spend(ing)? limit/i, 'spend_limit'],
    [/insufficient/i, 'balance_empty'],
    [/authentication required|payment required/i, 'key_refused'],
  ],
  422: [
    [/content|polic/i, 'content_refused'],
    [/duration|too (long|short)/i, 'length_refused'],
  ],
}

const BY_STATUS: Readonly<Record<number, FailureCode>> = {
  401: 'key_refused',
  402: 'balance_empty',
  403: 'access_denied',
  409: 'needs_consent',
  413: 'source_refused',
  415: 'type_refused',
  422: 'content_refused',
}

/** What a 4xx to anything but /video/retrieve says. */
export const refusalCode = (status: number, trouble: Trouble): FailureCode =>
  BY_CODE[trouble.code ?? ''] ??
  BY_WORDS[status]?.find(([words]) => trouble.says(words))?.[1] ??
  BY_STATUS[status] ??
  'provider_rejected'

export type SubmitVerdict = 'accepted?' | 'limited' | 'rejected' | 'unknown'

/**
 * 408 is no proof: proxies say it for their own timeouts too. 307 and 308 say "send it there", so it was not taken;
 * other redirects may follow on an accepted POST.
 */
export function submitVerdict(status: number): SubmitVerdict {
  if (status >= 200 && status < 300) return 'accepted?'
  if (status === 429) return 'limited'
  if (status === 408) return 'unknown'
  return (status >= 400 && status < 500) || status === 307 || status === 308 ? 'rejected' : 'unknown'
}

export const submitFailure = (status: number, trouble: Trouble, redact: Redact): Failure =>
  failure(refusalCode(status, trouble), trouble, 'no', redact)

/**
 * Null: this answer says nothing about the job, which is paid for: it is kept. A 500 alone is a hiccup; one that tells
 * what became of the credits (`credits_refunded`) is the end of the job.
 */
export function retrieveFailure(status: number, trouble: Trouble, redact: Redact): Failure | null {
  const code = retrieveCode(status, trouble)
  return code ? failure(code, trouble, 'unknown', redact) : null
}

function retrieveCode(status: number, trouble: Trouble): FailureCode | null {
  switch (status) {
    case 400:
      return 'provider_failed'
    case 404:
    case 410:
      return 'provider_lost_it'
    case 409:
    case 422:
      return refusalCode(status, trouble)
    default:
      return status >= 500 && trouble.creditsRefunded !== null ? endCode(trouble) : null
  }
}

/** A job that ended badly on the other side. */
export const jobFailure = (trouble: Trouble, redact: Redact): Failure =>
  failure(endCode(trouble), trouble, 'unknown', redact)

/** Why a job ended that had been accepted: only what is about its clip can be the reason. */
function endCode(trouble: Trouble): FailureCode {
  const code = BY_CODE[trouble.code ?? '']
  return code === 'content_refused' || code === 'length_refused' ? code : 'provider_failed'
}

function failure(code: FailureCode, trouble: Trouble, unlessSaid: Charged, redact: Redact): Failure {
  const charged = trouble.creditsRefunded === null ? unlessSaid : trouble.creditsRefunded ? 'refunded' : 'yes'
  const said = trouble.said ? redact(trouble.said) : ''
  return said === '' ? { code, charged } : { code, said, charged }
}
