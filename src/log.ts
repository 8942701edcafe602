import { pino } from 'pino'
import type { Log } from './core/ports.ts'

/**
 * Structured logs, one JSON object a line. Secrets are masked in the finished line, so that no field, message or
 * nested error can carry one out; errors are cut to what helps, because some SDK errors hold whole requests.
 */
export function createLog(options: {
  level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Values that must never appear. */
  secrets: readonly string[]
  write?: (line: string) => void
}): Log {
  const write = options.write ?? (line => process.stdout.write(line))
  const secrets = options.secrets.filter(s => s.length >= 6)
  const mask = (line: string) => secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), line)
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: describeError },
    },
    { write: line => write(maskByShape(mask(line))) },
  )
}

/**
 * Secrets that are not known at start, by their shape. No pattern asks for a word's beginning: in a line of JSON a new
 * line is written "\\n", and so is a letter before what follows it.
 */
const maskByShape = (line: string): string =>
  line.replaceAll(TOKENS, '[token]').replaceAll(BEARERS, '[token]').replaceAll(SIGNED_PARTS, '[signed]')

/** Slack's: xoxb-, xoxp-, xapp-, rotating ones xoxe.xoxb-, refresh tokens xoxe-. */
const TOKENS = /x(?:ox[a-z]|app)(?:\.xox[a-z])?-[\w.+/=%-]{4,}/gi
const BEARERS = /(?<=Bearer(?: |%20|\+)+)[\w.~+/=%-]{8,}/gi

/**
 * Addresses that are keys themselves, short-lived: tokens of interactions, signatures of links, where to answer a Slack
 * command or to put a file, tickets of sockets, codes of OAuth.
 */
const SIGNED_PARTS = new RegExp(
  `(?<=${[
    '/webhooks/\\d+/',
    '/interactions/\\d+/',
    'hooks\\.slack\\.com/',
    '/slack/(?:response|upload)/',
    'slack\\.com/upload/v1/',
    '[?&](?:hm|sig|ticket|code|state)=',
  ].join('|')})[\\w./%~-]{8,}`,
  'g',
)

function describeError(error: unknown, depth = 0): object | string {
  if (!(error instanceof Error)) return String(error).slice(0, 500)
  const { code, status } = error as { code?: unknown; status?: unknown }
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
    message: error.message.slice(0, 1000),
    stack: error.stack?.split('\n').slice(1, 8).join('\n'),
    ...(error.cause !== undefined && depth < 3 ? { cause: describeError(error.cause, depth + 1) } : {}),
  }
}
