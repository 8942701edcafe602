import { Refusal } from '../core/errors.ts'

/** Refuses an answer that does not bring the file. */
export function assertServes(status: number): void {
  if (status < 200 || status > 299) throw new Refusal('source_gone', { status })
}

/** What a failed transfer means for the person who asked. Failures of our own side (a full disk) stay what they are. */
export function asRefusal(error: unknown): unknown {
  const chain = causes(error)
  const refusal = chain.find(e => e instanceof Refusal)
  if (refusal) return refusal
  const code = chain.map(e => (e as { code?: unknown }).code).find(c => typeof c === 'string')
  if (OURS.has(String(code))) return error
  if (TIMEOUTS.has(String(code))) return new Refusal('source_stalled', {}, { cause: error })
  return new Refusal('source_gone', { why: String(code ?? 'connection lost') }, { cause: error })
}

const OURS = new Set([
  'ENOSPC',
  'EDQUOT',
  'EACCES',
  'EROFS',
  'ENOENT',
  'EMFILE',
  'ENFILE',
  'EIO',
  'EISDIR',
  'ENOTDIR',
])
const TIMEOUTS = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])

function causes(error: unknown): Error[] {
  const chain: Error[] = []
  for (let e = error; e instanceof Error && chain.length < 8; e = e.cause) chain.push(e)
  return chain
}
