/** Thrown inside a method: becomes `{ok: false, error, …}` with HTTP 200, as Slack answers. */
export class SlackError extends Error {
  override readonly name = 'SlackError'
  /** Slack's word for it, e.g. "channel_not_found". */
  readonly error: string
  /** More fields of the answer, e.g. `needed` and `provided`. */
  readonly fields: Record<string, unknown>

  constructor(error: string, fields: Record<string, unknown> = {}) {
    super(error)
    this.error = error
    this.fields = fields
  }
}

/** With lines that name the place, as Slack writes them: "[ERROR] must be … [json-pointer:/blocks/0]". */
export function refusalOf(error: string, messages: string[]): SlackError {
  const lines = messages.map(message => `[ERROR] ${message}`)
  return new SlackError(error, { response_metadata: { messages: lines } })
}
