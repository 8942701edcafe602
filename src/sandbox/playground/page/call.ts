/** Why the sandbox said no, in its own words. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  /** HTTP status; 0 where there was no answer. */
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

/**
 * One of the sandbox's control routes; see ../../control.ts. A Blob goes as it is, everything else as JSON.
 * @throws {RefusedError} where the sandbox refuses or does not answer
 */
export async function call<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const raw = body instanceof Blob
  const init: RequestInit = { method }
  if (body !== undefined) {
    init.body = raw ? body : JSON.stringify(body)
    init.headers = { 'content-type': raw ? 'application/octet-stream' : 'application/json' }
  }
  const response = await fetch(`/sandbox${path}`, init).catch(() => {
    throw new RefusedError('The sandbox does not answer. Is it still running?', 0)
  })
  const text = await response.text()
  if (!response.ok) {
    throw new RefusedError(errorIn(text) ?? `The sandbox answered ${response.status}.`, response.status)
  }
  return (text === '' ? undefined : JSON.parse(text)) as T
}

function errorIn(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { error?: unknown }
    return typeof error === 'string' ? error : null
  } catch {
    return null
  }
}

/** What went wrong, for the person who did it. */
export function wordsOf(error: unknown): string {
  if (error instanceof RefusedError) return error.message
  console.error(error)
  return 'Something in the playground itself went wrong; the console of the browser says what.'
}
