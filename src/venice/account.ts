import type { ChargeLine } from '../core/job.ts'
import type { Balance } from '../core/ports.ts'
import { parseBalance, parsePerMinute, parseUsage, type UsageLine } from './account-wire.ts'
import { ask, notNow, type Parts, type Reply } from './ask.ts'
import { refusalCode } from './failures.ts'

/** It may be 1000, but then a page may be larger than an answer may be. */
const PAGE_LINES = 500
/** A look is at some minutes; an account that makes more lines in them than this can't be looked through. */
const PAGES = 20
/** What of a line's words is kept, characters. */
const WHAT_CHARS = 120

/** GET /billing/balance. Null: an answer came, but it does not say. @throws Unavailable */
export async function balance(parts: Parts): Promise<Balance | null> {
  const reply = await askOrThrow(parts, '/billing/balance')
  if (reply.status === 200) {
    const told = parseBalance(reply.json)
    if (told) return told.canSpend ? { kind: 'ok', leftUsd: told.leftUsd } : { kind: 'empty' }
  } else {
    const code = refusalCode(reply.status, reply.trouble)
    if (code === 'balance_empty') return { kind: 'empty' }
    if (code === 'key_refused' || code === 'access_denied') return { kind: 'refused', code }
  }
  parts.log.warn({ said: reply.said }, 'the provider does not say its balance')
  return null
}

/**
 * GET /billing/usage-history between two times, wall-clock ms; oldest first. Null: the provider does not say, or not to
 * this key, or not all of it can be read: people decide by there being no line. @throws Unavailable
 */
export async function charges(parts: Parts, from: number, to: number): Promise<ChargeLine[] | null> {
  const first = new URLSearchParams({
    startTimestamp: new Date(from).toISOString(),
    endTimestamp: new Date(Math.max(to, from + 1)).toISOString(),
    pageSize: String(PAGE_LINES),
  })
  const found: UsageLine[] = []
  let query = first
  for (let page = 0; page < PAGES; page++) {
    const reply = await askOrThrow(parts, `/billing/usage-history?${query}`)
    const usage = reply.status === 200 ? parseUsage(reply.json) : null
    if (!usage) {
      parts.log.warn({ said: reply.said }, 'the provider does not show its billing')
      return null
    }
    if (usage.unread > 0) {
      parts.log.warn({ lines: usage.unread }, 'lines of the billing could not be read')
      return null
    }
    found.push(...usage.lines)
    if (!usage.nextCursor) return found.sort((a, b) => a.at - b.at).map(line => shown(parts, line))
    // It carries the filters: whatever is sent beside it is refused.
    query = new URLSearchParams({ cursor: usage.nextCursor })
  }
  parts.log.warn({ lines: found.length }, 'the billing has more lines than are read')
  return null
}

const shown = ({ http }: Parts, line: UsageLine): ChargeLine => ({
  ...line,
  what: http.redact(line.what).slice(0, WHAT_CHARS),
})

/** GET /api_keys/rate_limits: the key's own limit, instead of the default. Never throws, and nothing waits for it. */
export async function learnLimits(parts: Parts, model: string): Promise<void> {
  try {
    const reply = await ask(parts, 'GET', '/api_keys/rate_limits', null, parts.timeouts.answerMs)
    const perMinute = reply.status === 200 ? parsePerMinute(reply.json, model) : null
    if (perMinute === null) {
      parts.log.info({ said: reply.said.slice(0, 100) }, 'the provider does not say the limits of the key')
    } else {
      parts.throttle.believe('queue', perMinute)
      parts.log.info({ model, perMinute }, 'learned the limit of the key')
    }
  } catch (error) {
    parts.log.info({ error: String(error) }, 'the limits of the key could not be asked for')
  }
}

async function askOrThrow(parts: Parts, path: string): Promise<Reply> {
  const reply = await ask(parts, 'GET', path, null, parts.timeouts.quoteMs)
  const later = await notNow(parts, 'other', reply)
  if (later) throw later
  return reply
}
