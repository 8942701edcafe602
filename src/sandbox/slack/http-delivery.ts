import { createHmac, randomBytes } from 'node:crypto'
import { type After, ANSWER_MS, type Outcome, type PayloadKind, type Retry } from './delivery.ts'
import { verificationToken } from './payloads.ts'
import type { Json, World } from './world.ts'

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'

export interface HttpOptions {
  /** The app's request URL; events, commands and interactivity all go to this one. */
  url: string
  app: World['app']
  /** Wall-clock ms, for X-Slack-Request-Timestamp. */
  clock: () => number
  after: After
}

/** The HTTP side: payloads as signed POSTs, as Slack sends them to a request URL. */
export class HttpDelivery {
  readonly #options: HttpOptions

  constructor(options: HttpOptions) {
    this.#options = options
  }

  get url(): string {
    return this.#options.url
  }

  /** docs: reference/events/url_verification. @throws Error when the challenge does not come back */
  async challenge(): Promise<void> {
    const { url, app } = this.#options
    const challenge = randomBytes(26).toString('base64url')
    const body = JSON.stringify({ token: verificationToken(app), challenge, type: 'url_verification' })
    const answer = await this.#post(JSON_TYPE, body, null)
    if ('error' in answer) throw new Error(`${url} was asked for Slack's challenge: ${answer.error}.`)
    if (answer.status === 200 && answer.text.includes(challenge)) return
    throw new Error(`${url} did not answer Slack's challenge: status ${answer.status}, or another text.`)
  }

  /** Resolves when the app answered, or after 3 s. */
  async carry(kind: PayloadKind, payload: Json, retry: Retry | null): Promise<Outcome> {
    const [type, body] = bodyOf(kind, payload)
    const answer = await this.#post(type, body, kind === 'events_api' ? retry : null)
    if ('error' in answer) return { acknowledged: false, reason: answer.error, final: false }
    if (answer.status < 200 || answer.status > 299)
      return { acknowledged: false, reason: 'http_error', final: answer.noRetry }
    return { acknowledged: true, payload: readAnswer(answer.text) }
  }

  async #post(
    type: string,
    body: string,
    retry: Retry | null,
  ): Promise<{ status: number; text: string; noRetry: boolean } | { error: string }> {
    const { url, app, clock, after } = this.#options
    const timestamp = Math.floor(clock() / 1000)
    const signature = createHmac('sha256', app.signing_secret).update(`v0:${timestamp}:${body}`).digest('hex')
    const stop = new AbortController()
    const onTime = after(ANSWER_MS, () => stop.abort())
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        signal: stop.signal,
        headers: {
          'content-type': type,
          'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
          'x-slack-request-timestamp': String(timestamp),
          'x-slack-signature': `v0=${signature}`,
          ...(retry
            ? { 'x-slack-retry-num': String(retry.attempt), 'x-slack-retry-reason': retry.reason }
            : {}),
        },
        body,
      })
      const noRetry = response.headers.get('x-slack-no-retry') === '1'
      return { status: response.status, text: await response.text(), noRetry }
    } catch {
      return { error: stop.signal.aborted ? 'http_timeout' : 'connection_failed' }
    } finally {
      onTime()
    }
  }
}

/** Commands are form fields, interactivity is one form field of JSON, events are JSON. */
function bodyOf(kind: PayloadKind, payload: Json): [type: string, body: string] {
  if (kind === 'events_api') return [JSON_TYPE, JSON.stringify(payload)]
  if (kind === 'interactive') return [FORM, `payload=${encodeURIComponent(JSON.stringify(payload))}`]
  return [FORM, new URLSearchParams(payload as Record<string, string>).toString()]
}

/** A JSON object, or plain text, which stands for `{text}`; an empty body says nothing. */
function readAnswer(text: string): Json | null {
  if (text.trim() === '') return null
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Json
  } catch {
    // Plain text, then.
  }
  return { text }
}
