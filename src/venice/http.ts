import type { Readable } from 'node:stream'
import { Agent, type Dispatcher, request } from 'undici'
import { MuranoError } from '../core/errors.ts'
import type { Headers } from './pacing.ts'
import { type Redact, redactor } from './redact.ts'
import type { Timeouts } from './settings.ts'
import type { Throttle, Turn } from './throttle.ts'

/** A small answer is JSON of some hundred bytes; whatever is larger than this is not one. */
const ANSWER_BYTES = 1024 ** 2
const MAX_REDIRECTS = 3

/** An answer whose body has not been read yet: read it with `text` or stream it, or `drop` it. */
export interface Answer {
  status: number
  headers: Headers
  /** Lower case, without parameters; '' where there is none. */
  contentType: string
  body: Readable
}

/** No answer came, or not a whole one: refused, reset, timed out. */
export class NoAnswer extends MuranoError {
  constructor(message: string, cause: unknown) {
    super('no_answer', message, { cause })
  }
}

export interface Http {
  readonly redact: Redact
  /** Full address of an API path. */
  url(path: string): string
  /** What every API call carries; never sent anywhere else. */
  readonly apiHeaders: Readonly<Record<string, string>>
  /**
   * A call that may be repeated without harm: everything but /video/queue. Sent once more when a kept connection
   * turns out to be dead. Passes the throttle. The deadline is for the headers.
   * @throws NoAnswer; Unavailable where it may not leave now
   */
  call(
    method: 'GET' | 'POST',
    path: string,
    body: object | null,
    timeoutMs: number,
    turn?: Turn,
  ): Promise<Answer>
  /** Fetches a link at any host, following redirects, without the API key and the throttle. @throws NoAnswer */
  fetchLink(url: string, headers: Record<string, string>): Promise<Answer>
  close(): Promise<void>
}

export function createHttp(options: {
  baseUrl: string
  apiKey: string
  timeouts: Timeouts
  throttle: Throttle
}): Http {
  const { timeouts, throttle } = options
  const base = options.baseUrl.replace(/\/+$/, '')
  // HTTP/1.1 only: on HTTP/2 undici may send a request again after a refused stream or GOAWAY.
  const agent = new Agent({ allowH2: false, pipelining: 1, connect: { timeout: timeouts.connectMs } })
  const apiHeaders = { authorization: `Bearer ${options.apiKey}`, accept: 'application/json, video/*' }

  /** Sends; the deadline covers the time to the headers, the idle limit the body. */
  async function send(
    url: string,
    init: Omit<Dispatcher.RequestOptions, 'origin' | 'path'>,
    deadlineMs: number,
    idleMs: number,
  ): Promise<Answer> {
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs)
    try {
      const answer = await request(url, {
        ...init,
        dispatcher: agent,
        signal: abort.signal,
        headersTimeout: deadlineMs,
        bodyTimeout: idleMs,
      })
      return {
        status: answer.statusCode,
        headers: answer.headers,
        contentType: mimeOf(answer.headers),
        body: answer.body,
      }
    } catch (cause) {
      throw new NoAnswer(why(cause), cause)
    } finally {
      clearTimeout(timer)
    }
  }

  async function call(
    method: 'GET' | 'POST',
    path: string,
    body: object | null,
    timeoutMs: number,
    turn: Turn = { route: 'other' },
  ): Promise<Answer> {
    const headers = body ? { ...apiHeaders, 'content-type': 'application/json' } : apiHeaders
    const init = { method, headers, body: body ? JSON.stringify(body) : null }
    const once = (turn: Turn) =>
      throttle.pass(turn, async saw => {
        try {
          const answer = await send(base + path, init, timeoutMs, timeouts.downloadIdleMs)
          saw(answer)
          return answer
        } catch (error) {
          saw(wasSent(error) ? 'silent' : 'unsent')
          throw error
        }
      })
    try {
      return await once(turn)
    } catch (error) {
      // A kept connection that the server had closed: not a sign that the server is away. What it was granted may have
      // been counted, so it is taken anew.
      if (!isReset(error)) throw error
      return await once({ ...turn, patienceMs: turn.patienceMs ?? 0 })
    }
  }

  async function fetchLink(url: string, headers: Record<string, string>): Promise<Answer> {
    let at = url
    for (let hops = 0; ; hops++) {
      const answer = await send(at, { method: 'GET', headers }, timeouts.answerMs, timeouts.downloadIdleMs)
      const next = [301, 302, 303, 307, 308].includes(answer.status) ? answer.headers.location : undefined
      if (typeof next !== 'string') return answer
      drop(answer)
      if (hops === MAX_REDIRECTS) throw new NoAnswer('redirected too often', null)
      at = new URL(next, at).href
    }
  }

  return {
    redact: redactor(options.apiKey),
    url: path => base + path,
    apiHeaders,
    call,
    fetchLink,
    close: () => agent.destroy(),
  }
}

/** The whole body as text. @throws NoAnswer where it is cut, endless, larger than 1 MiB, or takes longer than that */
export async function text(answer: Pick<Answer, 'body'>, timeoutMs: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  const late = () => answer.body.destroy(new Error(`the answer took longer than ${timeoutMs} ms`))
  const timer = setTimeout(late, timeoutMs)
  try {
    for await (const chunk of answer.body) {
      size += chunk.length
      if (size > ANSWER_BYTES) throw new Error(`the answer is larger than ${ANSWER_BYTES} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  } catch (cause) {
    throw new NoAnswer(why(cause), cause)
  } finally {
    clearTimeout(timer)
  }
}

/** Ends an answer whose body nobody wants, without reading it. */
export function drop(answer: Pick<Answer, 'body'>): void {
  answer.body.on('error', () => {}).destroy()
}

/** A failure in a few words: its code where it has one. */
export function why(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof MuranoError) return error.message
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  return code && !error.message.includes(code) ? `${error.message} (${code})` : error.message
}

/** Whether an answer is a file. Objects in buckets are often served as plain bytes. */
export const isFile = ({ contentType }: Pick<Answer, 'contentType'>): boolean =>
  contentType.startsWith('video/') || /^(application|binary)\/octet-stream$/.test(contentType)

function mimeOf(headers: Headers): string {
  const value = headers['content-type']
  const raw = Array.isArray(value) ? value[0] : value
  return raw?.split(';')[0]?.trim().toLowerCase() ?? ''
}

function codeOf(error: unknown): string {
  const cause = error instanceof NoAnswer ? error.cause : null
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}

const isReset = (error: unknown): boolean => /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(codeOf(error))

/** No connection, no name, no TLS: then nothing has arrived that could count as a failed request. */
const UNSENT =
  /^(ECONNREFUSED|E(HOST|NET)UNREACH|ENOTFOUND|EAI_\w+|UND_ERR_CONNECT_TIMEOUT|ERR_(SSL|TLS)_\w+|\w*CERT\w*)$/

const wasSent = (error: unknown): boolean => !UNSENT.test(codeOf(error))
