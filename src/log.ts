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
    { write: line => write(mask(line).replaceAll(SIGNED_PARTS, '[signed]')) },
  )
}

/** Tokens of interactions and signatures of links: not ours alone to keep, and short-lived, but still keys. */
const SIGNED_PARTS = /(?<=\/webhooks\/\d+\/|\/interactions\/\d+\/|[?&](?:hm|sig)=)[\w.-]{16,}/g

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
