/** What each status means for a job. Source: Venice's error-codes page and OpenAPI 20260821.193530. */
import type { Charged, Failure, FailureCode } from '../core/job.ts'
import type { Redact } from './redact.ts'
import type { Trouble } from './wire.ts'

/** Answers to /video/queue that prove that nothing was accepted. Every other 4xx is `provider_rejected`. */
const SUBMIT_CODES: Readonly<Record<number, FailureCode>> = {
  401: 'key_refused',
  402: 'balance_empty',
  403: 'key_refused',
  409: 'content_refused',
  413: 'source_refused',
  415: 'content_refused',
  422: 'content_refused',
}

/** Answers to /video/retrieve that end a job. Others say nothing about the job, which is paid for: it is kept. */
const RETRIEVE_CODES: Readonly<Record<number, FailureCode>> = {
  400: 'provider_failed',
  404: 'provider_lost_it',
  409: 'content_refused',
  410: 'provider_lost_it',
  422: 'content_refused',
}

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

export function submitFailure(status: number, trouble: Trouble, redact: Redact): Failure {
  return failure(SUBMIT_CODES[status] ?? 'provider_rejected', trouble, 'no', redact)
}

/**
 * Null: this answer says nothing about the job. A 500 alone is a hiccup; one that tells what became of the credits
 * (`credits_refunded`) is the end of the job.
 */
export function retrieveFailure(status: number, trouble: Trouble, redact: Redact): Failure | null {
  const settled = status >= 500 && trouble.creditsRefunded !== null
  const code = settled ? 'provider_failed' : RETRIEVE_CODES[status]
  return code ? failure(code, trouble, 'unknown', redact) : null
}

/** A job that ended badly on the other side. */
export const jobFailure = (trouble: Trouble, redact: Redact): Failure =>
  failure('provider_failed', trouble, 'unknown', redact)

function failure(code: FailureCode, trouble: Trouble, unlessSaid: Charged, redact: Redact): Failure {
  const charged = trouble.creditsRefunded === null ? unlessSaid : trouble.creditsRefunded ? 'refunded' : 'yes'
  const said = trouble.said ? redact(trouble.said) : ''
  return said === '' ? { code, charged } : { code, said, charged }
}
